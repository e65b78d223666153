"""What do invoices say of seller and buyer, and what was paid of them?"""

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.buyer import InvoicingDetails, invoicing_details_id
from domain.billing.calendar import Month
from domain.billing.invoice import InvoiceBook, InvoiceUnknown, PaymentUnknown, invoices_id
from domain.billing.issued import Invoice
from domain.billing.party import Buyer, Seller
from domain.billing.payments import PaidCents, PaymentMethod
from domain.billing.seller import DeclaredSeller, seller_id
from domain.kernel.instants import Day
from domain.kernel.text import Code, Title


class DeclareSeller(Seller, Command):
    """Say who sends the invoices, from the next one on. In the platform's tenant."""


class SetInvoicingDetails(Buyer, Command):
    """Say what the next invoices shall say of the company; the whole of it."""


class RecordPayment(Command):
    """Note money that came for a month's invoice. In the company's tenant, by the seller alone.

    `reference` is the bank's, and the same one counts once.
    """

    month: Month
    amount_minor: PaidCents
    method: PaymentMethod = PaymentMethod.BANK_TRANSFER
    received_on: Day
    reference: Code


class TakePaymentBack(Command):
    """Take a payment back that the bank returned, or that was a mistake. By the seller alone."""

    month: Month
    reference: Code
    reason: Title


def declare_seller(command: DeclareSeller, context: Context) -> Saved:
    stream_id = seller_id(context.tenant_id)

    def decide() -> tuple[DeclaredSeller, ...]:
        found = context.store.read(DeclaredSeller, stream_id) or DeclaredSeller.new(stream_id)
        found.declare(Seller.model_validate(command.model_dump()), at=context.now)
        return (found,)

    return context.store.save_all(decide)


def set_invoicing_details(command: SetInvoicingDetails, context: Context) -> Saved:
    stream_id = invoicing_details_id(context.tenant_id)

    def decide() -> tuple[InvoicingDetails, ...]:
        found = context.store.read(InvoicingDetails, stream_id) or InvoicingDetails.new(stream_id)
        found.set(Buyer.model_validate(command.model_dump()), at=context.now)
        return (found,)

    return context.store.save_all(decide)


def record_payment(command: RecordPayment, context: Context) -> Saved:
    payment_id = context.new_id()

    def pay(book: InvoiceBook) -> None:
        invoice = _of(book, command.month)
        if any(payment.reference == command.reference for payment in invoice.payments):
            return
        book.pay(
            invoice.invoice_id,
            payment_id,
            **command.model_dump(exclude={"month"}),
            at=context.now,
        )

    return context.store.change(InvoiceBook, invoices_id(context.tenant_id), pay)


def take_payment_back(command: TakePaymentBack, context: Context) -> Saved:
    def take_back(book: InvoiceBook) -> None:
        invoice = _of(book, command.month)
        for payment in invoice.payments:
            if payment.reference == command.reference:
                book.take_payment_back(
                    invoice.invoice_id, payment.payment_id, reason=command.reason, at=context.now
                )
                return
        raise PaymentUnknown

    return context.store.change(InvoiceBook, invoices_id(context.tenant_id), take_back)


def _of(book: InvoiceBook, month: str) -> Invoice:
    invoice = book.of(month)
    if invoice is None:
        raise InvoiceUnknown
    return invoice


HANDLERS: Handlers = {
    DeclareSeller: declare_seller,
    SetInvoicingDetails: set_invoicing_details,
    RecordPayment: record_payment,
    TakePaymentBack: take_payment_back,
}
