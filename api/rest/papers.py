"""What is sent to a company: invoices and credit notes as files, who they name, and what was paid."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import FileResponse

from adapters.bootstrap import PaperFormat, csv_of_ledger
from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.billing.papers import DeclareSeller, SetInvoicingDetails
from domain.billing.buyer import InvoicingDetails, invoicing_details_id
from domain.billing.calendar import Month
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.issued import CreditNote
from domain.billing.ledger import LedgerEntry, entries_of
from domain.billing.party import Buyer, Seller
from domain.billing.seller import DeclaredSeller, seller_id
from domain.billing.subscription import Subscription, subscription_id
from domain.kernel.money import Currency

router = Shelf(prefix="/api/v1/billing", tags=["billing"], route_class=StrictRoute)

MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "xml": "application/xml",
    "csv": "text/csv; charset=utf-8; header=present",
}
FILES: dict[str, Any] = {
    MEDIA_TYPES["xml"]: {"schema": {"type": "string"}},
    MEDIA_TYPES["pdf"]: {"schema": {"type": "string", "format": "binary"}},
}
Lang = Annotated[
    Literal["en", "fr"] | None,
    Query(description="without it, the language of the company's invoicing details"),
]


class SellerView(Resource):
    """Who sends the invoices."""

    seller: Seller


class InvoicingDetailsView(Resource):
    """What invoices say of the company, besides the debtor's name, country and VAT number."""

    buyer: Buyer


class CreditNoteView(CreditNote):
    """A part of an invoice taken back, and which."""

    invoice_id: UUID
    invoice_number: str | None
    month: Month
    currency: Currency


class CreditNoteList(Listing[CreditNoteView]):
    """Every credit note of the company, the latest first."""


class LedgerList(Listing[LedgerEntry]):
    """Invoices, credit notes and payments in the order of their days."""


class Paper(FileResponse):
    """A file as it is, in parts if the client asks for a range."""

    media_type = None


class LedgerFile(Response):
    """The ledger as CSV."""

    media_type = None


@router.get("/seller", operation_id="get_seller", summary="Get the seller", dependencies=[AtLeast])
def get_seller(session: SessionDep) -> SellerView:
    """Who sends the invoices, and the account they are paid to. Always as new as can be."""
    return SellerView(version=0, seller=session.house.seller.current())


@router.put("/seller", operation_id="declare_seller", summary="Declare the seller")
def declare_seller(body: DeclareSeller, session: SessionDep) -> SellerView:
    """Says who sends the invoices, from the next one on; what was issued keeps its seller."""
    session.refuse_if_match()
    made, answer = session.change(body, DeclaredSeller, seller_id(session.tenant_id))
    return SellerView(version=made.version, position=answer.saved.position, seller=made.seller)


@router.get(
    "/invoicing-details",
    operation_id="get_invoicing_details",
    summary="Get the invoicing details",
    dependencies=[AtLeast],
)
def get_invoicing_details(session: SessionDep) -> InvoicingDetailsView:
    """Address, registration, reference and language of the company's invoices; version 0 until it said anything."""
    stream_id = invoicing_details_id(session.tenant_id)
    found = session.house.streams(session.tenant_id).find(InvoicingDetails, stream_id)
    details = found or InvoicingDetails.new(stream_id)
    return session.show(InvoicingDetailsView(version=details.version, buyer=details.buyer))


@router.put("/invoicing-details", operation_id="set_invoicing_details", summary="Set the invoicing details")
def set_invoicing_details(body: SetInvoicingDetails, session: SessionDep) -> InvoicingDetailsView:
    """Says what the next invoices shall say of the company; what was issued stays as it is."""
    made, answer = session.change(body, InvoicingDetails, invoicing_details_id(session.tenant_id))
    return InvoicingDetailsView(version=made.version, position=answer.saved.position, buyer=made.buyer)


@router.get(
    "/invoices/{invoice_id}/document.{format}",
    operation_id="download_invoice",
    summary="Download an invoice",
    response_class=Paper,
    responses={200: {"description": "The document, in the format asked for.", "content": FILES}},
)
def download_invoice(invoice_id: UUID, format: PaperFormat, session: SessionDep, lang: Lang = None) -> Paper:
    """The invoice as PDF with its data attached (Factur-X, EN 16931), or the data alone as XML.

    It is there once the invoice has its number; made again it is the same, byte for byte.
    """
    path = session.house.billing.files.invoice(session.tenant_id, invoice_id, format, lang)
    return Paper(path, media_type=MEDIA_TYPES[format], filename=path.name)


@router.get(
    "/credit-notes",
    operation_id="list_credit_notes",
    summary="List credit notes",
    dependencies=[AtLeast],
)
def list_credit_notes(session: SessionDep) -> CreditNoteList:
    """Every credit note with its cause and its invoice, the latest first. Always as new as can be."""
    book, _ = _book(session)
    notes = [
        CreditNoteView(
            **dict(note),
            invoice_id=invoice.invoice_id,
            invoice_number=invoice.number,
            month=invoice.draft.month,
            currency=invoice.draft.currency,
        )
        for invoice in book.invoices.values()
        for note in invoice.credit_notes
    ]
    return CreditNoteList(data=sorted(notes, key=lambda one: one.issued_at, reverse=True), next_cursor=None)


@router.get(
    "/credit-notes/{credit_note_id}/document.{format}",
    operation_id="download_credit_note",
    summary="Download a credit note",
    response_class=Paper,
    responses={200: {"description": "The document, in the format asked for.", "content": FILES}},
)
def download_credit_note(
    credit_note_id: UUID, format: PaperFormat, session: SessionDep, lang: Lang = None
) -> Paper:
    """The credit note as PDF with its data attached, or the data alone as XML; it names the invoice."""
    path = session.house.billing.files.credit_note(session.tenant_id, credit_note_id, format, lang)
    return Paper(path, media_type=MEDIA_TYPES[format], filename=path.name)


@router.get("/ledger", operation_id="get_ledger", summary="Get the ledger", dependencies=[AtLeast])
def get_ledger(session: SessionDep) -> LedgerList:
    """What was billed, taken back and paid, with the balance after each entry. Always as new as can be."""
    return LedgerList(data=list(entries_of(*_book(session))), next_cursor=None)


@router.get(
    "/ledger.csv",
    operation_id="download_ledger",
    summary="Download the ledger",
    response_class=LedgerFile,
    responses={
        200: {"description": "The ledger.", "content": {MEDIA_TYPES["csv"]: {"schema": {"type": "string"}}}}
    },
)
def download_ledger(session: SessionDep) -> LedgerFile:
    """The ledger as CSV, with amounts in whole units of the currency."""
    return LedgerFile(
        csv_of_ledger(entries_of(*_book(session))),
        media_type=MEDIA_TYPES["csv"],
        headers={"Content-Disposition": 'attachment; filename="ledger.csv"'},
    )


def _book(session: Session) -> tuple[InvoiceBook, str]:
    streams, book_id = session.house.streams(session.tenant_id), invoices_id(session.tenant_id)
    subscription = streams.find(Subscription, subscription_id(session.tenant_id))
    book = streams.find(InvoiceBook, book_id) or InvoiceBook.new(book_id)
    return book, subscription.zone if subscription else "UTC"
