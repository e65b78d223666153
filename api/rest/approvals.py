"""Approvals: the trips that wait for somebody's yes, and a decision out of turn."""

from datetime import datetime
from functools import partial
from typing import Self
from uuid import UUID

from pydantic import Field, StrictBool

from api.rest.conventions import Listing
from api.rest.session import CursorText, Limit, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from api.rest.trips import TripSummary, TripView
from application.kernel.command import Command
from application.travel.approvals import DecideOutOfTurn
from domain.kernel.text import Line
from domain.travel.trip import Trip
from projections.travel import approvals, travellers
from projections.travel.trips import TripRow

router = Shelf(prefix="/api/v1/enterprise", tags=["approvals"], route_class=StrictRoute)


class WaitingTrip(TripSummary):
    """A trip that waits for a decision."""

    approver_id: UUID | None = Field(description="whose decision it is; null is anyone who may approve")
    approval_due_at: datetime | None = Field(description="when the question goes on; null is no limit")

    @classmethod
    def of(cls, row: TripRow) -> Self:
        """The row as an approver sees it."""
        summary = TripSummary.of(row).model_dump()
        return cls(**summary, approver_id=row.approver_id, approval_due_at=row.approval_due_at)


class WaitingTrips(Listing[WaitingTrip]):
    """One page of trips that wait."""


class Ruling(Command):
    """A decision whoever's turn it is, and why."""

    is_approved: StrictBool
    reason: Line


@router.get(
    "/approvals",
    operation_id="list_approvals",
    summary="List trips waiting for me",
    dependencies=[caught_up("trips")],
)
def list_approvals(session: SessionDep, limit: Limit = 50, cursor: CursorText = None) -> WaitingTrips:
    """Trips that wait for me, for somebody in whose place I decide, or for anyone; the most urgent first."""
    me = session.caller.member_id
    with session.house.reading(session.tenant_id) as sql:
        absent = travellers.stood_in_for(sql, me, at=session.house.clock())
    # Who is stood in for is no filter: a cursor outlives the end of a delegation.
    waiting = partial(approvals.page, deciding_for=(me, *absent))
    page = session.page(waiting, WaitingTrip.of, limit=limit, cursor=cursor, filters={"member_id": me})
    return WaitingTrips(data=page.data, next_cursor=page.next_cursor)


@router.post(
    "/trips/{trip_id}/decide-out-of-turn",
    operation_id="decide_out_of_turn",
    summary="Decide out of turn",
)
def decide_out_of_turn(trip_id: UUID, body: Ruling, session: SessionDep) -> TripView:
    """Says yes or no to a submitted trip whoever's turn it is, and why. Heads of the company only."""
    command = DecideOutOfTurn(trip_id=trip_id, **body.model_dump())
    trip, answer = session.change(command, Trip, trip_id)
    return TripView.of(trip, answer.saved.position)
