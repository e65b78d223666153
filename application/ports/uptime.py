"""How long did the service answer, as far as its probes say?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from domain.billing.sla import OwnCalls
from domain.billing.uptime import Uptime
from domain.kernel.period import Period


@dataclass(frozen=True)
class Observed:
    """A period as prober and company saw it, and where in the platform's log the probes were read to."""

    uptime: Uptime
    until_position: int
    has_probes: bool
    own: OwnCalls


class UptimeFigures(Protocol):
    """What the platform's prober saw, what a company's own calls met, and what it was promised."""

    def of(self, period: Period, *, now: datetime, cut: int | None = None) -> Observed:
        """The period from its raw probes, incidents and maintenance, and the company's calls at a cut of its
        log, or the latest there is. Refuses with Unavailable when the cut is not reached yet."""
        ...

    def promised(self, period: Period) -> Decimal | None:
        """The share of the time the company was promised by its last stay in a period; None where nothing was."""
        ...
