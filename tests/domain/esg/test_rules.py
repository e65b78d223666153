"""Do the published vectors and the fifteen rules of the calculator hold, one by one?"""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from adapters.factors.airports import ShippedAirports
from adapters.factors.shipped import shipped_table
from application.esg.trip_carbon import (
    FactorYearUnpublished,
    ReckonedElement,
    TripCarbon,
    TripCarbonRequest,
    UnknownCountry,
    reckon,
)
from domain.esg.calculation import CommutingIsNotTravel
from domain.esg.carbon_method import AdoptedMethod
from domain.esg.figure import Caveat, FactorMissing
from domain.esg.flying import icao_km
from domain.esg.riding import EUROPEAN, HOTEL_COUNTRIES, HotelCountryUnpublished
from domain.kernel.emissions import CarbonMethod, EmissionPart, GhgCategory, MarketBasis
from domain.kernel.geography import SameAirport, UnknownAirport
from domain.kernel.haul import Haul, haul_between
from domain.kernel.instants import Day

TABLE = shipped_table()
TODAY = TypeAdapter(Day).validate_python("2026-11-21")


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


class TestRule1Scopes:
    def test_others_vehicles_are_category_6(self) -> None:
        for vehicle in ("rental", "own"):
            assert parts(one(car(vehicle, fuel="petrol"))) == [
                (3, GhgCategory.BUSINESS_TRAVEL, EmissionPart.DIRECT, "16.272")
            ]

    def test_the_companys_own_burn_in_scope_1_with_their_upstream_in_category_3(self) -> None:
        assert parts(one(car("company", fuel="petrol"))) == [
            (1, GhgCategory.MOBILE_COMBUSTION, EmissionPart.DIRECT, "16.272"),
            (3, GhgCategory.FUEL_AND_ENERGY, EmissionPart.UPSTREAM, "4.599"),
        ]

    def test_a_company_battery_car_splits_into_three(self) -> None:
        found = one(car("company", fuel="bev", country="GB"))
        assert parts(found) == [
            (1, GhgCategory.MOBILE_COMBUSTION, EmissionPart.DIRECT, "0.000"),
            (2, GhgCategory.PURCHASED_ELECTRICITY, EmissionPart.ELECTRICITY, "3.663"),
            (3, GhgCategory.FUEL_AND_ENERGY, EmissionPart.GRID_LOSSES, "0.384"),
            (3, GhgCategory.FUEL_AND_ENERGY, EmissionPart.UPSTREAM, "1.049"),
        ]
        # 0.04047 for a company car would count the losses twice.
        assert found.totals.scope_2_location_kg + Decimal("0.384") == Decimal("4.047")

    def test_commuting_is_refused(self) -> None:
        with pytest.raises(CommutingIsNotTravel) as refused:
            journey(car("own"), {"mode": "commuting", "distance_km": 12})
        assert refused.value.facts["pointer"] == "/elements/1"

    def test_hotels_are_counted_apart_and_may_be_left_out(self) -> None:
        stay = {"mode": "hotel", "country": "FR", "nights": 3}
        assert parts(one(stay)) == [(3, GhgCategory.BUSINESS_TRAVEL, EmissionPart.DIRECT, "20.100")]
        assert parts(one(stay, hotels=False)) == []
        assert Caveat.LEFT_OUT in one(stay, hotels=False).figure.caveats

    def test_upstream_is_a_switch_in_category_6_and_a_line_of_its_own(self) -> None:
        with_it = one(flight("CDG", "JFK"), wtt=True)
        assert parts(with_it)[1] == (3, GhgCategory.BUSINESS_TRAVEL, EmissionPart.UPSTREAM, "96.605")
        assert with_it.totals.upstream_kg == Decimal("96.605")
        without = one(flight("CDG", "JFK"))
        assert with_it.figure.kg == without.figure.well_to_wheel_kg == Decimal("733.405")


class TestScopeLeak:
    """L36: a car that changes hands moves its kilograms, and the total changes by the documented boundary."""

    @pytest.mark.parametrize("fuel", ["petrol", "diesel", "hybrid", "unknown", "bev", "phev"])
    @pytest.mark.parametrize("size", ["small", "medium", "large", "average"])
    @pytest.mark.parametrize("wtt", [False, True])
    def test_from_rental_to_company(self, fuel: str, size: str, wtt: bool) -> None:
        fields = {"fuel": fuel, "size": size, "country": "GB"}
        rental = one(car("rental", **fields), wtt=wtt).totals
        owned = one(car("company", **fields), wtt=wtt).totals
        assert (rental.scope_1_kg, rental.scope_2_location_kg, rental.scope_3_kg) == (0, 0, rental.kg)
        moved = owned.scope_1_kg + owned.scope_2_location_kg
        losses = owned.scope_3_kg - owned.upstream_kg
        # The boundary: what lies upstream is always counted for an own car, and by the switch for another's.
        boundary = owned.upstream_kg - rental.upstream_kg
        assert boundary == (0 if wtt else owned.upstream_kg)
        # Published rows are rounded to five places each: at most two grams per 100 km.
        assert abs(moved + losses - (rental.kg - rental.upstream_kg)) <= Decimal("0.002")
        assert abs(owned.kg - rental.kg - boundary) <= Decimal("0.002")


class TestRule2Haul:
    def test_goes_by_uk_ends_and_3700_km(self) -> None:
        assert haul_between(2, Decimal(500)) is Haul.DOMESTIC
        assert haul_between(1, Decimal(3_700)) is Haul.SHORT
        assert haul_between(1, Decimal("3700.000001")) is Haul.LONG
        assert haul_between(0, Decimal(9_000)) is Haul.NON_UK

    def test_is_assumed_for_a_bare_distance_and_said_so(self) -> None:
        bare = one({"mode": "flight", "distance_km": 1000, "cabin": "economy"})
        assert (str(bare.figure.kg), Caveat.HAUL_ASSUMED in bare.figure.caveats) == ("109.160", True)
        told = one({"mode": "flight", "distance_km": 1000, "cabin": "economy", "haul": "short_haul"})
        assert (str(told.figure.kg), Caveat.HAUL_ASSUMED in told.figure.caveats) == ("125.760", False)


class TestRule3Distance:
    def test_only_icao_adds_kilometres(self) -> None:
        found = [icao_km(Decimal(km)) - km for km in (549, 550, 5500, 5501)]
        assert found == [50, 100, 100, 125]
        for method in CarbonMethod:
            assert one(flight("CDG", "JFK"), method=method).figure.distance_km == Decimal("5833.635236")


class TestRule5Cabin:
    @pytest.mark.parametrize(
        ("origin", "destination", "cabin", "row"),
        [
            ("LHR", "EDI", "business", "21_316_3160_11_1"),
            ("LHR", "CDG", "premium_economy", "21_316_3162_11_1"),
            ("LHR", "CDG", "first", "21_316_3162_11_1"),
        ],
    )
    def test_without_a_row_is_the_average_at_a_lower_grade(
        self, origin: str, destination: str, cabin: str, row: str
    ) -> None:
        known = {"flight_number": "BA1", "departs_on": "2026-05-02"}
        (line,) = one(flight(origin, destination, cabin, **known)).figure.lines
        assert (line.factor.factor_id, line.grade) == (row, 3)
        (line,) = one(flight(origin, destination, "economy", **known)).figure.lines
        assert line.grade == (3 if origin + destination == "LHREDI" else 1)


class TestRule6Cars:
    def test_occupants_share_a_vehicle(self) -> None:
        assert one(car("rental", fuel="diesel", occupants=2)).figure.kg == Decimal("8.652")
        assert one(car("company", fuel="diesel", occupants=4)).totals.scope_1_kg == Decimal("4.326")

    def test_a_taxi_is_per_passenger_unless_one_pays_for_the_cab(self) -> None:
        taxi = {"mode": "taxi", "distance_km": 20}
        assert str(one(taxi).figure.kg) == "2.972"
        assert str(one({**taxi, "per": "vehicle"}).figure.kg) == "4.161"

    def test_passengers_are_never_divided_again(self) -> None:
        with pytest.raises(ValidationError):
            journey({"mode": "bus", "distance_km": 20, "occupants": 2})


class TestRule7ElectricCars:
    @pytest.mark.parametrize(
        ("size", "kwh"),
        [("small", "18.852"), ("medium", "19.814"), ("large", "21.449"), ("average", "20.656")],
    )
    def test_abroad_take_the_countrys_grid(self, size: str, kwh: str) -> None:
        (line,) = one(car("company", fuel="bev", size=size, country="FR")).figure.lines
        assert (line.quantity, line.factor.value) == (Decimal(kwh), Decimal("0.0415"))
        assert line.scope == 2
        (rented,) = one(car("rental", fuel="bev", size=size, country="FR")).figure.lines
        assert (rented.scope, rented.kg) == (3, line.kg)

    def test_a_plug_in_burns_besides(self) -> None:
        assert parts(one(car("company", fuel="phev", country="FR"))) == [
            (1, GhgCategory.MOBILE_COMBUSTION, EmissionPart.DIRECT, "9.167"),
            (2, GhgCategory.PURCHASED_ELECTRICITY, EmissionPart.ELECTRICITY, "0.272"),
        ]

    def test_may_say_what_they_charged(self) -> None:
        charged = {"mode": "car", "vehicle": "company", "fuel": "bev", "kwh": 30}
        assert str(one({**charged, "country": "DE"}).totals.scope_2_location_kg) == "9.900"
        british = one({**charged, "country": "GB"})
        assert [str(line.kg) for line in british.figure.lines] == ["5.310", "0.556", "1.377", "0.119"]

    def test_without_a_known_grid_are_refused(self) -> None:
        with pytest.raises(FactorMissing):
            journey(car("own", fuel="bev", country="LI"))


class TestRule8Market:
    CONTRACT = {"basis": "guarantee_of_origin", "supplier": "Volt Example", "reference": "GO-7", "year": 2026}

    def test_a_green_contract_leaves_the_location_figure_alone(self) -> None:
        plain = one(car("company", fuel="bev", country="DE")).totals
        contract = {**self.CONTRACT, "kg_co2e_per_kwh": 0}
        green = one(car("company", fuel="bev", country="DE", contract=contract)).totals
        assert green.scope_2_location_kg == plain.scope_2_location_kg == plain.scope_2_market_kg
        assert (green.scope_2_market_kg, green.kg, green.kg_market_based) == (0, plain.kg, 0)

    def test_without_one_the_fallback_is_visible(self) -> None:
        found = one(car("company", fuel="bev", country="DE")).figure
        assert found.lines[0].market is not None
        assert found.lines[0].market.basis is MarketBasis.LOCATION
        assert Caveat.LOCATION_FALLBACK in found.caveats

    def test_in_britain_the_contract_weighs_kilowatt_hours_where_the_grid_weighs_kilometres(self) -> None:
        contract = {**self.CONTRACT, "basis": "supplier", "kg_co2e_per_kwh": 0.1}
        line = one(car("company", fuel="bev", country="GB", contract=contract)).figure.lines[1]
        assert line.market is not None
        assert (str(line.kg), str(line.market.kg)) == ("3.663", "2.066")


class TestRule9Hotels:
    @pytest.mark.parametrize("country", ["AT", "FI", "GR", "IE", "PL"])
    def test_nobody_publishes_are_refused_or_the_mean_as_the_company_chose(self, country: str) -> None:
        stay = {"mode": "hotel", "country": country, "nights": 2}
        with pytest.raises(HotelCountryUnpublished):
            journey(stay)
        (line,) = one(stay, hotel="european_mean").figure.lines
        mean = sum(
            row.factor.value
            for row in TABLE.rows
            if row.factor.year == 2025 and row.factor.variant in {HOTEL_COUNTRIES[code] for code in EUROPEAN}
        ) / len(EUROPEAN)
        assert line.factor.value == round(mean, 4)
        assert (line.grade, line.factor.factor_id) == (3, "desnz:2025:hotel-night:european-mean")

    def test_london_is_dearer_than_its_country(self) -> None:
        night = {"mode": "hotel", "country": "GB", "nights": 1}
        assert [str(one({**night, "city": city}).figure.kg) for city in ("London", "Leeds")] == [
            "11.500",
            "10.400",
        ]


class TestRule10Years:
    def test_a_figure_keeps_the_year_it_used(self) -> None:
        used = [
            one({"mode": "rail", "distance_km": 100, "factor_year": year}).figure.lines[0]
            for year in (2025, 2026)
        ]
        assert [(line.factor.year, str(line.kg)) for line in used] == [(2025, "3.546"), (2026, "3.092")]

    def test_a_publication_without_the_row_gives_way_to_its_neighbour_and_says_so(self) -> None:
        found = one({"mode": "ferry", "distance_km": 100}, factor_year=2026)
        assert found.figure.lines[0].factor.year == 2025
        assert Caveat.OTHER_YEAR in found.figure.caveats

    def test_the_year_of_no_publication_is_refused(self) -> None:
        with pytest.raises(FactorYearUnpublished) as refused:
            journey(car("own"), car("own", factor_year=2031))
        assert refused.value.facts["pointer"] == "/elements/1/factor_year"


class TestRule11Grids:
    def test_the_official_factor_comes_before_embers(self) -> None:
        british = TABLE.grid("GB", 2025)
        assert british is not None
        assert (british.publisher, british.value) == ("DESNZ", Decimal("0.177"))
        french = TABLE.grid("FR", 2025)
        assert french is not None
        assert (french.publisher, french.value) == ("Ember", Decimal("0.0415"))

    def test_of_two_releases_about_one_year_the_later_counts(self) -> None:
        emirates = TABLE.grid("AE", 2024)
        assert emirates is not None
        assert (emirates.factor_id, emirates.value) == (
            "ember-2026-08:2024:grid-electricity:ae",
            Decimal("0.4675"),
        )

    def test_a_suspect_grid_is_said_to_be_one(self) -> None:
        assert Caveat.SUSPECT_FACTOR in one(car("own", fuel="bev", country="TM")).figure.caveats


class TestRules14And15Methods:
    def test_tim_burns_fuel_from_the_well(self) -> None:
        known = flight("CDG", "JFK", fuel_kg=200, flight_number="AF6", departs_on="2026-05-02")
        found = one(known, method="tim", wtt=True)
        assert [(str(line.kg), line.grade) for line in found.figure.lines] == [("637.880", 1), ("129.300", 1)]
        assert found.figure.well_to_wheel_kg == Decimal("767.180")
        assert Decimal(200) * Decimal("3.8359") == Decimal("767.18")

    def test_icao_burns_co2_alone(self) -> None:
        found = one(flight("CDG", "JFK", fuel_kg=200), method="icao", wtt=True)
        assert [str(line.kg) for line in found.figure.lines] == ["632.000"]
        assert found.figure.well_to_wheel_kg is None

    def test_fuel_nobody_told_is_estimated_at_a_lower_grade(self) -> None:
        for method in ("tim", "icao"):
            found = one(flight("LHR", "JFK"), method=method)
            (line,) = found.figure.lines
            assert Caveat.FUEL_ESTIMATED in found.figure.caveats
            assert (line.factor.unit, line.grade) == ("kg fuel", 3)
        # (5539.629 + 125) / 1.08 km x (0.11704 - 0.06926) / 0.7 / 3.16 kg of fuel per km.
        assert str(line.quantity) == "113.294"
        assert str(line.kg) == "358.009"

    def test_ademe_speaks_of_short_flights_off_britain_and_french_rail(self) -> None:
        def publisher(element: dict[str, Any]) -> str:
            return one(element, method="ademe-france").figure.lines[0].factor.publisher

        assert publisher(flight("CDG", "NCE")) == publisher(flight("CDG", "FRA")) == "ADEME"
        assert publisher(flight("LHR", "CDG")) == publisher(flight("CDG", "JFK")) == "DESNZ"
        train = {"mode": "rail", "distance_km": 427}
        assert publisher({**train, "country": "FR"}) == "ADEME"
        assert (
            publisher({**train, "country": "DE"})
            == publisher({**train, "service": "international", "country": "FR"})
            == "DESNZ"
        )
        assert (
            str(one({**train, "country": "FR", "service": "high_speed"}, method="ademe-france").figure.kg)
            == "0.982"
        )

    @pytest.mark.parametrize("method", list(CarbonMethod))
    def test_every_line_names_the_method(self, method: CarbonMethod) -> None:
        found = journey(
            flight("CDG", "NCE"), car("own"), {"mode": "hotel", "country": "FR", "nights": 1}, method=method
        )
        assert {line.method for each in found.elements for line in each.figure.lines} == {method}

    def test_every_line_can_be_reckoned_again(self) -> None:
        found = journey(
            flight("CDG", "SIN", "first"), car("company", fuel="phev", country="FR", occupants=3),
            {"mode": "taxi", "distance_km": 12.3}, wtt=True,
        )  # fmt: skip
        for each in found.elements:
            for line in each.figure.lines:
                assert round(line.quantity * line.factor.value, 3) == line.kg
        assert found.totals.kg == sum(line.kg for each in found.elements for line in each.figure.lines)


class TestRefusals:
    @pytest.mark.parametrize(
        ("element", "refusal", "pointer"),
        [
            (flight("CDG", "PAR"), UnknownAirport, "/elements/1/destination"),
            (flight("XXX", "CDG"), UnknownAirport, "/elements/1/origin"),
            (flight("CDG", "CDG"), SameAirport, "/elements/1/destination"),
            ({"mode": "hotel", "country": "ZZ", "nights": 1}, UnknownCountry, "/elements/1/country"),
            (car("own", fuel="bev", country="QQ"), UnknownCountry, "/elements/1/country"),
            (car("own", fuel="cng", size="small"), FactorMissing, "/elements/1"),
        ],
    )
    def test_name_the_element(self, element: dict[str, Any], refusal: type[Exception], pointer: str) -> None:
        with pytest.raises(refusal) as refused:
            journey(car("own"), element)
        assert refused.value.facts["pointer"] == pointer  # type: ignore[attr-defined]
