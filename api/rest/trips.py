"""Trips: from the plan to the journey's end."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Listing, Resource, View
from api.rest.history import FactView
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.travel.approvals import ApproveTrip, RejectTrip
from application.travel.segments import FlightRequest, GroundRequest, HotelRequest
from application.travel.trips import (
    AddFlight,
    AddGround,
    AddHotel,
    AllocateTrip,
    BookTrip,
    CancelTrip,
    CompleteTrip,
    PlanTrip,
    RemoveSegment,
    SubmitTrip,
)
from domain.kernel.text import Line
from domain.travel.allocation import Allocation
from domain.travel.approval import ApprovalChain
from domain.travel.journey import JourneyLine, JourneyTotals, PlannedSegment, totals_of
from domain.travel.trip import Trip, TripStatus
from domain.travel.verdict import Verdict
from projections.travel import trips
from projections.travel.trips import TripRow

router = Shelf(prefix="/api/v1/enterprise/trips", tags=["trips"], route_class=StrictRoute)
PLACE = "/api/v1/enterprise/trips/{id}"


class TripView(Resource):
    """One trip with its itinerary, its carbon and what the policy said about it."""

    id: UUID
    traveller_id: UUID
    purpose: str
    status: TripStatus
    segments: list[PlannedSegment]
    journey: JourneyTotals | None = Field(description="cost, carbon and dates; null without segments")
    verdict: Verdict | None = Field(description="of the last submission or booking; null before")
    allocation: Allocation = Field(description="who pays, and whose policy judges the trip")
    chain: ApprovalChain = Field(description="who is asked to agree, in order; nobody named is anyone")
    approval_level: int = Field(description="how many approvers were asked before the present one")
    granted_by: list[UUID] = Field(description="who has said yes so far")
    approver_id: UUID | None = Field(description="who has to decide next; null is anyone who may approve")
    approval_due_at: datetime | None = Field(description="when that approver's time is up; null is no limit")
    approved_by: UUID | None
    lines: list[JourneyLine] = Field(
        description="once booked: what each segment costs and emits per month, at the rate of that day"
    )

    @classmethod
    def of(cls, trip: Trip, position: int | None = None) -> Self:
        """The trip as it stands."""
        return cls(
            id=trip.id,
            version=trip.version,
            position=position,
            traveller_id=trip.traveller_id,
            purpose=trip.purpose,
            status=trip.status,
            segments=list(trip.segments),
            journey=trip.booked or (totals_of(trip.segments) if trip.segments else None),
            verdict=trip.verdict,
            allocation=trip.allocation,
            chain=trip.chain,
            approval_level=trip.approval_level,
            granted_by=list(trip.granted_by),
            approver_id=trip.approver_id if trip.status is TripStatus.SUBMITTED else None,
            approval_due_at=trip.approval_due_at if trip.status is TripStatus.SUBMITTED else None,
            approved_by=trip.approved_by,
            lines=list(trip.lines),
        )


class TripSummary(View):
    """One trip in a list."""

    id: UUID
    version: int
    traveller_id: UUID
    purpose: str
    status: TripStatus
    destination: str | None
    departs_at: datetime | None
    ends_at: datetime | None
    spend_eur_cents: int
    carbon_kg: Decimal
    segments: int
    segments_without_carbon: int
    broken_rules: list[str]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: TripRow) -> Self:
        """The row as clients see it."""
        return cls(
            id=row.trip_id,
            carbon_kg=Decimal(row.carbon_g).scaleb(-3),
            segments=len(row.segments),
            broken_rules=[broken.rule.value for broken in row.verdict.broken] if row.verdict else [],
            **row.model_dump(
                include={
                    "version",
                    "traveller_id",
                    "purpose",
                    "status",
                    "destination",
                    "departs_at",
                    "ends_at",
                    "spend_eur_cents",
                    "segments_without_carbon",
                    "created_at",
                    "updated_at",
                }
            ),
        )


class TripList(Listing[TripSummary]):
    """One page of trips."""


class TripHistory(Listing[FactView]):
    """One page of a trip's facts."""


class Account(Command):
    """Who pays for a trip."""

    department_id: UUID | None
    cost_centre_id: UUID | None


class Decision(Command):
    """Why a trip is approved, if there is something to say."""

    comment: Line | None = None


class Reason(Command):
    """Why a trip is rejected or cancelled."""

    reason: Line


@router.post("", operation_id="plan_trip", status_code=201, summary="Plan a trip")
def plan_trip(body: PlanTrip, session: SessionDep) -> TripView:
    """Announces a journey, with its first segments if they are known. Travellers plan their own."""
    trip, answer, _ = session.create(body, Trip, location=PLACE)
    return TripView.of(trip, answer.saved.position)


@router.get("", operation_id="list_trips", summary="List trips", dependencies=[caught_up("trips")])
def list_trips(
    session: SessionDep,
    status: TripStatus | None = None,
    traveller_id: UUID | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> TripList:
    """Trips, the latest planned first. Travellers see their own."""
    if traveller_id is not None and session.own_id is not None:
        session.only(traveller_id)
    filters = {"status": status, "traveller_id": traveller_id or session.own_id}
    page = session.page(trips.page, TripSummary.of, limit=limit, cursor=cursor, filters=filters)
    return TripList(data=page.data, next_cursor=page.next_cursor)


@router.get("/{trip_id}", operation_id="get_trip", summary="Get a trip", dependencies=[AtLeast])
def get_trip(trip_id: UUID, session: SessionDep) -> TripView:
    """One trip as it stands, with every segment, its carbon figure and the latest verdict."""
    trip = session.stream(Trip, trip_id)
    session.only(trip.traveller_id)
    return session.show(TripView.of(trip))


@router.get(
    "/{trip_id}/history",
    operation_id="get_trip_history",
    summary="Replay a trip's history",
    dependencies=[AtLeast],
)
def get_trip_history(
    trip_id: UUID, session: SessionDep, limit: Limit = 50, cursor: CursorText = None
) -> TripHistory:
    """Every fact recorded about the trip, oldest first: who, when, under which command, at which position."""
    session.only(session.stream(Trip, trip_id).traveller_id)
    page = session.history(trip_id, limit=limit, cursor=cursor)
    return TripHistory(data=page.data, next_cursor=page.next_cursor)


@router.put("/{trip_id}/allocation", operation_id="allocate_trip", summary="Put a trip on an account")
def allocate_trip(trip_id: UUID, body: Account, session: SessionDep) -> TripView:
    """Says which department and cost centre bear a trip that is being planned; null is nobody."""
    return _change(session, trip_id, AllocateTrip(trip_id=trip_id, **body.model_dump()))


@router.post("/{trip_id}/flights", operation_id="add_flight", status_code=201, summary="Add a flight")
def add_flight(trip_id: UUID, body: FlightRequest, session: SessionDep) -> TripView:
    """Adds a flight to a trip that is being planned; its carbon is computed at once."""
    return _change(session, trip_id, AddFlight(trip_id=trip_id, **fields_set(body)))


@router.post("/{trip_id}/hotels", operation_id="add_hotel", status_code=201, summary="Add a hotel stay")
def add_hotel(trip_id: UUID, body: HotelRequest, session: SessionDep) -> TripView:
    """Adds a hotel stay to a trip that is being planned; `price` is for the whole stay."""
    return _change(session, trip_id, AddHotel(trip_id=trip_id, **fields_set(body)))


@router.post(
    "/{trip_id}/ground", operation_id="add_ground", status_code=201, summary="Add a leg on the ground"
)
def add_ground(trip_id: UUID, body: GroundRequest, session: SessionDep) -> TripView:
    """Adds a leg by rail, road or ferry to a trip that is being planned."""
    return _change(session, trip_id, AddGround(trip_id=trip_id, **fields_set(body)))


@router.delete("/{trip_id}/segments/{segment_id}", operation_id="remove_segment", summary="Remove a segment")
def remove_segment(trip_id: UUID, segment_id: UUID, session: SessionDep) -> TripView:
    """Takes a segment out of a trip that is being planned."""
    return _change(session, trip_id, RemoveSegment(trip_id=trip_id, segment_id=segment_id))


@router.post("/{trip_id}/submit", operation_id="submit_trip", summary="Submit a trip")
def submit_trip(trip_id: UUID, session: SessionDep) -> TripView:
    """Asks for approval. The policy in force is applied and its verdict recorded."""
    return _change(session, trip_id, SubmitTrip(trip_id=trip_id))


@router.post("/{trip_id}/approve", operation_id="approve_trip", summary="Approve a trip")
def approve_trip(trip_id: UUID, session: SessionDep, body: Decision | None = None) -> TripView:
    """Says yes to a submitted trip. Nobody approves their own."""
    return _change(session, trip_id, ApproveTrip(trip_id=trip_id, **(fields_set(body) if body else {})))


@router.post("/{trip_id}/reject", operation_id="reject_trip", summary="Reject a trip")
def reject_trip(trip_id: UUID, body: Reason, session: SessionDep) -> TripView:
    """Says no to a submitted trip; it can be changed and submitted again."""
    return _change(session, trip_id, RejectTrip(trip_id=trip_id, reason=body.reason))


@router.post("/{trip_id}/book", operation_id="book_trip", summary="Book a trip")
def book_trip(trip_id: UUID, session: SessionDep) -> TripView:
    """Books the itinerary. The policy in force is applied and its verdict recorded."""
    return _change(session, trip_id, BookTrip(trip_id=trip_id))


@router.post("/{trip_id}/complete", operation_id="complete_trip", summary="Complete a trip")
def complete_trip(trip_id: UUID, session: SessionDep) -> TripView:
    """Closes a booked journey that has departed."""
    return _change(session, trip_id, CompleteTrip(trip_id=trip_id))


@router.post("/{trip_id}/cancel", operation_id="cancel_trip", summary="Cancel a trip")
def cancel_trip(trip_id: UUID, body: Reason, session: SessionDep) -> TripView:
    """Calls a journey off; what it had booked goes back to the budgets."""
    return _change(session, trip_id, CancelTrip(trip_id=trip_id, reason=body.reason))


def fields_set(body: Any) -> dict[str, Any]:
    """The fields the client wrote, and no other."""
    return {name: getattr(body, name) for name in body.model_fields_set}


def _change(session: Session, trip_id: UUID, command: Command) -> TripView:
    trip, answer = session.change(command, Trip, trip_id)
    return TripView.of(trip, answer.saved.position)
