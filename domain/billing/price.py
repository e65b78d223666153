"""What does a plan charge for, and what does it allow? Data with a date, never constants."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domain.billing.charge import Amount, Charge, Quantity
from domain.kernel.instants import Instant
from domain.kernel.money import Currency
from domain.kernel.personal import Impersonal
from domain.kernel.text import Title
from domain.kernel.value import Value

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$"), Impersonal()]


class ProductLine(StrEnum):
    """Plans of several lines share names: there is a Starter at 29 and one at 2 500 euros."""

    WHITE_LABEL = "white_label"
    APPOINTMENTS = "appointments"
    CRM = "crm"


class BillingModel(StrEnum):
    """By what was really used, or by a fixed number of seats."""

    USAGE = "usage"
    SEATS = "seats"


class PriceKind(StrEnum):
    """What the quantity of a price is."""

    METER = "meter"
    RECURRING = "recurring"
    SEAT = "seat"
    ADD_ON = "add_on"


BOTH = (BillingModel.SEATS, BillingModel.USAGE)


class Price(Value):
    """One thing a plan charges for, per month.

    `included` units of a month are free; `minimum` and `cap` bound what a month of it costs. All three
    count for the part of the month in which the price is in force.
    """

    code: Name
    title: Title
    kind: PriceKind
    meter: Name | None = None
    models: Annotated[tuple[BillingModel, ...], Field(min_length=1, max_length=2)] = BOTH
    charge: Charge
    included: Quantity = Decimal(0)
    minimum: Amount | None = None
    cap: Amount | None = None

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        if (self.kind is PriceKind.METER) != (self.meter is not None):
            raise ValueError("a meter goes with prices of kind meter, and with no other")
        if self.minimum is not None and self.cap is not None and self.minimum > self.cap:
            raise ValueError("minimum must not be above cap")
        return self


class PlanPrices(Value):
    """A plan as it is sold from `effective_from` until its next version; `on_quote` ones have no list price.

    `limits` name what the plan allows of each thing; null is unlimited.
    """

    line: ProductLine
    plan: Name
    title: Title
    currency: Currency = "EUR"
    effective_from: Instant
    on_quote: bool = False
    prices: Annotated[tuple[Price, ...], Field(max_length=40)] = ()
    limits: Annotated[dict[Name, Annotated[int, Field(ge=0, le=10**12)] | None], Field(max_length=40)] = {}

    @model_validator(mode="after")
    def names_each_price_once(self) -> Self:
        codes = [price.code for price in self.prices]
        if len(codes) != len(set(codes)):
            raise ValueError("each price has a code of its own")
        meters = [price.meter for price in self.prices if price.meter]
        if len(meters) != len(set(meters)):
            raise ValueError("a meter has one price in a plan")
        return self

    def charged(self, model: BillingModel) -> tuple[Price, ...]:
        """What a subscription of the model pays for."""
        return tuple(price for price in self.prices if model in price.models)

    def add_ons(self) -> frozenset[str]:
        """The codes of what can be booked besides."""
        return frozenset(price.code for price in self.prices if price.kind is PriceKind.ADD_ON)


def in_force(versions: Iterable[PlanPrices], line: ProductLine, plan: str, at: datetime) -> PlanPrices | None:
    """The version of a plan at a moment; of two for the same moment the one published later."""
    found = None
    for one in versions:
        if (one.line, one.plan) == (line, plan) and one.effective_from <= at:
            found = one if found is None or one.effective_from >= found.effective_from else found
    return found


def exceeded(limits: Mapping[str, int | None], used: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """What is in use beyond the limits: by name, the limit and what is used."""
    return {
        name: {"limit": limit, "used": used[name]}
        for name, limit in sorted(limits.items())
        if limit is not None and used.get(name, 0) > limit
    }
