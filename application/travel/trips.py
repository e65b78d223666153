"""How is each order about a trip served?"""

from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.approvals import chain_for
from application.travel.conversion import rate_for
from application.travel.ownership import require_own, require_traveller, require_unit
from application.travel.segments import (
    FlightRequest,
    GroundRequest,
    HotelRequest,
    SegmentRequest,
    segment_from,
)
from application.travel.terms import profile_of, terms_of
from domain.kernel.refusals import CapacityTaken
from domain.kernel.text import Line
from domain.travel.allocation import Allocation
from domain.travel.journey import PlannedSegment
from domain.travel.trip import MAX_SEGMENTS, Trip
from domain.travel.trip_refusals import BudgetUsedUp
from domain.travel.unit import UnitKind


class PlanTrip(Command):
    """Announce a journey, with its first segments if they are known."""

    traveller_id: UUID
    purpose: Line
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    segments: Annotated[tuple[SegmentRequest, ...], Field(max_length=MAX_SEGMENTS)] = ()


class AllocateTrip(Command):
    """Put a trip that is being planned on a department's and a cost centre's account; null is nobody's."""

    trip_id: UUID
    department_id: UUID | None
    cost_centre_id: UUID | None


class AddFlight(FlightRequest, Command):
    """Add a flight to a trip that is being planned."""

    trip_id: UUID


class AddHotel(HotelRequest, Command):
    """Add a hotel stay to a trip that is being planned."""

    trip_id: UUID


class AddGround(GroundRequest, Command):
    """Add a leg by rail, road or ferry to a trip that is being planned."""

    trip_id: UUID


class RemoveSegment(Command):
    """Take a segment out of a trip that is being planned."""

    trip_id: UUID
    segment_id: UUID


class SubmitTrip(Command):
    """Ask for approval; the policy in force is applied."""

    trip_id: UUID


class BookTrip(Command):
    """Book the itinerary; the policy in force is applied."""

    trip_id: UUID


class CompleteTrip(Command):
    """Close a journey that has taken place."""

    trip_id: UUID


class CancelTrip(Command):
    """Call a journey off."""

    trip_id: UUID
    reason: Line


def plan_trip(command: PlanTrip, context: Context) -> Saved:
    trip_id = uuid5(context.tenant_id, f"trip:{context.command.id}")
    segments = [
        _segment(request, uuid5(trip_id, f"segment:{index}"), context, pointer=f"/segments/{index}")
        for index, request in enumerate(command.segments)
    ]

    def create() -> Trip:
        require_own(context, command.traveller_id)
        require_traveller(context, command.traveller_id)
        trip = Trip.new(trip_id)
        trip.plan(
            traveller_id=command.traveller_id,
            purpose=command.purpose,
            segments=segments,
            allocation=_allocation(command, context),
            at=context.now,
        )
        return trip

    return context.store.add(create)


def allocate_trip(command: AllocateTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        _require_units(command, context)
        trip.allocate(
            trip.allocation.model_copy(
                update={"department_id": command.department_id, "cost_centre_id": command.cost_centre_id}
            ),
            at=context.now,
        )

    return context.store.change(Trip, command.trip_id, decide)


def add_segment(command: AddFlight | AddHotel | AddGround, context: Context) -> Saved:
    segment_id = uuid5(command.trip_id, f"segment:{context.command.id}")
    segment = _segment(command, segment_id, context)

    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        trip.add(segment, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def remove_segment(command: RemoveSegment, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        trip.remove_segment(command.segment_id, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def submit_trip(command: SubmitTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        terms = terms_of(trip, context)
        trip.submit(terms, chain=chain_for(trip, terms.policy, context), at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def book_trip(command: BookTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        lines = {one.segment_id: context.ports.carbon.lines(one) for one in trip.segments}
        trip.book(replace(terms_of(trip, context), emissions=lines), at=context.now)

    try:
        return context.store.change(Trip, command.trip_id, decide)
    except CapacityTaken as refusal:
        # What the decision read was overtaken; the claims, which nothing overtakes, say no.
        if refusal.kinds() <= BudgetUsedUp.KINDS:
            raise BudgetUsedUp.of(refusal) from refusal
        raise


def complete_trip(command: CompleteTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        trip.complete(at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def cancel_trip(command: CancelTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        require_own(context, trip.traveller_id)
        trip.cancel(reason=command.reason, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def _segment(
    request: FlightRequest | HotelRequest | GroundRequest,
    segment_id: UUID,
    context: Context,
    *,
    pointer: str = "",
) -> PlannedSegment:
    return segment_from(
        request,
        segment_id,
        airports=context.ports.airports,
        carbon=context.ports.carbon,
        rate=rate_for(request.price.currency, context, pointer=f"{pointer}/price/currency"),
        pointer=pointer,
    )


def _allocation(command: PlanTrip, context: Context) -> Allocation:
    """Where the traveller belongs, unless the command says otherwise."""
    _require_units(command, context)
    usual = profile_of(command.traveller_id, context).allocation
    chosen: dict[str, UUID | None] = {
        name: getattr(command, name)
        for name in ("department_id", "cost_centre_id")
        if name in command.model_fields_set
    }
    return usual.model_copy(update=chosen)


def _require_units(command: PlanTrip | AllocateTrip, context: Context) -> None:
    require_unit(context, command.department_id, UnitKind.DEPARTMENT, pointer="/department_id")
    require_unit(context, command.cost_centre_id, UnitKind.COST_CENTRE, pointer="/cost_centre_id")


HANDLERS: Handlers = {
    PlanTrip: plan_trip,
    AddFlight: add_segment,
    AddHotel: add_segment,
    AddGround: add_segment,
    RemoveSegment: remove_segment,
    SubmitTrip: submit_trip,
    AllocateTrip: allocate_trip,
    BookTrip: book_trip,
    CompleteTrip: complete_trip,
    CancelTrip: cancel_trip,
}
