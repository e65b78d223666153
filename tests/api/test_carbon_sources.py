"""Does everything a company enters, one by one or in a file, stand in the scope where it belongs?"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from projections.esg import ledger_queries
from tests.kit.house import Place, a_flight

CARBON = "/api/v1/enterprise/carbon"
Answered = Callable[..., Any]


@pytest.fixture
def call(place: Place) -> Answered:
    def answered(method: str, path: str, body: Any = None, *, status: int | None = None) -> Any:
        answer = place.client.request(method, path, json=body, headers=place.north.owner.headers)
        assert status is None or answer.status_code == status, answer.text
        return answer.json()

    return answered


def entered(call: Answered, details: dict[str, Any]) -> dict[tuple[int, str, str], int]:
    """Grams by scope, category and part of an activity just entered."""
    made = call("POST", f"{CARBON}/activities", {"details": details}, status=201)
    return {
        (one["line"]["scope"], one["line"]["category"], one["line"]["part"]): int(
            Decimal(one["line"]["kg"]) * 1000
        )
        for one in made["lines"]
    }


def site(call: Answered, code: str, country: str) -> str:
    body = {"code": code, "name": code, "country": country}
    return str(call("POST", f"{CARBON}/sites", body, status=201)["id"])


def vehicle(call: Answered, site_id: str, code: str, drive: str, body: str = "car_average") -> str:
    facts = {"code": code, "site_id": site_id, "body": body, "drive": drive}
    return str(call("POST", f"{CARBON}/vehicles", facts, status=201)["id"])


def use(vehicle_id: str, **how_much: str) -> dict[str, Any]:
    days = {"start": "2025-06-01", "end": "2025-07-01"}
    return {"kind": "vehicle_use", "vehicle_id": vehicle_id, **days, **how_much}


def test_a_company_car_burns_in_scope_1_and_its_fuel_comes_from_somewhere(call: Answered) -> None:
    paris = site(call, "CAR-FR", "FR")
    diesel = vehicle(call, paris, "D-1", "diesel")
    assert entered(call, use(diesel, km="1000")) == {
        (1, "mobile_combustion", "direct"): 173_040,
        (3, "fuel_and_energy", "upstream"): 41_460,
    }
    petrol = vehicle(call, paris, "P-1", "petrol")
    assert entered(call, use(petrol, litres="100")) == {
        (1, "mobile_combustion", "direct"): 206_916,
        (3, "fuel_and_energy", "upstream"): 58_094,
    }


def test_an_electric_car_charges_in_scope_2_by_the_grid_it_charges_on(call: Answered) -> None:
    british = vehicle(call, site(call, "EV-GB", "GB"), "E-GB", "bev")
    assert entered(call, use(british, km="1000")) == {
        (2, "purchased_electricity", "electricity"): 36_630,
        (3, "fuel_and_energy", "grid_losses"): 3_840,
        (3, "fuel_and_energy", "upstream"): 10_490,
    }
    french = vehicle(call, site(call, "EV-FR", "FR"), "E-FR", "bev")
    figures = entered(call, use(french, km="1000"))
    assert set(figures) == {(2, "purchased_electricity", "electricity")}, "Ember's grids hold the upstream"
    assert 206.56 * 40 < figures[2, "purchased_electricity", "electricity"] < 206.56 * 43
    days = {"start": "2025-07-01", "end": "2025-08-01"}
    at_home = {"kind": "vehicle_use", "vehicle_id": french, **days, "kwh": "80", "is_on_site_bill": True}
    assert entered(call, at_home) == {}, "the bill of the site has it already"
    again = {"details": use(french, kwh="10")}
    refused = call("POST", f"{CARBON}/activities", again, status=409)
    assert refused["code"] == "vehicle_uses_overlap"


def test_leaks_fuel_commuting_and_purchases_have_their_place(call: Answered) -> None:
    london = site(call, "ALL-GB", "GB")
    leak = {"kind": "refrigerant", "site_id": london, "day": "2025-05-02", "gas": "R-410A", "kg": "1.5"}
    assert entered(call, leak) == {(1, "fugitive_emissions", "direct"): 3_383_250}
    unknown = call("POST", f"{CARBON}/activities", {"details": leak | {"gas": "R-999"}}, status=409)
    assert unknown["code"] == "unknown_refrigerant"
    days = {"start": "2025-05-01", "end": "2025-06-01"}
    fuel = {"kind": "fuel", "site_id": london, "fuel": "diesel", "quantity": "200", **days}
    assert entered(call, fuel) == {
        (1, "stationary_combustion", "direct"): 514_164,
        (3, "fuel_and_energy", "upstream"): 122_202,
    }
    meter = call(
        "POST", f"{CARBON}/meters", {"site_id": london, "code": "HEAT-1", "energy": "heat"}, status=201
    )["id"]
    heat = {"kind": "energy_bill", "meter_id": meter, "kwh": "1000", **days}
    assert entered(call, heat) == {(2, "purchased_heat", "direct"): 175_290}
    commuting = {
        "kind": "commuting",
        "site_id": london,
        "mode": "rail",
        "people": 10,
        "working_days": 20,
        "km_per_day": "30",
        **days,
    }
    assert entered(call, commuting) == {(3, "employee_commuting", "estimate"): 212_760}
    factor = {
        "reference": "consulting-2024",
        "kg_per_unit": "0.11",
        "publisher": "Example Institute",
        "source": "Monetary ratios 2024",
        "year": 2024,
    }
    bought = {
        "kind": "purchase",
        "what": "Consulting",
        "spend_eur_cents": 1_000_000,
        "factor": factor,
        **days,
    }
    assert entered(call, bought) == {(3, "purchased_goods_and_services", "estimate"): 1_100_000}
    travel = call(
        "POST", f"{CARBON}/activities", {"details": bought | {"category": "business_travel"}}, status=422
    )
    assert travel["errors"][0]["pointer"].startswith("/details")


def test_a_file_is_entered_line_by_line(place: Place, call: Answered) -> None:
    madrid = site(call, "MAD", "ES")
    call(
        "POST", f"{CARBON}/meters", {"site_id": madrid, "code": "M-MAD", "energy": "electricity"}, status=201
    )
    vehicle(call, madrid, "V-MAD", "petrol")
    head = "external_id,kind,start,end,day,meter,vehicle,site,kwh,km,gas,kg,department"
    lines = [
        "B-1,energy_bill,2025-01-01,2025-02-01,,M-MAD,,,1000,,,,",
        'B-2,energy_bill,"2025-02-01',
        "B-3,energy_bill,2025-01-15,2025-02-15,,M-MAD,,,500,,,,",
        "B-4,energy_bill,2025-03-01,2025-04-01,,M-MAD,,,-500,,,,",
        "B-5,energy_bill,2025-03-01,2025-04-01,,NOBODY,,,500,,,,",
        'B-6,energy_bill,2025-03-01,2025-04-01,,M-MAD,,,"500,5",,,,',
        "U-1,vehicle_use,2025-01-01,2025-02-01,,,V-MAD,,,900.5,,,",
        "R-1,refrigerant,,,2025-01-09,,,MAD,,,R-134a,0.4,",
        "R-1,refrigerant,,,2025-01-10,,,MAD,,,R-134a,0.4,",
        "=1+1,refrigerant,,,2025-01-10,,,MAD,,,R-134a,0.4,",
        "X-1,teleport,,,2025-01-10,,,MAD,,,,,",
        "R-2,refrigerant,,,2025-01-10,,,MAD,,,R-134a,0.4,NOWHERE",
    ]
    # The unclosed quote swallows no more than its own line is told apart by.
    broken = lines.pop(1)

    def sent(rows: list[str]) -> Any:
        headers = place.north.owner.headers | {"Content-Type": "text/csv"}
        body = "\r\n".join([head, *rows]) + "\r\n"
        return place.client.post(f"{CARBON}/imports", content=body, headers=headers)

    told = sent(lines).json()
    assert [(one["outcome"], one["code"], one["column"]) for one in told["lines"]] == [
        ("created", None, None),
        ("rejected", "bills_overlap", "start"),
        ("rejected", "invalid", "kwh"),
        ("rejected", "unknown_meter", "meter"),
        ("rejected", "decimal_comma", "kwh"),
        ("created", None, None),
        ("created", None, None),
        ("rejected", "external_id_repeated", "external_id"),
        ("rejected", "formula", "external_id"),
        ("rejected", "invalid", "kind"),
        ("rejected", "unknown_unit", "department"),
    ]
    again = sent([lines[0], "too,few", lines[5]]).json()
    assert [one["outcome"] for one in again["lines"]] == ["duplicate", "rejected", "duplicate"]
    assert again["lines"][1]["code"] == "wrong_number_of_cells"
    unread = sent([broken]).json()
    assert unread["lines"][0]["code"] == "broken_line"
    large = place.client.post(
        f"{CARBON}/imports",
        content=(b"x" * 1_048_576 for _ in range(100)),
        headers=place.north.owner.headers | {"Content-Type": "text/csv"},
    )
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


def test_restating_a_period_leaves_what_was_known(place: Place, call: Answered) -> None:
    soon = f"{place.house.clock().date().year + 1}-03-02T08:00:00Z"
    trip = str(place.plan(place.north, a_flight(departs_at=soon))["id"])
    call("POST", f"/api/v1/enterprise/trips/{trip}/book", status=200)
    place.house_at_rest()
    year = int(soon[:4])
    address = f"/api/v1/enterprise/tenants/{place.north.id}/carbon"
    asked = f"?start={year}-01-01&end={year + 1}-01-01&group_by=trip_id"
    before = call("GET", address + asked, status=200)
    body = {"start": f"{year}-01-01", "end": f"{year + 1}-01-01", "factor_year": 2024, "reason": "Base year"}
    begun = call("POST", f"{CARBON}/restatements", body, status=202)
    place.house_at_rest()
    assert place.house.jobs.outbox.dispatch(place.north.id) > 0
    done = call("GET", f"{CARBON}/restatements/{begun['id']}", status=200)
    assert (done["status"], done["restated"], done["refused"]) == ("completed", 1, {})
    place.house_at_rest()
    after = call("GET", address + asked, status=200)
    assert after["scope_3_g"] > before["scope_3_g"], "the flights of 2024 were counted much higher"
    assert call("GET", f"{address}{asked}&position={before['position']}", status=200) == before
    with place.house.reading(place.north.id) as sql:
        at = ledger_queries.ledger_position(sql)
        lines = ledger_queries.standing_lines(
            sql, start=date(year, 1, 1), end=date(year + 1, 1, 1), at=at
        ).rows
    assert [(line.factor_year, line.replaces is not None) for line in lines] == [(2024, True)]
    budgets = place.house.amounts(place.north.id).taken([("carbon-year", str(year))])
    assert budgets["carbon-year", str(year)] == after["scope_3_g"], "budgets follow the ledger"
    assert list(place.house.jobs.projections.check(place.north.id)) == [], "the read models equal a replay"
    unknown = call("POST", f"{CARBON}/restatements", body | {"factor_year": 1999}, status=409)
    assert unknown["code"] == "factor_year_unknown"
