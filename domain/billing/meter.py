"""What can be counted, and how do single uses become one figure?"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.billing.price import Name
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Conflict, RuleBroken
from domain.kernel.text import Title
from domain.kernel.value import Value

MAX_METERS = 200


class Aggregation(StrEnum):
    """What is made of the uses in a stretch of time; those of quantity zero count for nothing."""

    COUNT = "count"
    SUM = "sum"
    UNIQUE = "unique"
    MAX = "max"
    LATEST = "latest"

    @property
    def is_additive(self) -> bool:
        """Do the figures of the parts add up to that of the whole?"""
        return self in (Aggregation.COUNT, Aggregation.SUM)


class Meter(Value):
    """Something that is counted. `unique` counts different subjects, the rest goes by quantity."""

    code: Name
    title: Title
    aggregation: Aggregation


class MeterDefined(DomainEvent):
    """A company began to count something; uses reported before were refused and stay so."""

    TOPIC: ClassVar[str] = "meters.defined.v1"

    meter: Meter


class MeterDefinedBefore(Conflict):
    """There is a meter of this name already."""


class TooManyMeters(RuleBroken):
    """A company has at most 200 meters of its own."""


# The house counts the first three itself: no client may report them. Nobody pays for the calls it failed: they
# are what a company's own availability is reckoned from.
API_CALLS, ACTIVE_USERS, FAILED_CALLS = "api_calls", "active_users", "api_calls_failed"
COUNTED_HERE = frozenset({API_CALLS, ACTIVE_USERS, FAILED_CALLS})
SHIPPED_METERS: Mapping[str, Meter] = {
    code: Meter(code=code, title=title, aggregation=aggregation)
    for code, title, aggregation in (
        (API_CALLS, "API calls", Aggregation.SUM),
        (ACTIVE_USERS, "Active users", Aggregation.UNIQUE),
        (FAILED_CALLS, "API calls we failed", Aggregation.SUM),
        ("emails", "E-mails", Aggregation.SUM),
        ("sms", "SMS", Aggregation.SUM),
    )
}


def meters_id(tenant_id: UUID) -> UUID:
    """The meters of one company."""
    return uuid5(tenant_id, "meters")


class Meters(Aggregate):
    """Everything a company counts besides what the house ships."""

    CATEGORY: ClassVar[str] = "meters"

    own: dict[Name, Meter] = {}

    def define(self, meter: Meter, *, at: datetime) -> None:
        """Begins to count; what is counted never changes its meaning."""
        known = self.all().get(meter.code)
        if known == meter:
            return
        if known is not None:
            raise MeterDefinedBefore(pointer="/code")
        if len(self.own) == MAX_METERS:
            raise TooManyMeters
        self.record(MeterDefined, at=at, meter=meter)

    def all(self) -> Mapping[str, Meter]:
        """Every meter of the company by its code, shipped ones first."""
        return {**SHIPPED_METERS, **self.own}

    def evolve(self, event: MeterDefined) -> None:
        match event:
            case MeterDefined():
                self.own = {**self.own, event.meter.code: event.meter}
            case _:
                assert_never(event)


def is_additive(meters: Mapping[str, Meter], code: str) -> bool:
    """Do the figures of a meter add up? One that nobody defined has none."""
    return code not in meters or meters[code].aggregation.is_additive
