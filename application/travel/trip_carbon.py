"""How is a booked journey's carbon reckoned anew?"""

from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.refusals import NotFound
from domain.travel.trip import Trip, TripStatus
from domain.travel.trip_carbon import TripCarbon, trip_carbon_id
from domain.travel.trip_refusals import TripNotBooked


class RestateTripCarbon(Command):
    """Reckon a booked journey's carbon by the publications of another year."""

    trip_id: UUID
    restatement_id: UUID
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
        restated.restate(
            trip.id,
            trip.segments,
            # Where that year publishes nothing, the figure of the booking stays.
            {
                one.segment_id: carbon.lines_by(one, command.factor_year) or carbon.lines(one)
                for one in trip.segments
            },
            traveller_id=trip.traveller_id,
            allocation=trip.allocation,
            restatement_id=command.restatement_id,
            at=context.now,
        )
        return (restated,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {RestateTripCarbon: restate_trip_carbon}
