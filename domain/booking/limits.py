"""How often, and for how long, may somebody be booked in a day, a week or a month?"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from domain.booking.offer import Limits
from domain.booking.practitioner import Terms


class Period(StrEnum):
    """A stretch of the calendar, on the wall of the site."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def first_of(self, day: date) -> date:
        """The first day of the period, which names it."""
        match self:
            case Period.DAY:
                return day
            case Period.WEEK:
                return day - timedelta(days=day.weekday())
            case Period.MONTH:
                return day.replace(day=1)


@dataclass(frozen=True)
class Bound:
    """So many units in each period: visits, or minutes of them. `units` is what the visit that is asked for takes."""

    kind: str
    who: str
    period: Period
    most: int
    units: int = 1

    def key(self, day: date) -> str:
        """Where the units of that day's period are counted."""
        return f"{self.who}:{self.period.first_of(day)}"


PRACTITIONER_LIMITS = {
    f"booking-practitioner-{period}{suffix}": (period, f"most_{what}per_{period}", suffix)
    for period in Period
    for what, suffix in (("", ""), ("minutes_", "-minutes"))
}
CLIENT_LIMITS = {f"booking-client-{period}": period for period in Period}
SERVICE_DAY = "booking-service-day"


def bounds_of_practitioner(who: UUID, terms: Terms, minutes: int) -> tuple[Bound, ...]:
    """The limits of one person, for a visit of that many minutes."""
    return tuple(
        Bound(kind, str(who), period, most, minutes if suffix else 1)
        for kind, (period, name, suffix) in PRACTITIONER_LIMITS.items()
        if (most := getattr(terms, name)) is not None
    )


def bounds_of_client(client_id: UUID, service_id: UUID, limits: Limits) -> tuple[Bound, ...]:
    """How often one client may book the service."""
    return tuple(
        Bound(kind, f"{client_id}:{service_id}", period, most)
        for kind, period in CLIENT_LIMITS.items()
        if (most := getattr(limits, f"per_client_per_{period}")) is not None
    )


def bounds_of_service(service_id: UUID, limits: Limits) -> tuple[Bound, ...]:
    """How often the service may be booked by everybody together."""
    return (
        () if limits.per_day is None else (Bound(SERVICE_DAY, str(service_id), Period.DAY, limits.per_day),)
    )
