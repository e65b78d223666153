"""Where does each line of an invoice come from? Back to the events of the log it stands on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from adapters.billing.uptime import failed_in
from adapters.event_store.store import TenantStore
from domain.billing.invoice import InvoiceBook, InvoiceCredited, InvoiceUnknown, invoices_id
from domain.billing.invoice_line import InvoiceLine, LineKind
from domain.billing.issued import CreditCause, Invoice
from domain.billing.meter import SHIPPED_METERS, Aggregation, Meters, meters_id
from domain.billing.own_calls import MINUTE, FailedMinute
from domain.billing.price import PriceKind
from domain.billing.sla import SlaMonthAssessed, sla_id
from domain.billing.stay import SubscriptionReturned
from domain.billing.subscription import (
    Subscription,
    SubscriptionAddOnsChanged,
    SubscriptionPlanChanged,
    SubscriptionSeatsChanged,
    SubscriptionStarted,
    subscription_id,
)
from domain.kernel.period import Period
from projections.billing import usage
from projections.billing.usage import Source
from projections.kernel.sql import Sql

MOST_CHANGES = 2_001
SECOND_US = 1_000_000
SHOWN_DIGITS = Decimal("0.000001")
TERMS = (
    SubscriptionStarted,
    SubscriptionReturned,
    SubscriptionPlanChanged,
    SubscriptionSeatsChanged,
    SubscriptionAddOnsChanged,
)


@dataclass(frozen=True)
class Cause:
    """An event behind a line."""

    position: int
    at: datetime
    what: str


@dataclass(frozen=True)
class Explained:
    """A line, the events it stands on, and whether what they come to is what the line says."""

    line: InvoiceLine
    causes: tuple[Cause, ...]
    uses: tuple[Source, ...]
    adds_up: bool


class Explaining:
    """Reads the log and the uses as they were known at the invoice's cut."""

    def __init__(
        self,
        streams: Callable[[UUID], TenantStore],
        reading: Callable[[UUID], AbstractContextManager[Sql]],
    ) -> None:
        self._streams, self._reading = streams, reading

    def find(
        self, number: str, companies: Sequence[UUID], on_look: Callable[[], None] = lambda: None
    ) -> tuple[UUID, Invoice]:
        """The invoice with a number, and whose it is. Refuses InvoiceUnknown."""
        for tenant_id in companies:
            on_look()
            book = self._streams(tenant_id).find(InvoiceBook, invoices_id(tenant_id))
            for invoice in book.invoices.values() if book else ():
                if invoice.number == number or str(invoice.invoice_id) == number:
                    return tenant_id, invoice
        raise InvoiceUnknown

    def uses_of(self, tenant_id: UUID, invoice: Invoice) -> int:
        """How many uses there are to read, for whoever waits."""
        with self._reading(tenant_id) as sql:
            return sum(
                usage.number_of_sources(sql, line.price.meter or line.code, period, at=invoice.draft.cut)
                for line in invoice.draft.lines
                if _is_metered(line)
                for period in line.periods
            )

    def lines(
        self, tenant_id: UUID, invoice: Invoice, on_read: Callable[[int], None] = lambda uses: None
    ) -> Iterator[Explained]:
        """Every line with its events, in the order of the invoice."""
        streams = self._streams(tenant_id)
        terms = _terms(streams, tenant_id)
        found = streams.find(Meters, meters_id(tenant_id))
        meters = SHIPPED_METERS if found is None else found.all()
        with self._reading(tenant_id) as sql:
            for line in invoice.draft.lines:
                if line.kind is LineKind.SLA_CREDIT:
                    yield _credited(sql, streams, tenant_id, line)
                elif _is_metered(line):
                    meter = line.price.meter or line.code
                    uses = tuple(
                        use
                        for period in line.periods
                        for use in _all_of(sql, meter, period, invoice.draft.cut, on_read)
                    )
                    known = meters[meter].aggregation if meter in meters else Aggregation.SUM
                    adds_up = line.kind is LineKind.MINIMUM or value_of(known, uses) == line.quantity
                    yield Explained(line, (), uses, adds_up)
                else:
                    causes = tuple(
                        cause for cause, since, until in terms if _touches(line.periods, since, until)
                    )
                    yield Explained(line, causes, (), bool(causes))


def value_of(aggregation: Aggregation, uses: Sequence[Source]) -> Decimal:
    """What the uses come to, counted here once more."""
    counting = [use for use in uses if use.quantity > 0]
    match aggregation:
        case Aggregation.COUNT:
            value = Decimal(len(counting))
        case Aggregation.UNIQUE:
            value = Decimal(len({use.subject for use in counting}))
        case Aggregation.MAX:
            value = max((use.quantity for use in uses), default=Decimal(0))
        case Aggregation.LATEST:
            last = max(uses, key=lambda use: (use.at, use.position, use.number), default=None)
            value = Decimal(0) if last is None else last.quantity
        case Aggregation.SUM:
            value = sum((use.quantity for use in uses), Decimal(0))
    return value.quantize(SHOWN_DIGITS)


def _is_metered(line: InvoiceLine) -> bool:
    return line.price.kind is PriceKind.METER


def _all_of(
    sql: Sql, meter: str, period: Period, cut: int, on_read: Callable[[int], None]
) -> Iterator[Source]:
    last: Source | None = None
    while page := usage.sources(sql, meter, period, at=cut, after=last):
        on_read(len(page))
        yield from page
        last = page[-1]


def _terms(streams: TenantStore, tenant_id: UUID) -> list[tuple[Cause, datetime, datetime | None]]:
    """Every change of the terms, from when until when it was in force: the next change, or the end of its stay."""
    found = streams.find(Subscription, subscription_id(tenant_id))
    changes = [
        event
        for event in streams.events_of(subscription_id(tenant_id), after=0, limit=MOST_CHANGES)
        if isinstance(event, TERMS)
    ]
    ends = [stay.ended_at for stay in (found.stays if found else ())]
    untils = [*(event.occurred_at for event in changes[1:]), None]
    terms: list[tuple[Cause, datetime, datetime | None]] = []
    number = 0
    for event, until in zip(changes, untils, strict=True):
        number += isinstance(event, SubscriptionReturned)
        known = [one for one in (until, ends[number]) if one is not None]
        cause = Cause(event.position, event.occurred_at, event.TOPIC)
        terms.append((cause, event.occurred_at, min(known, default=None)))
    return terms


def _touches(periods: Sequence[Period], since: datetime, until: datetime | None) -> bool:
    return any(since < period.end and (until is None or period.start < until) for period in periods)


def _credited(sql: Sql, streams: TenantStore, tenant_id: UUID, line: InvoiceLine) -> Explained:
    """The judgement behind a credit, what prober and own calls said, and when the calls failed."""
    by_hand = _by_hand(streams, tenant_id, line.month)
    given_minor = sum(event.net_minor for event in by_hand)
    causes: list[Cause] = []
    adds_up = False
    for event in streams.events_of(sla_id(tenant_id), after=0, limit=MOST_CHANGES):
        if not isinstance(event, SlaMonthAssessed) or event.month != line.month:
            continue
        own = event.assessed.own
        if own is None:
            causes.append(Cause(event.position, event.occurred_at, f"{event.TOPIC}, by the prober alone"))
            adds_up = event.assessed.credit_minor - given_minor == -line.amount_minor
            continue
        both = (
            f"{event.TOPIC}: the prober {own.probed_down_us // SECOND_US} s, own calls "
            f"{own.down_us // SECOND_US} s by rule {own.rule}, together "
            f"{event.assessed.uptime.down_us // SECOND_US} s"
        )
        causes.append(Cause(event.position, event.occurred_at, both))
        failed = failed_in(sql, line.periods[0], own.counted_until, own.rule)
        adds_up = (
            len(failed) == own.minutes and event.assessed.credit_minor - given_minor == -line.amount_minor
        )
        causes += [
            Cause(own.counted_until, first, f"own calls failed for {minutes} min: {lost} of {calls}")
            for first, minutes, lost, calls in _stretches(failed)
        ]
    causes += [
        Cause(event.position, event.occurred_at, f"{event.TOPIC}: {event.net_minor} given back by hand")
        for event in by_hand
    ]
    return Explained(line, tuple(causes), (), adds_up)


def _by_hand(streams: TenantStore, tenant_id: UUID, month: str) -> list[InvoiceCredited]:
    """What credit notes gave back of a month for its service level; none comes after the line itself."""
    book = streams.find(InvoiceBook, invoices_id(tenant_id))
    billed = book.of(month) if book else None
    return [
        event
        for event in streams.events_of(invoices_id(tenant_id), after=0, limit=MOST_CHANGES)
        if isinstance(event, InvoiceCredited)
        and billed is not None
        and (event.invoice_id, event.cause) == (billed.invoice_id, CreditCause.SLA)
    ]


def _stretches(failed: Sequence[FailedMinute]) -> list[tuple[datetime, int, int, int]]:
    """Minutes that follow each other, as one: since when, how many, calls that failed, and all of them."""
    found: list[tuple[datetime, int, int, int]] = []
    for one in failed:
        if found and found[-1][0] + found[-1][1] * MINUTE == one.start:
            since, minutes, lost, calls = found[-1]
            found[-1] = (since, minutes + 1, lost + one.failed, calls + one.calls)
        else:
            found.append((one.start, 1, one.failed, one.calls))
    return found
