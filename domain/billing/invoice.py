"""What was a company billed, month after month, and what was taken back?

The invoices of one company are one stream, so that a month is billed once, in order, and what an earlier
month was billed is known when more becomes known about it.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from domain.billing.calendar import Month, month_of, next_month, period_of
from domain.billing.invoice_line import InvoiceLine
from domain.billing.subscription import Subscription
from domain.billing.tax import Tax, part_of
from domain.billing.terms import Debtor
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.money import Currency
from domain.kernel.period import Period
from domain.kernel.refusals import NotFound, RuleBroken
from domain.kernel.text import Code, Title

GRACE = timedelta(hours=1)
CreditedCents = Annotated[int, Field(strict=True, ge=1, le=10**12)]


class CreditCause(StrEnum):
    """Why something is taken back."""

    SLA = "sla"
    CORRECTION = "correction"
    GOODWILL = "goodwill"


class Draft(BaseModel):
    """A month as it would be billed: the lines are those of usage read up to `cut`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    month: Month
    period: Period
    cut: int
    currency: Currency
    debtor: Debtor
    lines: tuple[InvoiceLine, ...]
    net_minor: int
    tax: Tax
    total_minor: int


class InvoiceFinalised(DomainEvent):
    """A month was billed, for good; what becomes known of it later goes to the next invoice."""

    TOPIC: ClassVar[str] = "invoices.finalised.v1"

    invoice_id: UUID
    draft: Draft


class InvoiceNumbered(DomainEvent):
    """The invoice got its number in the seller's series."""

    TOPIC: ClassVar[str] = "invoices.numbered.v1"

    invoice_id: UUID
    number: Code


class InvoiceCredited(DomainEvent):
    """A part of an invoice was taken back, tax in proportion."""

    TOPIC: ClassVar[str] = "invoices.credited.v1"

    invoice_id: UUID
    credit_note_id: UUID
    cause: CreditCause
    reason: Title
    net_minor: int
    tax_minor: int
    total_minor: int


class CreditNoteNumbered(DomainEvent):
    """The credit note got its number in the seller's series."""

    TOPIC: ClassVar[str] = "invoices.credit-note-numbered.v1"

    invoice_id: UUID
    credit_note_id: UUID
    number: Code


InvoiceEvent = InvoiceFinalised | InvoiceNumbered | InvoiceCredited | CreditNoteNumbered


class InvoiceUnknown(NotFound):
    """There is no such invoice."""


class MonthNotOver(RuleBroken):
    """A month is billed an hour after its end at the earliest, so that late reports find their place."""


class EarlierMonthOpen(RuleBroken):
    """Months are billed one after the other; an earlier one is still open."""


class CreditAboveInvoice(RuleBroken):
    """Credit notes take back at most what the invoice came to."""


class CreditNote(BaseModel):
    """A part of an invoice taken back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    credit_note_id: UUID
    number: Code | None = None
    cause: CreditCause
    reason: Title
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_at: datetime


class Invoice(BaseModel):
    """One month, billed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    invoice_id: UUID
    number: Code | None = None
    issued_at: datetime
    draft: Draft
    credit_notes: tuple[CreditNote, ...] = ()

    @property
    def balance_minor(self) -> int:
        """What is left of it."""
        return self.draft.total_minor - sum(note.total_minor for note in self.credit_notes)


def invoices_id(tenant_id: UUID) -> UUID:
    """The invoices of one company."""
    return uuid5(tenant_id, "invoices")


class InvoiceBook(Aggregate):
    """Every invoice of one company."""

    CATEGORY: ClassVar[str] = "invoices"

    invoices: dict[UUID, Invoice] = {}

    def close(self, draft: Draft, *, at: datetime) -> None:
        """Bills a month. One that is billed stays as it is."""
        if self.of(draft.month) is not None:
            return
        self.record(InvoiceFinalised, at=at, invoice_id=uuid5(self.id, f"invoice:{draft.month}"), draft=draft)

    def require_next(self, month: str, subscription: Subscription, *, at: datetime) -> None:
        """Refuses a month that is not over, and one that is not the next."""
        if at < period_of(month, subscription.zone).end + GRACE:
            raise MonthNotOver(pointer="/month")
        if month != self.next_month(subscription):
            raise EarlierMonthOpen(pointer="/month")

    def next_month(self, subscription: Subscription) -> str:
        """The month that is billed next: the first is the one the subscription began in."""
        billed = [invoice.draft.month for invoice in self.invoices.values()]
        return next_month(max(billed)) if billed else month_of(subscription.started_at, subscription.zone)

    def of(self, month: str) -> Invoice | None:
        """The invoice of a month, if it was billed."""
        return next((one for one in self.invoices.values() if one.draft.month == month), None)

    def last_cut(self) -> int:
        """Up to which position usage has been looked at for an invoice."""
        return max((invoice.draft.cut for invoice in self.invoices.values()), default=0)

    def billed(self, month: str) -> dict[str, int]:
        """What a month was billed so far, later corrections included, by price."""
        totals: dict[str, int] = {}
        for invoice in self.invoices.values():
            for line in invoice.draft.lines:
                if line.month == month:
                    totals[line.code] = totals.get(line.code, 0) + line.amount_minor
        return totals

    def number(self, invoice_id: UUID, number: str, *, at: datetime) -> None:
        """Notes an invoice's number; it has one for good."""
        if self._known(invoice_id).number is None:
            self.record(InvoiceNumbered, at=at, invoice_id=invoice_id, number=number)

    def credit(
        self,
        invoice_id: UUID,
        credit_note_id: UUID,
        *,
        net_minor: int,
        cause: CreditCause,
        reason: str,
        at: datetime,
    ) -> None:
        """Takes a part back, tax in proportion; all notes together never exceed the invoice."""
        invoice = self._known(invoice_id)
        if any(note.credit_note_id == credit_note_id for note in invoice.credit_notes):
            return
        taken_net = sum(note.net_minor for note in invoice.credit_notes)
        taken_tax = sum(note.tax_minor for note in invoice.credit_notes)
        if net_minor > invoice.draft.net_minor - taken_net:
            raise CreditAboveInvoice(pointer="/net_minor")
        # The tax of all notes together is rounded, so that the whole invoice can be taken back exactly.
        tax_minor = part_of(taken_net + net_minor, invoice.draft.tax.percent) - taken_tax
        self.record(
            InvoiceCredited,
            at=at,
            invoice_id=invoice_id,
            credit_note_id=credit_note_id,
            cause=cause,
            reason=reason,
            net_minor=net_minor,
            tax_minor=tax_minor,
            total_minor=net_minor + tax_minor,
        )

    def number_credit_note(
        self, invoice_id: UUID, credit_note_id: UUID, number: str, *, at: datetime
    ) -> None:
        """Notes a credit note's number."""
        for note in self._known(invoice_id).credit_notes:
            if note.credit_note_id == credit_note_id and note.number is None:
                self.record(
                    CreditNoteNumbered,
                    at=at,
                    invoice_id=invoice_id,
                    credit_note_id=credit_note_id,
                    number=number,
                )

    def evolve(self, event: InvoiceEvent) -> None:
        match event:
            case InvoiceFinalised():
                self._keep(
                    Invoice(invoice_id=event.invoice_id, issued_at=event.occurred_at, draft=event.draft)
                )
            case InvoiceNumbered():
                if event.invoice_id in self.invoices:
                    self._keep(self._with(event.invoice_id, number=event.number))
            case InvoiceCredited():
                if event.invoice_id in self.invoices:
                    note = CreditNote(
                        **event.model_dump(include=set(CreditNote.model_fields)), issued_at=event.occurred_at
                    )
                    notes = (*self.invoices[event.invoice_id].credit_notes, note)
                    self._keep(self._with(event.invoice_id, credit_notes=notes))
            case CreditNoteNumbered():
                if event.invoice_id in self.invoices:
                    notes = tuple(
                        note.model_copy(update={"number": event.number})
                        if note.credit_note_id == event.credit_note_id
                        else note
                        for note in self.invoices[event.invoice_id].credit_notes
                    )
                    self._keep(self._with(event.invoice_id, credit_notes=notes))
            case _:
                assert_never(event)

    def _known(self, invoice_id: UUID) -> Invoice:
        if invoice_id not in self.invoices:
            raise InvoiceUnknown
        return self.invoices[invoice_id]

    def _with(self, invoice_id: UUID, **values: object) -> Invoice:
        return self.invoices[invoice_id].model_copy(update=values)

    def _keep(self, invoice: Invoice) -> None:
        self.invoices = {**self.invoices, invoice.invoice_id: invoice}
