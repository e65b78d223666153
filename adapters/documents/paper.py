"""What stands on an invoice or credit note, before it is written in any language?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from domain.billing.charge import PerUnit
from domain.billing.invoice_line import InvoiceLine
from domain.billing.issued import CreditCause, CreditNote, Invoice
from domain.billing.party import Buyer, Seller
from domain.billing.price import PriceKind
from domain.billing.rounding import exactly
from domain.billing.tax import Tax
from domain.billing.terms import Debtor
from domain.kernel.money import minor_digits
from domain.kernel.period import Period
from domain.kernel.refusals import RuleBroken


class DocumentNotNumbered(RuleBroken):
    """The document waits for its number in the seller's series; ask again in a moment."""


@dataclass(frozen=True)
class Reference:
    """The invoice that a credit note takes a part of back, or that is corrected."""

    number: str
    issued_on: date


@dataclass(frozen=True)
class Paper:
    """One document. Of a credit note the amounts are what is taken back, above zero."""

    kind: Literal["invoice", "credit_note"]
    number: str
    issued_at: datetime
    issued_on: date
    due_on: date
    seller: Seller
    buyer: Buyer
    debtor: Debtor
    zone: str
    month: str
    period: Period
    currency: str
    lines: tuple[InvoiceLine, ...]
    net_minor: int
    tax: Tax
    total_minor: int
    refers_to: Reference | None = None
    carried_minor: int = 0
    cause: CreditCause | None = None
    reason: str = ""

    @classmethod
    def of_invoice(cls, invoice: Invoice, zone: str, corrected: Invoice | None = None) -> "Paper":
        """The document of an invoice; one that corrects another names it. Refuses DocumentNotNumbered."""
        if invoice.number is None or (corrected is not None and corrected.number is None):
            raise DocumentNotNumbered
        parties, draft = invoice.named(), invoice.draft
        return cls(
            kind="invoice",
            number=invoice.number,
            issued_at=invoice.issued_at,
            issued_on=parties.issued_on,
            due_on=parties.due_on,
            seller=parties.seller,
            buyer=parties.buyer,
            debtor=draft.debtor,
            zone=zone,
            month=draft.month,
            period=draft.period,
            currency=draft.currency,
            lines=draft.lines,
            net_minor=draft.net_minor,
            tax=draft.tax,
            total_minor=draft.total_minor,
            carried_minor=max(0, invoice.carried_minor),
            refers_to=Reference(corrected.number, corrected.named().issued_on)
            if corrected is not None and corrected.number is not None
            else None,
        )

    @classmethod
    def of_credit_note(cls, invoice: Invoice, note: CreditNote, zone: str) -> "Paper":
        """The document of a credit note; it names its invoice. Refuses DocumentNotNumbered."""
        if invoice.number is None or note.number is None:
            raise DocumentNotNumbered
        parties, draft = invoice.named(), invoice.draft
        day = note.issued_at.astimezone(ZoneInfo(zone)).date()
        return cls(
            kind="credit_note",
            number=note.number,
            issued_at=note.issued_at,
            issued_on=day,
            due_on=day,
            seller=parties.seller,
            buyer=parties.buyer,
            debtor=draft.debtor,
            zone=zone,
            month=draft.month,
            period=draft.period,
            currency=draft.currency,
            lines=(),
            net_minor=note.net_minor,
            tax=draft.tax.model_copy(update={"amount_minor": note.tax_minor}),
            total_minor=note.total_minor,
            refers_to=Reference(invoice.number, parties.issued_on),
            cause=note.cause,
            reason=note.reason,
        )

    @property
    def due_minor(self) -> int:
        """What is to be paid: what earlier invoices owed is taken off."""
        return self.total_minor - self.carried_minor

    def amount(self, minor: int) -> Decimal:
        """In whole units, all digits of the currency."""
        return Decimal(minor).scaleb(-minor_digits(self.currency))

    def days(self, period: Period) -> tuple[date, date]:
        """The first and the last local day of a period."""
        local = ZoneInfo(self.zone)
        first = period.start.astimezone(local).date()
        return first, max(first, (period.end.astimezone(local) - timedelta(microseconds=1)).date())


def billable(paper: Paper, line: InvoiceLine) -> tuple[Decimal, Decimal]:
    """Quantity and unit price whose product is the amount; one piece where rounding comes between."""
    amount = paper.amount(line.amount_minor)
    charge = line.price.charge
    if isinstance(charge, PerUnit) and line.price.kind in (PriceKind.METER, PriceKind.ADD_ON):
        units = max(Decimal(0), line.quantity - line.included)
        if units and exactly(units) * exactly(charge.unit_amount) == exactly(amount):
            return units, charge.unit_amount
    return Decimal(-1 if amount < 0 else 1), abs(amount)
