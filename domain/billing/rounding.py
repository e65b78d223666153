"""How does an exact amount become money? Once, half away from zero, and nothing is lost between lines."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from domain.kernel.money import minor_digits


def exactly(value: Decimal | int) -> Fraction:
    """The value without any rounding to come."""
    return Fraction(value)


def whole(value: Fraction) -> int:
    """The nearest whole number; a half goes away from zero, as invoices are rounded."""
    doubled = 2 * abs(value)
    nearest = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return nearest if value >= 0 else -nearest


def minor(amount: Fraction, currency: str) -> int:
    """An exact amount of the currency in its smallest unit, rounded once."""
    return whole(amount * 10 ** minor_digits(currency))


def spread(parts: Sequence[Fraction], currency: str) -> list[int]:
    """The parts in the smallest unit, so that they add up to their exact sum rounded once.

    Whoever was cut off most gets a missing unit first; among equals, the earlier one.
    """
    exact = [part * 10 ** minor_digits(currency) for part in parts]
    shares = [part.numerator // part.denominator for part in exact]
    missing = whole(sum(exact, Fraction(0))) - sum(shares)
    most_cut_off = sorted(range(len(exact)), key=lambda place: (shares[place] - exact[place], place))
    for place in most_cut_off[:missing]:
        shares[place] += 1
    return shares
