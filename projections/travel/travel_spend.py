"""What do this tenant's journeys cost and emit, month by month and by type of cost?

The months are those of the travel days by the traveller's clock, as the budgets count them:
a stay across the turn of a month is shared between both. A violation counts in the month in
which its trip departs.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, ClassVar, Literal, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.value import Value
from domain.travel.journey import CostType
from domain.travel.rule import Rule
from domain.travel.trip_events import TripBooked, TripCancelled
from domain.travel.violation import ViolationFlagged
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql

State = Literal["booked", "cancelled", "flagged"]

MOST_LINES = 4_000
COST_TYPE_OF_RULE: dict[Rule, CostType] = {Rule.FLIGHT_CLASS: "flight", Rule.HOTEL_STARS: "hotel"}


class SpendRow(Row):
    """One line of the travel ledger: a segment's share of one month, or one violation.

    A sum over lines rather than a running total: booking and cancelling set a state, so
    that the figures never depend on how often an event was seen.
    """

    TABLE: ClassVar[str] = "travel_spend"
    KEY: ClassVar[tuple[str, ...]] = ("line_id", "month")

    line_id: UUID
    """The segment, or the violation."""
    month: date
    """First day of the month of travel, by the traveller's clock."""
    trip_id: UUID
    """The trip."""
    cost_type: CostType
    """Flight, hotel, ground, or journey for what belongs to no single segment."""
    state: State
    """Planned (does not count), booked, cancelled after booking, or flagged for a violation."""
    spend_eur_cents: int
    """The month's share of the price in euro cents; 0 for a violation."""
    carbon_g: int
    """The month's share of the emissions in grams CO2e; 0 for a violation."""
    position: int
    """Place in the tenant's log of the fact that made the line."""
    traveller_id: UUID
    """The member who travels."""
    department_id: UUID | None
    """The department on whose account the trip is."""
    cost_centre_id: UUID | None
    """The cost centre that pays."""
    group_id: UUID | None
    """The group of travellers the traveller belonged to."""
    mode: str | None
    """Flight, hotel or the way of travelling on the ground."""
    route: str | None
    """From where to where, or the city of a stay."""
    supplier: str | None
    """Who was paid, where it was said."""
    currency: str | None
    """The currency of the price; the amount is in euros at the rate of the booking day."""


SpendEvent = TripBooked | TripCancelled | ViolationFlagged


class TravelSpend(Projector[SpendRow]):
    """Keeps the lines of every booking; cancelled ones no longer count."""

    name: ClassVar[str] = "travel-spend"
    version: ClassVar[int] = 2
    row: ClassVar[type[SpendRow]] = SpendRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (TripBooked, TripCancelled, ViolationFlagged)

    def keys(self, event: SpendEvent) -> Iterable[Key]:
        return ()  # what a line was before is not asked

    def project(self, event: SpendEvent, rows: Rows[SpendRow]) -> None:
        for line in lines_of(event):
            rows.put(line)


def lines_of(event: SpendEvent) -> Iterator[SpendRow]:
    """Everything a line says stands in its event: what was booked, and what was given back."""
    match event:
        case TripBooked():
            yield from _costs(event, "booked")
        case TripCancelled():
            yield from _costs(event, "cancelled")
        case ViolationFlagged():
            yield _violation(event)
        case _:
            assert_never(event)


def _costs(event: TripBooked | TripCancelled, state: State) -> Iterator[SpendRow]:
    account = _account(event)
    for line in event.lines:
        for share in line.shares:
            yield SpendRow(
                # The one line of a booking whose segments were not listed yet bears the trip's own id.
                line_id=event.originator_id if line.cost_type == "journey" else line.segment_id,
                month=share.month,
                trip_id=event.originator_id,
                cost_type=line.cost_type,
                state=state,
                spend_eur_cents=share.eur_cents,
                carbon_g=share.grams,
                position=event.position,
                mode=line.mode,
                route=line.route,
                supplier=line.supplier,
                currency=line.price.currency,
                **account,
            )


def _violation(event: ViolationFlagged) -> SpendRow:
    starts_on = event.starts_on or event.occurred_at.date()
    return SpendRow(
        line_id=event.originator_id,
        month=starts_on.replace(day=1),
        trip_id=event.trip_id,
        cost_type=COST_TYPE_OF_RULE.get(event.rule, "journey"),
        state="flagged",
        spend_eur_cents=0,
        carbon_g=0,
        position=event.position,
        mode=None,
        route=None,
        supplier=None,
        currency=None,
        **_account(event),
    )


def _account(event: SpendEvent) -> dict[str, Any]:
    return {"traveller_id": event.traveller_id, **vars(event.allocation)}


class SpendFigures(Value):
    """What was booked and still stands, what was booked and cancelled, and what broke a rule.

    A trip counts once per line of the answer: one with a flight and a hotel is one trip
    under each type, and one trip of the month. No month: all of them; no type: all of them.
    """

    month: date | None = None
    cost_type: CostType | None = None
    trips_booked: int
    trips_cancelled: int
    spend_eur_cents: int
    carbon_g: int
    violations: int


FIGURES = """
       count(distinct trip_id) filter (where state = 'booked') as trips_booked,
       count(distinct trip_id) filter (where state = 'cancelled') as trips_cancelled,
       coalesce(sum(spend_eur_cents) filter (where state = 'booked'), 0)::bigint as spend_eur_cents,
       coalesce(sum(carbon_g) filter (where state = 'booked'), 0)::bigint as carbon_g,
       count(*) filter (where state = 'flagged') as violations
from read.travel_spend
where tenant_id = %(tenant_id)s and month >= %(start)s and month < %(end)s
"""
TOTAL = " ".join(("select", FIGURES))
BY_MONTH = " ".join(("select month,", FIGURES, "group by month order by month limit %(limit)s"))
BY_MONTH_AND_TYPE = " ".join(
    (
        "select month, cost_type,",
        FIGURES,
        "group by month, cost_type order by month, cost_type limit %(limit)s",
    )
)


def total(sql: Sql, *, start: date, end: date) -> SpendFigures:
    """The figures of all months that begin in `start <= month < end`."""
    row = sql.row(TOTAL, start=start, end=end)
    assert row is not None
    return SpendFigures(**row)


def by_month(sql: Sql, *, start: date, end: date) -> list[SpendFigures]:
    """The figures of every month in which something was booked, cancelled or flagged."""
    return [SpendFigures(**row) for row in sql.rows(BY_MONTH, start=start, end=end, limit=MOST_LINES)]


def by_month_and_type(sql: Sql, *, start: date, end: date) -> list[SpendFigures]:
    """The figures of every month, split by type of cost."""
    rows = sql.rows(BY_MONTH_AND_TYPE, start=start, end=end, limit=MOST_LINES)
    return [SpendFigures(**row) for row in rows]
