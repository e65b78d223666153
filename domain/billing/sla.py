"""Was a company promised more than it got, and what is it given back?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from domain.billing.calendar import Month
from domain.billing.invoice_line import InvoiceLine, LineKind
from domain.billing.issued import Invoice
from domain.billing.price import PriceKind
from domain.billing.stay import Stay
from domain.billing.tax import part_of
from domain.billing.uptime import Uptime, credit_percent
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.money import Currency

Promise = Annotated[Decimal, Field(gt=0, le=1, max_digits=6, decimal_places=5)]


class OwnCalls(BaseModel):
    """What a company's own calls say of a month, and what the prober says, before both are merged.

    `counted_until` is where in the company's log its calls were read to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: int
    counted_until: int
    minutes: int
    down_us: int
    probed_down_us: int


class SlaMonth(BaseModel):
    """A month against its promise. `probed_until` is where in the platform's log the probes were read to.

    Months judged before a company's calls were counted have no `own`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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
        """A line below zero for every breach that no invoice has given back yet."""
        billed = {one.draft.month: one for one in invoices}
        given = {
            line.month
            for one in billed.values()
            for line in one.draft.lines
            if line.kind is LineKind.SLA_CREDIT
        }
        return [
            _credit(assessed, billed[month])
            for month, assessed in sorted(self.months.items())
            if assessed.credit_minor and month not in given and month in billed
        ]

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


def _fees(invoice: Invoice) -> list[InvoiceLine]:
    return [
        line
        for line in invoice.draft.lines
        if line.price.kind is PriceKind.RECURRING and line.kind in (LineKind.CHARGE, LineKind.MINIMUM)
    ]


def _credit(assessed: SlaMonth, invoice: Invoice) -> InvoiceLine:
    return _fees(invoice)[-1].model_copy(
        update={
            "kind": LineKind.SLA_CREDIT,
            "periods": (invoice.draft.period,),
            "quantity": Decimal(assessed.credit_percent),
            "included": Decimal(0),
            "is_capped": False,
            "amount_minor": -assessed.credit_minor,
        }
    )
