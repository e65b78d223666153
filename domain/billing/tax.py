"""Which VAT does a company pay? That of the seller's country, or none where the buyer accounts for it."""

import re
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from domain.billing.rounding import exactly, whole
from domain.billing.terms import Debtor
from domain.kernel.value import Value

SELLER_COUNTRY = "FR"
STANDARD_PERCENT = Decimal(20)
UNION = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())

# Greek numbers begin with the language, all others with the country.
GREEK = "EL"
BEHIND_THE_COUNTRY = re.compile(r"[0-9A-Z+*]{2,12}")


class TaxCategory(StrEnum):
    """As EN 16931 names them: S, AE and O."""

    STANDARD = "standard"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE_SCOPE = "outside_scope"


class Tax(Value):
    """The tax on the net total, rounded once; below zero where the total is."""

    category: TaxCategory
    percent: Decimal
    amount_minor: int

    def is_like(self, other: "Tax") -> bool:
        """Is it the same tax, whatever it is on?"""
        return (self.category, self.percent) == (other.category, other.percent)

    def on(self, net_minor: int) -> "Tax":
        """The same tax on another total."""
        return self.model_copy(update={"amount_minor": part_of(net_minor, self.percent)})


def tax_on(net_minor: int, debtor: Debtor) -> Tax:
    """The tax for a company, by its country and VAT number."""
    category = category_of(debtor)
    percent = STANDARD_PERCENT if category is TaxCategory.STANDARD else Decimal(0)
    return Tax(category=category, percent=percent, amount_minor=0).on(net_minor)


def category_of(debtor: Debtor) -> TaxCategory:
    """In the Union a company with a VAT number of its country accounts for it itself; others pay like at home."""
    if debtor.country == SELLER_COUNTRY:
        return TaxCategory.STANDARD
    if debtor.country not in UNION:
        return TaxCategory.OUTSIDE_SCOPE
    return TaxCategory.REVERSE_CHARGE if has_own_number(debtor) else TaxCategory.STANDARD


def has_own_number(debtor: Debtor) -> bool:
    """Does its VAT number look like one of its country? The seller answers for the tax where it does not."""
    prefix = GREEK if debtor.country == "GR" else debtor.country
    number = debtor.vat_number or ""
    return number.startswith(prefix) and BEHIND_THE_COUNTRY.fullmatch(number[len(prefix) :]) is not None


def part_of(net_minor: int, percent: Decimal) -> int:
    """So many percent of an amount, rounded once."""
    return whole(Fraction(net_minor) * exactly(percent) / 100)
