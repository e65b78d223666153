"""How is a booked journey's carbon reckoned anew?"""

from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.instants import Day
from domain.kernel.refusals import NotFound
from domain.travel.trip import Trip, TripStatus
from domain.travel.trip_carbon import TripCarbon, trip_carbon_id
from domain.travel.trip_posting import posting_of
from domain.travel.trip_refusals import TripNotBooked


class RestateTripCarbon(Command):
    """Reckon what of a booked journey's carbon falls into a period by the publications of another year."""

    trip_id: UUID
    restatement_id: UUID
    start: Day
    end: Day
    factor_year: int


def restate_trip_carbon(command: RestateTripCarbon, context: Context) -> Saved:
    stream_id = trip_carbon_id(command.trip_id)
    carbon = context.ports.carbon

    def decide() -> tuple[TripCarbon, ...]:
        trip = context.store.read(Trip, command.trip_id)
        if trip is None:
            raise NotFound
        if trip.status not in (TripStatus.BOOKED, TripStatus.COMPLETED):
            raise TripNotBooked
        restated = context.store.read(TripCarbon, stream_id) or TripCarbon.new(stream_id)
        booked = {one.segment_id: carbon.lines(one) for one in trip.segments}
        # Where that year publishes nothing, the figure of the booking stays.
        anew = {
            one.segment_id: carbon.lines_by(one, command.factor_year) or booked[one.segment_id]
            for one in trip.segments
        }
        restated.restate(
            trip.id,
            booked=posting_of(1, trip.segments, booked).entries,
            anew=posting_of(1, trip.segments, anew).entries,
            start=command.start,
            end=command.end,
            traveller_id=trip.traveller_id,
            allocation=trip.allocation,
            restatement_id=command.restatement_id,
            at=context.now,
        )
        return (restated,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {RestateTripCarbon: restate_trip_carbon}
