"""What does the carbon door answer, what does it refuse by name, and what do trips keep of it?"""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from domain.esg.factor_set import FactorSet
from domain.kernel.emissions import EmissionFactor, GhgScope
from domain.kernel.factor_table import PublishedFactor
from domain.travel.trip import Trip
from tests.kit.house import Place

DOOR, ENTERPRISE = "/api/v2/trips/carbon", "/api/v1/enterprise"
TAXI: dict[str, Any] = {"mode": "taxi", "distance_km": 30}
GOLDEN_TRIP: list[dict[str, Any]] = [
    {"mode": "flight", "origin": "CDG", "destination": "JFK", "cabin": "economy"},
    {"mode": "hotel", "country": "US", "city": "New York", "nights": 3},
    TAXI,
    {"mode": "flight", "origin": "JFK", "destination": "CDG", "cabin": "business"},
    {"mode": "car", "vehicle": "company", "fuel": "petrol", "distance_km": 50},
]


def send(place: Place, *elements: dict[str, Any], **fields: Any) -> Any:
    """The door's answer to north's traveller."""
    body = {"elements": list(elements), **fields}
    return place.client.post(DOOR, json=body, headers=place.north.traveller.headers)


def ask(place: Place, *elements: dict[str, Any], **fields: Any) -> Any:
    answer = send(place, *elements, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def adopt(place: Place, method: str, effective_on: str, **fields: Any) -> Any:
    body = {"method": method, "effective_on": effective_on, **fields}
    answer = place.client.put(f"{ENTERPRISE}/carbon/method", json=body, headers=place.south.owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestTheGoldenTrip:
    def test_comes_to_the_gram(self, place: Place) -> None:
        found = ask(place, *GOLDEN_TRIP)
        assert (found["method"], found["factor_set"], found["factor_year"]) == ("desnz", 1, 2025)
        kg = [[line["kg"] for line in element["lines"]] for element in found["elements"]]
        assert kg == [["636.800"], ["48.300"], ["4.458"], ["1846.696"], ["8.136", "2.300"]]
        assert found["totals"] == {
            "kg": "2546.690",
            "kg_market_based": "2546.690",
            "scope_1_kg": "8.136",
            "scope_2_location_kg": "0.000",
            "scope_2_market_kg": "0.000",
            "scope_3_kg": "2538.554",
            "upstream_kg": "2.300",
        }
        assert found["hotels_kg"] == "48.300"

    def test_adds_up_from_its_lines(self, place: Place) -> None:
        found = ask(place, *GOLDEN_TRIP, wtt=True)
        lines = [line for element in found["elements"] for line in element["lines"]]
        for line in lines:
            product = Decimal(line["quantity"]) * Decimal(line["factor"]["value"])
            assert abs(product - Decimal(line["kg"])) <= Decimal("0.0005")
            assert line["method"] == "desnz"
            assert line["factor"]["publisher"] == "DESNZ"
            assert line["factor"]["factor_id"].count("_") == 4
            assert line["grade"] in (2, 3)
        assert Decimal(found["totals"]["kg"]) == sum(Decimal(line["kg"]) for line in lines)
        for name, total in found["totals"].items():
            assert Decimal(total) == sum(Decimal(element[name]) for element in found["elements"])

    def test_is_left_in_no_log(self, place: Place) -> None:
        before = place.heads()
        ask(place, *GOLDEN_TRIP)
        assert place.heads() == before

    def test_of_a_thousand_elements_is_one_call(self, place: Place) -> None:
        found = ask(place, *[{**TAXI, "reference": f"T{number}"} for number in range(1_000)])
        assert found["totals"]["kg"] == "4458.000"
        assert found["elements"][999]["reference"] == "T999"
        assert send(place, *[TAXI] * 1_001).status_code == 422


class TestBadInput:
    @pytest.mark.parametrize(
        ("element", "code", "pointer"),
        [
            (
                {"mode": "flight", "origin": "CDG", "destination": "QQQ"},
                "unknown_airport",
                "/elements/1/destination",
            ),
            (
                {"mode": "flight", "origin": "LON", "destination": "CDG"},
                "unknown_airport",
                "/elements/1/origin",
            ),
            (
                {"mode": "flight", "origin": "CDG", "destination": "CDG"},
                "same_airport",
                "/elements/1/destination",
            ),
            ({"mode": "hotel", "country": "ZZ", "nights": 1}, "unknown_country", "/elements/1/country"),
            ({"mode": "hotel", "country": "PL", "nights": 1}, "hotel_country_unpublished", "/elements/1"),
            ({"mode": "commuting", "distance_km": 12}, "commuting_is_not_travel", "/elements/1"),
            ({**TAXI, "factor_year": 2031}, "factor_year_unpublished", "/elements/1/factor_year"),
            ({**TAXI, "distance_km": -3}, "request_invalid", "/elements/1/distance_km"),
            ({**TAXI, "distance_km": "30"}, "request_invalid", "/elements/1/distance_km"),
            (
                {"mode": "car", "vehicle": "company", "fuel": "bev", "country": "FR", "kwh": "30"},
                "request_invalid",
                "/elements/1/kwh",
            ),
            ({"mode": "rocket", "distance_km": 3}, "request_invalid", "/elements/1/mode"),
            ({**TAXI, "colour": "yellow"}, "request_invalid", "/elements/1/colour"),
            ({"mode": "flight", "origin": "CDG"}, "request_invalid", "/elements/1"),
            ({"mode": "hotel", "country": "FR", "nights": 1.5}, "request_invalid", "/elements/1/nights"),
        ],
    )
    def test_is_named_and_writes_nothing(
        self, place: Place, element: dict[str, Any], code: str, pointer: str
    ) -> None:
        before = place.heads()
        refused = send(place, TAXI, element)
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (422, code), refused.text
        assert pointer in [error["pointer"] for error in problem["errors"]], problem["errors"]
        assert place.heads() == before

    def test_of_a_whole_journey_is_named_too(self, place: Place) -> None:
        refused = send(place, TAXI, factor_year=2031).json()
        assert (refused["code"], refused["errors"][0]["pointer"]) == (
            "factor_year_unpublished",
            "/factor_year",
        )
        assert send(place).status_code == 422

    def test_is_explained_in_french(self, place: Place) -> None:
        answer = place.client.post(
            DOOR,
            json={"elements": [{"mode": "commuting"}]},
            headers={**place.north.traveller.headers, "Accept-Language": "fr"},
        )
        assert answer.json()["title"] == "Domicile-travail"


class TestTheMethodOfACompany:
    """South chooses; north stays with the default."""

    def reckon(self, place: Place, on: str) -> Any:
        flight = {"mode": "flight", "origin": "CDG", "destination": "NCE", "cabin": "economy"}
        body = {"elements": [flight], "on": on}
        return place.client.post(DOOR, json=body, headers=place.south.owner.headers).json()

    def test_takes_effect_on_its_day_and_is_named(self, place: Place) -> None:
        adopt(place, "ademe-france", "2029-01-01")
        adopt(place, "tim", "2031-01-01")
        told = [self.reckon(place, on) for on in ("2028-12-31", "2029-01-01", "2030-12-31", "2031-01-01")]
        assert [one["method"] for one in told] == ["desnz", "ademe-france", "ademe-france", "tim"]
        assert [one["method_effective_on"] for one in told] == [
            None,
            "2029-01-01",
            "2029-01-01",
            "2031-01-01",
        ]
        assert [one["totals"]["kg"] for one in told[:2]] == ["75.814", "155.711"]

    def test_is_the_last_word_for_one_day_and_calm_when_repeated(self, place: Place) -> None:
        adopt(place, "icao", "2040-01-01")
        first = adopt(place, "tim", "2040-01-01")
        again = adopt(place, "tim", "2040-01-01")
        assert first["in_force"]["method"] == "tim"
        assert again["version"] == first["version"]
        shown = place.client.get(
            f"{ENTERPRISE}/carbon/method?on=2041-05-05", headers=place.south.owner.headers
        ).json()
        assert shown["in_force"]["method"] == "tim"
        assert [one["effective_on"] for one in shown["adopted"]].count("2040-01-01") == 1

    def test_is_the_default_of_whoever_adopted_none(self, place: Place) -> None:
        shown = place.client.get(f"{ENTERPRISE}/carbon/method", headers=place.north.owner.headers).json()
        assert (shown["version"], shown["adopted"], shown["in_force"]["method"]) == (0, [], "desnz")

    def test_is_for_heads_to_choose(self, place: Place) -> None:
        body = {"method": "tim", "effective_on": "2030-01-01"}
        refused = place.client.put(
            f"{ENTERPRISE}/carbon/method", json=body, headers=place.north.traveller.headers
        )
        assert refused.status_code == 403


class TestATrip:
    """A planned trip keeps its figure with the method's name, whatever is adopted or published later."""

    SEGMENTS: list[dict[str, Any]] = [
        {
            "kind": "flight", "origin": "CDG", "destination": "NCE", "cabin": "economy",
            "departs_at": "2050-05-02T08:00:00Z", "price": {"amount_minor": 9_000, "currency": "EUR"},
        },
        {
            "kind": "ground", "mode": "rail", "origin": "Nice", "destination": "Lyon", "distance_km": 470,
            "departs_at": "2050-05-03T08:00:00Z", "time_zone": "Europe/Paris",
            "price": {"amount_minor": 8_000, "currency": "EUR"},
        },
        {
            "kind": "hotel", "country": "PL", "city": "Gdansk", "name": "Inn", "check_in": "2050-05-03",
            "check_out": "2050-05-05", "time_zone": "Europe/Warsaw",
            "price": {"amount_minor": 8_000, "currency": "EUR"},
        },
    ]  # fmt: skip

    def planned(self, place: Place) -> list[tuple[str, str, str] | None]:
        trip_id = place.plan(place.south, *self.SEGMENTS)["id"]
        trip = place.house.streams(place.south.id).load(Trip, trip_id)
        return [
            (one.carbon.method, one.carbon.factor_id, str(one.carbon.kg)) if one.carbon else None
            for one in trip.segments
        ]

    def test_has_the_figure_of_its_companys_method(self, place: Place) -> None:
        before = self.planned(place) if not self.adopted(place, "2050-05-02") else None
        adopt(place, "ademe-france", "2049-01-01", unknown_hotel_country="european_mean")
        assert before is None or before[0] == ("desnz", "21_316_3180_11_1", "75.814")
        assert self.planned(place) == [
            ("ademe-france", "ademe:2025:flight-short-haul-under-1000km:fuel|contrails-only", "155.711"),
            ("ademe-france", "ademe:2025:rail-tgv:use", "1.081"),
            ("ademe-france", "desnz:2025:hotel-night:european-mean", "23.156"),
        ]
        adopt(place, "tim", "2049-06-01")
        assert [one[0] for one in self.planned(place) if one] == ["tim", "tim"]

    def adopted(self, place: Place, on: str) -> bool:
        shown = place.client.get(f"{ENTERPRISE}/carbon/method?on={on}", headers=place.south.owner.headers)
        return shown.json()["in_force"]["effective_on"] is not None


class TestFactors:
    def listed(self, place: Place, query: str) -> Any:
        answer = place.client.get(
            f"{ENTERPRISE}/carbon/factors?{query}", headers=place.north.traveller.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def test_are_found_by_words_publisher_and_year(self, place: Place) -> None:
        (found,) = self.listed(place, "search=taxi regular vehicle-km&year=2025&limit=1")["data"]
        assert (found["publisher"], found["verification"]) == ("DESNZ", "verified")
        french = self.listed(place, "publisher=Ember&search=FR&year=2025")["data"]
        assert "ember-2026-08:2025:grid-electricity:fr" in {one["factor_id"] for one in french}

    def test_are_paged_to_the_end(self, place: Place) -> None:
        seen, cursor = [], ""
        while True:
            page = self.listed(place, f"publisher=DESNZ&limit=100{cursor}")
            seen += [(one["publisher"], one["year"], one["factor_id"]) for one in page["data"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert len(seen) == len(set(seen)) == 335

    def test_of_an_unknown_set_are_not_found(self, place: Place) -> None:
        answer = place.client.get(
            f"{ENTERPRISE}/carbon/factors?factor_set=99", headers=place.north.owner.headers
        )
        assert answer.status_code == 404


class TestANewSet:
    """Last in this module: what it loads stays in force."""

    def test_supersedes_and_leaves_what_was_reckoned(self, place: Place) -> None:
        factors = place.house.carbon.factors
        before = ask(place, TAXI)
        plan = {**TestATrip.SEGMENTS[1], "mode": "taxi", "distance_km": 30}
        trip_id = place.plan(place.north, plan)["id"]
        old = factors.in_force()
        used = before["elements"][0]["lines"][0]["factor"]["factor_id"]
        (row,) = (one for one in old.rows if one.factor.year == 2025 and one.factor.factor_id == used)
        dearer = PublishedFactor(
            EmissionFactor.model_validate({**row.factor.model_dump(), "value": Decimal("0.2")}),
            GhgScope.VALUE_CHAIN, row.category, "verified", "Corrected", 0,
        )  # fmt: skip
        correction = FactorSet(f"Correction {uuid4().hex[:4]}", "0" * 64, 2025, (), (dearer,))
        assert factors.publish(correction, on_top_of=old.number - 1) is None
        number = factors.publish(correction, on_top_of=old.number)
        assert number == old.number + 1

        after = ask(place, TAXI)
        assert (after["factor_set"], after["totals"]["kg"]) == (number, "6.000")
        trip = place.house.streams(place.north.id).load(Trip, trip_id)
        assert trip.segments[0].carbon is not None
        assert str(trip.segments[0].carbon.kg) == before["totals"]["kg"] == "4.458"
        assert factors.as_of(old.number).rows == old.rows
        assert len(factors.in_force().rows) == len(old.rows)

        sets = place.client.get(f"{ENTERPRISE}/carbon/factor-sets", headers=place.north.owner.headers)
        assert [(one["number"], one["rows_superseded"]) for one in sets.json()["data"]][-1] == (number, 1)
