"""How is a period of the ledger weighed anew? Each journey and activity by a command of its own."""

from typing import Annotated, Self
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from application.esg.activities import placed
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.esg.activity import Activity
from domain.esg.footprint import footprint
from domain.esg.restatement import FactorYear, Restatement
from domain.kernel.instants import Day
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code, Line

LONGEST_DAYS = 366 * 3


class RequestRestatement(Command):
    """Weigh the lines of a period by the publications of another year; what was known before stays known."""

    start: Day
    end: Day
    factor_year: FactorYear
    reason: Annotated[Line, Field(description="why")]

    @model_validator(mode="after")
    def has_days(self) -> Self:
        if not 0 < (self.end - self.start).days <= LONGEST_DAYS:
            raise ValueError("end must be after start, by three years at most")
        return self


class CompleteRestatement(Command):
    """Say that every journey and activity of the period was asked."""

    restatement_id: UUID
    restated: int
    refused: dict[Code, int]


class RestateActivity(Command):
    """Enter an activity's quantities by the publications of another year."""

    activity_id: UUID
    restatement_id: UUID
    factor_year: FactorYear


class FactorYearUnknown(RuleBroken):
    """No publisher speaks of this year; see the list of emission factors."""


def request_restatement(command: RequestRestatement, context: Context) -> Saved:
    if not context.ports.factors.in_force().publishes(command.factor_year):
        raise FactorYearUnknown(pointer="/factor_year")
    return context.store.add(
        lambda: Restatement.request(
            uuid5(context.tenant_id, f"restatement:{context.command.id}"),
            requested_by=context.actor.id,
            start=command.start,
            end=command.end,
            factor_year=command.factor_year,
            reason=command.reason,
            at=context.now,
        )
    )


def complete_restatement(command: CompleteRestatement, context: Context) -> Saved:
    return context.store.change(
        Restatement,
        command.restatement_id,
        lambda one: one.complete(restated=command.restated, refused=command.refused, at=context.now),
    )


def restate_activity(command: RestateActivity, context: Context) -> Saved:
    def decide(activity: Activity) -> None:
        activity.require_standing()
        # What is closed by now was open then: its past is weighed all the same.
        setting, _ = placed(activity.details, context, is_past=True, year=command.factor_year)
        entries = footprint(activity.details, setting)
        activity.restate(entries, restatement_id=command.restatement_id, at=context.now)

    return context.store.change(Activity, command.activity_id, decide)


HANDLERS: Handlers = {
    RequestRestatement: request_restatement,
    CompleteRestatement: complete_restatement,
    RestateActivity: restate_activity,
}
