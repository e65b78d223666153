"""Where is the file of an invoice or credit note? Kept once made; made again, byte for byte, when it is gone."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

from adapters.documents.paper import Paper
from adapters.documents.writing import Language
from adapters.event_store.store import TenantStore
from domain.billing.invoice import InvoiceBook, InvoiceUnknown, invoices_id
from domain.billing.subscription import Subscription, subscription_id

PaperFormat = Literal["pdf", "xml"]


class InvoiceFiles:
    """The documents of every company, under their numbers."""

    def __init__(self, folder: Path, streams: Callable[[UUID], TenantStore]) -> None:
        self._folder, self._streams = folder, streams

    def invoice(
        self, tenant_id: UUID, invoice_id: UUID, format: PaperFormat, language: Language | None = None
    ) -> Path:
        """An invoice, in the customer's language unless another is named. Refuses DocumentNotNumbered."""
        book, zone = self._of(tenant_id)
        if invoice_id not in book.invoices:
            raise InvoiceUnknown
        invoice = book.invoices[invoice_id]
        corrected = None if invoice.corrects is None else book.invoices[invoice.corrects]
        return self._file(tenant_id, Paper.of_invoice(invoice, zone, corrected), format, language)

    def credit_note(
        self, tenant_id: UUID, credit_note_id: UUID, format: PaperFormat, language: Language | None = None
    ) -> Path:
        """A credit note. Refuses DocumentNotNumbered."""
        book, zone = self._of(tenant_id)
        invoice, note = book.credit_note(credit_note_id)
        return self._file(tenant_id, Paper.of_credit_note(invoice, note, zone), format, language)

    def _of(self, tenant_id: UUID) -> tuple[InvoiceBook, str]:
        streams = self._streams(tenant_id)
        book_id = invoices_id(tenant_id)
        book = streams.find(InvoiceBook, book_id) or InvoiceBook.new(book_id)
        subscription = streams.find(Subscription, subscription_id(tenant_id))
        return book, subscription.zone if subscription else "UTC"

    def _file(self, tenant_id: UUID, paper: Paper, format: PaperFormat, language: Language | None) -> Path:
        spoken = language or paper.buyer.language
        path = self._folder / str(tenant_id) / f"{paper.number}-{spoken}.{format}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_name(f".{path.name}.{uuid4().hex}")
            try:
                # Read here: a process that never draws a page would carry the libraries from its start on.
                from adapters.documents.paper_pdf import pdf_of
                from adapters.documents.paper_xml import xml_of

                part.write_bytes(pdf_of(paper, spoken) if format == "pdf" else xml_of(paper, spoken))
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
        return path
