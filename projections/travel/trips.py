"""Which trips does this tenant have, and where does each one stand?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.personal import ERASED_TEXT
from domain.kernel.refusals import NotFound
from domain.platform.subject import SubjectErased
from domain.travel.itinerary import FlightSegment, GroundLeg, HotelStay, Segment
from domain.travel.journey import PlannedSegment
from domain.travel.trip import TripStatus
from domain.travel.trip_events import (
    ApprovalEscalated,
    ApprovalGranted,
    FlightAdded,
    GroundLegAdded,
    HotelAdded,
    SegmentAdded,
    SegmentRemoved,
    TripAllocated,
    TripApproved,
    TripBooked,
    TripCancelled,
    TripCompleted,
    TripEvent,
    TripPlanned,
    TripRejected,
    TripSubmitted,
)
from domain.travel.verdict import Verdict
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql

PLACES_SHOWN = 3


class TripRow(Row):
    """One trip as it stands. The sums are those of its itinerary, in euros at the rate of the booking
    once it is booked; the verdict is the latest one."""

    TABLE: ClassVar[str] = "trip"
    KEY: ClassVar[tuple[str, ...]] = ("trip_id",)

    trip_id: UUID
    """The trip."""
    traveller_id: UUID
    """The member who travels."""
    purpose: str
    """Personal: why the traveller goes; [erased] once the traveller is erased."""
    status: TripStatus
    """Where the trip stands: planned, submitted, approved, rejected, booked, completed or cancelled."""
    segments: tuple[PlannedSegment, ...]
    """Flights, stays and legs in the order they were added, each with its carbon figure and the factor
    used."""
    destination: str | None
    """Where the journey goes, in short: cities of the hotels, or else airports and places reached."""
    departs_at: datetime | None
    """First start of the itinerary; null while it is empty."""
    ends_at: datetime | None
    """Last end of the itinerary; null while it is empty."""
    spend_eur_cents: int
    """Price of the whole itinerary in euro cents."""
    carbon_g: int
    """Emissions of the whole itinerary in grams CO2e, where figures exist."""
    segments_without_carbon: int
    """Segments for which no emission factor is published."""
    verdict: Verdict | None
    """What the policy said when the trip was last submitted or booked: policy id and version, broken
    rules; null without an active policy."""
    decided_by: UUID | None
    """The member who approved or rejected the trip."""
    reason: str | None
    """Personal: comment or reason given with the latest decision or cancellation; [erased] once the
    traveller is erased."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    created_at: datetime
    """When the first fact happened (occurred_at of the event)."""
    updated_at: datetime
    """When the latest fact happened (occurred_at of the event)."""
    created_position: int
    """Place of the first fact in the tenant's log; the order of lists, newest first."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""
    department_id: UUID | None
    """The department on whose account the trip is."""
    cost_centre_id: UUID | None
    """The cost centre that pays."""
    group_id: UUID | None
    """The group of travellers whose policy judged the trip last."""
    approver_ids: tuple[UUID, ...]
    """Who is asked to agree, in order; empty is anyone who may approve."""
    approver_id: UUID | None
    """Who has to decide next; null is anyone who may approve."""
    approval_level: int
    """How many approvers were asked before that one."""
    approval_due_at: datetime | None
    """When that approver's time is up; null is no limit."""


class Trips(Projector[TripRow]):
    """One row per trip, changed by every fact of its stream."""

    name: ClassVar[str] = "trips"
    version: ClassVar[int] = 2
    row: ClassVar[type[TripRow]] = TripRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        TripPlanned,
        TripAllocated,
        FlightAdded,
        HotelAdded,
        GroundLegAdded,
        SegmentRemoved,
        TripSubmitted,
        ApprovalGranted,
        ApprovalEscalated,
        TripApproved,
        TripRejected,
        TripBooked,
        TripCompleted,
        TripCancelled,
        SubjectErased,
    )

    def keys(self, event: DomainEvent) -> Iterable[Key]:
        return () if isinstance(event, SubjectErased) else ((event.originator_id,),)

    def project(self, event: TripEvent | SubjectErased, rows: Rows[TripRow]) -> None:
        match event:
            case TripPlanned():
                rows.put(_planned(event))
            case TripAllocated():
                _change(event, rows, **vars(event.allocation))
            case FlightAdded():
                self._add(event, event.flight, rows)
            case HotelAdded():
                self._add(event, event.stay, rows)
            case GroundLegAdded():
                self._add(event, event.leg, rows)
            case SegmentRemoved():
                remaining = [one for one in _trip(event, rows).segments if one.segment_id != event.segment_id]
                _change(event, rows, **_itinerary(remaining))
            case TripSubmitted():
                _change(
                    event,
                    rows,
                    status=TripStatus.SUBMITTED,
                    verdict=event.verdict,
                    decided_by=None,
                    reason=None,
                    approver_id=next(iter(event.chain.approver_ids), None),
                    approver_ids=event.chain.approver_ids,
                    approval_level=0,
                    approval_due_at=event.due_at,
                    **vars(event.allocation),
                )
            case ApprovalGranted() | ApprovalEscalated():
                level = event.level + 1
                following = _trip(event, rows).approver_ids[level : level + 1]
                _change(
                    event,
                    rows,
                    approver_id=next(iter(following), None),
                    approval_level=level,
                    approval_due_at=event.due_at,
                )
            case TripApproved():
                _decide(event, rows, TripStatus.APPROVED, event.comment, decided_by=event.approved_by)
            case TripRejected():
                _decide(event, rows, TripStatus.REJECTED, event.reason, decided_by=event.rejected_by)
            case TripBooked():
                _change(
                    event,
                    rows,
                    status=TripStatus.BOOKED,
                    verdict=event.verdict,
                    spend_eur_cents=event.journey.spend_eur_cents,
                    **vars(event.allocation),
                )
            case TripCompleted():
                _change(event, rows, status=TripStatus.COMPLETED)
            case TripCancelled():
                _decide(event, rows, TripStatus.CANCELLED, event.reason)
            case SubjectErased():
                for row in rows.where("traveller_id", event.subject_id):
                    reason = row.reason and ERASED_TEXT
                    rows.put(row.model_copy(update={"purpose": ERASED_TEXT, "reason": reason}))
            case _:
                assert_never(event)

    def _add(self, event: SegmentAdded, details: Segment, rows: Rows[TripRow]) -> None:
        segment = PlannedSegment(
            segment_id=event.segment_id,
            details=details,
            carbon=event.carbon,
            carbon_missing=event.carbon_missing,
            rate=event.rate,
        )
        _change(event, rows, **_itinerary([*_trip(event, rows).segments, segment]))


def _planned(event: TripPlanned) -> TripRow:
    return TripRow(
        trip_id=event.originator_id,
        traveller_id=event.traveller_id,
        purpose=event.purpose,
        status=TripStatus.PLANNED,
        verdict=None,
        department_id=None,
        cost_centre_id=None,
        group_id=None,
        approver_ids=(),
        approver_id=None,
        approval_level=0,
        approval_due_at=None,
        decided_by=None,
        reason=None,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
        **_itinerary([]),
    )


def _itinerary(segments: Sequence[PlannedSegment]) -> dict[str, Any]:
    """Every column that follows from the segments alone."""
    details = [segment.details for segment in segments]
    return {
        "segments": tuple(segments),
        "destination": _destination(details),
        "departs_at": min((one.starts_at for one in details), default=None),
        "ends_at": max((one.ends_at for one in details), default=None),
        "spend_eur_cents": sum(segment.eur_cents for segment in segments),
        "carbon_g": sum(segment.carbon_grams for segment in segments),
        "segments_without_carbon": sum(segment.carbon is None for segment in segments),
    }


def _destination(details: Sequence[Segment]) -> str | None:
    """Where the journey goes, in the order of travel: `Lisboa, Porto +1`; the way home is no destination."""
    journey = sorted(details, key=lambda one: one.starts_at)
    home = next((_origin(one) for one in journey if not isinstance(one, HotelStay)), None)
    cities = [one.city for one in journey if isinstance(one, HotelStay)]
    reached = [_arrival(one) for one in journey if not isinstance(one, HotelStay)]
    places = list(dict.fromkeys(cities or [place for place in reached if place != home]))
    if not places:
        return home
    more = len(places) - PLACES_SHOWN
    return ", ".join(places[:PLACES_SHOWN]) + (f" +{more}" if more > 0 else "")


def _origin(leg: FlightSegment | GroundLeg) -> str:
    return leg.origin.iata if isinstance(leg, FlightSegment) else leg.origin


def _arrival(leg: FlightSegment | GroundLeg) -> str:
    return leg.destination.iata if isinstance(leg, FlightSegment) else leg.destination


def _trip(event: TripEvent, rows: Rows[TripRow]) -> TripRow:
    return rows[(event.originator_id,)]


def _change(event: TripEvent, rows: Rows[TripRow], **values: Any) -> None:
    rows.change(
        event.originator_id,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
        **values,
    )


def _decide(
    event: TripEvent, rows: Rows[TripRow], status: TripStatus, words: str | None, **values: Any
) -> None:
    # Words that arrive after the erasure, but before the key is gone, would read as erased in a replay.
    is_erased = _trip(event, rows).purpose == ERASED_TEXT
    _change(event, rows, status=status, reason=words and (ERASED_TEXT if is_erased else words), **values)


SELECT_TRIPS = """
select trip_id, traveller_id, purpose, status, segments, destination, departs_at, ends_at, spend_eur_cents,
       carbon_g, segments_without_carbon, verdict, department_id, cost_centre_id, group_id, approver_ids,
       approver_id, approval_level, approval_due_at, decided_by, reason, version, created_at, updated_at,
       created_position, position
from read.trip
where tenant_id = %(tenant_id)s
"""
ONE_TRIP = "and trip_id = %(trip_id)s"
THESE_TRIPS = "and trip_id = any(%(trip_ids)s)"
FILTERS = {
    "status": "and status = %(status)s",
    "traveller_id": "and traveller_id = %(traveller_id)s",
    "after": "and created_position < %(after)s",
}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def find(sql: Sql, trip_id: UUID) -> TripRow | None:
    """The trip, or None."""
    row = sql.row(SELECT_TRIPS + ONE_TRIP, trip_id=trip_id)
    return None if row is None else TripRow(**row)


def get(sql: Sql, trip_id: UUID) -> TripRow:
    """The trip. Refuses with NotFound."""
    trip = find(sql, trip_id)
    if trip is None:
        raise NotFound
    return trip


def of(sql: Sql, trip_ids: Sequence[UUID]) -> list[TripRow]:
    """These trips, as far as they are known."""
    return [TripRow(**row) for row in sql.rows(SELECT_TRIPS + THESE_TRIPS, trip_ids=list(trip_ids))]


def page(
    sql: Sql,
    *,
    status: TripStatus | None = None,
    traveller_id: UUID | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[TripRow]:
    """Trips, the latest planned first."""
    limit = min(limit, LIMIT)
    asked = {"status": status, "traveller_id": traveller_id, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_TRIPS, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [TripRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
