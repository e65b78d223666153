"""Which points in time do we accept? Aware ones, between 1900 and 2200, kept in UTC."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


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


Instant = Annotated[AwareDatetime, AfterValidator(in_utc)]
Day = Annotated[date, AfterValidator(in_range)]
