"""How much was used, as far as the log is known to be read?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from domain.billing.meter import Meter
from domain.kernel.period import Period


@dataclass(frozen=True)
class Cut:
    """A place in the log up to which usage was read; every report acknowledged until `complete_until` is in."""

    position: int
    complete_until: datetime | None


class UsageFigures(Protocol):
    """The figures of one tenant's meters at a cut of its log: the same cut gives the same figures for ever."""

    def reached(self, including: datetime | None = None) -> int:
        """The latest cut there is. Refuses with Unavailable when something the log took in before a moment is
        not in it yet."""
        ...

    def cut(self, position: int | None = None) -> Cut:
        """The cut asked for, or the latest there is, and up to when it is complete."""
        ...

    def of(self, meter: Meter, periods: Sequence[Period], *, cut: int) -> Decimal:
        """What the meter came to in periods that follow each other, with or without gaps: who was there in two of
        them is one. Refuses with Unavailable when the cut is not reached yet."""
        ...

    def late_months(self, *, after: int, until: int, before: datetime, zone: str) -> list[str]:
        """The months before a moment about which more became known between two cuts."""
        ...
