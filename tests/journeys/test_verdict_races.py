"""Parallel bookings of one traveller's day: each verdict counts what the others have taken."""

from collections.abc import Iterator

import pytest

from tests.kit.crowd import all_at_once
from tests.kit.house import Place, a_flight, opened_place

TRIPS = "/api/v1/enterprise/trips"


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        rules = {"name": "Day", "max_daily_budget_eur": "600.00", "advance_booking_days": None}
        answer = opened.client.post(
            "/api/v1/enterprise/policies", json=rules, headers=opened.north.owner.headers
        )
        assert answer.status_code == 201, answer.text
        yield opened


@pytest.mark.parametrize("round_number", range(5))
def test_six_bookings_of_four_hundred_euros_break_a_limit_of_six_hundred_five_times(
    place: Place, round_number: int
) -> None:
    headers = place.north.owner.headers
    day = f"2091-0{round_number + 1}-10T08:00:00Z"
    trips = [place.plan(place.north, a_flight(departs_at=day))["id"] for _ in range(6)]

    answers = all_at_once(6, lambda n: place.client.post(f"{TRIPS}/{trips[n]}/book", headers=headers).json())

    observed = sorted(
        float(broken["observed"])
        for answer in answers
        for broken in answer["verdict"]["broken"]  # type: ignore[index]
    )
    assert observed == [800.0, 1200.0, 1600.0, 2000.0, 2400.0]
