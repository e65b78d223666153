"""Do the figures agree with the published vectors, and what happens where no factor is published?"""

from decimal import Decimal

import pytest

from adapters.factors.airports import ShippedAirports
from adapters.factors.desnz import DesnzFactors
from domain.kernel.emissions import CarbonFigure
from domain.kernel.geography import Airport
from domain.kernel.haul import Haul, distance_between, haul_of
from domain.travel.carbon import figure_for_flight, figure_for_ground, figure_for_hotel
from domain.travel.itinerary import Cabin, GroundMode
from tests.kit.builders import a_flight, a_leg, a_stay

FACTORS = DesnzFactors()


def airport(code: str) -> Airport:
    found = ShippedAirports().find(code)
    assert found is not None
    return found


def flown(origin: str, destination: str, cabin: Cabin, number: str | None = None) -> CarbonFigure:
    flight = a_flight(
        origin=airport(origin), destination=airport(destination), cabin=cabin, flight_number=number
    )
    haul = haul_of(flight.origin, flight.destination)
    figure = figure_for_flight(
        flight,
        cabin_factor=FACTORS.for_flight(haul, cabin),
        average_factor=FACTORS.for_flight(haul, None),
    )
    assert figure is not None
    return figure


class TestGoldenVectors:
    @pytest.mark.parametrize(
        ("origin", "destination", "km", "haul", "cabin", "kg"),
        [
            ("LHR", "EDI", "533.531", Haul.DOMESTIC, Cabin.ECONOMY, "122.328"),
            ("LHR", "CDG", "347.168", Haul.SHORT, Cabin.ECONOMY, "43.660"),
            ("LHR", "CDG", "347.168", Haul.SHORT, Cabin.BUSINESS, "65.486"),
            ("LHR", "JFK", "5539.629", Haul.LONG, Cabin.ECONOMY, "648.358"),
            ("LHR", "JFK", "5539.629", Haul.LONG, Cabin.BUSINESS, "1880.150"),
            ("CDG", "JFK", "5833.635", Haul.NON_UK, Cabin.ECONOMY, "636.800"),
            ("CDG", "JFK", "5833.635", Haul.NON_UK, Cabin.BUSINESS, "1846.696"),
            ("CDG", "FRA", "446.925", Haul.NON_UK, Cabin.ECONOMY, "48.786"),
            ("CDG", "SIN", "10724.613", Haul.NON_UK, Cabin.BUSINESS, "3394.984"),
            ("CDG", "NCE", "694.520", Haul.NON_UK, Cabin.ECONOMY, "75.814"),
        ],
    )
    def test_agree(self, origin: str, destination: str, km: str, haul: Haul, cabin: Cabin, kg: str) -> None:
        figure = flown(origin, destination, cabin)
        assert haul_of(airport(origin), airport(destination)) is haul
        assert figure.distance_km is not None
        assert figure.distance_km.quantize(Decimal("0.001")) == Decimal(km)
        assert figure.kg == Decimal(kg)

    def test_the_figure_can_be_computed_again_from_what_it_says(self) -> None:
        figure = flown("CDG", "SIN", Cabin.BUSINESS)
        assert figure.distance_km is not None
        assert (figure.distance_km * figure.factor_value).quantize(Decimal("0.001")) == figure.kg

    def test_names_the_publishers_row(self) -> None:
        figure = flown("LHR", "JFK", Cabin.ECONOMY)
        assert (figure.factor_id, figure.year, figure.method) == ("21_316_3170_11_1", 2025, "desnz")
        assert "DESNZ" in figure.source

    def test_there_and_back_is_twice(self) -> None:
        assert flown("LHR", "JFK", Cabin.FIRST).kg == flown("JFK", "LHR", Cabin.FIRST).kg


class TestGrade:
    def test_is_better_when_the_flight_number_is_known(self) -> None:
        assert flown("LHR", "JFK", Cabin.ECONOMY, "BA117").grade == 1
        assert flown("LHR", "JFK", Cabin.ECONOMY).grade == 2

    @pytest.mark.parametrize(
        ("origin", "destination", "cabin"),
        [("LHR", "EDI", Cabin.BUSINESS), ("LHR", "CDG", Cabin.PREMIUM_ECONOMY), ("LHR", "CDG", Cabin.FIRST)],
    )
    def test_is_worse_when_the_cabin_has_no_factor_of_its_own(
        self, origin: str, destination: str, cabin: Cabin
    ) -> None:
        figure = flown(origin, destination, cabin, "BA1")
        assert figure.grade == 3
        assert figure.factor_id in {"21_316_3160_11_1", "21_316_3162_11_1"}


class TestHaul:
    def test_changes_at_3700_km(self) -> None:
        short, long = (
            airport("LHR").model_copy(update={"country": "XX", "latitude": 0.0, "longitude": longitude})
            for longitude in (33.27, 33.28)
        )
        origin = airport("LHR").model_copy(update={"latitude": 0.0, "longitude": 0.0})
        assert distance_between(origin, short) < 3_700 < distance_between(origin, long)
        assert (haul_of(origin, short), haul_of(origin, long)) == (Haul.SHORT, Haul.LONG)


class TestHotel:
    def test_counts_nights(self) -> None:
        figure = figure_for_hotel(a_stay(country="FR"), factor=FACTORS.for_hotel("FR"))
        assert figure is not None
        assert (figure.kg, figure.nights, figure.factor_unit) == (Decimal("20.100"), 3, "room-night")

    @pytest.mark.parametrize("country", ["PL", "AT", "GR", "XX"])
    def test_invents_nothing_where_nothing_is_published(self, country: str) -> None:
        assert figure_for_hotel(a_stay(country=country), factor=FACTORS.for_hotel(country)) is None


class TestGround:
    @pytest.mark.parametrize("mode", list(GroundMode))
    def test_every_mode_has_a_factor(self, mode: GroundMode) -> None:
        assert figure_for_ground(a_leg(mode=mode), factor=FACTORS.for_ground(mode)) is not None

    def test_multiplies_kilometres(self) -> None:
        leg = a_leg(mode=GroundMode.RAIL, distance_km=Decimal(100))
        figure = figure_for_ground(leg, factor=FACTORS.for_ground(leg.mode))
        assert figure is not None
        assert (figure.kg, figure.grade) == (Decimal("3.546"), 3)
