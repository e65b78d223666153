"""What do this company's journeys of one quarter add up to, as far as peers compare it?"""

from datetime import date, datetime
from typing import ClassVar, Literal, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.value import Value
from domain.travel.itinerary import Cabin, FlightSegment, GroundLeg, HotelStay
from domain.travel.journey import Departure
from domain.travel.peer_metrics import QuarterFigures
from domain.travel.trip_events import (
    FlightAdded,
    GroundLegAdded,
    HotelAdded,
    SegmentRemoved,
    TripBooked,
    TripCancelled,
)
from domain.travel.verdict import advance_days
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Rows
from projections.kernel.sql import Sql


class MeasuredSegment(Value):
    """What a segment has to do with the figures: when it starts, and in which cabin, if it flies."""

    segment_id: UUID
    starts_at: datetime
    time_zone: str
    cabin: Cabin | None


class BenchmarkTripRow(Row):
    """One trip, measured when it was booked. `starts_on` says in which quarter it counts."""

    TABLE: ClassVar[str] = "benchmark_trip"
    KEY: ClassVar[tuple[str, ...]] = ("trip_id",)

    trip_id: UUID
    """The trip."""
    state: Literal["planned", "booked", "cancelled"]
    """Planned (does not count), booked or cancelled."""
    starts_on: date | None
    """First local day of the journey; its quarter is where the trip counts. Null before the booking."""
    segments: tuple[MeasuredSegment, ...]
    """Start, time zone and cabin of each segment."""
    spend_eur_cents: int
    """Price at the booking, in euro cents."""
    carbon_g: int
    """Emissions in grams CO2e."""
    has_carbon: bool
    """Whether every segment has a carbon figure."""
    is_judged: bool
    """Whether a policy was in force at the booking."""
    is_compliant: bool
    """Whether it was judged and broke no rule that counts."""
    advance_days: int
    """Local days between booking and departure."""
    flights: int
    """Flights in the itinerary."""
    premium_flights: int
    """Those above economy."""
    position: int
    """Place in the tenant's log of the fact that booked or cancelled it."""


MeasuredEvent = FlightAdded | HotelAdded | GroundLegAdded | SegmentRemoved | TripBooked | TripCancelled


class BenchmarkTrips(Projector[BenchmarkTripRow]):
    """One row per trip with an itinerary; it counts while it is booked."""

    name: ClassVar[str] = "benchmark-trips"
    row: ClassVar[type[BenchmarkTripRow]] = BenchmarkTripRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        FlightAdded,
        HotelAdded,
        GroundLegAdded,
        SegmentRemoved,
        TripBooked,
        TripCancelled,
    )

    def project(self, event: MeasuredEvent, rows: Rows[BenchmarkTripRow]) -> None:
        row = rows.get(event.originator_id) or _blank(event)
        match event:
            case FlightAdded():
                rows.put(_with(row, event.segment_id, event.flight, cabin=event.flight.cabin))
            case HotelAdded():
                rows.put(_with(row, event.segment_id, event.stay))
            case GroundLegAdded():
                rows.put(_with(row, event.segment_id, event.leg))
            case SegmentRemoved():
                remaining = tuple(one for one in row.segments if one.segment_id != event.segment_id)
                rows.put(row.model_copy(update={"segments": remaining}))
            case TripBooked():
                rows.put(_booked(row, event))
            case TripCancelled():
                rows.put(row.model_copy(update={"state": "cancelled", "position": event.position}))
            case _:
                assert_never(event)


def _blank(event: MeasuredEvent) -> BenchmarkTripRow:
    return BenchmarkTripRow(
        trip_id=event.originator_id,
        state="planned",
        starts_on=None,
        segments=(),
        spend_eur_cents=0,
        carbon_g=0,
        has_carbon=False,
        is_judged=False,
        is_compliant=False,
        advance_days=0,
        flights=0,
        premium_flights=0,
        position=event.position,
    )


def _with(
    row: BenchmarkTripRow,
    segment_id: UUID,
    details: FlightSegment | HotelStay | GroundLeg,
    *,
    cabin: Cabin | None = None,
) -> BenchmarkTripRow:
    segment = MeasuredSegment(
        segment_id=segment_id, starts_at=details.starts_at, time_zone=details.time_zone, cabin=cabin
    )
    others = tuple(one for one in row.segments if one.segment_id != segment_id)
    return row.model_copy(update={"segments": (*others, segment)})


def _booked(row: BenchmarkTripRow, event: TripBooked) -> BenchmarkTripRow:
    journey, verdict = event.journey, event.verdict
    first = min(row.segments, key=lambda one: one.starts_at, default=None)
    zone = "UTC" if first is None else first.time_zone
    cabins = [one.cabin for one in row.segments if one.cabin is not None]
    return row.model_copy(
        update={
            "state": "booked",
            "starts_on": journey.starts_on,
            "spend_eur_cents": journey.spend_eur_cents,
            "carbon_g": int(journey.carbon_kg * 1000),
            "has_carbon": journey.segments_without_carbon == 0,
            "is_judged": verdict is not None,
            "is_compliant": verdict is not None and not verdict.violations,
            "advance_days": advance_days(event.occurred_at, Departure(journey.departs_at, zone)),
            "flights": len(cabins),
            "premium_flights": sum(cabin > Cabin.ECONOMY for cabin in cabins),
            "position": event.position,
        }
    )


FIGURES = """
select count(*) as trips,
       coalesce(sum(spend_eur_cents), 0)::bigint as spend_eur_cents,
       count(*) filter (where has_carbon) as trips_with_carbon,
       coalesce(sum(carbon_g) filter (where has_carbon), 0)::bigint as carbon_g,
       count(*) filter (where is_judged) as judged_trips,
       count(*) filter (where is_compliant) as compliant_trips,
       coalesce(sum(advance_days), 0)::bigint as advance_days,
       coalesce(sum(flights), 0)::bigint as flights,
       coalesce(sum(premium_flights), 0)::bigint as premium_flights
from read.benchmark_trip
where tenant_id = %(tenant_id)s and state = 'booked' and starts_on >= %(start)s and starts_on < %(end)s
"""


def figures(sql: Sql, *, start: date, end: date) -> QuarterFigures:
    """The sums over the trips that start in `start <= day < end` and still stand."""
    row = sql.row(FIGURES, start=start, end=end)
    assert row is not None
    return QuarterFigures(**row)
