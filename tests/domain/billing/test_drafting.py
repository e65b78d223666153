"""Does a draft speak the right currency, and ask the right tax?"""

from decimal import Decimal
from uuid import UUID

import pytest

from domain.billing.calendar import next_month
from domain.billing.draft import Draft
from domain.billing.drafting import drafts_of
from domain.billing.invoice import InvoiceBook
from domain.billing.invoice_line import LineKind
from domain.billing.issued import parties_of
from domain.billing.party import NO_DETAILS, SHIPPED_SELLER
from domain.billing.subscription import Subscription
from domain.billing.tax import TaxCategory, tax_on
from domain.billing.terms import Debtor
from tests.domain.billing.kit import Events, at, closed, counted, fee, per_unit, plan, price, subscribed

DOLLARS = plan("one", fee("100"), price("sms", per_unit("1")), currency="USD")


def draft(company: Subscription, book: InvoiceBook, month: str, events: Events, *late: str) -> Draft:
    return drafts_of(
        company,
        [DOLLARS],
        book,
        month,
        figure=counted(events),
        is_additive=lambda meter: True,
        late_months=late,
        cut=1,
    ).own


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


BELGIAN = Debtor(legal_name="Nord Reizen", country="BE", vat_number="BE0123456789")
AMERICAN = Debtor(legal_name="North Travel Inc.", country="US")
FRENCH = Debtor(legal_name="Nord Voyages", country="FR")
OFFER = plan("pro", fee("149"), price("sms", per_unit("1")))


def corrected(before: Debtor, after: Debtor) -> InvoiceBook:
    """January billed to one debtor; then ten uses of it come, and the company is another debtor."""
    company = subscribed(OFFER)
    company.change_debtor(before, at=at("2026-01-02T00:00:00+01:00"))
    book = closed(company, [OFFER], InvoiceBook.new(UUID(int=1)), "2026-01", [])
    company.change_debtor(after, at=at("2026-02-05T00:00:00+01:00"))
    late = [("sms", "2026-01-20T10:00:00+01:00", 10)]
    return closed(company, [OFFER], book, "2026-02", late, "2026-01")


@pytest.mark.parametrize(
    ("before", "after", "tax"),
    [
        (FRENCH, AMERICAN, ("standard", 200)),
        (AMERICAN, FRENCH, ("outside_scope", 0)),
        (BELGIAN, FRENCH, ("reverse_charge", 0)),
        (FRENCH, BELGIAN, ("standard", 200)),
    ],
)
def test_l6_a_correction_bears_the_tax_of_the_month_it_corrects(
    before: Debtor, after: Debtor, tax: tuple[str, int]
) -> None:
    book = corrected(before, after)
    january, february, correction = book.invoices.values()
    assert {line.kind for line in february.draft.lines} == {LineKind.CHARGE}
    found = correction.draft
    assert (found.tax.category.value, found.tax.amount_minor) == tax
    assert (found.net_minor, found.debtor, found.month) == (1_000, before, "2026-01")
    assert (correction.corrects, book.of("2026-01")) == (january.invoice_id, january)
    assert book.next_month(subscribed(OFFER)) == "2026-03"
    # What was corrected by a document of its own is not found again.
    company = subscribed(OFFER)
    late = [("sms", "2026-01-20T10:00:00+01:00", 10)]
    closed(company, [OFFER], book, "2026-03", late, "2026-01")
    assert len(book.invoices) == 4


def test_l6_under_the_same_tax_it_is_a_line_of_the_next_invoice() -> None:
    other = Debtor(legal_name="Nord Voyages et Fils", country="FR")
    _, february = corrected(FRENCH, other).invoices.values()
    assert [line.kind for line in february.draft.lines].count(LineKind.CORRECTION) == 1
