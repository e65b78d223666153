"""What was a currency worth on a day, according to the rates published until then?"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, assert_never

from domain.kernel.event import DomainEvent
from domain.travel.exchange_day import ExchangeDayEvent, RatesCorrected, RatesPublished
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class ExchangeRateRow(Row):
    """The rate of one currency on one banking day; kept in the platform's own tenant."""

    TABLE: ClassVar[str] = "exchange_rate"
    KEY: ClassVar[tuple[str, ...]] = ("currency", "published_on")

    currency: str
    """ISO 4217 code."""
    published_on: date
    """The banking day."""
    units_per_eur: Decimal
    """Units of the currency for one euro."""
    source: str
    """Who published it."""
    corrected_at: datetime | None
    """When the publisher changed it; null is never."""
    position: int
    """Place in the tenant's log of the fact that made the row."""


class ExchangeRates(Projector[ExchangeRateRow]):
    """One row per currency and day; a correction replaces the figure and says when."""

    name: ClassVar[str] = "exchange-rates"
    row: ClassVar[type[ExchangeRateRow]] = ExchangeRateRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (RatesPublished, RatesCorrected)

    def keys(self, event: ExchangeDayEvent) -> Iterable[Key]:
        return [(currency, event.published_on) for currency in event.rates]

    def project(self, event: ExchangeDayEvent, rows: Rows[ExchangeRateRow]) -> None:
        match event:
            case RatesPublished():
                corrected_at = None
            case RatesCorrected():
                corrected_at = event.occurred_at
            case _:
                assert_never(event)
        for currency, units_per_eur in event.rates.items():
            rows.put(
                ExchangeRateRow(
                    currency=currency,
                    published_on=event.published_on,
                    units_per_eur=units_per_eur,
                    source=event.source,
                    corrected_at=corrected_at,
                    position=event.position,
                )
            )


LATEST = """
select currency, published_on, units_per_eur, source, corrected_at, position
from read.exchange_rate
where tenant_id = %(tenant_id)s and currency = %(currency)s and published_on <= %(on)s
order by published_on desc limit 1
"""
LATEST_OF_ANY = """
select max(published_on) as published_on from read.exchange_rate
where tenant_id = %(tenant_id)s and published_on <= %(on)s
"""


def latest(sql: Sql, *, currency: str, on: date) -> ExchangeRateRow | None:
    """The latest rate published on that day or before it, or None."""
    row = sql.row(LATEST, currency=currency, on=on)
    return None if row is None else ExchangeRateRow(**row)


def latest_day(sql: Sql, *, on: date) -> date | None:
    """The latest day until then for which anything was published."""
    row = sql.row(LATEST_OF_ANY, on=on)
    found: date | None = None if row is None else row["published_on"]
    return found
