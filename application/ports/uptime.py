"""How long did the service answer, as far as its probes say?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from domain.billing.uptime import Uptime
from domain.kernel.period import Period


@dataclass(frozen=True)
class Observed:
    """A period as it was seen, and where in the platform's log the probes were read to."""

    uptime: Uptime
    until_position: int
    has_probes: bool


class UptimeFigures(Protocol):
    """What the platform's prober saw, and what a company was promised."""

    def of(self, period: Period, *, now: datetime) -> Observed:
        """The period from its raw probes, incidents and maintenance."""
        ...

    def promised(self) -> Decimal | None:
        """The share of the time the company was promised; None where nothing was."""
        ...
