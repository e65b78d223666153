"""How is it noted what the collector knows, and what it told us?"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.collection import (
    ChargeOutcome,
    Collection,
    FailedPayment,
    PushedHour,
    Rejection,
    collection_id,
)
from domain.billing.invoice import InvoiceBook, InvoiceUnknown, invoices_id
from domain.billing.notice import Notice
from domain.billing.payments import DisputeOutcome, PaidCents, PaymentMethod, RefundCause
from domain.billing.price import Name
from domain.billing.subscription import NotSubscribed, Subscription, subscription_id
from domain.kernel.instants import Day, Instant
from domain.kernel.text import Code

MAX_HOURS = 5_000
# Why a payment failed, in the words of the dunning.
FAILED = "payment_failed"


class LinkCustomer(Command):
    """Note the company's id at the collector."""

    customer: Code


class NoteDocumentSent(Command):
    """Note that the collector has a document, and what it comes to there."""

    document_id: UUID
    external_id: Code
    total_minor: int
    expected_minor: int


class NoteDocumentUnknown(Command):
    """Note that nobody can say whether the collector has a document."""

    document_id: UUID


class NoteUsagePushed(Command):
    """Note what the collector was told of hours."""

    cut: Annotated[int, Field(ge=0)]
    hours: Annotated[tuple[PushedHour, ...], Field(max_length=MAX_HOURS)]


class NoteUsageDrift(Command):
    """Note that the collector holds something else than it was told."""

    meter: Name
    hour: Instant
    ours: Decimal
    theirs: Decimal


class NoteUsageRejected(Command):
    """Note that the collector threw usage away."""

    identifier: Code
    reason: Code


class NoteCharge(Command):
    """Note what became of an attempt to take the money of an invoice."""

    document_id: UUID
    number: Annotated[int, Field(ge=1)]
    due_at: Instant
    outcome: ChargeOutcome


class ReceiveNotice(Command):
    """Keep a word of the collector, once. In the platform's tenant."""

    external_id: Code
    kind: Code
    company_id: UUID | None = None
    invoice_id: UUID | None = None
    object_id: Code | None = None
    amount_minor: Annotated[int, Field(ge=0)] = 0
    happened_at: Instant


class ReceiveCollected(Command):
    """Note that the collector got money for an invoice; what is above the balance is not ours to note."""

    invoice_id: UUID
    amount_minor: Annotated[int, Field(ge=0)]
    received_on: Day
    reference: Code


class ReceiveFailedPayment(Command):
    """Note that a payment of an invoice failed: one notice, one failure. An invoice that is paid owes nothing."""

    invoice_id: UUID
    notice: Code
    failed_at: Instant


class ReceiveRefund(Command):
    """Note what the collector says of a refund now."""

    invoice_id: UUID
    reference: Code
    amount_minor: PaidCents
    refunded_on: Day
    has_failed: bool = False


class ReceiveDispute(Command):
    """Note what the collector says of a dispute now; without an outcome it is not decided."""

    invoice_id: UUID
    reference: Code
    amount_minor: PaidCents
    reason: Code
    disputed_on: Day
    outcome: DisputeOutcome | None = None


def _changed(context: Context, change: Callable[[Collection], None]) -> Saved:
    stream_id = collection_id(context.tenant_id)

    def decide() -> tuple[Collection, ...]:
        found = context.store.read(Collection, stream_id) or Collection.new(stream_id)
        change(found)
        return (found,)

    return context.store.save_all(decide)


def link_customer(command: LinkCustomer, context: Context) -> Saved:
    return _changed(context, lambda found: found.link(command.customer, at=context.now))


def note_document_sent(command: NoteDocumentSent, context: Context) -> Saved:
    return _changed(context, lambda found: found.sent(**dict(command), at=context.now))


def note_document_unknown(command: NoteDocumentUnknown, context: Context) -> Saved:
    return _changed(context, lambda found: found.unknown(command.document_id, at=context.now))


def note_usage_pushed(command: NoteUsagePushed, context: Context) -> Saved:
    return _changed(context, lambda found: found.pushed(command.hours, cut=command.cut, at=context.now))


def note_usage_drift(command: NoteUsageDrift, context: Context) -> Saved:
    return _changed(context, lambda found: found.drift(**dict(command), at=context.now))


def note_usage_rejected(command: NoteUsageRejected, context: Context) -> Saved:
    return _changed(context, lambda found: found.reject(Rejection(**dict(command)), at=context.now))


def note_charge(command: NoteCharge, context: Context) -> Saved:
    return _changed(context, lambda found: found.attempted(**dict(command), at=context.now))


def receive_notice(command: ReceiveNotice, context: Context) -> Saved:
    facts = dict(command)
    return context.store.add(lambda: Notice.receive(context.tenant_id, **facts, at=context.now))


def receive_collected(command: ReceiveCollected, context: Context) -> Saved:
    payment_id = context.new_id()

    def pay(book: InvoiceBook) -> None:
        invoice = book.invoices.get(command.invoice_id)
        if invoice is None:
            raise InvoiceUnknown
        known = any(payment.reference == command.reference for payment in invoice.payments)
        amount_minor = min(command.amount_minor, invoice.balance_minor)
        if not known and amount_minor > 0:
            book.pay(
                command.invoice_id,
                payment_id,
                amount_minor=amount_minor,
                method=PaymentMethod.CARD,
                received_on=command.received_on,
                reference=command.reference,
                at=context.now,
            )

    return context.store.change(InvoiceBook, invoices_id(context.tenant_id), pay)


def receive_failed_payment(command: ReceiveFailedPayment, context: Context) -> Saved:
    collected_id = collection_id(context.tenant_id)

    def decide() -> tuple[Collection, Subscription]:
        book = context.store.read(InvoiceBook, invoices_id(context.tenant_id))
        invoice = book.invoices.get(command.invoice_id) if book else None
        subscription = context.store.read(Subscription, subscription_id(context.tenant_id))
        if invoice is None:
            raise InvoiceUnknown
        if subscription is None:
            raise NotSubscribed
        known = context.store.read(Collection, collected_id) or Collection.new(collected_id)
        failed = FailedPayment(
            document_id=command.invoice_id, notice=command.notice, failed_at=command.failed_at
        )
        if invoice.balance_minor > 0 and known.failed(failed, at=context.now):
            subscription.note_failed_payment(command.invoice_id, reason=FAILED, at=context.now)
        return known, subscription

    return context.store.save_all(decide)


def receive_refund(command: ReceiveRefund, context: Context) -> Saved:
    def change(book: InvoiceBook) -> None:
        # One that had failed when it was first asked about is noted too: whoever asked before, and writes it down
        # after this, changes nothing then.
        book.refund(
            command.invoice_id,
            command.reference,
            cause=RefundCause.REFUND,
            amount_minor=command.amount_minor,
            refunded_on=command.refunded_on,
            at=context.now,
        )
        if command.has_failed:
            book.fail_refund(command.invoice_id, command.reference, at=context.now)

    return context.store.change(InvoiceBook, invoices_id(context.tenant_id), change)


def receive_dispute(command: ReceiveDispute, context: Context) -> Saved:
    facts = dict(command)
    return context.store.change(
        InvoiceBook, invoices_id(context.tenant_id), lambda book: book.dispute(**facts, at=context.now)
    )


HANDLERS: Handlers = {
    LinkCustomer: link_customer,
    NoteDocumentSent: note_document_sent,
    NoteDocumentUnknown: note_document_unknown,
    NoteUsagePushed: note_usage_pushed,
    NoteUsageDrift: note_usage_drift,
    NoteUsageRejected: note_usage_rejected,
    NoteCharge: note_charge,
    ReceiveNotice: receive_notice,
    ReceiveCollected: receive_collected,
    ReceiveFailedPayment: receive_failed_payment,
    ReceiveRefund: receive_refund,
    ReceiveDispute: receive_dispute,
}
