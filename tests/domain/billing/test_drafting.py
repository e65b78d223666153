"""Does a draft speak the right currency, and ask the right tax?"""

from decimal import Decimal
from uuid import UUID

import pytest

from domain.billing.calendar import next_month
from domain.billing.draft import Draft
from domain.billing.drafting import draft_of
from domain.billing.invoice import InvoiceBook
from domain.billing.issued import parties_of
from domain.billing.party import NO_DETAILS, SHIPPED_SELLER
from domain.billing.subscription import Subscription
from domain.billing.tax import TaxCategory, tax_on
from domain.billing.terms import Debtor
from tests.domain.billing.kit import Events, at, counted, fee, per_unit, plan, price, subscribed

DOLLARS = plan("one", fee("100"), price("sms", per_unit("1")), currency="USD")


def draft(company: Subscription, book: InvoiceBook, month: str, events: Events, *late: str) -> Draft:
    return draft_of(
        company,
        [DOLLARS],
        book,
        month,
        figure=counted(events),
        is_additive=lambda meter: True,
        late_months=late,
        cut=1,
    )


def test_l6_what_comes_after_a_company_has_left_is_in_the_currency_it_paid_in() -> None:
    company = subscribed(DOLLARS)
    company.cancel(at=at("2026-02-01T00:00:00+01:00"))
    book = InvoiceBook.new(UUID(int=1))
    moment = at("2026-02-01T01:00:00+01:00")
    parties = parties_of(SHIPPED_SELLER, NO_DETAILS, issued_at=moment, zone="Europe/Paris")
    book.close(draft(company, book, "2026-01", []), parties, at=moment)
    late = draft(company, book, next_month("2026-01"), [("sms", "2026-01-20T10:00:00+01:00", 7)], "2026-01")
    assert (late.currency, late.net_minor) == ("USD", 700)


@pytest.mark.parametrize(
    ("country", "vat_number", "category"),
    [
        ("DE", "DE123456788", TaxCategory.REVERSE_CHARGE),
        ("GR", "EL123456789", TaxCategory.REVERSE_CHARGE),
        ("DE", "x", TaxCategory.STANDARD),
        ("DE", "DE", TaxCategory.STANDARD),
        ("DE", "FR40303265045", TaxCategory.STANDARD),
        ("DE", None, TaxCategory.STANDARD),
        ("US", "x", TaxCategory.OUTSIDE_SCOPE),
    ],
)
def test_the_tax_is_the_buyers_own_only_under_a_number_of_its_country(
    country: str, vat_number: str | None, category: TaxCategory
) -> None:
    tax = tax_on(10_000, Debtor.model_construct(legal_name="Nord", country=country, vat_number=vat_number))
    assert (tax.category, tax.percent) == (
        category,
        Decimal(20) if category is TaxCategory.STANDARD else Decimal(0),
    )
