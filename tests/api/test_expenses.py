"""Can a traveller account for a journey, and finance set it beside its estimate?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.travel.expense import expenses_id
from tests.kit.house import Place, a_flight

TRIPS = "/api/v1/enterprise/trips"
Answered = Callable[..., Any]


@pytest.fixture
def trip(place: Place) -> str:
    """A booked trip of the north's traveller: one flight of 400 EUR, tomorrow."""
    tomorrow = (place.house.clock() + timedelta(days=1)).isoformat()
    made = str(place.plan(place.north, a_flight(departs_at=tomorrow))["id"])
    booked = place.client.post(f"{TRIPS}/{made}/book", headers=place.north.owner.headers)
    assert booked.is_success, booked.text
    return made


@pytest.fixture
def paid(place: Place) -> dict[str, Any]:
    day = (place.house.clock() + timedelta(days=1)).date().isoformat()
    return {"category": "meals", "day": day, "price": {"amount_minor": 4_200, "currency": "EUR"}}


@pytest.fixture
def call(place: Place) -> Answered:
    def answered(
        method: str, path: str, body: Any = None, *, by: str = "traveller", of: str = "north"
    ) -> Any:
        headers = getattr(getattr(place, of), by).headers
        return place.client.request(method, path, json=body, headers=headers)

    return answered


def test_a_journey_is_accounted_for(place: Place, call: Answered, trip: str, paid: dict[str, Any]) -> None:
    expenses = f"{TRIPS}/{trip}/expenses"
    segment = call("GET", f"{TRIPS}/{trip}").json()["segments"][0]["segment_id"]
    flight = {
        **paid,
        "category": "flight",
        "segment_id": segment,
        "price": {"amount_minor": 42_000, "currency": "EUR"},
    }
    assert call("POST", expenses, flight).status_code == 201
    lunch = call("POST", expenses, paid).json()["expenses"][-1]["expense_id"]
    assert call("POST", f"{expenses}/{lunch}/approve").status_code == 403, "travellers do not approve"
    assert call("POST", f"{expenses}/{lunch}/approve", by="manager").is_success
    assert call("POST", f"{TRIPS}/{trip}/reconcile").status_code == 403
    settled = call("POST", f"{TRIPS}/{trip}/reconcile", by="manager").json()
    assert settled["is_reconciled"]
    assert settled["reconciliation"]["difference_eur_cents"] == 6_200
    assert call("POST", expenses, paid).json()["is_reconciled"] is False, "a further expense reopens it"
    place.house_at_rest()
    compared = call("GET", f"{TRIPS}/{trip}/reconciliation").json()
    assert not compared["is_reconciled"]
    totals = compared["reconciliation"]
    assert (totals["estimate_eur_cents"], totals["reported_eur_cents"]) == (40_000, 50_400)
    assert totals["difference_percent"] == "26.0"
    listed = call("GET", f"/api/v1/enterprise/expenses?trip_id={trip}").json()["data"]
    assert [one["status"] for one in listed] == ["reported", "approved", "reported"]
    totals = call("GET", f"/api/v1/enterprise/tenants/{place.north.id}/analytics/reconciliations", by="owner")
    assert totals.status_code == 200, totals.text
    assert (totals.json()["estimate_eur_cents"], totals.json()["reported_eur_cents"]) == (40_000, 50_400)
    assert (totals.json()["trips"], totals.json()["trips_reconciled"]) == (1, 0)
    refused = listed[0]["id"]
    call("POST", f"{expenses}/{refused}/reject", {"reason": "No receipt"}, by="manager")
    place.house_at_rest()
    listed = call("GET", f"/api/v1/enterprise/expenses?trip_id={trip}").json()["data"]
    assert [(one["status"], one["reason"]) for one in listed][0] == ("rejected", "No receipt")
    streams = place.house.streams(place.north.id)
    history = [event.TOPIC for event in streams.events_of(expenses_id(UUID(trip)), after=0, limit=20)]
    assert history[-4:] == [
        "expense.reconciled.v1",
        "expense.reconciliation-reopened.v1",
        "expense.reported.v1",
        "expense.rejected.v1",
    ]


def test_an_external_id_is_reported_once_in_a_company(
    place: Place, call: Answered, trip: str, paid: dict[str, Any]
) -> None:
    expenses = f"{TRIPS}/{trip}/expenses"
    card = {**paid, "external_id": f"CARD-{trip}"}
    first = call("POST", expenses, card).json()["expenses"][0]["expense_id"]
    again = call("POST", expenses, card)
    assert (again.status_code, again.json()["code"]) == (409, "expense_reported_before")
    assert call("DELETE", f"{expenses}/{first}").is_success
    assert call("POST", expenses, card).status_code == 201


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"price": {"amount_minor": 1, "currency": "AFN"}}, 422, "no_exchange_rate"),
        ({"price": {"amount_minor": 1, "currency": "XXX"}}, 422, "request_invalid"),
        ({"day": "2060-01-01"}, 409, "expense_outside_trip"),
        ({"segment_id": "00000000-0000-7000-8000-00000000dead"}, 409, "expense_segment_unknown"),
        ({"receipt_sha256": "abc"}, 422, "request_invalid"),
        ({"category": "champagne"}, 422, "request_invalid"),
    ],
)
def test_bad_expenses_are_refused_by_name(
    place: Place, call: Answered, trip: str, paid: dict[str, Any], change: Any, status: int, code: str
) -> None:
    before = place.heads()
    answer = call("POST", f"{TRIPS}/{trip}/expenses", {**paid, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert place.heads() == before


def test_expenses_belong_to_a_booked_trip_of_ones_own_company(
    place: Place, call: Answered, trip: str, paid: dict[str, Any]
) -> None:
    planned = place.plan(place.north)["id"]
    refused = call("POST", f"{TRIPS}/{planned}/expenses", paid)
    assert (refused.status_code, refused.json()["code"]) == (409, "trip_takes_no_expenses")
    for path in (f"{TRIPS}/{trip}/expenses", f"{TRIPS}/{planned}/expenses"):
        assert call("POST", path, paid, by="owner", of="south").status_code == 404
    place.house_at_rest()
    assert call("GET", f"{TRIPS}/{planned}/reconciliation").status_code == 404
    assert call("GET", f"{TRIPS}/{trip}/reconciliation", by="owner", of="south").status_code == 404


def test_another_currency_is_converted_by_the_rate_of_its_day(
    place: Place, call: Answered, trip: str, paid: dict[str, Any]
) -> None:
    dollars = {**paid, "price": {"amount_minor": 10_000, "currency": "USD"}}
    kept = call("POST", f"{TRIPS}/{trip}/expenses", dollars).json()["expenses"][0]
    rate = call("GET", f"/api/v1/exchange-rates?currency=USD&on={paid['day']}").json()
    assert kept["bill"]["rate"]["units_per_eur"] == rate["units_per_eur"]
    assert kept["eur_cents"] == round(10_000 / float(rate["units_per_eur"]))
