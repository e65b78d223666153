"""What happens when an invoice stays unpaid, and on which days?

Events and rules of a part of the subscription's stream: active -> past due -> suspended -> active again.
The schedule is data: it is written into the event that begins a dunning, so that a later one changes nothing
that has begun.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Self, assert_never
from uuid import UUID

from pydantic import Field, model_validator

from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.text import Code
from domain.kernel.value import Value

MAX_UNPAID = 120

Day = Annotated[int, Field(strict=True, ge=0, le=365)]
Days = Annotated[tuple[Day, ...], Field(max_length=20)]


class DunningAct(StrEnum):
    """What a step of a dunning is."""

    ATTEMPT = "attempt"
    NOTICE = "notice"
    SUSPENSION = "suspension"


class DunningStep(Value):
    """One step: the money is asked for again, a notice goes out, or the company is suspended."""

    act: DunningAct
    number: Annotated[int, Field(ge=1)]
    due_at: Instant


class DunningSchedule(Value):
    """After how many times 24 hours each step is due; counted from the first payment that failed."""

    attempts_after_days: Days = (3, 7, 14)
    notices_after_days: Days = (0, 7, 14)
    suspended_after_days: Annotated[int, Field(strict=True, ge=1, le=365)] = 21

    @model_validator(mode="after")
    def ends_with_the_suspension(self) -> Self:
        for days in (self.attempts_after_days, self.notices_after_days):
            if list(days) != sorted(set(days)) or any(day > self.suspended_after_days for day in days):
                raise ValueError("days rise, and none is after the suspension")
        return self

    def steps(self, since: datetime) -> tuple[DunningStep, ...]:
        """Every step in the order in which it is due; what is due at once goes by its kind."""
        found = [
            *self._dated(DunningAct.ATTEMPT, self.attempts_after_days, since),
            *self._dated(DunningAct.NOTICE, self.notices_after_days, since),
            *self._dated(DunningAct.SUSPENSION, (self.suspended_after_days,), since),
        ]
        return tuple(sorted(found, key=lambda step: step.due_at))

    @staticmethod
    def _dated(act: DunningAct, days: Days, since: datetime) -> Iterator[DunningStep]:
        for number, day in enumerate(days, 1):
            yield DunningStep(act=act, number=number, due_at=since + timedelta(days=day))


USUAL_SCHEDULE = DunningSchedule()


class SubscriptionPastDue(DomainEvent):
    """The first payment failed: from here on the steps of the schedule are due."""

    TOPIC: ClassVar[str] = "subscription.past-due.v1"

    invoice_id: UUID
    reason: Code | None
    schedule: DunningSchedule


class SubscriptionPaymentFailed(DomainEvent):
    """Another payment failed, of the same invoice or of a further one."""

    TOPIC: ClassVar[str] = "subscription.payment-failed.v1"

    invoice_id: UUID
    reason: Code | None


class SubscriptionDunned(DomainEvent):
    """A step came due: the money is asked for again, or a notice goes out."""

    TOPIC: ClassVar[str] = "subscription.dunned.v1"

    invoice_ids: tuple[UUID, ...]
    step: DunningStep


class SubscriptionSuspended(DomainEvent):
    """The money did not come in time: the company reads, exports and pays, and orders nothing new."""

    TOPIC: ClassVar[str] = "subscription.suspended.v1"

    invoice_ids: tuple[UUID, ...]
    step: DunningStep


class SubscriptionInvoicePaid(DomainEvent):
    """An invoice that had stayed unpaid was paid; others have not been."""

    TOPIC: ClassVar[str] = "subscription.invoice-paid.v1"

    invoice_id: UUID


class SubscriptionReactivated(DomainEvent):
    """The last unpaid invoice was paid: everything is as it was before."""

    TOPIC: ClassVar[str] = "subscription.reactivated.v1"

    invoice_id: UUID


class SubscriptionDunningHeld(DomainEvent):
    """The company's bank has to decide about a payment: until then no step is taken."""

    TOPIC: ClassVar[str] = "subscription.dunning-held.v1"


class SubscriptionDunningResumed(DomainEvent):
    """The bank decided: the steps that are left come after as many days as they would have."""

    TOPIC: ClassVar[str] = "subscription.dunning-resumed.v1"


DunningEvent = (
    SubscriptionPastDue
    | SubscriptionPaymentFailed
    | SubscriptionDunned
    | SubscriptionDunningHeld
    | SubscriptionDunningResumed
    | SubscriptionSuspended
    | SubscriptionInvoicePaid
    | SubscriptionReactivated
)


class Dunning(Value):
    """A dunning as it stands: what is unpaid since when, what was done, and what is next."""

    since: Instant
    schedule: DunningSchedule
    unpaid: Mapping[UUID, Instant]
    failures: Annotated[int, Field(ge=1)] = 1
    taken: tuple[DunningStep, ...] = ()
    suspended_at: Instant | None = None
    held_since: Instant | None = None

    @property
    def ahead(self) -> tuple[DunningStep, ...]:
        """The steps that were not taken yet, in order."""
        taken = {(step.act, step.number) for step in self.taken}
        return tuple(step for step in self.schedule.steps(self.since) if (step.act, step.number) not in taken)

    def due(self, at: datetime) -> tuple[DunningStep, ...]:
        """The steps whose time has come; none while it is held up."""
        return tuple(step for step in self.ahead if step.due_at <= at) if self.held_since is None else ()

    @property
    def suspended_from(self) -> datetime:
        """When the company is suspended, if nothing comes."""
        return self.since + timedelta(days=self.schedule.suspended_after_days)

    def failed(self, invoice_id: UUID, at: datetime) -> "Dunning":
        """With one more payment that failed."""
        unpaid = {**self.unpaid, invoice_id: self.unpaid.get(invoice_id, at)}
        return self.model_copy(update={"unpaid": unpaid, "failures": self.failures + 1})

    def paid(self, invoice_id: UUID) -> "Dunning":
        """With one invoice less."""
        return self.model_copy(
            update={"unpaid": {one: since for one, since in self.unpaid.items() if one != invoice_id}}
        )

    def resumed(self, at: datetime) -> "Dunning":
        """Going on; the days it was held up for are no days of the schedule."""
        held = at - (self.held_since or at)
        return self.model_copy(update={"since": self.since + held, "held_since": None})

    def after(self, step: DunningStep, at: datetime) -> "Dunning":
        """With one step taken."""
        ended = {"suspended_at": at} if step.act is DunningAct.SUSPENSION else {}
        return self.model_copy(update={"taken": (*self.taken, step), **ended})


def dunned(before: Dunning | None, event: DunningEvent) -> Dunning | None:
    """The dunning after one more event of it; none when everything is paid."""
    if isinstance(event, SubscriptionPastDue):
        unpaid = {event.invoice_id: event.occurred_at}
        return Dunning(since=event.occurred_at, schedule=event.schedule, unpaid=unpaid)
    assert before
    match event:
        case SubscriptionPaymentFailed():
            return before.failed(event.invoice_id, event.occurred_at)
        case SubscriptionDunned() | SubscriptionSuspended():
            return before.after(event.step, event.occurred_at)
        case SubscriptionInvoicePaid():
            return before.paid(event.invoice_id)
        case SubscriptionReactivated():
            return None
        case SubscriptionDunningHeld():
            return before.model_copy(update={"held_since": event.occurred_at})
        case SubscriptionDunningResumed():
            return before.resumed(event.occurred_at)
        case _:
            assert_never(event)
