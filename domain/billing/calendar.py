"""Which stretch of time is a month where the company lives?"""

import re
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, StringConstraints

from domain.kernel.period import Period
from domain.kernel.personal import Impersonal


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone of the IANA database, such as Europe/Paris") from None
    return name


# Areas only: names without one are links, and some depend on the machine.
Zone = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){1,2}|UTC)$", max_length=60),
    AfterValidator(_known_zone),
    Impersonal(),
]
MONTH = re.compile(r"^(20[0-9]{2}|21[0-4][0-9])-(0[1-9]|1[0-2])$")
Month = Annotated[str, StringConstraints(pattern=MONTH.pattern), Impersonal()]


def month_of(at: datetime, zone: str) -> str:
    """The local calendar month an instant belongs to."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m")


def local_day(at: datetime, zone: str) -> date:
    """The day it is there."""
    return at.astimezone(ZoneInfo(zone)).date()


def next_month(month: str) -> str:
    """The calendar month after."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02}"


def period_of(month: str, zone: str) -> Period:
    """The local month as instants: as many hours as its days have, also when clocks change."""
    return Period(start=_first_instant(month, zone), end=_first_instant(next_month(month), zone))


def days_of(period: Period, zone: str) -> list[Period]:
    """The local days of a period, each from midnight to midnight."""
    local = ZoneInfo(zone)
    day = period.start.astimezone(local).date()
    days = []
    while (start := _midnight(day, local)) < period.end:
        day += timedelta(days=1)
        days.append(Period(start=start, end=_midnight(day, local)))
    return days


def share(part: Period, of: Period) -> Fraction:
    """Which part of the whole it is, by exact microseconds."""
    return Fraction(_microseconds(part), _microseconds(of))


def _microseconds(period: Period) -> int:
    return (period.end - period.start) // timedelta(microseconds=1)


def _first_instant(month: str, zone: str) -> datetime:
    year, number = map(int, month.split("-"))
    return _midnight(date(year, number, 1), ZoneInfo(zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
