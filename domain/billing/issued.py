"""Where does an invoice stand: what was billed, taken back and paid, and what is left?"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from domain.billing.draft import Draft
from domain.billing.party import NO_DETAILS, SHIPPED_SELLER, Buyer, Seller
from domain.billing.payments import (
    Carried,
    Dispute,
    DisputeEnded,
    InvoiceDisputed,
    Payment,
    PaymentEvent,
    PaymentReceived,
    PaymentRefunded,
    PaymentTakenBack,
    Refund,
    RefundFailed,
    ReturnedPayment,
)
from domain.kernel.instants import Day
from domain.kernel.text import Code, Title
from domain.kernel.value import Value


class CreditCause(StrEnum):
    """Why something is taken back."""

    SLA = "sla"
    CORRECTION = "correction"
    GOODWILL = "goodwill"


class Standing(StrEnum):
    """What became of an invoice until a day."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDITED = "credited"


class Parties(Value):
    """Who billed whom, and until when it was to be paid, as it was on the day of the invoice."""

    seller: Seller
    buyer: Buyer
    issued_on: Day
    due_on: Day


class CreditNote(Value):
    """A part of an invoice taken back."""

    credit_note_id: UUID
    number: Code | None = None
    cause: CreditCause
    reason: Title
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_at: datetime
    ends_waiver_minor: int = Field(
        default=0, description="what of it had been given back already, and was waived until then"
    )


class Invoice(Value):
    """One month, billed; or what corrects one that was billed, where that bears another VAT than the next."""

    invoice_id: UUID
    number: Code | None = None
    issued_at: datetime
    draft: Draft
    corrects: UUID | None = None
    parties: Parties | None = None
    credit_notes: tuple[CreditNote, ...] = ()
    payments: tuple[Payment, ...] = ()
    returned: tuple[ReturnedPayment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    waived_minor: int = 0
    disputes: tuple[Dispute, ...] = ()
    carried: tuple[Carried, ...] = ()

    @property
    def credited_minor(self) -> int:
        """What was taken back, tax included."""
        return sum(note.total_minor for note in self.credit_notes)

    @property
    def paid_minor(self) -> int:
        """What was paid."""
        return sum(payment.amount_minor for payment in self.payments)

    @property
    def refunded_minor(self) -> int:
        """What went back to the company."""
        return sum(refund.amount_minor for refund in self.refunds if refund.failed_at is None)

    @property
    def is_disputed(self) -> bool:
        """Has the bank still to decide who keeps a payment?"""
        return any(dispute.outcome is None for dispute in self.disputes)

    @property
    def balance_minor(self) -> int:
        """What is left to pay; below zero it is owed to the company."""
        taken_back = self.credited_minor + self.waived_minor
        kept = self.paid_minor - self.refunded_minor
        return self.draft.total_minor - taken_back - kept - self.carried_minor

    @property
    def carried_minor(self) -> int:
        """What earlier invoices owed and was taken off this one; below zero, what later ones took off."""
        return sum(one.amount_minor for one in self.carried)

    def carrying(self, other: "Invoice", amount_minor: int, at: datetime) -> "Invoice":
        """With what passed between it and another one."""
        one = Carried(
            invoice_id=other.invoice_id, month=other.draft.month, amount_minor=amount_minor, carried_at=at
        )
        return self.model_copy(update={"carried": (*self.carried, one)})

    def credited(self, note: CreditNote) -> "Invoice":
        """With a credit note; it takes the place of what was waived."""
        ends = min(self.waived_minor, note.total_minor)
        notes = (*self.credit_notes, note.model_copy(update={"ends_waiver_minor": ends}))
        return self.model_copy(update={"credit_notes": notes, "waived_minor": self.waived_minor - ends})

    def after(self, event: PaymentEvent) -> "Invoice":
        """With what came, went back, or is disputed."""
        match event:
            case PaymentReceived():
                payment = Payment(**event.model_dump(include=set(Payment.model_fields)))
                return self.model_copy(update={"payments": (*self.payments, payment)})
            case PaymentTakenBack():
                return self._without_payment(event)
            case PaymentRefunded():
                refund = Refund(**event.model_dump(include=set(Refund.model_fields)))
                waived = self.waived_minor + event.waived_minor
                return self.model_copy(update={"refunds": (*self.refunds, refund), "waived_minor": waived})
            case RefundFailed():
                return self._without_refund(event.reference, event.occurred_at)
            case InvoiceDisputed():
                dispute = Dispute(**event.model_dump(include=set(Dispute.model_fields)))
                return self.model_copy(update={"disputes": (*self.disputes, dispute)})
            case DisputeEnded():
                ended = {"outcome": event.outcome, "ended_at": event.occurred_at}
                disputes = tuple(
                    one.model_copy(update=ended) if one.reference == event.reference else one
                    for one in self.disputes
                )
                return self.model_copy(update={"disputes": disputes})
            case _:
                assert_never(event)

    def _without_payment(self, event: PaymentTakenBack) -> "Invoice":
        """The payment counts no more; that it came, and went, stays told."""
        gone = [one for one in self.payments if one.payment_id == event.payment_id]
        returned = tuple(
            ReturnedPayment(**dict(one), reason=event.reason, returned_at=event.occurred_at) for one in gone
        )
        kept = tuple(one for one in self.payments if one.payment_id != event.payment_id)
        return self.model_copy(update={"payments": kept, "returned": (*self.returned, *returned)})

    def _without_refund(self, reference: str, at: datetime) -> "Invoice":
        """So much less is waived, unless a credit note took the place of the waiver.

        What this refund had of a credit note is free for those after it, so they need less of a waiver.
        """
        refunds, left = [], self.waived_minor
        for refund in self.refunds:
            if refund.reference == reference and refund.failed_at is None:
                owed_again = min(left, refund.amount_minor)
                left -= owed_again
                failed = {"failed_at": at, "owed_again_minor": owed_again}
                refund = refund.model_copy(update=failed)
            refunds.append(refund)
        return self.model_copy(update={"refunds": tuple(refunds), "waived_minor": left})

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
