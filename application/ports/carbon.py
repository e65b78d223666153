"""How much carbon does one segment of a trip emit, by the method of its company?"""

from typing import Protocol

from domain.kernel.emissions import CarbonFigure, EmissionLine
from domain.travel.itinerary import Segment
from domain.travel.journey import PlannedSegment


class SegmentCarbon(Protocol):
    """The carbon engine, as the travel column sees it. It knows the command's tenant."""

    def figure(self, segment: Segment) -> CarbonFigure | None:
        """By the method in force on the segment's first day; None where no factor is published."""
        ...

    def lines(self, planned: PlannedSegment) -> tuple[EmissionLine, ...]:
        """The lines the segment's own figure enters into the carbon ledger, in the scopes where they belong."""
        ...

    def lines_by(self, planned: PlannedSegment, year: int) -> tuple[EmissionLine, ...]:
        """The lines the segment would enter by the publications of another year, the method being the same."""
        ...
