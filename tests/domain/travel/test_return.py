"""Can a traveller come back before leaving? Not where the journey is named in its order."""

from datetime import timedelta

import pytest

from domain.travel.itinerary import FlightSegment
from domain.travel.trip import Trip
from domain.travel.trip_refusals import ReturnBeforeDeparture
from tests.kit.builders import CDG, DEPARTURE, JFK, NOW, STREAM, TRAVELLER, a_flight, planned

THERE = a_flight()


def back(**later: int) -> FlightSegment:
    return a_flight(origin=JFK, destination=CDG, departs_at=DEPARTURE + timedelta(**later))


def plan(*flights: FlightSegment) -> Trip:
    trip = Trip.new(STREAM)
    trip.plan(
        traveller_id=TRAVELLER,
        purpose="Fair",
        segments=[planned(flight, number=number) for number, flight in enumerate(flights, start=1)],
        at=NOW,
    )
    return trip


@pytest.mark.parametrize("later", [{"minutes": -1}, {"days": -1}])
def test_a_flight_back_before_the_flight_there_is_refused(later: dict[str, int]) -> None:
    with pytest.raises(ReturnBeforeDeparture):
        plan(THERE, back(**later))


def test_a_flight_back_after_the_flight_there_is_fine() -> None:
    assert len(plan(THERE, back(minutes=1)).segments) == 2


def test_whoever_lives_at_the_other_end_leaves_from_there() -> None:
    assert len(plan(back(days=-2), THERE).segments) == 2
