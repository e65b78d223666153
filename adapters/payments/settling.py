"""What must the collector still be told of a company? It is asked first, and only what is missing is done.

Runs outside of every transaction; what came of it is noted by commands. A repeat, or two at once, end in the same.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import structlog

from adapters.clerk import signed
from adapters.event_store.commands import Commands
from application.billing.collections import (
    LinkCustomer,
    NoteDocumentSent,
    NoteDocumentUnknown,
    NoteUsageDrift,
    NoteUsagePushed,
)
from application.kernel.command import Command
from application.ports.collector import (
    Collector,
    CollectorRefused,
    CollectorUnavailable,
    HeldDocument,
    OutcomeUnknown,
)
from domain.billing.collection import (
    TAKES_UNTIL,
    Collection,
    DocumentState,
    PushedHour,
    SentDocument,
    collection_id,
)
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.issued import CreditNote, Invoice
from domain.billing.meter import FAILED_CALLS, SHIPPED_METERS, Meter, Meters, is_additive, meters_id
from domain.billing.subscription import Subscription, subscription_id
from domain.kernel.period import Period
from projections.billing import usage
from projections.billing.usage_hours import HOUR, touched_hours
from projections.kernel.sql import Sql

log = structlog.get_logger(__name__)

T = TypeVar("T")
ATTEMPTS = 5
TAX, CARRIED = "tax", "carried"
# More significant digits than this are refused by the collector.
MOST_DIGITS = 15
AT_ONCE = 500


class Settling:
    """Brings the collector up to date, one company at a time."""

    def __init__(
        self,
        collector: Collector,
        commands: Commands,
        reading: Callable[[UUID], AbstractContextManager[Sql]],
        now: Callable[[], datetime],
    ) -> None:
        self._collector, self._commands, self._reading, self._now = collector, commands, reading, now

    def settle(self, tenant_id: UUID) -> None:
        """Customer, invoices, credit notes and hours of use. Raises CollectorUnavailable when it must wait.

        What the collector refuses holds nothing else up; it is raised when everything else is done.
        """
        refused: list[CollectorRefused] = []
        streams = self._commands.reading(tenant_id)
        subscription = streams.find(Subscription, subscription_id(tenant_id))
        if subscription is None:
            return
        known = streams.find(Collection, collection_id(tenant_id)) or Collection.new(collection_id(tenant_id))
        customer = known.customer or self._customer(tenant_id, subscription)
        book = streams.find(InvoiceBook, invoices_id(tenant_id))
        for invoice in book.invoices.values() if book else ():
            try:
                self._invoice(tenant_id, customer, invoice, known)
            except CollectorRefused as refusal:
                log.error("collector_refused", tenant_id=str(tenant_id), number=invoice.number)
                refused.append(refusal)
        found = streams.find(Meters, meters_id(tenant_id))
        meters = SHIPPED_METERS if found is None else found.all()
        refused += self._usage(tenant_id, customer, known, meters)
        if refused:
            raise refused[0]

    # Documents

    def _customer(self, tenant_id: UUID, subscription: Subscription) -> str:
        customer = self._made(
            lambda: self._collector.find_customer(tenant_id),
            lambda attempt: self._collector.create_customer(tenant_id, subscription.debtor, attempt=attempt),
        )
        self._note(tenant_id, LinkCustomer(customer=customer))
        return customer

    def _invoice(self, tenant_id: UUID, customer: str, invoice: Invoice, known: Collection) -> None:
        if invoice.number is None or _due_minor(invoice) <= 0:
            return
        sent = known.documents.get(invoice.invoice_id)
        if sent is None or sent.state is DocumentState.UNKNOWN:
            held = self._surely(
                tenant_id, invoice.invoice_id, lambda: self._send(tenant_id, customer, invoice)
            )
            expected = _due_minor(invoice)
            sent = self._note_sent(tenant_id, invoice.invoice_id, held, expected)
        left_minor = _due_minor(invoice)
        for note in invoice.credit_notes:
            # What was carried to this invoice was never asked for there, so it cannot be taken back there.
            told_minor = min(note.total_minor, left_minor)
            left_minor -= told_minor
            if told_minor > 0:
                self._credit_note(tenant_id, sent, note, told_minor, known)

    def _send(self, tenant_id: UUID, customer: str, invoice: Invoice) -> HeldDocument:
        """The invoice with our amounts, line by line, and our tax as a line of its own."""
        draft = invoice.draft
        held = self._made(
            lambda: self._collector.find_invoice(customer, invoice.invoice_id),
            lambda attempt: self._collector.create_invoice(
                customer,
                tenant_id,
                invoice.invoice_id,
                number=invoice.number or "",
                month=draft.month,
                currency=draft.currency,
                due_on=invoice.due_on,
                attempt=attempt,
            ),
        )
        wanted = dict(_items(invoice))
        for attempt in range(ATTEMPTS):
            missing = [name for name in wanted if name not in held.items]
            if not missing and held.is_final:
                return held
            try:
                for name in missing if not held.is_final else ():
                    amount_minor, words = wanted[name]
                    self._collector.add_item(
                        customer,
                        held,
                        name,
                        amount_minor=amount_minor,
                        currency=draft.currency,
                        words=words,
                        attempt=attempt,
                    )
                if not held.is_final:
                    self._collector.finalise(held, attempt=attempt)
            except OutcomeUnknown as unknown:
                log.info("collector_outcome_unknown", about=str(invoice.number), error=str(unknown))
            again = self._collector.find_invoice(customer, invoice.invoice_id)
            if again is not None:
                held = again
            if held.is_final:
                return held
        raise CollectorUnavailable(f"Invoice {invoice.number} cannot be sent now.")

    def _credit_note(
        self, tenant_id: UUID, invoice: SentDocument, note: CreditNote, told_minor: int, known: Collection
    ) -> None:
        sent = known.documents.get(note.credit_note_id)
        is_sent = sent is not None and sent.state is not DocumentState.UNKNOWN
        if note.number is None or is_sent or invoice.external_id is None:
            return
        external_id = invoice.external_id
        held = self._surely(
            tenant_id,
            note.credit_note_id,
            lambda: self._made(
                lambda: self._collector.find_credit_note(external_id, note.credit_note_id),
                lambda attempt: self._collector.create_credit_note(
                    external_id,
                    note.credit_note_id,
                    total_minor=told_minor,
                    memo=f"{note.number}: {note.reason}",
                    attempt=attempt,
                ),
            ),
        )
        self._note_sent(tenant_id, note.credit_note_id, held, told_minor)

    # Usage

    def _usage(
        self, tenant_id: UUID, customer: str, known: Collection, meters: Any
    ) -> list[CollectorRefused]:
        now = self._now()
        with self._reading(tenant_id) as sql:
            cut = usage.cut(sql).position
            oldest = now - TAKES_UNTIL + HOUR
            touched = touched_hours(sql, after=known.pushed_until, until=cut, since=oldest)
        # What was not confirmed is looked at again, round after round.
        waiting = [
            (one.meter, one.hour) for one in known.hours if not one.is_confirmed and one.hour >= oldest
        ]
        touched = list(dict.fromkeys([*waiting, *touched]))
        pushed: list[PushedHour] = []
        refused: list[CollectorRefused] = []
        # What is no sum of its hours has no place in a sum of hours; its line is on the invoice. Calls that we
        # failed are on none.
        told = [
            (name, hour)
            for name, hour in touched
            if name in meters and name != FAILED_CALLS and is_additive(meters, name)
        ]
        left = len(told)
        for name, hour in told:
            # Only what is told fills a round: what the collector knows already keeps nothing else waiting.
            if len(pushed) + len(refused) == AT_ONCE:
                break
            left -= 1
            try:
                done = self._hour(tenant_id, customer, known, meters[name], hour, cut)
            except CollectorRefused as refusal:
                log.error("collector_refused", tenant_id=str(tenant_id), meter=name, hour=hour.isoformat())
                refused.append(refusal)
            else:
                pushed += [done] if done is not None else []
        # What does not fit in one go, or was refused, keeps its cut, so that it is found again.
        reached = known.pushed_until if left or refused else cut
        if pushed or reached > known.pushed_until:
            self._note(tenant_id, NoteUsagePushed(cut=reached, hours=tuple(pushed)))
        return refused

    def _hour(
        self, tenant_id: UUID, customer: str, known: Collection, meter: Meter, hour: datetime, cut: int
    ) -> PushedHour | None:
        with self._reading(tenant_id) as sql:
            period = Period(start=hour, end=hour + HOUR)
            value = usage.figure(sql, meter.code, meter.aggregation, [period], at=cut)
        if len(value.normalize().as_tuple().digits) > MOST_DIGITS:
            log.error("usage_has_too_many_digits", tenant_id=str(tenant_id), meter=meter.code)
            return None
        last = known.last_push(meter.code, hour)
        external = self._made(
            lambda: None, lambda attempt: self._collector.meter(meter.code, attempt=attempt)
        )
        if last is not None and last.value == value:
            theirs = value if last.is_confirmed else self._collector.told(customer, external, hour)
            if theirs == value:
                return None if last.is_confirmed else last.model_copy(update={"is_confirmed": True})
            # The collector's sums lag behind by minutes, not by the hour that lies between two rounds.
            self._drifted(tenant_id, meter.code, hour, ours=value, theirs=theirs)
        revision = 1 if last is None else last.revision + 1
        identifier = identifier_of(tenant_id, meter.code, hour, revision)
        self._made(
            lambda: None,
            lambda attempt: self._collector.push(
                customer, meter.code, hour=hour, value=value, identifier=identifier, attempt=attempt
            ),
        )
        is_confirmed = self._collector.told(customer, external, hour) == value
        return PushedHour(
            meter=meter.code, hour=hour, value=value, revision=revision, is_confirmed=is_confirmed
        )

    def _drifted(
        self, tenant_id: UUID, meter: str, hour: datetime, *, ours: Decimal, theirs: Decimal | None
    ) -> None:
        log.error(
            "usage_drifted", tenant_id=str(tenant_id), meter=meter, hour=hour.isoformat(),
            ours=str(ours), theirs=str(theirs),
        )  # fmt: skip
        drift = NoteUsageDrift(meter=meter, hour=hour, ours=ours, theirs=theirs or Decimal(0))
        self._note(tenant_id, drift)

    # Asking

    def _made(self, find: Callable[[], T | None], create: Callable[[int], T]) -> T:
        """What is there already, or what was made; after a doubt it looks before it asks again."""
        for attempt in range(ATTEMPTS):
            found = find()
            if found is not None:
                return found
            try:
                return create(attempt)
            except OutcomeUnknown as unknown:
                log.info("collector_outcome_unknown", error=str(unknown), attempt=attempt)
        found = find()
        if found is not None:
            return found
        raise CollectorUnavailable("It is not known what became of a request, again and again.")

    def _surely(self, tenant_id: UUID, document_id: UUID, send: Callable[[], HeldDocument]) -> HeldDocument:
        """Sends, or notes that nobody knows."""
        try:
            return send()
        except (CollectorUnavailable, CollectorRefused):
            self._note(tenant_id, NoteDocumentUnknown(document_id=document_id))
            raise

    def _note_sent(
        self, tenant_id: UUID, document_id: UUID, held: HeldDocument, expected_minor: int
    ) -> SentDocument:
        if held.total_minor != expected_minor:
            log.error(
                "collector_differs", tenant_id=str(tenant_id), document_id=str(document_id),
                theirs=held.total_minor, ours=expected_minor,
            )  # fmt: skip
        command = NoteDocumentSent(
            document_id=document_id,
            external_id=held.external_id,
            total_minor=held.total_minor,
            expected_minor=expected_minor,
        )
        self._note(tenant_id, command)
        return SentDocument(
            state=DocumentState.SENT, external_id=held.external_id, total_minor=held.total_minor
        )

    def _note(self, tenant_id: UUID, command: Command) -> None:
        now = self._now()
        content = sha256(command.model_dump_json().encode()).hexdigest()
        self._commands.execute(signed(tenant_id, command, f"{content}:{now.isoformat()}", now))


def identifier_of(tenant_id: UUID, meter: str, hour: datetime, revision: int) -> str:
    """The name of one word about one hour: the same word has the same name, for ever.

    The company's id comes first, so that a rejection can be traced; at most 100 characters.
    """
    short = sha256(meter.encode()).hexdigest()[:12]
    return f"{tenant_id.hex}-{short}-{hour:%Y%m%d%H}-{revision}"


def _items(invoice: Invoice) -> Iterator[tuple[str, tuple[int, str]]]:
    draft = invoice.draft
    for number, line in enumerate(draft.lines, start=1):
        yield f"{number}:{line.code}", (line.amount_minor, f"{line.title}, {line.month}")
    if draft.tax.amount_minor:
        yield TAX, (draft.tax.amount_minor, f"VAT {draft.tax.percent:f} %")
    if invoice.carried_minor > 0:
        yield CARRIED, (-invoice.carried_minor, "Carried from earlier invoices")


def _due_minor(invoice: Invoice) -> int:
    """What there is to collect of an invoice when it is issued; one below zero is carried, and never sent."""
    return invoice.draft.total_minor - max(0, invoice.carried_minor)
