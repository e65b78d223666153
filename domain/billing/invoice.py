"""What was a company billed, month after month, and what was taken back?

The invoices of one company are one stream, so that a month is billed once, in order, and what an earlier
month was billed is known when more becomes known about it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.billing.calendar import month_of, next_month, period_of
from domain.billing.draft import Draft
from domain.billing.invoice_events import (
    BalanceCarried,
    CorrectionFinalised,
    CreditNoteNumbered,
    InvoiceAddressed,
    InvoiceCredited,
    InvoiceEvent,
    InvoiceFinalised,
    InvoiceNumbered,
)
from domain.billing.invoice_line import LineKind
from domain.billing.issued import CreditCause, CreditNote, Invoice, Parties
from domain.billing.payments import (
    MAX_PAYMENTS,
    DisputeEnded,
    DisputeOutcome,
    InvoiceDisputed,
    PaymentMethod,
    PaymentReceived,
    PaymentRefunded,
    PaymentTakenBack,
    RefundCause,
    RefundFailed,
)
from domain.billing.subscription import Subscription
from domain.billing.tax import part_of
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import NotFound, RuleBroken

GRACE = timedelta(hours=1)
CreditedCents = Annotated[int, Field(strict=True, ge=1, le=10**12)]


class InvoiceUnknown(NotFound):
    """There is no such invoice."""


class MonthNotOver(RuleBroken):
    """A month is billed an hour after its end at the earliest, so that late reports find their place."""


class EarlierMonthOpen(RuleBroken):
    """Months are billed one after the other; an earlier one is still open."""


class NothingToBill(RuleBroken):
    """The company had left before this month and came back after it; there is nothing to bill."""


class CreditAboveInvoice(RuleBroken):
    """Credit notes take back at most what the invoice came to."""


class CreditNoteUnknown(NotFound):
    """There is no such credit note."""


class PaymentAboveBalance(RuleBroken):
    """A payment is at most what is left of the invoice; the rest belongs to another one."""


class PaymentUnknown(NotFound):
    """There is no such payment."""


class TooManyPayments(RuleBroken):
    """An invoice takes at most 100 payments."""


def invoices_id(tenant_id: UUID) -> UUID:
    """The invoices of one company."""
    return uuid5(tenant_id, "invoices")


class InvoiceBook(Aggregate):
    """Every invoice of one company."""

    CATEGORY: ClassVar[str] = "invoices"
    SNAPSHOT_VERSION: ClassVar[int] = 4

    invoices: dict[UUID, Invoice] = {}

    def close(
        self, draft: Draft, parties: Parties, *, corrections: Sequence[Draft] = (), at: datetime
    ) -> None:
        """Bills a month, and what corrects earlier ones beside it. One that is billed stays as it is."""
        if self.of(draft.month) is not None:
            return
        invoice_id = uuid5(self.id, f"invoice:{draft.month}")
        self.record(InvoiceFinalised, at=at, invoice_id=invoice_id, draft=draft)
        self.record(InvoiceAddressed, at=at, invoice_id=invoice_id, parties=parties)
        made = [invoice_id]
        for correction in corrections:
            corrected = self.of(correction.month)
            assert corrected
            self.record(
                CorrectionFinalised,
                at=at,
                invoice_id=(correction_id := uuid5(self.id, f"correction:{correction.month}:{draft.month}")),
                corrects=corrected.invoice_id,
                found_with=draft.month,
                draft=correction,
            )
            # As it was named then, so that its country is that of its VAT.
            named = parties.model_copy(update={"buyer": corrected.named().buyer})
            self.record(InvoiceAddressed, at=at, invoice_id=correction_id, parties=named)
            made.append(correction_id)
        for new_id in made:
            new = self.invoices[new_id]
            for owing, amount_minor in self.carried_to(new.draft.currency, new.balance_minor):
                self.record(
                    BalanceCarried,
                    at=at,
                    invoice_id=new_id,
                    from_invoice_id=owing.invoice_id,
                    amount_minor=amount_minor,
                )

    def carried_to(self, currency: str, total_minor: int) -> list[tuple[Invoice, int]]:
        """What invoices below zero owe the company, and how much of it a new one over so much would take."""
        found = []
        for invoice in self.invoices.values():
            # What is owed of an invoice that was paid goes back as money: a refund may be on its way.
            owed_minor = -invoice.balance_minor if invoice.draft.total_minor < 0 else 0
            taken_minor = min(owed_minor, total_minor)
            if taken_minor > 0 and invoice.draft.currency == currency:
                found.append((invoice, taken_minor))
                total_minor -= taken_minor
        return found

    def require_next(self, month: str, subscription: Subscription, *, at: datetime) -> None:
        """Refuses a month that is not over, and one that is not the next."""
        if at < period_of(month, subscription.zone).end + GRACE:
            raise MonthNotOver(pointer="/month")
        if month != self.next_month(subscription):
            is_away = subscription.was_away(period_of(month, subscription.zone))
            raise (NothingToBill if is_away else EarlierMonthOpen)(pointer="/month")

    def next_month(self, subscription: Subscription) -> str:
        """The month that is billed next: the first is the one the subscription began in.

        A month has one invoice, so one in which a company left and came back has both stays on it. Months without
        any stay, before a return, are passed over: what becomes known late of the former stay is on the invoice of
        the month of the return. (After the last stay a month is billed if there is anything to say in it.)
        """
        zone = subscription.zone
        billed = [invoice.draft.month for invoice in self.invoices.values()]
        month = next_month(max(billed)) if billed else month_of(subscription.stays[0].started_at, zone)
        while subscription.was_away(period_of(month, zone)):
            month = next_month(month)
        return month

    def of(self, month: str) -> Invoice | None:
        """The invoice of a month, if it was billed."""
        return next(
            (one for one in self.invoices.values() if one.corrects is None and one.draft.month == month), None
        )

    def numbered(self, number: str) -> Invoice | None:
        """The invoice with a number."""
        return next((one for one in self.invoices.values() if one.number == number), None)

    def currency(self) -> str | None:
        """In which currency something was billed last; None before that."""
        billed = [invoice.draft for invoice in self.invoices.values() if invoice.draft.lines]
        return max(billed, key=lambda draft: draft.month).currency if billed else None

    def last_cut(self) -> int:
        """Up to which position usage has been looked at for an invoice."""
        return max((invoice.draft.cut for invoice in self.invoices.values()), default=0)

    def billed(self, month: str) -> dict[str, int]:
        """What a month was billed so far, later corrections included, by price."""
        totals: dict[str, int] = {}
        for invoice in self.invoices.values():
            for line in invoice.draft.lines:
                if line.month == month and line.kind is not LineKind.SLA_CREDIT:
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

    def pay(
        self,
        invoice_id: UUID,
        payment_id: UUID,
        *,
        amount_minor: int,
        method: PaymentMethod,
        received_on: date,
        reference: str | None,
        at: datetime,
    ) -> None:
        """Notes money that came; the same payment counts once."""
        invoice = self._known(invoice_id)
        if any(payment.payment_id == payment_id for payment in invoice.payments):
            return
        if len(invoice.payments) + len(invoice.returned) == MAX_PAYMENTS:
            raise TooManyPayments
        if amount_minor > invoice.balance_minor:
            raise PaymentAboveBalance(pointer="/amount_minor")
        self.record(
            PaymentReceived,
            at=at,
            invoice_id=invoice_id,
            payment_id=payment_id,
            amount_minor=amount_minor,
            method=method,
            received_on=received_on,
            reference=reference,
        )

    def take_payment_back(self, invoice_id: UUID, payment_id: UUID, *, reason: str, at: datetime) -> None:
        """What was paid is open again."""
        if all(payment.payment_id != payment_id for payment in self._known(invoice_id).payments):
            raise PaymentUnknown
        self.record(PaymentTakenBack, at=at, invoice_id=invoice_id, payment_id=payment_id, reason=reason)

    def refund(
        self,
        invoice_id: UUID,
        reference: str,
        *,
        cause: RefundCause,
        amount_minor: int,
        refunded_on: date,
        at: datetime,
    ) -> None:
        """Notes money that went back, once; it may be told of before the payment it is a part of.

        Only a bank takes back again, under the same reference, what it had returned on appeal.
        """
        invoice = self._known(invoice_id)
        told = [refund for refund in invoice.refunds if refund.reference == reference]
        if any(refund.failed_at is None or cause is RefundCause.REFUND for refund in told):
            return
        if len(invoice.refunds) == MAX_PAYMENTS:
            raise TooManyPayments
        # One payment of several invoices may go back at once; what is above this one is none of its money. Refunds
        # before it do not count: that one of them failed may be told later than the next attempt.
        amount_minor = min(amount_minor, invoice.draft.total_minor)
        if amount_minor <= 0:
            return
        owed_to_company = max(0, -invoice.balance_minor)
        self.record(
            PaymentRefunded,
            at=at,
            invoice_id=invoice_id,
            reference=reference,
            cause=cause,
            amount_minor=amount_minor,
            waived_minor=amount_minor - min(amount_minor, owed_to_company),
            refunded_on=refunded_on,
        )

    def fail_refund(self, invoice_id: UUID, reference: str, *, at: datetime) -> None:
        """Notes that a refund did not arrive; one that nobody knew of never counted."""
        for refund in self._known(invoice_id).refunds:
            if refund.reference == reference and refund.failed_at is None:
                self.record(RefundFailed, at=at, invoice_id=invoice_id, reference=reference)

    def dispute(
        self,
        invoice_id: UUID,
        reference: str,
        *,
        amount_minor: int,
        reason: str,
        disputed_on: date,
        outcome: DisputeOutcome | None,
        at: datetime,
    ) -> None:
        """Notes a dispute as it stands now, in whatever order its notices came; what is lost went back."""
        invoice = self._known(invoice_id)
        known = next((one for one in invoice.disputes if one.reference == reference), None)
        if known is None:
            if len(invoice.disputes) == MAX_PAYMENTS:
                raise TooManyPayments
            self.record(
                InvoiceDisputed,
                at=at,
                invoice_id=invoice_id,
                reference=reference,
                amount_minor=amount_minor,
                reason=reason,
                disputed_on=disputed_on,
            )
        before = known.outcome if known else None
        if outcome is None or outcome is before:
            return
        self.record(DisputeEnded, at=at, invoice_id=invoice_id, reference=reference, outcome=outcome)
        if outcome is DisputeOutcome.LOST:
            self.refund(
                invoice_id,
                reference,
                cause=RefundCause.CHARGEBACK,
                amount_minor=amount_minor,
                refunded_on=max(disputed_on, at.date()),
                at=at,
            )
        elif before is DisputeOutcome.LOST:
            # The seller appealed, and the bank brought the money back.
            self.fail_refund(invoice_id, reference, at=at)

    @property
    def is_disputed(self) -> bool:
        """Has a bank still to decide about a payment of any invoice?"""
        return any(invoice.is_disputed for invoice in self.invoices.values())

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
            case CorrectionFinalised():
                correction = Invoice(
                    invoice_id=event.invoice_id,
                    issued_at=event.occurred_at,
                    draft=event.draft,
                    corrects=event.corrects,
                )
                self._keep(correction)
            case BalanceCarried():
                taking, owing = (self.invoices.get(one) for one in (event.invoice_id, event.from_invoice_id))
                if taking is not None and owing is not None:
                    self._keep(taking.carrying(owing, event.amount_minor, event.occurred_at))
                    self._keep(owing.carrying(taking, -event.amount_minor, event.occurred_at))
            case InvoiceNumbered():
                if event.invoice_id in self.invoices:
                    self._keep(self._with(event.invoice_id, number=event.number))
            case InvoiceAddressed():
                if event.invoice_id in self.invoices:
                    self._keep(self._with(event.invoice_id, parties=event.parties))
            case InvoiceCredited():
                if event.invoice_id in self.invoices:
                    note = CreditNote(
                        **event.model_dump(include=set(CreditNote.model_fields)), issued_at=event.occurred_at
                    )
                    self._keep(self.invoices[event.invoice_id].credited(note))
            case (
                PaymentReceived()
                | PaymentTakenBack()
                | PaymentRefunded()
                | RefundFailed()
                | InvoiceDisputed()
                | DisputeEnded()
            ):
                if event.invoice_id in self.invoices:
                    self._keep(self.invoices[event.invoice_id].after(event))
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

    def credit_note(self, credit_note_id: UUID) -> tuple[Invoice, CreditNote]:
        """A credit note and the invoice it belongs to."""
        for invoice in self.invoices.values():
            for note in invoice.credit_notes:
                if note.credit_note_id == credit_note_id:
                    return invoice, note
        raise CreditNoteUnknown

    def _known(self, invoice_id: UUID) -> Invoice:
        if invoice_id not in self.invoices:
            raise InvoiceUnknown
        return self.invoices[invoice_id]

    def _with(self, invoice_id: UUID, **values: object) -> Invoice:
        return self.invoices[invoice_id].model_copy(update=values)

    def _keep(self, invoice: Invoice) -> None:
        self.invoices = {**self.invoices, invoice.invoice_id: invoice}
