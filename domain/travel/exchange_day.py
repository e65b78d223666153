"""Which reference rates did the central bank publish for one banking day?"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.money import Currency
from domain.kernel.text import Title

UnitsPerEur = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=10)]
DayRates = Annotated[dict[Currency, UnitsPerEur], Field(min_length=1, max_length=400)]


class RatesPublished(DomainEvent):
    """The rates of one banking day, as they were first published: units of each currency for one euro."""

    TOPIC: ClassVar[str] = "exchange-rates.published.v1"

    published_on: date
    rates: DayRates
    source: Title


class RatesCorrected(DomainEvent):
    """The publisher changed rates of a day it had published before: these, and no others, are new."""

    TOPIC: ClassVar[str] = "exchange-rates.corrected.v1"

    published_on: date
    rates: DayRates
    source: Title


ExchangeDayEvent = RatesPublished | RatesCorrected


def exchange_day_id(platform_tenant_id: UUID, published_on: date) -> UUID:
    """The stream of one banking day; it lives in the platform's own tenant."""
    return uuid5(platform_tenant_id, f"exchange-rates:{published_on.isoformat()}")


class ExchangeDay(Aggregate):
    """The rates of one banking day. A rate already booked by stays in its own event, corrected or not."""

    CATEGORY: ClassVar[str] = "exchange-rates"

    published_on: date | None = None
    rates: dict[Currency, UnitsPerEur] = {}

    def publish(self, rates: Mapping[str, Decimal], *, published_on: date, source: str, at: datetime) -> None:
        """Keeps what was published; a repeat is nothing new, another figure is a correction."""
        if not self.version:
            self.record(RatesPublished, at=at, published_on=published_on, rates=dict(rates), source=source)
            return
        changed = {currency: rate for currency, rate in rates.items() if self.rates.get(currency) != rate}
        if changed:
            self.record(RatesCorrected, at=at, published_on=published_on, rates=changed, source=source)

    def evolve(self, event: ExchangeDayEvent) -> None:
        match event:
            case RatesPublished():
                self.published_on = event.published_on
                self.rates = event.rates
            case RatesCorrected():
                self.rates = {**self.rates, **event.rates}
            case _:
                assert_never(event)
