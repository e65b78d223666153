"""Can a company keep a carbon ledger an auditor would sign?"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.audit.verifier import verify_proof
from projections.esg import ledger_queries
from tests.kit.house import Place, a_flight

CARBON = "/api/v1/enterprise/carbon"
Answered = Callable[..., Any]
GREEN = {
    "basis": "guarantee_of_origin",
    "factor": {
        "reference": "GO-2029",
        "kg_per_unit": "0",
        "publisher": "Vent du Nord",
        "source": "Cancelled guarantees of origin 2029",
        "year": 2029,
    },
}


@pytest.fixture
def call(place: Place) -> Answered:
    def answered(
        method: str,
        path: str,
        body: Any = None,
        *,
        by: str = "owner",
        of: str = "north",
        status: int | None = None,
    ) -> Any:
        headers = getattr(getattr(place, of), by).headers
        answer = place.client.request(method, path, json=body, headers=headers)
        assert status is None or answer.status_code == status, answer.text
        return answer

    return answered


def site(call: Answered, code: str, country: str = "FR") -> str:
    body = {"code": code, "name": f"Site {code}", "country": country}
    return str(call("POST", f"{CARBON}/sites", body, status=201).json()["id"])


def meter(call: Answered, site_id: str, code: str, energy: str = "electricity") -> str:
    body = {"site_id": site_id, "code": code, "energy": energy}
    return str(call("POST", f"{CARBON}/meters", body, status=201).json()["id"])


def bill(meter_id: str, start: str, end: str, kwh: str = "10000", **facts: Any) -> dict[str, Any]:
    details = {"kind": "energy_bill", "meter_id": meter_id, "start": start, "end": end, "kwh": kwh}
    return {"details": details | facts}


def report(place: Place, call: Answered, query: str = "") -> Any:
    place.house_at_rest()
    tenant = place.north.id
    address = f"/api/v1/enterprise/tenants/{tenant}/carbon?start=2024-01-01&end=2026-12-31&{query}"
    return call("GET", address, status=200).json()


def test_a_green_contract_lowers_the_market_figure_alone(place: Place, call: Answered) -> None:
    paris = meter(call, site(call, "PAR-1"), "M-PAR-1")
    grey = call("POST", f"{CARBON}/activities", bill(paris, "2025-01-01", "2025-02-01"), status=201).json()
    contract = bill(paris, "2025-02-01", "2025-03-01", contract=GREEN)
    green = call("POST", f"{CARBON}/activities", contract, status=201).json()
    assert grey["location_g"] == green["location_g"] == grey["market_g"] > 0
    assert green["market_g"] == 0
    assert [one["line"]["market"]["basis"] for one in grey["lines"]] == ["location_fallback"]
    assert [one["line"]["market"]["basis"] for one in green["lines"]] == ["guarantee_of_origin"]
    shown = report(place, call, "scope=2&group_by=month")
    assert shown["scope_2_location_g"] == 2 * grey["location_g"]
    assert shown["scope_2_market_g"] == shown["location_fallback_g"] == grey["market_g"]
    assert [group["value"] for group in shown["groups"]] == ["2025-01-01", "2025-02-01"]


def test_bills_that_cannot_be_are_refused_by_name(place: Place, call: Answered) -> None:
    lyon = site(call, "LYS-1")
    one = meter(call, lyon, "M-LYS-1")
    activities = f"{CARBON}/activities"
    call("POST", activities, bill(one, "2025-01-01", "2025-03-01"), status=201)
    clock = place.house.clock()
    later = (clock + timedelta(days=40)).date().isoformat()
    today = clock.date().isoformat()
    for body, status, code, pointer in (
        (bill(one, "2025-02-01", "2025-04-01"), 409, "bills_overlap", "/details/start"),
        (bill(one, today, later), 409, "activity_in_future", "/details/end"),
        (bill(lyon, "2025-05-01", "2025-06-01"), 422, "unknown_meter", "/details/meter_id"),
        (bill(one, "2025-05-01", "2025-06-01", "-5"), 422, "request_invalid", "/details/kwh"),
        (bill(one, "2025-05-01", "2025-06-01", "twelve"), 422, "request_invalid", "/details/kwh"),
        (bill(one, "2025-06-01", "2025-05-01"), 422, "request_invalid", "/details/end"),
    ):
        answer = call("POST", activities, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        told = answer.json().get("pointer") or answer.json()["errors"][0]["pointer"]
        assert told == pointer
    call("POST", f"{CARBON}/sites/{lyon}/close", status=200)
    refused = call("POST", activities, bill(one, "2025-05-01", "2025-06-01"))
    assert (refused.status_code, refused.json()["code"]) == (409, "site_is_closed")


def test_what_was_known_on_a_date_stays_known(place: Place, call: Answered) -> None:
    nantes = meter(call, site(call, "NTE-1"), "M-NTE-1")
    made = call("POST", f"{CARBON}/activities", bill(nantes, "2025-03-15", "2025-04-15"), status=201).json()
    before = report(place, call, "group_by=site_id")
    corrected = bill(nantes, "2025-03-15", "2025-04-15", "5000") | {"reason": "The bill was read wrongly"}
    right = call("PUT", f"{CARBON}/activities/{made['id']}", corrected, status=200).json()
    assert right["location_g"] * 2 == made["location_g"]
    assert len(right["lines"]) == 2, "one line a month"
    after = report(place, call, "group_by=site_id")
    known = report(place, call, f"group_by=site_id&position={before['position']}")
    assert known == before
    assert before["total"]["location_g"] - after["total"]["location_g"] == right["location_g"]
    withdrawn = call(
        "POST", f"{CARBON}/activities/{made['id']}/withdraw", {"reason": "Another company's"}, status=200
    )
    assert withdrawn.json()["lines"] == []
    last = report(place, call)
    assert after["total"]["location_g"] - last["total"]["location_g"] == right["location_g"]
    assert report(place, call, f"group_by=site_id&position={after['position']}") == after
    with place.house.reading(place.north.id) as sql:
        lines = [
            line for line in ledger_queries.feed(sql, limit=1_000).rows if str(line.stream_id) == made["id"]
        ]
    assert [line.entry for line in lines].count("reversal") == 4
    assert sum(line.location_g for line in lines) == 0, "what is withdrawn adds up to nothing"


def test_a_booked_trip_is_an_estimate_until_it_is_over_and_drops_out_when_cancelled(
    place: Place, call: Answered
) -> None:
    soon = (place.house.clock() + timedelta(days=1)).isoformat()
    trip = str(place.plan(place.north, a_flight(departs_at=soon))["id"])
    call("POST", f"/api/v1/enterprise/trips/{trip}/book", status=200)
    place.house_at_rest()
    tenant = place.north.id
    address = f"/api/v1/enterprise/tenants/{tenant}/carbon"
    asked = f"start={soon[:4]}-01-01&end={int(soon[:4]) + 1}-12-31&trip_id={trip}"
    lines = call("GET", f"{address}/lines?{asked}", status=200).json()["data"]
    figure = call("GET", f"/api/v1/enterprise/trips/{trip}").json()
    assert [line["location_g"] for line in lines] == [
        int(float(figure["segments"][0]["carbon"]["kg"]) * 1000)
    ]
    (line,) = lines
    assert (line["scope"], line["category"], line["mode"]) == (3, "business_travel", "flight")
    assert line["actual_position"] is None
    assert line["factor_publisher"] == "DESNZ"
    traced = call("GET", f"{address}/lines/{line['line_id']}", status=200).json()
    assert "trip.booked.v3" in [fact["topic"] for fact in traced["events"]]
    call("POST", "/api/v1/audit/seals", status=200)
    proof = call("GET", traced["proofs"][-1], status=200).json()
    assert proof["event"]["position"] == traced["events"][-1]["position"]
    exported = call("GET", f"{address}/trace?{asked}", status=200).text.splitlines()
    documents = [json.loads(document) for document in exported]
    assert [one["kind"] for one in documents] == ["carbon-trace", "line", "factor", "proof", "end"]
    assert documents[0]["location_g"] == documents[1]["location_g"] == line["location_g"]
    assert documents[3]["event"]["position"] == line["position"]
    key = bytes.fromhex(call("GET", "/api/v1/audit/keys").json()["data"][0]["public_key"])
    assert verify_proof(documents[3], [key]) == []
    call("POST", f"/api/v1/enterprise/trips/{trip}/cancel", {"reason": "Illness"}, status=200)
    place.house_at_rest()
    assert call("GET", f"{address}/lines?{asked}").json()["data"] == []
    lineage = call("GET", f"{address}/lines/{line['line_id']}").json()["lineage"]
    assert [one["entry"] for one in lineage] == ["fact", "reversal"]
    assert sum(one["location_g"] for one in lineage) == 0


def test_the_ledger_of_another_company_is_unknown(place: Place, call: Answered) -> None:
    elsewhere = f"/api/v1/enterprise/tenants/{place.south.id}/carbon"
    for address in ("", "/lines", "/feed", "/levers", f"/lines/{UUID(int=1)}"):
        assert call("GET", elsewhere + address).status_code == 404
    foreign = site(call, "STH-1")
    assert call("GET", f"{CARBON}/sites/{foreign}", of="south").status_code == 404
    body = {"site_id": foreign, "code": "M-X", "energy": "heat"}
    assert call("POST", f"{CARBON}/meters", body, of="south").json()["code"] == "unknown_site"
