"""What is a foreign currency worth?"""

from datetime import date
from typing import Protocol

from domain.travel.exchange import ExchangeRate


class ExchangeRates(Protocol):
    """Published reference rates of the euro."""

    def find(self, currency: str, on: date) -> ExchangeRate | None:
        """The latest rate published on that day or before it; None when none is recent enough."""
        ...
