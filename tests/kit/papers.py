"""Invoices and credit notes of an invented company, for tests of what they look like."""

from datetime import timedelta
from uuid import UUID

from adapters.documents.paper import Paper
from domain.billing.drafting import drafts_of
from domain.billing.invoice import InvoiceBook
from domain.billing.issued import CreditCause, Invoice, parties_of
from domain.billing.party import SHIPPED_SELLER, Address, Buyer
from domain.billing.price import ProductLine
from domain.billing.shipped import SHIPPED
from domain.billing.terms import Debtor
from tests.domain.billing.kit import at, closed, counted, moved, subscribed

FRENCH = Debtor(legal_name="Nord Voyages SAS", country="FR", vat_number="FR40303265045")
GERMAN = Debtor(legal_name="Nord Reisen GmbH", country="DE", vat_number="DE123456788")
AMERICAN = Debtor(legal_name="North Travel Inc.", country="US")
EVENTS = [
    ("sms", "2026-01-20T10:00:00+01:00", 2_137),
    ("emails", "2026-01-20T10:00:00+01:00", 10_420),
]
NOTE = UUID("00000000-0000-7000-8000-0000000000c1")
NUMBERED = "F2026-000042"


def billed(debtor: Debtor, *, net_minor: int = 0) -> Invoice:
    """A month with a change of plan, add-ons, overage and a correction; a part of it taken back if asked."""
    crm = {plan.plan: plan for plan in SHIPPED if plan.line is ProductLine.CRM}
    company = subscribed(crm["starter"], add_ons={"whatsapp": 2})
    company.change_debtor(debtor, at=at("2026-01-02T00:00:00+01:00"))
    moved(company, crm["pro"], "2026-01-16T12:00:00+01:00")
    book = InvoiceBook.new(UUID("00000000-0000-7000-8000-0000000000b1"))
    buyer = _buyer(debtor)
    moment = at("2026-02-01T01:00:00+01:00")
    draft = drafts_of(
        company,
        SHIPPED,
        book,
        "2026-01",
        figure=counted(EVENTS),
        is_additive=lambda meter: True,
        late_months=(),
        cut=4,
    ).own
    book.close(draft, parties_of(SHIPPED_SELLER, buyer, issued_at=moment, zone="Europe/Paris"), at=moment)
    (invoice_id,) = book.invoices
    book.number(invoice_id, NUMBERED, at=moment)
    if net_minor:
        later = moment + timedelta(days=3)
        book.credit(
            invoice_id, NOTE, net_minor=net_minor, cause=CreditCause.SLA, reason="99.2 % of January", at=later
        )
        book.number_credit_note(invoice_id, NOTE, "A2026-000007", at=later)
    return book.invoices[invoice_id]


def _buyer(debtor: Debtor) -> Buyer:
    address = Address(street="12 avenue des Voyageurs", postcode="69003", city="Lyon", country=debtor.country)
    return Buyer(address=address, registration_number="303265045", order_reference="PO-4711", language="fr")


def invoice_of(debtor: Debtor) -> Paper:
    """The invoice as a document."""
    return Paper.of_invoice(billed(debtor), "Europe/Paris")


def credit_note_of(debtor: Debtor, *, net_minor: int = 1_000) -> Paper:
    """A credit note as a document."""
    invoice = billed(debtor, net_minor=net_minor)
    return Paper.of_credit_note(invoice, invoice.credit_notes[0], "Europe/Paris")


def correction_of(before: Debtor, after: Debtor, *, fewer: bool = False) -> Paper:
    """What corrects January, which was billed to another debtor than February is."""
    crm = {plan.plan: plan for plan in SHIPPED if plan.line is ProductLine.CRM}
    company = subscribed(crm["pro"])
    company.change_debtor(before, at=at("2026-01-02T00:00:00+01:00"))
    book = InvoiceBook.new(UUID("00000000-0000-7000-8000-0000000000b1"))
    closed(company, list(SHIPPED), book, "2026-01", EVENTS, buyer=_buyer(before))
    (january,) = book.invoices
    book.number(january, NUMBERED, at=at("2026-02-02T00:00:00+01:00"))
    company.change_debtor(after, at=at("2026-02-05T00:00:00+01:00"))
    known = EVENTS[:1] if fewer else [*EVENTS, ("sms", "2026-01-21T10:00:00+01:00", 40)]
    closed(company, list(SHIPPED), book, "2026-02", known, "2026-01")
    (correction,) = [one for one in book.invoices.values() if one.corrects is not None]
    book.number(correction.invoice_id, "F2026-000043", at=at("2026-03-02T00:00:00+01:00"))
    return Paper.of_invoice(book.invoices[correction.invoice_id], "Europe/Paris", book.invoices[january])
