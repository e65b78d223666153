"""What came for an invoice, what went back to the company, and what does it dispute?

Events and values of a part of the invoices' stream. Whatever went back is owed by nobody: what no credit note
had taken back is waived, and a credit note that follows takes the place of the waiver.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from domain.billing.calendar import Month
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Day
from domain.kernel.text import Code, Title
from domain.kernel.value import Value

MAX_PAYMENTS = 100
PaidCents = Annotated[int, Field(strict=True, ge=1, le=10**12)]


class PaymentMethod(StrEnum):
    """How the money came."""

    BANK_TRANSFER = "bank_transfer"
    CARD = "card"
    DIRECT_DEBIT = "direct_debit"


class RefundCause(StrEnum):
    """Who sent the money back: the seller, or the company's bank after a dispute."""

    REFUND = "refund"
    CHARGEBACK = "chargeback"


class DisputeOutcome(StrEnum):
    """How a dispute ended; one that was withdrawn or prevented took no money, and is won."""

    WON = "won"
    LOST = "lost"


class PaymentReceived(DomainEvent):
    """Money came for an invoice."""

    TOPIC: ClassVar[str] = "invoices.payment-received.v1"

    invoice_id: UUID
    payment_id: UUID
    amount_minor: PaidCents
    method: PaymentMethod
    received_on: Day
    reference: Code | None


class PaymentTakenBack(DomainEvent):
    """A payment was returned by the bank, or had been noted by mistake."""

    TOPIC: ClassVar[str] = "invoices.payment-taken-back.v1"

    invoice_id: UUID
    payment_id: UUID
    reason: Title


class PaymentRefunded(DomainEvent):
    """Money went back to the company; `waived_minor` of it no credit note had taken back, and nobody owes."""

    TOPIC: ClassVar[str] = "invoices.refunded.v1"

    invoice_id: UUID
    reference: Code
    cause: RefundCause
    amount_minor: PaidCents
    waived_minor: Annotated[int, Field(strict=True, ge=0)]
    refunded_on: Day


class RefundFailed(DomainEvent):
    """A refund did not reach the company: the money is still here."""

    TOPIC: ClassVar[str] = "invoices.refund-failed.v1"

    invoice_id: UUID
    reference: Code


class InvoiceDisputed(DomainEvent):
    """The company asked its bank to take a payment back; until that is decided nothing is dunned."""

    TOPIC: ClassVar[str] = "invoices.disputed.v1"

    invoice_id: UUID
    reference: Code
    amount_minor: PaidCents
    reason: Code
    disputed_on: Day


class DisputeEnded(DomainEvent):
    """The bank decided; what was lost went back to the company."""

    TOPIC: ClassVar[str] = "invoices.dispute-ended.v1"

    invoice_id: UUID
    reference: Code
    outcome: DisputeOutcome


PaymentEvent = (
    PaymentReceived | PaymentTakenBack | PaymentRefunded | RefundFailed | InvoiceDisputed | DisputeEnded
)


class Carried(Value):
    """What passed between two invoices: above zero on the one it was taken off, below on the one that owed it."""

    invoice_id: UUID = Field(description="the other one")
    month: Month = Field(description="the other one's")
    amount_minor: int
    carried_at: datetime


class Payment(Value):
    """Money that came for an invoice."""

    payment_id: UUID
    amount_minor: int
    method: PaymentMethod
    received_on: Day
    reference: Code | None = None


class ReturnedPayment(Payment):
    """Money that came and went back."""

    reason: Title
    returned_at: datetime


class Refund(Value):
    """Money that went back to the company. One that failed counts for nothing, and stays told."""

    reference: Code
    cause: RefundCause
    amount_minor: int
    waived_minor: int = Field(description="what no credit note had taken back; it is owed by nobody")
    refunded_on: Day
    failed_at: datetime | None = Field(default=None, description="when it was known not to have arrived")
    owed_again_minor: int = Field(default=0, description="what its failure ended of the waiver")


class Dispute(Value):
    """What the company asked its bank to take back."""

    reference: Code
    amount_minor: int
    reason: Code
    disputed_on: Day
    outcome: DisputeOutcome | None = Field(default=None, description="null while the bank has not decided")
    ended_at: datetime | None = None
