"""Which instant does a clock on the wall mean? Rules are kept as wall time and zone, and resolved here alone.

A wall time that the spring change skips means the instant it would have been before the change: 02:30 is
shifted to 03:30. One that the autumn change repeats means the first of the two, where it bounds opening
hours; as a start it is offered at each of its instants, once.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

from domain.booking.spans import micros
from domain.kernel.personal import Impersonal

DAY_MINUTES = 24 * 60
MINUTE = timedelta(minutes=1)


class Weekday(StrEnum):
    """Days as iCalendar writes them in BYDAY."""

    MO = "MO"
    TU = "TU"
    WE = "WE"
    TH = "TH"
    FR = "FR"
    SA = "SA"
    SU = "SU"


WEEKDAYS = tuple(Weekday)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_zone(name: str) -> str:
    """Refuses what the time zone database does not list."""
    if name not in _zones():
        raise ValueError("must be a time zone of the IANA database, such as Europe/Paris")
    return name


ZoneId = Annotated[str, AfterValidator(known_zone), Impersonal()]


def weekday_of(day: date) -> Weekday:
    """The weekday of a date."""
    return WEEKDAYS[day.weekday()]


def local_day(at: datetime, zone: str) -> date:
    """The date on the wall at that instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def minute_of(clock: time) -> int:
    """Minutes since midnight by the clock."""
    return clock.hour * 60 + clock.minute


@lru_cache(maxsize=32_768)
def instant_of(day: date, minute: int, zone: str) -> datetime:
    """The instant of a wall time; minutes past 24 hours run into the next days."""
    wall = datetime.combine(day, time()) + minute * MINUTE
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days_between(start: datetime, end: datetime, zone: str) -> Iterator[date]:
    """Every local day that has a part in [start, end)."""
    day, last = local_day(start, zone), local_day(end - timedelta.resolution, zone)
    while day <= last:
        yield day
        day += timedelta(days=1)


@lru_cache(maxsize=4_096)
def starts_of(day: date, *, step_minutes: int, offset_minutes: int, zone: str) -> tuple[datetime, ...]:
    """Every instant of the local day at which the grid of wall times has a start, in order.

    The grid is that of the day's clock, never of "now": it does not move with a change of the clock or
    with the notice a service asks for.
    """
    midnight, next_midnight = instant_of(day, 0, zone), instant_of(day, DAY_MINUTES, zone)
    minutes = range(offset_minutes % step_minutes, DAY_MINUTES, step_minutes)
    if next_midnight - midnight == timedelta(days=1):
        return tuple(midnight + minute * MINUTE for minute in minutes)
    found = {instant for minute in minutes for instant in instants_at(day, minute, zone)}
    return tuple(sorted(found))


@lru_cache(maxsize=4_096)
def grid_of(day: date, step_minutes: int, offset_minutes: int, zone: str) -> tuple[int, ...]:
    """The same instants as numbers."""
    starts = starts_of(day, step_minutes=step_minutes, offset_minutes=offset_minutes, zone=zone)
    return tuple(map(micros, starts))


def instants_at(day: date, minute: int, zone: str) -> tuple[datetime, ...]:
    """The instants at which the wall shows that time: none in a gap, two where it is repeated."""
    wall = datetime.combine(day, time()) + minute * MINUTE
    info = ZoneInfo(zone)
    found = {wall.replace(tzinfo=info, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in found if at.astimezone(info).replace(tzinfo=None) == wall))
