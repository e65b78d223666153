"""What is a price worth in euros, and by which published rate?"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import Field

from domain.kernel.money import Currency, Money, minor_digits
from domain.kernel.text import Title
from domain.kernel.value import Value


class ExchangeRate(Value):
    """A published reference rate: so many units of the currency are worth one euro."""

    currency: Currency
    units_per_eur: Annotated[Decimal, Field(gt=0, max_digits=20)]
    published_on: date
    source: Title


# The rate of each currency other than the euro, by its code.
Rates = Mapping[str, ExchangeRate]


def euro_cents(price: Money, rate: ExchangeRate | None) -> int:
    """The price in euro cents, rounded half to even once; no rate is needed for euros."""
    if price.currency == "EUR":
        return price.amount_minor
    if rate is None or rate.currency != price.currency:
        raise LookupError(f"no rate for {price.currency}")
    amount = Decimal(price.amount_minor).scaleb(-minor_digits(price.currency))
    return int((amount / rate.units_per_eur).scaleb(2).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
