"""Who is asked to agree to a journey, and who may decide in whose place?"""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import require_own
from application.travel.terms import profile_of
from domain.kernel.text import Line
from domain.travel.approval import ANYONE, ApprovalChain
from domain.travel.policy import PolicyInForce
from domain.travel.terms import Decider
from domain.travel.trip import Trip

Level = Annotated[int, Field(strict=True, ge=0, le=10)]


class ApproveTrip(Command):
    """Say yes to a submitted trip."""

    trip_id: UUID
    comment: Line | None = None


class RejectTrip(Command):
    """Say no to a submitted trip."""

    trip_id: UUID
    reason: Line


class DecideOutOfTurn(Command):
    """Decide on a submitted trip whoever's turn it is; the reason is kept."""

    trip_id: UUID
    is_approved: StrictBool
    reason: Line


class EscalateApproval(Command):
    """Pass a submitted trip on because its approver's time is up; at another level nothing happens."""

    trip_id: UUID
    level: Level


def approve_trip(command: ApproveTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        trip.approve(_decider(trip, context), comment=command.comment, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def reject_trip(command: RejectTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        trip.reject(_decider(trip, context), reason=command.reason, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def decide_out_of_turn(command: DecideOutOfTurn, context: Context) -> Saved:
    decider = Decider(context.actor.id, overrides=True)

    def decide(trip: Trip) -> None:
        if command.is_approved:
            trip.approve(decider, comment=command.reason, at=context.now)
        else:
            trip.reject(decider, reason=command.reason, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def escalate_approval(command: EscalateApproval, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        trip.escalate(command.level, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def chain_for(trip: Trip, policy: PolicyInForce | None, context: Context) -> ApprovalChain:
    """The traveller's approver, the approver's approver and so on, as many as the policy asks for.

    Whoever has no approver is answered for by the manager their company's directory names. Who is
    gone, or may not approve any more, is passed over.
    """
    if policy is None:
        return ANYONE
    chain: list[UUID] = []
    seen = {trip.traveller_id}
    approver_id = _answering_for(trip.traveller_id, context)
    while approver_id is not None and approver_id not in seen and len(chain) < policy.rules.approval_levels:
        seen.add(approver_id)
        person = context.ports.directory.find(approver_id)
        if person is not None and person.is_active and person.may_approve:
            chain.append(approver_id)
        approver_id = _answering_for(approver_id, context)
    return ApprovalChain(approver_ids=tuple(chain), deadline_hours=policy.rules.approval_deadline_hours)


def _answering_for(member_id: UUID, context: Context) -> UUID | None:
    approver_id = profile_of(member_id, context).approver_id
    if approver_id is not None:
        return approver_id
    person = context.ports.directory.find(member_id)
    return person.manager_id if person else None


def _decider(trip: Trip, context: Context) -> Decider:
    """The actor, standing in for the approver if that is whom they asked."""
    approver_id, actor_id = trip.approver_id, context.actor.id
    if approver_id in (None, actor_id):
        return Decider(actor_id)
    is_delegate = profile_of(approver_id, context).delegate_at(context.now) == actor_id
    return Decider(actor_id, stands_in_for=approver_id if is_delegate else None)


HANDLERS: Handlers = {
    ApproveTrip: approve_trip,
    RejectTrip: reject_trip,
    DecideOutOfTurn: decide_out_of_turn,
    EscalateApproval: escalate_approval,
}
