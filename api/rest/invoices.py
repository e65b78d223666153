"""Invoices: the month as it stands, the months that were billed, and what was taken back."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, Session, SessionDep, caught_up
from api.rest.strict_json import StrictRoute
from application.billing.invoices import CloseMonth, drafted
from domain.billing.calendar import Month
from domain.billing.invoice import CreditNote, Draft, Invoice, InvoiceBook, InvoiceUnknown, invoices_id
from domain.billing.meter import Meters, meters_id
from domain.billing.subscription import NotSubscribed, Subscription, subscription_id

router = APIRouter(tags=["billing"], route_class=StrictRoute)


class PreviewView(BaseModel):
    """A month as it would be billed now. Nothing is written; closing at the same cut gives the same lines."""

    model_config = ConfigDict(frozen=True)

    as_of: datetime
    complete_until: datetime | None = Field(description="every report acknowledged until then is in")
    invoice: Draft


class InvoiceView(Resource):
    """A month that was billed. Amounts are in the smallest unit of the currency."""

    id: UUID
    number: str | None = Field(description="null until the seller's series has come to it")
    issued_at: datetime
    invoice: Draft
    credit_notes: list[CreditNote]
    balance_minor: int = Field(description="the total less what was taken back")

    @classmethod
    def of(cls, invoice: Invoice, book: InvoiceBook, position: int | None = None) -> Self:
        """The invoice as it stands; the version is that of all invoices of the company."""
        return cls(
            version=book.version,
            position=position,
            id=invoice.invoice_id,
            number=invoice.number,
            issued_at=invoice.issued_at,
            invoice=invoice.draft,
            credit_notes=list(invoice.credit_notes),
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
    book = _book(session)
    read = house.usage_of(session.tenant_id).cut(cut)
    draft = drafted(
        subscription,
        book,
        streams.find(Meters, meters_id(session.tenant_id)),
        month or book.next_month(subscription),
        prices=house.price_lists,
        usage=house.usage_of(session.tenant_id),
        cut=read.position,
    )
    return PreviewView(as_of=house.clock(), complete_until=read.complete_until, invoice=draft)


@router.post("/api/v1/billing/invoices", operation_id="close_month", summary="Bill a month")
def close_month(body: CloseMonth, session: SessionDep) -> InvoiceView:
    """Bills a month that is over by an hour, the earliest open one. One that was billed is answered as it is."""
    session.refuse_if_match()
    book, answer = session.change(body, InvoiceBook, invoices_id(session.tenant_id))
    invoice = book.of(body.month)
    if invoice is None:
        raise InvoiceUnknown
    return InvoiceView.of(invoice, book, answer.saved.position)


@router.get(
    "/api/v1/billing/invoices", operation_id="list_invoices", summary="List invoices", dependencies=[AtLeast]
)
def list_invoices(session: SessionDep) -> InvoiceList:
    """Every invoice of the company, the latest month first. Always as new as can be."""
    book = _book(session)
    latest = sorted(book.invoices.values(), key=lambda one: one.draft.month, reverse=True)
    return InvoiceList(data=[InvoiceView.of(one, book) for one in latest], next_cursor=None)


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
    return session.show(InvoiceView.of(book.invoices[invoice_id], book))


def _book(session: Session) -> InvoiceBook:
    book_id = invoices_id(session.tenant_id)
    return session.house.streams(session.tenant_id).find(InvoiceBook, book_id) or InvoiceBook.new(book_id)
