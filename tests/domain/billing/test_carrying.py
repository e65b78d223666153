"""Is what an invoice below zero owes taken off the next ones, once, and nothing else?"""

from uuid import UUID

from domain.billing.invoice import InvoiceBook
from domain.billing.issued import Invoice
from domain.billing.ledger import entries_of
from domain.billing.terms import Debtor
from tests.domain.billing.kit import Events, at, closed, fee, per_unit, plan, price, subscribed

OFFER = plan("pro", fee("100"), price("sms", per_unit("1")))
DOLLARS = plan(
    "pro", fee("100"), price("sms", per_unit("1")), currency="USD", since=at("2026-03-01T00:00:00+01:00")
)
USED: Events = [("sms", "2026-01-10T10:00:00+01:00", 350)]
BELGIAN = Debtor(legal_name="Nord Reizen", country="BE", vat_number="BE0123456789")


def of(book: InvoiceBook, month: str) -> Invoice:
    found = book.of(month)
    assert found is not None
    return found


def left(book: InvoiceBook) -> list[tuple[str, int, int]]:
    """Of each document its month, what was carried to it or from it, and what is left."""
    return [(one.draft.month, one.carried_minor, one.balance_minor) for one in book.invoices.values()]


def ledger_agrees(book: InvoiceBook) -> bool:
    owed = sum(one.balance_minor for one in book.invoices.values())
    return [*entries_of(book, "Europe/Paris")][-1].balance_minor == owed


def test_what_is_owed_is_taken_off_one_invoice_after_the_other() -> None:
    company, book = subscribed(OFFER), InvoiceBook.new(UUID(int=1))
    closed(company, [OFFER], book, "2026-01", USED)
    # 350 SMS turn out to have been none: 100 - 350 = -250, and 20 % of it.
    closed(company, [OFFER], book, "2026-02", [], "2026-01")
    assert left(book) == [("2026-01", 0, 54_000), ("2026-02", 0, -30_000)]
    assert book.carried_to("EUR", 12_000) == [(of(book, "2026-02"), 12_000)]
    for month in ("2026-03", "2026-04", "2026-05"):
        closed(company, [OFFER], book, month)
        assert ledger_agrees(book)
    assert left(book) == [
        ("2026-01", 0, 54_000),
        ("2026-02", -30_000, 0),
        ("2026-03", 12_000, 0),
        ("2026-04", 12_000, 0),
        ("2026-05", 6_000, 6_000),
    ]
    assert book.carried_to("EUR", 12_000) == []
    told = [
        (one.month, one.total_minor, one.about)
        for one in entries_of(book, "Europe/Paris")
        if one.kind == "carried"
    ]
    assert told[:2] == [("2026-02", 12_000, "2026-03"), ("2026-03", -12_000, "2026-02")]
    # Nothing moves when the same month is billed again.
    version = book.version
    closed(company, [OFFER], book, "2026-05")
    assert book.version == version


def test_a_correction_below_zero_is_taken_off_the_invoice_beside_it() -> None:
    company, book = subscribed(OFFER), InvoiceBook.new(UUID(int=1))
    closed(company, [OFFER], book, "2026-01", USED)
    company.change_debtor(BELGIAN, at=at("2026-02-05T00:00:00+01:00"))
    fewer: Events = [("sms", "2026-01-10T10:00:00+01:00", 300)]
    closed(company, [OFFER], book, "2026-02", fewer, "2026-01")
    # 50 less with French VAT, -60.00; of the Belgian 100.00 are 40.00 left.
    assert left(book)[1:] == [("2026-02", 6_000, 4_000), ("2026-01", -6_000, 0)]
    assert ledger_agrees(book)


def test_another_currency_is_not_taken_off() -> None:
    company, book = subscribed(OFFER), InvoiceBook.new(UUID(int=1))
    closed(company, [OFFER], book, "2026-01", USED)
    closed(company, [OFFER], book, "2026-02", [], "2026-01")
    closed(company, [OFFER, DOLLARS], book, "2026-03")
    assert of(book, "2026-03").draft.currency == "USD"
    assert (of(book, "2026-02").balance_minor, of(book, "2026-03").carried_minor) == (-30_000, 0)
