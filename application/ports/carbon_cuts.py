"""What does the carbon ledger say, cut at one position of the log?"""

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from domain.esg.reduction_levers import Alternatives
from domain.esg.reporting_line import ReportLine


class CarbonCuts(Protocol):
    """The ledger of one tenant. What stood at a position stands there for ever: every read of it is the same."""

    def position(self) -> int:
        """How far in the log the ledger has come."""
        ...

    def lines(self, *, start: date, end: date, position: int) -> Iterator[ReportLine]:
        """The lines of `start <= day < end` as they stood, by day; read in pages, in any number."""
        ...

    def alternatives(self, *, start: date, end: date, position: int) -> Alternatives:
        """What the trips of the period are compared with."""
        ...
