"""What does a quantity cost under each way of charging? Exact, before any rounding."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self, assert_never

from pydantic import BeforeValidator, Field, model_validator

from domain.billing.rounding import exactly
from domain.kernel.value import Value


def _not_binary(value: object) -> object:
    """A float has lost the price before it arrives, and a truth is no number."""
    if isinstance(value, bool):
        raise ValueError("must be a decimal number, not a truth")
    return value


# In whole units of the currency: 0.002 is a fifth of a cent.
Amount = Annotated[
    Decimal, BeforeValidator(_not_binary), Field(ge=0, le=10**9, max_digits=19, decimal_places=9)
]
# Fifteen significant digits are as many as the collecting side accepts.
Quantity = Annotated[
    Decimal, BeforeValidator(_not_binary), Field(ge=0, le=10**12, max_digits=15, decimal_places=6)
]


class Fixed(Value):
    """One amount, whatever the quantity."""

    model: Literal["fixed"] = "fixed"
    amount: Amount


class PerUnit(Value):
    """The same amount for every unit."""

    model: Literal["per_unit"] = "per_unit"
    unit_amount: Amount


class Tier(Value):
    """What a unit costs up to and including a quantity; the last tier has no end."""

    up_to: Quantity | None = None
    unit_amount: Amount


class _Tiered(Value):
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def tiers_rise_without_end(self) -> Self:
        ends = [tier.up_to for tier in self.tiers]
        if ends[-1] is not None or any(end is None for end in ends[:-1]):
            raise ValueError("the last tier, and no other, has no end")
        bounded = [end for end in ends if end is not None]
        if any(one >= following for one, following in zip(bounded, bounded[1:], strict=False)):
            raise ValueError("tiers must rise")
        return self


class Graduated(_Tiered):
    """Each unit at the price of the tier it falls into."""

    model: Literal["graduated"] = "graduated"


class Volume(_Tiered):
    """Every unit at the price of the tier the whole quantity falls into."""

    model: Literal["volume"] = "volume"


class Package(Value):
    """So much for each package that was begun."""

    model: Literal["package"] = "package"
    size: Annotated[Quantity, Field(gt=0)]
    package_amount: Amount


Charge = Annotated[Fixed | PerUnit | Graduated | Volume | Package, Field(discriminator="model")]


def cost(charge: Fixed | PerUnit | Graduated | Volume | Package, quantity: Fraction) -> Fraction:
    """The exact price of the quantity, in whole units of the currency."""
    match charge:
        case Fixed():
            return exactly(charge.amount)
        case PerUnit():
            return exactly(charge.unit_amount) * quantity
        case Graduated():
            return _graduated(charge, quantity)
        case Volume():
            return exactly(_tier_of(charge, quantity).unit_amount) * quantity
        case Package():
            begun = -((-quantity / exactly(charge.size)) // 1)
            return exactly(charge.package_amount) * begun
        case _:
            assert_never(charge)


def _graduated(charge: Graduated, quantity: Fraction) -> Fraction:
    total, below = Fraction(0), Fraction(0)
    for tier in charge.tiers:
        end = quantity if tier.up_to is None else min(quantity, exactly(tier.up_to))
        if end > below:
            total += (end - below) * exactly(tier.unit_amount)
            below = end
    return total


def _tier_of(charge: Volume, quantity: Fraction) -> Tier:
    return next(tier for tier in charge.tiers if tier.up_to is None or quantity <= exactly(tier.up_to))
