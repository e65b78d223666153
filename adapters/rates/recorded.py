"""Which rate does a command convert by? The one the house has recorded, or the history it came with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from threading import Lock
from time import monotonic

from adapters.rates.shipped import ShippedRates
from application.ports.rates import ExchangeRatesTooOld
from domain.travel.exchange import ExchangeRate
from projections.kernel.sql import Sql
from projections.travel import exchange_rates

KEPT_S = 60.0
MOST_KEPT = 4_096


class RecordedRates:
    """The ExchangeRates port over the platform's read model; the shipped history fills what it lacks.

    With `max_age_days` a rate that old is refused rather than used. A currency that is no
    longer published, while others are, is unknown; it is not the house that fell behind.
    """

    def __init__(
        self,
        reading_platform: Callable[[], AbstractContextManager[Sql]],
        shipped: ShippedRates,
        *,
        max_age_days: int | None = None,
        kept_s: float = KEPT_S,
    ) -> None:
        self._reading = reading_platform
        self._shipped = shipped
        self._max_age_days = max_age_days
        self._kept_s = kept_s
        self._kept: dict[tuple[str, date], tuple[float, ExchangeRate | None, date | None]] = {}
        self._lock = Lock()

    def find(self, currency: str, on: date) -> ExchangeRate | None:
        """The latest rate published until that day. Refuses with ExchangeRatesTooOld."""
        rate, latest_day = self._looked_up(currency, on)
        if self._max_age_days is None or rate is None:
            return rate
        if rate.published_on > on:
            return None
        if (on - rate.published_on).days <= self._max_age_days:
            return rate
        if latest_day is not None and (on - latest_day).days <= self._max_age_days:
            return None
        raise ExchangeRatesTooOld(published_on=rate.published_on.isoformat())

    def _looked_up(self, currency: str, on: date) -> tuple[ExchangeRate | None, date | None]:
        kept = self._kept.get((currency, on))
        if kept is not None and kept[0] > monotonic():
            return kept[1], kept[2]
        recorded, latest_day = self._recorded(currency, on)
        shipped = self._shipped.find(currency, on)
        rate = _latest(recorded, shipped, on)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[currency, on] = (monotonic() + self._kept_s, rate, latest_day)
        return rate, latest_day

    def _recorded(self, currency: str, on: date) -> tuple[ExchangeRate | None, date | None]:
        with self._reading() as sql:
            row = exchange_rates.latest(sql, currency=currency, on=on)
            latest_day = exchange_rates.latest_day(sql, on=on)
        if row is None:
            return None, latest_day
        facts = row.model_dump(include={"currency", "units_per_eur", "published_on", "source"})
        return ExchangeRate(**facts), latest_day


def _latest(recorded: ExchangeRate | None, shipped: ExchangeRate | None, on: date) -> ExchangeRate | None:
    """The later of the two; what was recorded wins a tie, since it knows corrections."""
    if recorded is None or shipped is None:
        return recorded or shipped
    return shipped if recorded.published_on < shipped.published_on <= on else recorded
