"""Does the feed of violations keep up with a trip that changes?"""

import psycopg
import pytest

from tests.kit.house import Place, a_flight

ENTERPRISE = "/api/v1/enterprise"


def euros(amount: int) -> dict[str, object]:
    return {"amount_minor": amount * 100, "currency": "EUR"}


@pytest.fixture
def strict(place: Place) -> None:
    policy = {"name": "Strict", "max_daily_budget_eur": 500, "advance_booking_days": None}
    answer = place.client.post(f"{ENTERPRISE}/policies", json=policy, headers=place.south.owner.headers)
    assert answer.status_code == 201


@pytest.mark.usefixtures("strict")
def test_shows_the_latest_figures_and_alerts_once_per_change(place: Place) -> None:
    owner, manager = place.south.owner.headers, place.south.manager.headers
    trip = place.plan(place.south, a_flight(price=euros(700)))["id"]

    def step(name: str, body: object = None, who: dict[str, str] = owner) -> None:
        answer = place.client.post(f"{ENTERPRISE}/trips/{trip}/{name}", json=body, headers=who)
        assert answer.is_success, answer.text

    def feed() -> list[tuple[str, str]]:
        place.house_at_rest()
        path = f"{ENTERPRISE}/violations?trip_id={trip}"
        return [
            (one["observed"], one["stage"]) for one in place.client.get(path, headers=owner).json()["data"]
        ]

    def alerts() -> int:
        with psycopg.connect(place.house.pools.url) as connection:
            counted = connection.execute(
                "select count(*) from es.outbox where tenant_id = %s and kind = 'violation_alert'",
                (place.south.id,),
            ).fetchone()
        return int(counted[0]) if counted else 0

    before = alerts()
    step("submit")
    assert feed() == [("700.00", "submitted")]
    step("reject", {"reason": "X"}, manager)
    step("flights", {name: one for name, one in a_flight(price=euros(1500)).items() if name != "kind"})
    step("submit")
    assert feed() == [("2200.00", "submitted")]
    step("approve", {}, manager)
    step("book")
    assert feed() == [("2200.00", "booked")]
    assert alerts() == before + 2
