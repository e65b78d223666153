"""How is each order about a trip served?"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.segments import (
    FlightRequest,
    GroundRequest,
    HotelRequest,
    SegmentRequest,
    segment_from,
)
from domain.kernel.refusals import Forbidden, Malformed
from domain.kernel.text import Line
from domain.travel.commitments import CARBON_YEAR, TRAVELLER_DAY, traveller_day_key
from domain.travel.journey import PlannedSegment, totals_of
from domain.travel.policy import Policy, PolicyInForce, default_policy_id
from domain.travel.trip import MAX_SEGMENTS, CurrencyNotSupported, Trip
from domain.travel.verdict import Committed


class PlanTrip(Command):
    """Announce a journey, with its first segments if they are known."""

    traveller_id: UUID
    purpose: Line
    segments: Annotated[tuple[SegmentRequest, ...], Field(max_length=MAX_SEGMENTS)] = ()


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


class ApproveTrip(Command):
    """Say yes to a submitted trip."""

    trip_id: UUID
    comment: Line | None = None


class RejectTrip(Command):
    """Say no to a submitted trip."""

    trip_id: UUID
    reason: Line


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


class UnknownTraveller(Malformed):
    """This company has no active member with this id."""


class NotYourTrip(Forbidden):
    """Travellers act on their own trips only."""


def plan_trip(command: PlanTrip, context: Context) -> Saved:
    trip_id = uuid5(context.tenant_id, f"trip:{context.command.id}")
    places = {
        uuid5(trip_id, f"segment:{index}"): f"/segments/{index}" for index in range(len(command.segments))
    }
    segments = [
        _segment(request, segment_id, context, pointer=place)
        for request, (segment_id, place) in zip(command.segments, places.items(), strict=True)
    ]

    def create() -> Trip:
        _require_own(context, command.traveller_id)
        _require_known(context, command.traveller_id)
        trip = Trip.new(trip_id)
        trip.plan(
            traveller_id=command.traveller_id, purpose=command.purpose, segments=segments, at=context.now
        )
        return trip

    with _currency_at(places):
        return context.store.add(create)


def add_segment(command: AddFlight | AddHotel | AddGround, context: Context) -> Saved:
    segment_id = uuid5(command.trip_id, f"segment:{context.command.id}")
    segment = _segment(command, segment_id, context)

    def decide(trip: Trip) -> None:
        _require_own(context, trip.traveller_id)
        trip.add(segment, at=context.now)

    with _currency_at({segment_id: ""}):
        return context.store.change(Trip, command.trip_id, decide)


def remove_segment(command: RemoveSegment, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        _require_own(context, trip.traveller_id)
        trip.remove_segment(command.segment_id, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def submit_trip(command: SubmitTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        _require_own(context, trip.traveller_id)
        policy = _policy_in_force(context)
        trip.submit(policy=policy, committed=_committed(trip, policy, context), at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def approve_trip(command: ApproveTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        _require_own(context, trip.traveller_id)
        trip.approve(by=context.actor.id, comment=command.comment, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def reject_trip(command: RejectTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        _require_own(context, trip.traveller_id)
        trip.reject(by=context.actor.id, reason=command.reason, at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def book_trip(command: BookTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        _require_own(context, trip.traveller_id)
        policy = _policy_in_force(context)
        trip.book(policy=policy, committed=_committed(trip, policy, context), at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def complete_trip(command: CompleteTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        _require_own(context, trip.traveller_id)
        trip.complete(at=context.now)

    return context.store.change(Trip, command.trip_id, decide)


def cancel_trip(command: CancelTrip, context: Context) -> Saved:
    def decide(trip: Trip) -> None:
        _require_own(context, trip.traveller_id)
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
        factors=context.ports.factors,
        pointer=pointer,
    )


@contextmanager
def _currency_at(places: Mapping[UUID, str]) -> Iterator[None]:
    """Points at the price whose currency is refused, wherever its segment stands in the command."""
    try:
        yield
    except CurrencyNotSupported as refusal:
        refusal.facts["pointer"] = f"{places[refusal.facts['segment_id']]}/price/currency"
        raise


def _policy_in_force(context: Context) -> PolicyInForce | None:
    # Read inside the decision: if the policy moves before the append, the verdict is decided again.
    policy = context.store.read(Policy, default_policy_id(context.tenant_id))
    return policy.in_force() if policy else None


def _committed(trip: Trip, policy: PolicyInForce | None, context: Context) -> Committed:
    if policy is None or not trip.segments:
        return Committed()
    journey, rules = totals_of(trip.segments), policy.rules
    return Committed(
        cents_by_day={}
        if (limit := rules.max_daily_budget_eur_cents) is None
        else {
            spend.day: context.ports.totals.of(
                TRAVELLER_DAY,
                traveller_day_key(trip.traveller_id, spend.day),
                without=trip.id,
                same_up_to=limit - spend.eur_cents,
            )
            for spend in journey.spend_by_day
        },
        grams_by_year={}
        if (budget := rules.carbon_budget_kg_year) is None
        else {
            carbon.year: context.ports.totals.of(
                CARBON_YEAR,
                str(carbon.year),
                without=trip.id,
                same_up_to=int(budget * 1000) - carbon.grams,
            )
            for carbon in journey.carbon_by_year
        },
    )


def _require_own(context: Context, traveller_id: UUID) -> None:
    if not context.reaches(traveller_id):
        raise NotYourTrip


def _require_known(context: Context, traveller_id: UUID) -> None:
    person = context.ports.directory.find(traveller_id)
    if person is None or not person.is_active:
        raise UnknownTraveller(pointer="/traveller_id")


HANDLERS: Handlers = {
    PlanTrip: plan_trip,
    AddFlight: add_segment,
    AddHotel: add_segment,
    AddGround: add_segment,
    RemoveSegment: remove_segment,
    SubmitTrip: submit_trip,
    ApproveTrip: approve_trip,
    RejectTrip: reject_trip,
    BookTrip: book_trip,
    CompleteTrip: complete_trip,
    CancelTrip: cancel_trip,
}
