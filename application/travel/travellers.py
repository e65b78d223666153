"""How is a traveller put into units, under an approver, and how does an approver name a delegate?"""

from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import require_traveller, require_unit
from application.travel.terms import profile_of
from domain.kernel.instants import Instant
from domain.kernel.refusals import Forbidden, Malformed, RuleBroken
from domain.travel.allocation import Allocation
from domain.travel.traveller import Delegation, TravellerProfile
from domain.travel.unit import UnitKind


class AssignTraveller(Command):
    """Put a member into units and under an approver; the whole of it. Null is no unit, and the member's manager."""

    member_id: UUID
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    group_id: UUID | None = None
    approver_id: UUID | None = None


class DelegateApproval(Command):
    """Let someone else decide in a member's place for a while."""

    member_id: UUID
    delegate_id: UUID
    starts_at: Instant
    ends_at: Instant


class EndDelegation(Command):
    """Let the member decide themselves again."""

    member_id: UUID


class CannotApproveTrips(RuleBroken):
    """This member's role does not let them approve trips."""


class DelegationEndsFirst(Malformed):
    """A delegation ends after it starts."""


class NotYourDelegation(Forbidden):
    """Members delegate their own decisions only."""


def assign_traveller(command: AssignTraveller, context: Context) -> Saved:
    allocation = Allocation(
        department_id=command.department_id, cost_centre_id=command.cost_centre_id, group_id=command.group_id
    )

    def decide() -> tuple[TravellerProfile, ...]:
        require_traveller(context, command.member_id, pointer="/member_id")
        require_unit(context, command.department_id, UnitKind.DEPARTMENT, pointer="/department_id")
        require_unit(context, command.cost_centre_id, UnitKind.COST_CENTRE, pointer="/cost_centre_id")
        require_unit(context, command.group_id, UnitKind.TRAVELLER_GROUP, pointer="/group_id")
        if command.approver_id is not None:
            _require_approver(command.approver_id, context, pointer="/approver_id")
        profile = profile_of(command.member_id, context)
        profile.assign(
            member_id=command.member_id,
            allocation=allocation,
            approver_id=command.approver_id,
            at=context.now,
        )
        return (profile,)

    return context.store.save_all(decide)


def delegate_approval(command: DelegateApproval, context: Context) -> Saved:
    if command.starts_at >= command.ends_at:
        raise DelegationEndsFirst(pointer="/ends_at")
    delegation = Delegation(
        delegate_id=command.delegate_id, starts_at=command.starts_at, ends_at=command.ends_at
    )

    def decide() -> tuple[TravellerProfile, ...]:
        _require_own_decisions(command.member_id, context)
        require_traveller(context, command.member_id, pointer="/member_id")
        _require_approver(command.delegate_id, context, pointer="/delegate_id")
        profile = profile_of(command.member_id, context)
        profile.delegate(delegation, member_id=command.member_id, at=context.now)
        return (profile,)

    return context.store.save_all(decide)


def end_delegation(command: EndDelegation, context: Context) -> Saved:
    def decide() -> tuple[TravellerProfile, ...]:
        _require_own_decisions(command.member_id, context)
        profile = profile_of(command.member_id, context)
        profile.end_delegation(at=context.now)
        return (profile,)

    return context.store.save_all(decide)


def _require_approver(member_id: UUID, context: Context, *, pointer: str) -> None:
    require_traveller(context, member_id, pointer=pointer)
    person = context.ports.directory.find(member_id)
    if person is None or not person.may_approve:
        raise CannotApproveTrips(pointer=pointer)


def _require_own_decisions(member_id: UUID, context: Context) -> None:
    if not context.reaches(member_id):
        raise NotYourDelegation


HANDLERS: Handlers = {
    AssignTraveller: assign_traveller,
    DelegateApproval: delegate_approval,
    EndDelegation: end_delegation,
}
