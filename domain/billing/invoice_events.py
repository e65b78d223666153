"""What happens to the invoices of a company?"""

from typing import ClassVar
from uuid import UUID

from domain.billing.calendar import Month
from domain.billing.draft import Draft
from domain.billing.issued import CreditCause, Parties
from domain.billing.payments import PaidCents, PaymentEvent
from domain.kernel.event import DomainEvent
from domain.kernel.text import Code, Title


class InvoiceFinalised(DomainEvent):
    """A month was billed, for good; what becomes known of it later goes to the next invoice."""

    TOPIC: ClassVar[str] = "invoices.finalised.v1"

    invoice_id: UUID
    draft: Draft


class CorrectionFinalised(DomainEvent):
    """A billed month was corrected by a document of its own, under its own VAT, when `found_with` was billed."""

    TOPIC: ClassVar[str] = "invoices.correction-finalised.v1"

    invoice_id: UUID
    corrects: UUID
    found_with: Month
    draft: Draft


class InvoiceNumbered(DomainEvent):
    """The invoice got its number in the seller's series."""

    TOPIC: ClassVar[str] = "invoices.numbered.v1"

    invoice_id: UUID
    number: Code


class InvoiceCredited(DomainEvent):
    """A part of an invoice was taken back, tax in proportion."""

    TOPIC: ClassVar[str] = "invoices.credited.v1"

    invoice_id: UUID
    credit_note_id: UUID
    cause: CreditCause
    reason: Title
    net_minor: int
    tax_minor: int
    total_minor: int


class CreditNoteNumbered(DomainEvent):
    """The credit note got its number in the seller's series."""

    TOPIC: ClassVar[str] = "invoices.credit-note-numbered.v1"

    invoice_id: UUID
    credit_note_id: UUID
    number: Code


class InvoiceAddressed(DomainEvent):
    """What the invoice says of seller and buyer, and until when it is to be paid."""

    TOPIC: ClassVar[str] = "invoices.addressed.v1"

    invoice_id: UUID
    parties: Parties


class BalanceCarried(DomainEvent):
    """What an invoice below zero owes the company was taken off a later one; no money moved."""

    TOPIC: ClassVar[str] = "invoices.balance-carried.v1"

    invoice_id: UUID
    from_invoice_id: UUID
    amount_minor: PaidCents


InvoiceEvent = (
    InvoiceFinalised
    | CorrectionFinalised
    | BalanceCarried
    | InvoiceNumbered
    | InvoiceCredited
    | CreditNoteNumbered
    | InvoiceAddressed
    | PaymentEvent
)
