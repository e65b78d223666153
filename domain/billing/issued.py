"""Where does an invoice stand: what was billed, taken back and paid, and what is left?"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from domain.billing.draft import Draft
from domain.billing.party import NO_DETAILS, SHIPPED_SELLER, Buyer, Seller
from domain.kernel.instants import Day
from domain.kernel.text import Code, Title


class CreditCause(StrEnum):
    """Why something is taken back."""

    SLA = "sla"
    CORRECTION = "correction"
    GOODWILL = "goodwill"


class PaymentMethod(StrEnum):
    """How the money came."""

    BANK_TRANSFER = "bank_transfer"
    CARD = "card"
    DIRECT_DEBIT = "direct_debit"


class Standing(StrEnum):
    """What became of an invoice until a day."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDITED = "credited"


class Parties(BaseModel):
    """Who billed whom, and until when it was to be paid, as it was on the day of the invoice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seller: Seller
    buyer: Buyer
    issued_on: Day
    due_on: Day


class CreditNote(BaseModel):
    """A part of an invoice taken back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    credit_note_id: UUID
    number: Code | None = None
    cause: CreditCause
    reason: Title
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_at: datetime


class Payment(BaseModel):
    """Money that came for an invoice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payment_id: UUID
    amount_minor: int
    method: PaymentMethod
    received_on: Day
    reference: Code | None = None


class ReturnedPayment(Payment):
    """Money that came and went back."""

    reason: Title
    returned_at: datetime


class Invoice(BaseModel):
    """One month, billed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    invoice_id: UUID
    number: Code | None = None
    issued_at: datetime
    draft: Draft
    parties: Parties | None = None
    credit_notes: tuple[CreditNote, ...] = ()
    payments: tuple[Payment, ...] = ()
    returned: tuple[ReturnedPayment, ...] = ()

    @property
    def credited_minor(self) -> int:
        """What was taken back, tax included."""
        return sum(note.total_minor for note in self.credit_notes)

    @property
    def paid_minor(self) -> int:
        """What was paid."""
        return sum(payment.amount_minor for payment in self.payments)

    @property
    def balance_minor(self) -> int:
        """What is left to pay; below zero it is owed to the company."""
        return self.draft.total_minor - self.credited_minor - self.paid_minor

    @property
    def due_on(self) -> date:
        """The last day on which it is paid in time."""
        return self.named().due_on

    def named(self) -> Parties:
        """Who billed whom; of an invoice older than such particulars, what the house was shipped with."""
        if self.parties is not None:
            return self.parties
        day = self.issued_at.date()
        due_on = day + timedelta(days=SHIPPED_SELLER.payment_days)
        return Parties(seller=SHIPPED_SELLER, buyer=NO_DETAILS, issued_on=day, due_on=due_on)

    def standing(self, today: date) -> Standing:
        """What became of it until a day."""
        if self.balance_minor <= 0:
            return Standing.CREDITED if self.credited_minor and not self.paid_minor else Standing.PAID
        if today > self.due_on:
            return Standing.OVERDUE
        return Standing.PARTLY_PAID if self.paid_minor else Standing.OPEN


def parties_of(seller: Seller, buyer: Buyer, *, issued_at: datetime, zone: str) -> Parties:
    """The particulars of an invoice, dated where the company lives."""
    day = issued_at.astimezone(ZoneInfo(zone)).date()
    return Parties(
        seller=seller, buyer=buyer, issued_on=day, due_on=day + timedelta(days=seller.payment_days)
    )
