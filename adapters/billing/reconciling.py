"""Do the invoices still say what the log says? Every one is made again from the events it stood on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar
from uuid import UUID

from adapters.event_store.store import TenantStore
from application.billing.invoices import drafted
from application.ports.price_lists import PriceLists
from application.ports.store import AsOf
from application.ports.usage import UsageFigures
from domain.billing.collection import Collection, DocumentState, collection_id
from domain.billing.draft import Draft
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.invoice_events import CorrectionFinalised, InvoiceFinalised
from domain.billing.issued import Invoice
from domain.billing.ledger import entries_of
from domain.billing.meter import Meters, meters_id
from domain.billing.numbering import PREFIX, NumberSeries, series_id
from domain.billing.sla import Sla, sla_id
from domain.billing.subscription import Subscription, subscription_id
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import NotFound
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

A = TypeVar("A", bound=Aggregate)
MOST_EVENTS = 10_000


@dataclass(frozen=True)
class Mismatch:
    """Something that does not agree: about what, what is there, and what should be."""

    tenant_id: UUID
    about: str
    found: str
    expected: str


class Reconciling:
    """Compares and changes nothing."""

    def __init__(
        self,
        streams: Callable[[UUID], TenantStore],
        usage: Callable[[UUID], UsageFigures],
        prices: PriceLists,
    ) -> None:
        self._streams, self._usage, self._prices = streams, usage, prices

    def company(self, tenant_id: UUID) -> Iterator[Mismatch]:
        """Every invoice against the log, and the ledger against the invoices."""
        streams = self._streams(tenant_id)
        book = streams.find(InvoiceBook, invoices_id(tenant_id))
        subscription = streams.find(Subscription, subscription_id(tenant_id))
        if book is None or subscription is None:
            return
        events = streams.events_of(invoices_id(tenant_id), after=0, limit=MOST_EVENTS)
        for event in events:
            if isinstance(event, InvoiceFinalised):
                beside = [
                    one.draft
                    for one in events
                    if isinstance(one, CorrectionFinalised) and one.found_with == event.draft.month
                ]
                yield from self._invoice(streams, book.invoices[event.invoice_id], event, beside)
        owed = sum(invoice.balance_minor for invoice in book.invoices.values())
        told = [entry.balance_minor for entry in entries_of(book, subscription.zone)][-1:] or [0]
        if told != [owed]:
            yield Mismatch(tenant_id, "the balance of the ledger", str(told[0]), str(owed))
        yield from self._collected(streams)

    def _collected(self, streams: TenantStore) -> Iterator[Mismatch]:
        """What the collector is known to hold otherwise, or not known to hold."""
        known = streams.find(Collection, collection_id(streams.tenant_id))
        for document_id, sent in known.documents.items() if known else ():
            if sent.state is not DocumentState.SENT:
                about = f"document {document_id} at the collector"
                yield Mismatch(streams.tenant_id, about, sent.state.value, DocumentState.SENT.value)
        for meter, hour in known.drifted if known else ():
            about = f"{meter} of {hour:%Y-%m-%d %H} UTC at the collector"
            yield Mismatch(streams.tenant_id, about, "another figure", "ours")

    def numbers(self, companies: list[UUID]) -> Iterator[Mismatch]:
        """Every number that was given is on one document, and none is missing between."""
        on_paper: dict[str, list[UUID]] = {}
        for tenant_id in companies:
            book = self._streams(tenant_id).find(InvoiceBook, invoices_id(tenant_id))
            for invoice in book.invoices.values() if book else ():
                for number in (invoice.number, *(note.number for note in invoice.credit_notes)):
                    if number is not None:
                        on_paper.setdefault(number, []).append(tenant_id)
        for number, holders in on_paper.items():
            if len(holders) > 1:
                yield Mismatch(holders[1], f"number {number}", f"{len(holders)} documents", "one")
        platform = self._streams(PLATFORM_TENANT_ID)
        for kind, prefix in PREFIX.items():
            for year in sorted({int(number[1:5]) for number in on_paper if number.startswith(prefix)}):
                series = platform.find(NumberSeries, series_id(PLATFORM_TENANT_ID, kind, year))  # type: ignore[arg-type]
                for ordinal in range(1, (series.last if series else 0) + 1):
                    number = f"{prefix}{year}-{ordinal:06}"
                    if number not in on_paper:
                        yield Mismatch(PLATFORM_TENANT_ID, f"number {number}", "no document", "one")

    def _invoice(
        self, streams: TenantStore, invoice: Invoice, event: InvoiceFinalised, corrections: list[Draft]
    ) -> Iterator[Mismatch]:
        tenant_id = streams.tenant_id
        before = AsOf(position=event.position - 1)

        subscription = streams.as_of(Subscription, subscription_id(tenant_id), before)
        try:
            book = streams.as_of(InvoiceBook, invoices_id(tenant_id), before)
        except NotFound:
            book = InvoiceBook.new(invoices_id(tenant_id))
        again = drafted(
            subscription,
            book,
            _stood(streams, Meters, meters_id(tenant_id), before),
            _stood(streams, Sla, sla_id(tenant_id), before),
            invoice.draft.month,
            prices=self._prices,
            usage=self._usage(tenant_id),
            cut=invoice.draft.cut,
        )
        expected = (again.own, *again.corrections)
        for had, should in zip_longest((invoice.draft, *corrections), expected):
            if had != should:
                about = f"invoice {invoice.number or invoice.draft.month}"
                if had is not invoice.draft:
                    about += f", its correction of {(had or should).month}"
                yield Mismatch(tenant_id, about, _total(had), _total(should))


def _total(draft: Draft | None) -> str:
    return "no document" if draft is None else str(draft.total_minor)


def _stood(streams: TenantStore, kind: type[A], stream_id: UUID, at: AsOf) -> A | None:
    try:
        return streams.as_of(kind, stream_id, at)
    except NotFound:
        return None
