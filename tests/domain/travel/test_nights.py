"""Can a traveller sleep in two hotels at once? Not within one trip."""

from datetime import date

import pytest

from domain.travel.itinerary import HotelStay
from domain.travel.trip import Trip
from domain.travel.trip_refusals import OverlappingNights
from tests.kit.builders import NOW, STREAM, TRAVELLER, a_stay, planned


def stay(check_in: int, check_out: int, time_zone: str = "Europe/Paris") -> HotelStay:
    """Nights in May 2030."""
    return a_stay(
        check_in=date(2030, 5, check_in),
        check_out=date(2030, 5, check_out),
        time_zone=time_zone,
        country="FR",
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (stay(2, 5), stay(2, 5)),
        (stay(2, 5), stay(4, 6)),
        (stay(2, 5), stay(3, 4)),
        (stay(3, 4), stay(2, 5)),
        (stay(2, 3), stay(2, 3)),
        (stay(2, 3), stay(2, 3, "Europe/London")),
        (stay(2, 5), stay(4, 5, "America/New_York")),
    ],
)
def test_nights_that_overlap_are_refused(first: HotelStay, second: HotelStay) -> None:
    trip = a_trip(first)
    with pytest.raises(OverlappingNights):
        trip.add(planned(second, number=2), at=NOW)
    assert trip.segments == (planned(first),)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (stay(2, 5), stay(5, 6)),
        (stay(5, 6), stay(2, 5)),
        (stay(2, 3), stay(4, 5)),
        # Whoever flies eastwards over the date line lives through the second of May twice.
        (stay(2, 3, "Pacific/Auckland"), stay(2, 3, "Pacific/Honolulu")),
    ],
)
def test_nights_that_follow_each_other_are_fine(first: HotelStay, second: HotelStay) -> None:
    trip = a_trip(first)
    trip.add(planned(second, number=2), at=NOW)
    assert len(trip.segments) == 2


def test_a_plan_with_overlapping_nights_is_refused_as_a_whole() -> None:
    trip = Trip.new(STREAM)
    with pytest.raises(OverlappingNights):
        trip.plan(
            traveller_id=TRAVELLER,
            purpose="Fair",
            segments=[planned(stay(2, 5)), planned(stay(3, 4), number=2)],
            at=NOW,
        )


def a_trip(first: HotelStay) -> Trip:
    trip = Trip.new(STREAM)
    trip.plan(traveller_id=TRAVELLER, purpose="Fair", segments=[planned(first)], at=NOW)
    return trip
