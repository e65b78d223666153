"""How is a month billed, numbered and, in part, taken back?"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.price_lists import PriceLists
from application.ports.store import Saved
from application.ports.usage import UsageFigures
from domain.billing.buyer import InvoicingDetails, invoicing_details_id
from domain.billing.calendar import Month, period_of
from domain.billing.draft import Draft
from domain.billing.drafting import draft_of
from domain.billing.invoice import GRACE, CreditedCents, InvoiceBook, invoices_id
from domain.billing.issued import CreditCause, parties_of
from domain.billing.meter import SHIPPED_METERS, Meters, is_additive, meters_id
from domain.billing.numbering import (
    DocumentKind,
    NumberRequest,
    NumberSeries,
    Year,
    request_id,
    series_id,
)
from domain.billing.party import NO_DETAILS
from domain.billing.sla import Sla, sla_id
from domain.billing.subscription import NotSubscribed, Subscription, subscription_id
from domain.kernel.refusals import NotFound
from domain.kernel.text import Code, Title

ZERO = Decimal(0)
# What the log took in by then is waited for; waiting for the latest moment would never end under load.
READ_BY_NOW = timedelta(seconds=2)


class CloseMonth(Command):
    """Bill a month that is over. One that was billed stays as it is."""

    month: Month


class CreditInvoice(Command):
    """Take a part of an invoice back; the amount is without tax. In the company's tenant, by the seller alone."""

    month: Month
    net_minor: CreditedCents
    cause: CreditCause
    reason: Title


class RequestNumber(Command):
    """Ask for the number of a document. In the platform's tenant."""

    company_id: UUID
    invoice_id: UUID
    document_id: UUID
    kind: DocumentKind
    year: Year


class GiveNumber(Command):
    """Give a document the next number. In the platform's tenant."""

    request_id: UUID


class NoteNumber(Command):
    """Note the number a document was given. In the company's tenant."""

    invoice_id: UUID
    document_id: UUID
    kind: DocumentKind
    number: Code


def drafted(
    subscription: Subscription,
    book: InvoiceBook,
    meters: Meters | None,
    sla: Sla | None,
    month: str,
    *,
    prices: PriceLists,
    usage: UsageFigures,
    cut: int,
) -> Draft:
    """The month as it would be billed at a cut; reads, and changes nothing."""
    known = SHIPPED_METERS if meters is None else meters.all()
    late = usage.late_months(
        after=book.last_cut(),
        until=cut,
        before=period_of(month, subscription.zone).start,
        zone=subscription.zone,
    )
    return draft_of(
        subscription,
        prices.versions(),
        book,
        month,
        figure=lambda code, periods: usage.of(known[code], periods, cut=cut) if code in known else ZERO,
        is_additive=lambda code: is_additive(known, code),
        late_months=late if book.invoices else (),
        owed=sla.owed(book.invoices.values()) if sla else (),
        cut=cut,
    )


def _settled(month: str, subscription: Subscription, now: datetime) -> datetime:
    """Up to when the log must have been read before a month is billed."""
    return max(period_of(month, subscription.zone).end + GRACE, now - READ_BY_NOW)


def close_month(command: CloseMonth, context: Context) -> Saved:
    book_id, usage = invoices_id(context.tenant_id), context.ports.usage

    def decide() -> tuple[InvoiceBook, ...]:
        subscription = context.store.read(Subscription, subscription_id(context.tenant_id))
        if subscription is None:
            raise NotSubscribed
        book = context.store.read(InvoiceBook, book_id) or InvoiceBook.new(book_id)
        if book.of(command.month) is not None:
            return (book,)
        book.require_next(command.month, subscription, at=context.now)
        draft = drafted(
            subscription,
            book,
            context.store.read(Meters, meters_id(context.tenant_id)),
            context.store.read(Sla, sla_id(context.tenant_id)),
            command.month,
            prices=context.ports.price_lists,
            usage=usage,
            cut=usage.reached(_settled(command.month, subscription, context.now)),
        )
        details = context.store.read(InvoicingDetails, invoicing_details_id(context.tenant_id))
        parties = parties_of(
            context.ports.seller.current(),
            NO_DETAILS if details is None else details.buyer,
            issued_at=context.now,
            zone=subscription.zone,
        )
        book.close(draft, parties, at=context.now)
        return (book,)

    return context.store.save_all(decide)


def credit_invoice(command: CreditInvoice, context: Context) -> Saved:
    credit_note_id = context.new_id()
    judged_id = sla_id(context.tenant_id)

    def credit(book: InvoiceBook) -> None:
        invoice = book.of(command.month)
        if invoice is None:
            raise NotFound
        if command.cause is CreditCause.SLA:
            judged = context.store.read(Sla, judged_id) or Sla.new(judged_id)
            judged.require_owed(invoice, command.net_minor, book.invoices.values())
        book.credit(
            invoice.invoice_id,
            credit_note_id,
            net_minor=command.net_minor,
            cause=command.cause,
            reason=command.reason,
            at=context.now,
        )

    return context.store.change(InvoiceBook, invoices_id(context.tenant_id), credit)


def request_number(command: RequestNumber, context: Context) -> Saved:
    asked_id = request_id(context.tenant_id, command.document_id)

    def decide() -> tuple[NumberRequest, ...]:
        request = context.store.read(NumberRequest, asked_id) or NumberRequest.new(asked_id)
        request.ask(**command.model_dump(), at=context.now)
        return (request,)

    return context.store.save_all(decide)


def give_number(command: GiveNumber, context: Context) -> Saved:
    def decide() -> tuple[NumberRequest | NumberSeries, ...]:
        request = context.store.read(NumberRequest, command.request_id)
        if request is None:
            raise NotFound
        if request.number is not None:
            return (request,)
        wanted = series_id(context.tenant_id, request.kind, request.year)
        series = context.store.read(NumberSeries, wanted) or NumberSeries.new(wanted)
        number = series.give(request.document_id, kind=request.kind, year=request.year, at=context.now)
        request.receive(number, at=context.now)
        return (request, series)

    return context.store.save_all(decide)


def note_number(command: NoteNumber, context: Context) -> Saved:
    def note(book: InvoiceBook) -> None:
        if command.kind == "invoice":
            book.number(command.invoice_id, command.number, at=context.now)
        else:
            book.number_credit_note(command.invoice_id, command.document_id, command.number, at=context.now)

    return context.store.change(InvoiceBook, invoices_id(context.tenant_id), note)


HANDLERS: Handlers = {
    CloseMonth: close_month,
    CreditInvoice: credit_invoice,
    RequestNumber: request_number,
    GiveNumber: give_number,
    NoteNumber: note_number,
}
