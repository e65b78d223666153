"""Do the published vectors, the identities and the fifteen rules hold, one by one?"""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from adapters.factors.airports import ShippedAirports
from adapters.factors.carbon_desk import countries_of
from adapters.factors.shipped import shipped_table
from application.esg.trip_carbon import (
    ReckonedElement,
    TripCarbon,
    TripCarbonRequest,
    reckon,
)
from domain.esg.carbon_method import AdoptedMethod
from domain.kernel.emissions import EmissionPart, GhgCategory
from domain.kernel.instants import Day

TABLE = shipped_table()
TODAY = TypeAdapter(Day).validate_python("2026-11-21")
CHECKED = 0


def journey(
    *elements: dict[str, Any], method: str = "desnz", hotel: str = "refuse", **fields: Any
) -> TripCarbon:
    """The journey, as the door would have it reckoned."""
    request = TripCarbonRequest.model_validate({"elements": elements, **fields})
    adopted = AdoptedMethod.model_validate({"method": method, "unknown_hotel_country": hotel})
    return reckon(
        request,
        adopted=adopted,
        table=TABLE,
        airports=ShippedAirports(),
        countries=countries_of(TABLE),
        on=TODAY,
    )


def one(element: dict[str, Any], **fields: Any) -> ReckonedElement:
    """A journey of one element."""
    (only,) = journey(element, **fields).elements
    return only


def flight(origin: str, destination: str, cabin: str | None = "economy", **fields: Any) -> dict[str, Any]:
    return {"mode": "flight", "origin": origin, "destination": destination, "cabin": cabin, **fields}


def car(vehicle: str, **fields: Any) -> dict[str, Any]:
    return {"mode": "car", "vehicle": vehicle, "distance_km": 100, **fields}


def parts(found: ReckonedElement) -> list[tuple[int, GhgCategory, EmissionPart, str]]:
    return [(line.scope, line.category, line.part, str(line.kg)) for line in found.figure.lines]


class TestGoldenVectors:
    @pytest.mark.parametrize(
        ("origin", "destination", "km", "cabin", "kg"),
        [
            ("LHR", "EDI", "533.531", None, "122.328"),
            ("LHR", "CDG", "347.168", "economy", "43.660"),
            ("LHR", "CDG", "347.168", "business", "65.486"),
            ("LHR", "JFK", "5539.629", "economy", "648.358"),
            ("LHR", "JFK", "5539.629", "business", "1880.150"),
            ("CDG", "JFK", "5833.635", "economy", "636.800"),
            ("CDG", "JFK", "5833.635", "business", "1846.696"),
            ("CDG", "FRA", "446.925", "economy", "48.786"),
            ("CDG", "SIN", "10724.613", "business", "3394.984"),
            ("CDG", "NCE", "694.520", "economy", "75.814"),
        ],
    )
    def test_agree_to_the_gram(
        self, origin: str, destination: str, km: str, cabin: str | None, kg: str
    ) -> None:
        found = one(flight(origin, destination, cabin))
        assert found.figure.distance_km is not None
        assert str(found.figure.distance_km.quantize(Decimal("0.001"))) == km
        assert str(found.figure.kg) == kg

    def test_agree_for_ademe_fuel_and_contrails(self) -> None:
        found = one(flight("CDG", "NCE"), method="ademe-france")
        assert str(found.figure.kg) == "155.711"
        (line,) = found.figure.lines
        assert line.factor.factor_id == "ademe:2025:flight-short-haul-under-1000km:fuel|contrails-only"

    def test_there_and_back_is_twice_and_a_stop_is_a_sum(self) -> None:
        there, back = journey(flight("LHR", "JFK"), flight("JFK", "LHR")).elements
        assert there.figure.kg == back.figure.kg == Decimal("648.358")
        via = journey(flight("LHR", "CDG"), flight("CDG", "JFK"))
        assert via.totals.kg == Decimal("43.660") + Decimal("636.800")
