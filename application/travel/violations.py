"""How is a broken rule brought to the company's attention?"""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.instants import Day
from domain.kernel.text import Line
from domain.travel.allocation import Allocation
from domain.travel.verdict import BrokenRule
from domain.travel.violation import Stage, Violation, violation_id


class FlagViolation(Command):
    """Record that a trip breaks a rule of a policy version; flagging it again keeps the latest figures."""

    trip_id: UUID
    traveller_id: UUID
    broken: BrokenRule
    policy_id: UUID
    policy_version: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
    stage: Stage
    alert: StrictBool
    starts_on: Day
    allocation: Allocation


class AcknowledgeViolation(Command):
    """Say that it has been seen to."""

    violation_id: UUID
    comment: Line


class ExemptViolation(Command):
    """Make an exception for what was observed; whoever makes it answers for it."""

    violation_id: UUID
    reason: Line


def flag_violation(command: FlagViolation, context: Context) -> Saved:
    flagged_id = violation_id(
        command.trip_id, policy_version=command.policy_version, subject=command.broken.subject
    )

    def decide() -> tuple[Violation, ...]:
        violation = context.store.read(Violation, flagged_id) or Violation.new(flagged_id)
        violation.flag(
            command.broken,
            trip_id=command.trip_id,
            traveller_id=command.traveller_id,
            policy_id=command.policy_id,
            policy_version=command.policy_version,
            stage=command.stage,
            alert=command.alert,
            starts_on=command.starts_on,
            allocation=command.allocation,
            at=context.now,
        )
        return (violation,)

    return context.store.save_all(decide)


def acknowledge_violation(command: AcknowledgeViolation, context: Context) -> Saved:
    return context.store.change(
        Violation,
        command.violation_id,
        lambda violation: violation.acknowledge(by=context.actor.id, comment=command.comment, at=context.now),
    )


def exempt_violation(command: ExemptViolation, context: Context) -> Saved:
    return context.store.change(
        Violation,
        command.violation_id,
        lambda violation: violation.exempt(by=context.actor.id, reason=command.reason, at=context.now),
    )


HANDLERS: Handlers = {
    FlagViolation: flag_violation,
    AcknowledgeViolation: acknowledge_violation,
    ExemptViolation: exempt_violation,
}
