"""On which days is a country closed?"""

from datetime import date
from typing import Protocol


class PublicHolidays(Protocol):
    """Public holidays by country and part of it."""

    def knows(self, country: str, subdivision: str | None) -> bool:
        """Is there a calendar for it?"""
        ...

    def between(self, country: str, subdivision: str | None, start: date, end: date) -> frozenset[date]:
        """The holidays from `start` to `end`, both included."""
        ...
