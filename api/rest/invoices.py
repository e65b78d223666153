"""Invoices: the month as it stands, the months that were billed, and what was taken back."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.billing.invoices import CloseMonth, drafted
from application.ports.usage import UsageFigures
from domain.billing.calendar import Month
from domain.billing.collection import Collection, FailedPayment, Rejection, collection_id
from domain.billing.draft import Draft
from domain.billing.invoice import InvoiceBook, InvoiceUnknown, invoices_id
from domain.billing.issued import CreditNote, Invoice, Parties, Standing
from domain.billing.meter import Meters, meters_id
from domain.billing.payments import Dispute, Payment, Refund
from domain.billing.sla import Sla, sla_id
from domain.billing.subscription import NotSubscribed, Subscription, subscription_id
from domain.kernel.refusals import Unavailable

router = Shelf(tags=["billing"], route_class=StrictRoute)


class PreviewView(BaseModel):
    """A month as it would be billed now. Nothing is written; closing at the same cut gives the same lines."""

    model_config = ConfigDict(frozen=True)

    as_of: datetime
    complete_until: datetime | None = Field(description="every report acknowledged until then is in")
    late_months: list[Month] = Field(
        description="billed months about which more became known since; the corrections are among the lines"
    )
    unbilled_at_collector: list[Rejection] = Field(
        description="usage that Stripe took and threw away; it is on our invoice all the same"
    )
    failed_payments: list[FailedPayment] = Field(
        description="payments that failed at Stripe, the latest last; each counts once in the dunning"
    )
    unread_reports: bool = Field(description="more was acknowledged than this preview holds")
    invoice: Draft


class InvoiceView(Resource):
    """A month that was billed. Amounts are in the smallest unit of the currency."""

    id: UUID
    number: str | None = Field(description="null until the seller's series has come to it")
    issued_at: datetime
    invoice: Draft
    due_on: date
    standing: Standing = Field(description="as of today where the company lives")
    parties: Parties | None = Field(description="who billed whom, as it was then")
    credit_notes: list[CreditNote]
    payments: list[Payment]
    refunds: list[Refund] = Field(description="what went back to the company")
    disputes: list[Dispute] = Field(description="what the company asked its bank to take back")
    balance_minor: int = Field(
        description="the total less what was taken back and paid; what went back is owed by nobody"
    )

    @classmethod
    def of(cls, invoice: Invoice, book: InvoiceBook, today: date, position: int | None = None) -> Self:
        """The invoice as it stands; the version is that of all invoices of the company."""
        return cls(
            version=book.version,
            position=position,
            id=invoice.invoice_id,
            number=invoice.number,
            issued_at=invoice.issued_at,
            invoice=invoice.draft,
            due_on=invoice.due_on,
            standing=invoice.standing(today),
            parties=invoice.parties,
            credit_notes=list(invoice.credit_notes),
            payments=list(invoice.payments),
            refunds=list(invoice.refunds),
            disputes=list(invoice.disputes),
            balance_minor=invoice.balance_minor,
        )


class InvoiceList(Listing[InvoiceView]):
    """Every invoice of the company, the latest month first."""


@router.get(
    "/api/v1/enterprise/billing",
    operation_id="get_invoice_preview",
    summary="Preview an invoice",
    dependencies=[caught_up("usage")],
)
def get_invoice_preview(
    session: SessionDep,
    month: Annotated[Month | None, Query(description="the month that is billed next by default")] = None,
    cut: Annotated[
        int | None, Query(ge=0, lt=2**63, description="a cut of an earlier answer; the latest by default")
    ] = None,
) -> PreviewView:
    """What a month comes to, by what is known now. The same function makes the invoice."""
    house, streams = session.house, session.house.streams(session.tenant_id)
    subscription = streams.find(Subscription, subscription_id(session.tenant_id))
    if subscription is None:
        raise NotSubscribed
    book, usage = _book(session), house.usage_of(session.tenant_id)
    read, chosen = usage.cut(cut), month or book.next_month(subscription)
    draft = drafted(
        subscription,
        book,
        streams.find(Meters, meters_id(session.tenant_id)),
        streams.find(Sla, sla_id(session.tenant_id)),
        chosen,
        prices=house.price_lists,
        usage=usage,
        cut=read.position,
    )
    collection = streams.find(Collection, collection_id(session.tenant_id))
    late = usage.late_months(
        after=book.last_cut(),
        until=read.position,
        before=draft.period.start,
        zone=subscription.zone,
    )
    return PreviewView(
        as_of=house.clock(),
        complete_until=read.complete_until,
        unbilled_at_collector=list(collection.rejections) if collection else [],
        failed_payments=list(collection.failed_payments) if collection else [],
        late_months=[one for one in late if book.of(one) is not None],
        unread_reports=cut is None and _is_more_to_read(usage, house.clock()),
        invoice=draft,
    )


@router.post("/api/v1/billing/invoices", operation_id="close_month", summary="Bill a month")
def close_month(body: CloseMonth, session: SessionDep) -> InvoiceView:
    """Bills a month that is over by an hour, the earliest open one. One that was billed is answered as it is."""
    session.refuse_if_match()
    book, answer = session.change(body, InvoiceBook, invoices_id(session.tenant_id))
    invoice = book.of(body.month)
    if invoice is None:
        raise InvoiceUnknown
    return InvoiceView.of(invoice, book, _today(session), answer.saved.position)


@router.get(
    "/api/v1/billing/invoices", operation_id="list_invoices", summary="List invoices", dependencies=[AtLeast]
)
def list_invoices(session: SessionDep) -> InvoiceList:
    """Every invoice of the company, the latest month first. Always as new as can be."""
    book = _book(session)
    latest = sorted(book.invoices.values(), key=lambda one: one.draft.month, reverse=True)
    today = _today(session)
    return InvoiceList(data=[InvoiceView.of(one, book, today) for one in latest], next_cursor=None)


@router.get(
    "/api/v1/billing/invoices/{invoice_id}",
    operation_id="get_invoice",
    summary="Get an invoice",
    dependencies=[AtLeast],
)
def get_invoice(invoice_id: UUID, session: SessionDep) -> InvoiceView:
    """One invoice with its lines and credit notes."""
    book = _book(session)
    if invoice_id not in book.invoices:
        raise InvoiceUnknown
    return InvoiceView.of(book.invoices[invoice_id], book, _today(session))


def _is_more_to_read(usage: UsageFigures, now: datetime) -> bool:
    try:
        usage.reached(now)
    except Unavailable:
        return True
    return False


def _today(session: Session) -> date:
    found = session.house.streams(session.tenant_id).find(Subscription, subscription_id(session.tenant_id))
    return session.house.clock().astimezone(ZoneInfo(found.zone if found else "UTC")).date()


def _book(session: Session) -> InvoiceBook:
    book_id = invoices_id(session.tenant_id)
    return session.house.streams(session.tenant_id).find(InvoiceBook, book_id) or InvoiceBook.new(book_id)
