"""How much was used, as far as the log is known to be read?"""

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from domain.billing.meter import Meter
from domain.kernel.period import Period


class UsageFigures(Protocol):
    """The figures of one tenant's meters at a cut of its log: the same cut gives the same figures for ever."""

    def reached(self) -> int:
        """The latest cut there is."""
        ...

    def of(self, meter: Meter, period: Period, *, cut: int) -> Decimal:
        """What the meter came to in a period. Refuses with Unavailable when the cut is not reached yet."""
        ...

    def late_months(self, *, after: int, until: int, before: datetime, zone: str) -> list[str]:
        """The months before a moment about which more became known between two cuts."""
        ...
