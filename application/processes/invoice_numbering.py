"""What follows when a document was issued? It gets the next number of the seller's series.

The company's feed asks, the platform's feed gives in order, one document after the other, and the company
notes it. No closing waits for another, and no number is left out or given twice.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.billing.invoices import GiveNumber, NoteNumber, RequestNumber
from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant
from domain.billing.calendar import local_day
from domain.billing.invoice_events import CorrectionFinalised, InvoiceCredited, InvoiceFinalised
from domain.billing.numbering import NumberReceived, NumberRequest, NumberRequested
from domain.billing.subscription import Subscription, subscription_id
from domain.kernel.event import DomainEvent
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

Heard = InvoiceFinalised | CorrectionFinalised | InvoiceCredited | NumberRequested | NumberReceived


class InvoiceNumbering:
    """From the document to the platform, and back with a number."""

    name: ClassVar[str] = "invoice-numbering"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        InvoiceFinalised,
        CorrectionFinalised,
        InvoiceCredited,
        NumberRequested,
        NumberReceived,
    )
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: Heard, history: History) -> Iterable[Command | InTenant | Effect]:
        match event:
            case InvoiceFinalised() if not event.draft.lines:
                # Nothing was sold, so there is nothing to send and no number to spend.
                return
            case InvoiceFinalised() | CorrectionFinalised() | InvoiceCredited():
                credited = event.credit_note_id if isinstance(event, InvoiceCredited) else None
                request = RequestNumber(
                    company_id=history.tenant_id,
                    invoice_id=event.invoice_id,
                    document_id=credited or event.invoice_id,
                    kind="credit_note" if credited else "invoice",
                    year=local_day(event.occurred_at, zone_of(history)).year,
                )
                yield InTenant(PLATFORM_TENANT_ID, request)
            case NumberRequested():
                yield GiveNumber(request_id=event.originator_id)
            case NumberReceived():
                asked = history.find(NumberRequest, event.originator_id)
                if asked is not None:
                    note = NoteNumber(
                        invoice_id=asked.invoice_id,
                        document_id=asked.document_id,
                        kind=asked.kind,
                        number=event.number,
                    )
                    yield InTenant(asked.company_id, note)


def zone_of(history: History) -> str:
    """Where the days on a company's documents are counted, so that number and date are of one year."""
    found = history.find(Subscription, subscription_id(history.tenant_id))
    return "UTC" if found is None else found.zone
