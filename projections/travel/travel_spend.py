"""What do this tenant's journeys cost and emit, month by month and by type of cost?

The months are those of the travel days by the traveller's clock, as the budgets count them:
a stay across the turn of a month is shared between both. A violation counts in the month in
which its trip departs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import ClassVar, Literal, assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.kernel.event import DomainEvent
from domain.travel.itinerary import Segment
from domain.travel.journey import shares
from domain.travel.trip import (
    FlightAdded,
    GroundLegAdded,
    HotelAdded,
    SegmentAdded,
    SegmentRemoved,
    TripBooked,
    TripCancelled,
)
from domain.travel.verdict import Rule
from domain.travel.violation import ViolationFlagged
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows, Search
from projections.kernel.sql import Sql

# `journey` is what belongs to no single segment: a budget exceeded, a booking made late.
CostType = Literal["flight", "hotel", "ground", "journey"]
State = Literal["planned", "booked", "cancelled", "flagged"]

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
    """What was bought: flight, hotel, ground, or journey for what belongs to no single segment."""
    state: State
    """Whether the line counts: planned (does not count), booked, cancelled after booking, or flagged for a
    violation."""
    spend_eur_cents: int
    """The month's share of the price in euro cents; 0 for a violation."""
    carbon_g: int
    """The month's share of the emissions in grams CO2e; 0 for a violation."""
    position: int
    """Place in the tenant's log of the fact that made the line."""


SpendEvent = SegmentAdded | SegmentRemoved | TripBooked | TripCancelled | ViolationFlagged


class TravelSpend(Projector[SpendRow]):
    """Keeps the lines of every itinerary; only booked ones count."""

    name: ClassVar[str] = "travel-spend"
    row: ClassVar[type[SpendRow]] = SpendRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        FlightAdded,
        HotelAdded,
        GroundLegAdded,
        SegmentRemoved,
        TripBooked,
        TripCancelled,
        ViolationFlagged,
    )

    def keys(self, event: SpendEvent) -> Iterable[Key]:
        return ()  # lines are written whole, whatever stood there

    def searches(self, event: SpendEvent) -> Iterable[Search]:
        match event:
            case FlightAdded() | HotelAdded() | GroundLegAdded():
                return ()
            case SegmentRemoved():
                return [("line_id", event.segment_id)]
            case TripBooked() | TripCancelled():
                return [("trip_id", event.originator_id)]
            case ViolationFlagged():
                return [("line_id", event.originator_id), ("trip_id", event.trip_id)]
            case _:
                assert_never(event)

    def project(self, event: SpendEvent, rows: Rows[SpendRow]) -> None:
        match event:
            case FlightAdded() | HotelAdded() | GroundLegAdded():
                for line in _lines(event):
                    rows.put(line)
            case SegmentRemoved():
                for line in rows.where("line_id", event.segment_id):
                    rows.remove(*line.key())
            case TripBooked():
                for line in _costs(event.originator_id, rows):
                    rows.put(line.model_copy(update={"state": "booked"}))
            case TripCancelled(returned=None):
                for line in _costs(event.originator_id, rows):
                    rows.remove(*line.key())
            case TripCancelled():
                for line in _costs(event.originator_id, rows):
                    rows.put(line.model_copy(update={"state": "cancelled"}))
            case ViolationFlagged():
                for line in rows.where("line_id", event.originator_id):
                    rows.remove(*line.key())
                rows.put(_violation(event, rows))
            case _:
                assert_never(event)


def _lines(event: SegmentAdded) -> Iterator[SpendRow]:
    """The segment's cost and carbon, shared over its local days and added up by month."""
    details = _details(event)
    days = details.days
    cents_by_month = _by_month(days, details.price.amount_minor)
    grams_by_month = _by_month(days, event.carbon.grams if event.carbon else 0)
    for month in sorted(cents_by_month):
        yield SpendRow(
            line_id=event.segment_id,
            month=month,
            trip_id=event.originator_id,
            cost_type=details.kind,
            state="planned",
            spend_eur_cents=cents_by_month[month],
            carbon_g=grams_by_month[month],
            position=event.position,
        )


def _details(event: SegmentAdded) -> Segment:
    match event:
        case FlightAdded():
            return event.flight
        case HotelAdded():
            return event.stay
        case GroundLegAdded():
            return event.leg
        case _:
            assert_never(event)


def _by_month(days: Sequence[date], amount: int) -> Counter[date]:
    months: Counter[date] = Counter()
    for day, share in zip(days, shares(amount, len(days)), strict=True):
        months[day.replace(day=1)] += share
    return months


def _costs(trip_id: UUID, rows: Rows[SpendRow]) -> list[SpendRow]:
    return [line for line in rows.where("trip_id", trip_id) if line.state != "flagged"]


def _violation(event: ViolationFlagged, rows: Rows[SpendRow]) -> SpendRow:
    # Only what was planned before the finding: what came later must not move it to another month.
    months = [line.month for line in _costs(event.trip_id, rows) if line.position < event.position]
    return SpendRow(
        line_id=event.originator_id,
        month=min(months, default=event.occurred_at.date().replace(day=1)),
        trip_id=event.trip_id,
        cost_type=COST_TYPE_OF_RULE.get(event.rule, "journey"),
        state="flagged",
        spend_eur_cents=0,
        carbon_g=0,
        position=event.position,
    )


class SpendFigures(BaseModel):
    """What was booked and still stands, what was booked and cancelled, and what broke a rule.

    A trip counts once per line of the answer: one with a flight and a hotel is one trip
    under each type, and one trip of the month. No month: all of them; no type: all of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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
where tenant_id = %(tenant_id)s and month >= %(start)s and month < %(end)s and state <> 'planned'
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
