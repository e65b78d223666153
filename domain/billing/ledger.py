"""What did a company owe and pay, entry by entry, and what is left?"""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from domain.billing.calendar import Month
from domain.billing.invoice import InvoiceBook
from domain.billing.issued import Invoice
from domain.kernel.instants import Day
from domain.kernel.money import Currency
from domain.kernel.text import Code, Title
from domain.kernel.value import Value


class LedgerEntry(Value):
    """One document or payment, or one that went back. `total_minor` is what it adds to the debt."""

    on: Day
    kind: Code
    number: Code | None
    month: Month
    about: Title | None
    due_on: Day | None
    currency: Currency
    net_minor: int
    tax_minor: int
    total_minor: int
    balance_minor: int


def entries_of(book: InvoiceBook, zone: str) -> Iterator[LedgerEntry]:
    """Every entry in the order of its day, with the balance after it."""
    balance = 0
    for entry in sorted(_entries(book, ZoneInfo(zone)), key=lambda one: (one.on, one.kind != "invoice")):
        balance += entry.total_minor
        yield entry.model_copy(update={"balance_minor": balance})


def _entries(book: InvoiceBook, zone: ZoneInfo) -> Iterator[LedgerEntry]:
    for invoice in book.invoices.values():
        draft = invoice.draft
        yield _entry(
            invoice,
            invoice.issued_at.astimezone(zone).date(),
            "invoice",
            invoice.number,
            (draft.net_minor, draft.tax.amount_minor, draft.total_minor),
            due_on=invoice.due_on,
        )
        for note in invoice.credit_notes:
            yield _entry(
                invoice,
                note.issued_at.astimezone(zone).date(),
                "credit_note",
                note.number,
                (-note.net_minor, -note.tax_minor, -note.total_minor),
                about=note.reason,
            )
            yield from _waiver(invoice, note.issued_at.astimezone(zone).date(), note.ends_waiver_minor)
        for payment in (*invoice.payments, *invoice.returned):
            taken = (0, 0, -payment.amount_minor)
            yield _entry(
                invoice, payment.received_on, "payment", invoice.number, taken, about=payment.reference
            )
        for back in invoice.returned:
            yield _entry(
                invoice,
                back.returned_at.astimezone(zone).date(),
                "payment_returned",
                invoice.number,
                (0, 0, back.amount_minor),
                about=back.reason,
            )
        for carried in invoice.carried:
            day, taken_minor = carried.carried_at.astimezone(zone).date(), (0, 0, -carried.amount_minor)
            yield _entry(invoice, day, "carried", invoice.number, taken_minor, about=carried.month)
        for refund in invoice.refunds:
            back_minor = (0, 0, refund.amount_minor)
            yield _entry(
                invoice, refund.refunded_on, refund.cause, invoice.number, back_minor, about=refund.reference
            )
            yield from _waiver(invoice, refund.refunded_on, -refund.waived_minor)
            if refund.failed_at is not None:
                day, here_minor = refund.failed_at.astimezone(zone).date(), (0, 0, -refund.amount_minor)
                yield _entry(
                    invoice, day, "refund_failed", invoice.number, here_minor, about=refund.reference
                )
                yield from _waiver(invoice, day, refund.owed_again_minor)


def _waiver(invoice: Invoice, on: date, amount_minor: int) -> Iterator[LedgerEntry]:
    """Below zero, what nobody owes any more though no document takes it back; above, what ends that."""
    if amount_minor:
        yield _entry(invoice, on, "waiver", invoice.number, (0, 0, amount_minor))


def _entry(
    invoice: Invoice,
    on: date,
    kind: str,
    number: str | None,
    amounts: tuple[int, int, int],
    *,
    about: str | None = None,
    due_on: date | None = None,
) -> LedgerEntry:
    net_minor, tax_minor, total_minor = amounts
    return LedgerEntry(
        on=on,
        kind=kind,
        number=number,
        month=invoice.draft.month,
        about=about,
        due_on=due_on,
        currency=invoice.draft.currency,
        net_minor=net_minor,
        tax_minor=tax_minor,
        total_minor=total_minor,
        balance_minor=0,
    )
