"""What does the product know of exchange rates by itself?

The reference rates of the European Central Bank as its history file publishes them
(`eurofxref`), June 2025 to October 2026: units of the currency for one euro, one line per
banking day, `N/A` where none was set.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from domain.travel.exchange import ExchangeRate

SOURCE = "ECB euro foreign exchange reference rates"


class ShippedRates:
    """The ExchangeRates port over the shipped file: the latest rate on or before the day.

    `max_age_days` refuses a rate that is too old to convert by; without it any is taken.
    """

    def __init__(self, max_age_days: int | None = None) -> None:
        self._max_age_days = max_age_days

    def find(self, currency: str, on: date) -> ExchangeRate | None:
        published = _history().get(currency, [])
        # The history begins somewhere: an older journey is converted by the first rate there is.
        place = bisect_right(published, on, key=lambda rate: rate.published_on) or 1
        if not published:
            return None
        rate = published[place - 1]
        age_days = (on - rate.published_on).days
        return None if self._max_age_days is not None and age_days > self._max_age_days else rate


def rates_from_csv(lines: Iterable[str]) -> Mapping[str, list[ExchangeRate]]:
    """The rates of a history file by currency, the oldest first."""
    history: dict[str, list[ExchangeRate]] = {}
    for line in csv.DictReader(lines):
        published_on = date.fromisoformat(line.pop("Date"))
        for currency, written in line.items():
            if currency and written not in ("N/A", ""):
                history.setdefault(currency, []).append(
                    ExchangeRate(
                        currency=currency,
                        units_per_eur=Decimal(written),
                        published_on=published_on,
                        source=SOURCE,
                    )
                )
    return {
        currency: sorted(rates, key=lambda rate: rate.published_on) for currency, rates in history.items()
    }


@cache
def _history() -> Mapping[str, list[ExchangeRate]]:
    text = (files("adapters.rates") / "data" / "eurofxref.csv").read_text(encoding="utf-8")
    return rates_from_csv(text.splitlines())
