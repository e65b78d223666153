"""Which codes name an airport?"""

from zoneinfo import ZoneInfo

import airportsdata
import pytest

from adapters.factors.airports import ShippedAirports

AIRPORTS = ShippedAirports()


class TestFind:
    def test_knows_place_country_and_clock(self) -> None:
        airport = AIRPORTS.find("CDG")
        assert airport is not None
        assert (airport.country, airport.time_zone) == ("FR", "Europe/Paris")
        assert (airport.latitude, airport.longitude) == (49.0128, 2.55)

    @pytest.mark.parametrize("code", ["PAR", "LON", "NYC", "XXX", "cdg", ""])
    def test_a_city_is_not_an_airport(self, code: str) -> None:
        assert AIRPORTS.find(code) is None

    def test_every_shipped_airport_can_stand_in_an_event(self) -> None:
        codes = list(airportsdata.load("IATA"))
        assert len(codes) == 7_884
        zones = {airport.time_zone for code in codes if (airport := AIRPORTS.find(code))}
        assert all(ZoneInfo(zone) for zone in zones)
