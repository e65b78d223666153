"""How much carbon does one segment of a trip emit, by the method of its company?"""

from typing import Protocol

from domain.kernel.emissions import CarbonFigure
from domain.travel.itinerary import Segment


class SegmentCarbon(Protocol):
    """The carbon engine, as the travel column sees it. It knows the command's tenant."""

    def figure(self, segment: Segment) -> CarbonFigure | None:
        """By the method in force on the segment's first day; None where no factor is published."""
        ...
