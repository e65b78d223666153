"""Where is an airport?"""

from typing import Protocol

from domain.kernel.geography import Airport


class Airports(Protocol):
    """Airports by IATA code."""

    def find(self, iata: str) -> Airport | None:
        """The airport, or None when the code names none (metropolitan codes name none)."""
        ...
