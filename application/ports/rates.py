"""What is a foreign currency worth?"""

from datetime import date
from typing import Protocol

from domain.kernel.refusals import Unavailable
from domain.travel.exchange import ExchangeRate


class ExchangeRatesTooOld(Unavailable):
    """The latest exchange rates are more than ten days old; amounts in this currency are taken again once new
    ones have been published."""


class ExchangeRates(Protocol):
    """Published reference rates of the euro."""

    def find(self, currency: str, on: date) -> ExchangeRate | None:
        """The latest rate published on that day or before it; None when there is none.

        Refuses with ExchangeRatesTooOld where only old ones are known and that matters.
        """
        ...
