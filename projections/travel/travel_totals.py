"""What do this tenant's journeys cost and emit, and how well do they keep the policy, asked by anything?

Every figure counts exactly once per dimension, so that the lines of an answer always add up:

* Spend and carbon count in the months of the travel days, by the traveller's clock.
* A trip counts in the month its journey starts. Where it has several segments, it counts
  under the supplier, route, type and currency of its dearest one, the first of equals.
* A trip is compliant if it broke no rule that counts when it was booked. One that was booked
  while no policy was in force broke none; how many those are is said beside it.
* A violation counts in the month its journey starts, by the outcome it had when it was
  found. It is one of the whole journey: of no supplier, route or currency.
* A cancelled trip takes with it what it had added, but for its violations: those were found.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Literal, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.travel.allocation import Allocation
from domain.travel.journey import CostType, JourneyLine, JourneyTotals
from domain.travel.rule import Outcome, Rule
from domain.travel.trip_events import TripBooked, TripCancelled
from domain.travel.violation import ViolationFlagged
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql

Dimension = Literal[
    "all", "department", "cost_centre", "traveller", "supplier", "route", "cost_type", "currency", "trip"
]
# What belongs to nobody and nothing; a value is part of the key and cannot be null.
NONE = ""
COST_TYPE_OF_RULE: dict[Rule, CostType] = {Rule.FLIGHT_CLASS: "flight", Rule.HOTEL_STARS: "hotel"}
COLUMN_OF_OUTCOME: dict[Outcome, str] = {
    Outcome.WARN: "violations_warned",
    Outcome.REQUIRE_APPROVAL: "violations_for_approval",
    Outcome.BLOCK: "violations_blocked",
}


class TotalRow(Row):
    """The figures of one month of one department, supplier, ...; of the dimension `trip`, those of one trip.

    `position` is that of the latest fact added: an earlier one is in already, however often it is seen.
    """

    TABLE: ClassVar[str] = "travel_total"
    KEY: ClassVar[tuple[str, ...]] = ("dimension", "value", "month")

    dimension: Dimension
    """All, department, cost_centre, traveller, supplier, route, cost_type or currency; trip is one line per trip."""
    value: str
    """Which one of the dimension; empty is what belongs to none."""
    month: date
    """First day of a month by the traveller's clock: that of the days for spend and carbon, that of the first
    day of the journey for trips and violations."""
    trips_booked: int = 0
    """Trips booked and not cancelled that start in the month."""
    trips_cancelled: int = 0
    """Trips of the month that were cancelled after booking."""
    trips_compliant: int = 0
    """Those of trips_booked that broke no rule when they were booked."""
    trips_unjudged: int = 0
    """Those of trips_booked for which no policy was in force; they count as compliant."""
    spend_eur_cents: int = 0
    """Euro cents of the month's travel days, at the rates of the booking."""
    carbon_g: int = 0
    """Grams CO2e of the month's travel days."""
    violations_warned: int = 0
    """Violations the policy warned of when they were found."""
    violations_for_approval: int = 0
    """Violations that asked for approval when they were found."""
    violations_blocked: int = 0
    """Violations that blocked the journey when they were found."""
    position: int = 0
    """Place in the tenant's log of the latest fact that was added."""


TotalEvent = TripBooked | TripCancelled | ViolationFlagged
Added = Mapping[str, int]
Additions = dict[Key, dict[str, int]]


class TravelTotals(Projector[TotalRow]):
    """Adds every booking up under all it will be asked by, and takes cancelled ones out again."""

    name: ClassVar[str] = "travel-totals"
    row: ClassVar[type[TotalRow]] = TotalRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (TripBooked, TripCancelled, ViolationFlagged)

    def keys(self, event: TotalEvent) -> Iterable[Key]:
        return _additions(event, {}).keys()

    def project(self, event: TotalEvent, rows: Rows[TotalRow]) -> None:
        for key, added in _additions(event, _trip_figures(event, rows)).items():
            row = rows.get(*key) or TotalRow(dimension=key[0], value=key[1], month=key[2])
            if row.position < event.position:
                figures = {name: getattr(row, name) + amount for name, amount in added.items()}
                rows.put(row.model_copy(update=figures | {"position": event.position}))


def _trip_figures(event: TotalEvent, rows: Rows[TotalRow]) -> Added:
    """What the trip itself counts for; a cancelled one for the opposite of what it had counted."""
    match event:
        case TripBooked():
            is_compliant = event.verdict is None or not event.verdict.violations
            return {
                "trips_booked": 1,
                "trips_compliant": int(is_compliant),
                "trips_unjudged": int(event.verdict is None),
            }
        case TripCancelled(returned=JourneyTotals() as journey):
            trip = rows[_trip_key(event.originator_id, journey)]
            return {
                "trips_booked": -1,
                "trips_cancelled": 1,
                "trips_compliant": -trip.trips_compliant,
                "trips_unjudged": -trip.trips_unjudged,
            }
        case TripCancelled():
            return {}
        case ViolationFlagged(outcome=Outcome.ALLOW):
            # What is allowed is brought to nobody's attention; should it be on record, it counts for nothing.
            return {}
        case ViolationFlagged():
            return {COLUMN_OF_OUTCOME[event.outcome]: 1}
        case _:
            assert_never(event)


def _additions(event: TotalEvent, figures: Added) -> Additions:
    """What the event adds to which rows. The keys do not depend on the figures."""
    match event:
        case TripBooked():
            return _of_journey(event, event.journey, figures, sign=1)
        case TripCancelled(returned=JourneyTotals() as journey):
            return _of_journey(event, journey, figures, sign=-1)
        case TripCancelled():
            # It had never been booked.
            return {}
        case ViolationFlagged():
            month = _month(event.starts_on or event.occurred_at.date())
            return {(dimension, value, month): {**figures} for dimension, value in _violated(event)}
        case _:
            assert_never(event)


def _of_journey(
    event: TripBooked | TripCancelled, journey: JourneyTotals, figures: Added, *, sign: int
) -> Additions:
    additions: Additions = {_trip_key(event.originator_id, journey): {**figures}}
    starts_in = _month(journey.starts_on)
    dearest = max(event.lines, key=lambda line: sum(share.eur_cents for share in line.shares), default=None)
    accounts = tuple(_accounts(event.traveller_id, event.allocation))
    for dimension, value in (*accounts, *_kinds(dearest)):
        additions[(dimension, value, starts_in)] = {**figures}
    for line in event.lines:
        under = (*accounts, *_kinds(line))
        for share in line.shares:
            month, cents, grams = share.month, sign * share.eur_cents, sign * share.grams
            for dimension, value in under:
                added = additions.setdefault((dimension, value, month), {})
                added["spend_eur_cents"] = added.get("spend_eur_cents", 0) + cents
                added["carbon_g"] = added.get("carbon_g", 0) + grams
    return additions


def _violated(event: ViolationFlagged) -> Iterator[tuple[Dimension, str]]:
    yield from _accounts(event.traveller_id, event.allocation)
    yield "cost_type", COST_TYPE_OF_RULE.get(event.rule, "journey")
    yield from (("supplier", NONE), ("route", NONE), ("currency", NONE))


def _accounts(traveller_id: UUID, allocation: Allocation) -> Iterator[tuple[Dimension, str]]:
    yield "all", NONE
    yield "department", _text(allocation.department_id)
    yield "cost_centre", _text(allocation.cost_centre_id)
    yield "traveller", str(traveller_id)


def _kinds(line: JourneyLine | None) -> Iterator[tuple[Dimension, str]]:
    yield "supplier", _text(line and line.supplier)
    yield "route", _text(line and line.route)
    yield "cost_type", _text(line and line.cost_type)
    yield "currency", _text(line and line.price.currency)


def _trip_key(trip_id: UUID, journey: JourneyTotals) -> Key:
    """The line that remembers what the trip counted for."""
    return ("trip", str(trip_id), _month(journey.starts_on))


def _text(value: object) -> str:
    return NONE if value is None else str(value)


def _month(day: date) -> date:
    return day.replace(day=1)


STANDING_TRIPS = """
select value::uuid as trip_id, month, position from read.travel_total
where tenant_id = %(tenant_id)s and dimension = 'trip' and trips_booked = 1
  and month >= %(start)s and month < %(end)s and position > %(after)s
order by position limit %(limit)s
"""


def standing_trips(
    sql: Sql, *, start: date, end: date, after: int = 0, limit: int = 100
) -> list[Mapping[str, Any]]:
    """Trips booked and not cancelled that start in `start <= month < end`, in the order of their booking."""
    return list(sql.rows(STANDING_TRIPS, start=start, end=end, after=after, limit=limit))
