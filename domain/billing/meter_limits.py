"""When does a company want to be told how much of a meter it has used, and where does use end?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, ClassVar, Self, assert_never
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from domain.billing.calendar import Month
from domain.billing.charge import Quantity
from domain.billing.meter import ACTIVE_USERS, FAILED_CALLS
from domain.billing.price import Name
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.refusals import RuleBroken
from domain.kernel.value import Input, Value

MAX_ALERTS = 10
UsageDays = Annotated[int, Field(strict=True, ge=1, le=3_650)]


class Alert(Value):
    """Tell us at this amount, or at so many per cent of what the plan includes."""

    amount: Annotated[Quantity, Field(gt=0)] | None = None
    percent: Annotated[int, Field(strict=True, ge=1, le=1_000)] | None = None

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        if (self.amount is None) == (self.percent is None):
            raise ValueError("an alert has either an amount or a percentage")
        return self

    def threshold(self, included: Decimal | None) -> Decimal | None:
        """The amount at which it is raised; none where the plan includes nothing to take a part of."""
        if self.amount is not None or self.percent is None:
            return self.amount
        return None if included is None else included * self.percent / 100


class MeterLimit(Input):
    """The alerts of a month, each raised once, and the cap beyond which further uses are refused."""

    alerts: Annotated[tuple[Alert, ...], Field(max_length=MAX_ALERTS)] = ()
    cap: Quantity | None = None

    def thresholds(self, included: Decimal | None) -> Iterator[Decimal]:
        """Every amount at which somebody is told."""
        for alert in self.alerts:
            amount = alert.threshold(included)
            if amount is not None:
                yield amount

    def capped(self, by_plan: Decimal | None) -> Decimal | None:
        """Where use ends: at the company's own cap or at its plan's, whichever comes first."""
        caps = [cap for cap in (self.cap, by_plan) if cap is not None]
        return min(caps) if caps else None


NO_LIMIT = MeterLimit()


class MeterLimitSet(DomainEvent):
    """From now on these alerts and this cap apply to the meter, in every month anew."""

    TOPIC: ClassVar[str] = "meter-limits.set.v1"

    meter: Name
    limit: MeterLimit


class MeterAlertRaised(DomainEvent):
    """A meter came to what the company wanted to be told of, for the first time in the month."""

    TOPIC: ClassVar[str] = "meter-limits.alert-raised.v1"

    meter: Name
    month: Month
    alert: Alert
    threshold: Decimal
    counted: Decimal


class MeterCapReached(DomainEvent):
    """A meter came to its cap: further uses of the month are refused until the cap is raised."""

    TOPIC: ClassVar[str] = "meter-limits.cap-reached.v1"

    meter: Name
    month: Month
    cap: Quantity
    counted: Decimal


class UsageAgeLimited(DomainEvent):
    """From now on a use that lies more than so many days back is parked instead of counted; null parks none."""

    TOPIC: ClassVar[str] = "meter-limits.usage-age-limited.v1"

    most_days: UsageDays | None


MeterLimitEvent = MeterLimitSet | MeterAlertRaised | MeterCapReached | UsageAgeLimited


class CapNotPossible(RuleBroken):
    """Active users are counted when they have been at work; there is nothing left to refuse. Set an alert instead."""


class NothingIncluded(RuleBroken):
    """Your plan includes no volume of this meter to take a percentage of; name an amount."""


class Raised(Value):
    """An alert of a month that was raised; without an alert, the cap."""

    meter: Name
    month: Month
    alert: Alert | None
    amount: Decimal
    counted: Decimal
    at: Instant


def meter_limits_id(tenant_id: UUID) -> UUID:
    """The limits of one company."""
    return uuid5(tenant_id, "meter-limits")


class MeterLimits(Aggregate):
    """Every limit of one company, and what was said of them in which month."""

    CATEGORY: ClassVar[str] = "meter-limits"

    limits: dict[Name, MeterLimit] = {}
    raised: tuple[Raised, ...] = ()
    most_days: int | None = None

    def set(self, meter: str, limit: MeterLimit, *, included: Decimal | None, at: datetime) -> None:
        """Applies from now on; an empty limit takes the former one away."""
        if limit.cap is not None and meter in (ACTIVE_USERS, FAILED_CALLS):
            raise CapNotPossible(pointer="/cap")
        if included is None and any(alert.percent is not None for alert in limit.alerts):
            raise NothingIncluded(pointer="/alerts")
        if limit != self.limits.get(meter, NO_LIMIT) or not self.version:
            self.record(MeterLimitSet, at=at, meter=meter, limit=limit)

    def limit_age(self, most_days: int | None, *, at: datetime) -> None:
        """Parks what is older from now on; what was counted or parked before stays so."""
        if most_days != self.most_days:
            self.record(UsageAgeLimited, at=at, most_days=most_days)

    def oldest(self, at: datetime) -> datetime | None:
        """Uses before this moment are parked; none are without a limit."""
        return None if self.most_days is None else at - timedelta(days=self.most_days)

    def note(
        self,
        meter: str,
        month: str,
        *,
        counted: Decimal,
        included: Decimal | None,
        cap: Decimal | None,
        is_refused: bool = False,
        at: datetime,
    ) -> None:
        """Raises what has been reached, each once in a month; `cap` is where use ends."""
        limit = self.limits.get(meter, NO_LIMIT)
        for alert in limit.alerts:
            threshold = alert.threshold(included)
            if threshold is not None and counted >= threshold and not self._was(meter, month, alert, None):
                self.record(
                    MeterAlertRaised,
                    at=at,
                    meter=meter,
                    month=month,
                    alert=alert,
                    threshold=threshold,
                    counted=counted,
                )
        if cap is not None and (is_refused or counted >= cap) and not self._was(meter, month, None, cap):
            self.record(MeterCapReached, at=at, meter=meter, month=month, cap=cap, counted=counted)

    def in_month(self, meter: str, month: str) -> tuple[Raised, ...]:
        """What was raised for a meter in a month."""
        return tuple(one for one in self.raised if (one.meter, one.month) == (meter, month))

    def evolve(self, event: MeterLimitEvent) -> None:
        match event:
            case MeterLimitSet():
                others = {name: one for name, one in self.limits.items() if name != event.meter}
                is_gone = event.limit == NO_LIMIT
                self.limits = others if is_gone else {**others, event.meter: event.limit}
            case MeterAlertRaised():
                self._keep(event, event.alert, event.threshold)
            case MeterCapReached():
                self._keep(event, None, event.cap)
            case UsageAgeLimited():
                self.most_days = event.most_days
            case _:
                assert_never(event)

    def _keep(self, event: MeterAlertRaised | MeterCapReached, alert: Alert | None, amount: Decimal) -> None:
        raised = Raised(
            meter=event.meter,
            month=event.month,
            alert=alert,
            amount=amount,
            counted=event.counted,
            at=event.occurred_at,
        )
        self.raised = (*self.raised, raised)

    def _was(self, meter: str, month: str, alert: Alert | None, cap: Decimal | None) -> bool:
        return any(
            one.alert == alert and (cap is None or one.amount == cap) for one in self.in_month(meter, month)
        )
