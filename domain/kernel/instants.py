"""Which points in time do we accept? Aware ones, between 1900 and 2200, kept in UTC."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

# RFC 3339; whether the offset is there is judged later, with a sentence of its own.
WRITTEN_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)
WRITTEN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def written_instant(value: Any) -> Any:
    """Refuses numbers, also in quotes: nobody can tell seconds from milliseconds."""
    if isinstance(value, datetime) or (isinstance(value, str) and WRITTEN_INSTANT.fullmatch(value)):
        return value
    raise ValueError("must be a date and time in RFC 3339 format")


def written_day(value: Any) -> Any:
    """Refuses everything but a calendar date: numbers, and instants that would lose their time."""
    if isinstance(value, date) or (isinstance(value, str) and WRITTEN_DAY.fullmatch(value)):
        return value
    raise ValueError("must be a date, such as 2030-05-02")


def in_utc(value: datetime) -> datetime:
    """The same instant in UTC. The bounds keep every time zone conversion within range."""
    # Judged before, since converting year 9999 overflows, and after, so that the result passes again.
    if not 1900 <= value.year < 2200 or not 1900 <= value.astimezone(UTC).year < 2200:
        raise ValueError("must lie between the years 1900 and 2200")
    return value.astimezone(UTC)


def in_range(value: date) -> date:
    """Refuses dates no journey or invoice can have."""
    if not 1900 <= value.year < 2200:
        raise ValueError("must lie between the years 1900 and 2200")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(written_instant), AfterValidator(in_utc)]
Day = Annotated[date, BeforeValidator(written_day), AfterValidator(in_range)]
