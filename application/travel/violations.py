"""How is a broken rule brought to the company's attention?"""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.travel.verdict import BrokenRule
from domain.travel.violation import Stage, Violation, violation_id


class FlagViolation(Command):
    """Record that a trip breaks a rule of a policy version; flagging it again keeps the latest figures."""

    trip_id: UUID
    traveller_id: UUID
    broken: BrokenRule
    policy_id: UUID
    policy_version: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
    stage: Stage
    alert: StrictBool


def flag_violation(command: FlagViolation, context: Context) -> Saved:
    flagged_id = violation_id(
        command.trip_id, policy_version=command.policy_version, rule=command.broken.rule
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
            at=context.now,
        )
        return (violation,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {FlagViolation: flag_violation}
