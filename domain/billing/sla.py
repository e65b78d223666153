"""Was a company promised more than it got, and what is it given back?

A month is made good once. The published schedule says how much: the worst tier that was met, of that month's fee, and
never more than all of it. What the seller gave back by hand for the service level counts towards that, before or after
the month is judged; whatever should go beyond the schedule is goodwill, and says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.billing.calendar import Month
from domain.billing.invoice_line import InvoiceLine, LineKind
from domain.billing.issued import CreditCause, Invoice
from domain.billing.price import PriceKind
from domain.billing.stay import Stay
from domain.billing.tax import part_of
from domain.billing.uptime import Uptime, credit_percent
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.money import Currency, minor_digits
from domain.kernel.refusals import RuleBroken
from domain.kernel.value import Value

Promise = Annotated[Decimal, Field(gt=0, le=1, max_digits=6, decimal_places=5)]


class OwnCalls(Value):
    """What a company's own calls say of a month, and what the prober says, before both are merged.

    `counted_until` is where in the company's log its calls were read to.
    """

    rule: int
    counted_until: int
    minutes: int
    down_us: int
    probed_down_us: int


class SlaMonth(Value):
    """A month against its promise. `probed_until` is where in the platform's log the probes were read to.

    Months judged before a company's calls were counted have no `own`.
    """

    month: Month
    promised: Promise
    uptime: Uptime
    probed_until: int
    own: OwnCalls | None
    fee_minor: int
    currency: Currency
    credit_percent: Annotated[int, Field(ge=0, le=100)]
    credit_minor: int


def _by_the_prober_alone(payload: Payload) -> Payload:
    return {**payload, "assessed": {**payload["assessed"], "own": None}}


class SlaMonthAssessed(DomainEvent):
    """A month was held against what was promised; a breach is given back on the next invoice."""

    TOPIC: ClassVar[str] = "sla.month-assessed.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"sla.month-assessed.v1": _by_the_prober_alone}

    month: Month
    assessed: SlaMonth


class SlaCreditGiven(RuleBroken):
    """The month would be made good for more than the schedule gives; what goes beyond it is goodwill."""


def sla_id(tenant_id: UUID) -> UUID:
    """The one service level of a company."""
    return uuid5(tenant_id, "sla")


class Sla(Aggregate):
    """What a company was promised, month by month, and what it got."""

    CATEGORY: ClassVar[str] = "sla"

    months: dict[Month, SlaMonth] = {}

    def assess(
        self,
        invoice: Invoice,
        uptime: Uptime,
        stays: Sequence[Stay],
        *,
        promised: Decimal,
        probed_until: int,
        own: OwnCalls | None,
        at: datetime,
    ) -> None:
        """Holds a billed month against the promise of the stays in it, once."""
        month = invoice.draft.month
        if month in self.months:
            return
        fee_minor = fixed_fee_minor(invoice, stays)
        percent = credit_percent(uptime, promised)
        assessed = SlaMonth(
            month=month,
            promised=promised,
            uptime=uptime,
            probed_until=probed_until,
            own=own,
            fee_minor=fee_minor,
            currency=invoice.draft.currency,
            credit_percent=percent,
            credit_minor=part_of(fee_minor, Decimal(percent)),
        )
        self.record(SlaMonthAssessed, at=at, month=month, assessed=assessed)

    def owed(self, invoices: Iterable[Invoice]) -> list[InvoiceLine]:
        """A line below zero for every breach that no invoice has given back yet, less what was given by hand."""
        known = list(invoices)
        billed = {one.draft.month: one for one in known if one.corrects is None}
        given = _given_back(known)
        return [
            _credit(assessed, billed[month])
            for month, assessed in sorted(self.months.items())
            if month not in given and month in billed and assessed.credit_minor > by_hand_minor(billed[month])
        ]

    def require_owed(self, invoice: Invoice, net_minor: int, invoices: Iterable[Invoice]) -> None:
        """Refuses a credit by hand that would make the month good a second time, or beyond the schedule."""
        month = invoice.draft.month
        assessed = self.months.get(month)
        # Not held against a promise yet, or to none: at most what the plan itself cost.
        whole_fee_minor = sum(line.amount_minor for line in _fees(invoice))
        most = whole_fee_minor if assessed is None else assessed.credit_minor
        if by_hand_minor(invoice) + _given_back(invoices).get(month, 0) + net_minor > most:
            raise SlaCreditGiven(pointer="/net_minor")

    def evolve(self, event: SlaMonthAssessed) -> None:
        match event:
            case SlaMonthAssessed():
                self.months = {**self.months, event.month: event.assessed}
            case _:
                assert_never(event)


def fixed_fee_minor(invoice: Invoice, stays: Sequence[Stay]) -> int:
    """What the month cost whatever was used: the plan's own lines, in the stays it was promised to."""
    return sum(
        line.amount_minor for line in _fees(invoice) if any(stay.touches(line.periods[0]) for stay in stays)
    )


def by_hand_minor(invoice: Invoice) -> int:
    """What credit notes gave back of the month for its service level."""
    return sum(note.net_minor for note in invoice.credit_notes if note.cause is CreditCause.SLA)


def _given_back(invoices: Iterable[Invoice]) -> dict[str, int]:
    """What later invoices gave back of a month by themselves."""
    given: dict[str, int] = {}
    for invoice in invoices:
        for line in invoice.draft.lines:
            if line.kind is LineKind.SLA_CREDIT:
                given[line.month] = given.get(line.month, 0) - line.amount_minor
    return given


def _fees(invoice: Invoice) -> list[InvoiceLine]:
    return [
        line
        for line in invoice.draft.lines
        if line.price.kind is PriceKind.RECURRING and line.kind in (LineKind.CHARGE, LineKind.MINIMUM)
    ]


def _credit(assessed: SlaMonth, invoice: Invoice) -> InvoiceLine:
    by_hand = by_hand_minor(invoice)
    return _fees(invoice)[-1].model_copy(
        update={
            "kind": LineKind.SLA_CREDIT,
            "periods": (invoice.draft.period,),
            "quantity": Decimal(assessed.credit_percent),
            "included": Decimal(by_hand).scaleb(-minor_digits(assessed.currency)),
            "is_capped": False,
            "amount_minor": by_hand - assessed.credit_minor,
        }
    )
