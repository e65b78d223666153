"""What could be saved: is every lever reckoned by the published rows, and no flight counted twice?"""

from decimal import Decimal

import pytest

from adapters.esg.cuts import _economy, _Hours, _rail
from adapters.factors.airports import ShippedAirports
from adapters.factors.shipped import shipped_table
from domain.esg.reduction_levers import Alternatives, Flown, LeverCount, rail_hours
from domain.kernel.factor_table import FactorKey

AIRPORTS = ShippedAirports()


def flown(route: str, km: str, variant: str) -> Flown:
    activity = "flight_international_non_uk"
    key = FactorKey("DESNZ", "cat6_business_travel_air", activity, variant, "passenger-km")
    factor = shipped_table().find(key, 2025)
    assert factor is not None
    g = int(Decimal(km) * factor.value * 1000)
    return Flown(route, activity, variant, factor.factor_id, factor.year, Decimal(km), g)


def counted(*flights: Flown) -> LeverCount:
    table = shipped_table()
    count = LeverCount(Alternatives(_rail(table, 2025), _economy(table), _Hours(AIRPORTS)))
    for each in flights:
        count.add(each)
    return count


def test_business_saves_by_economy_and_a_short_way_by_rail() -> None:
    """By hand: 446 km x 0.31656 = 141.185; economy 0.10916; national rail 0.03546."""
    count = counted(flown("CDG-FRA", "446", "business|with_rf"))
    assert [(one.kind, one.now_g, one.then_g) for one in count.levers()] == [
        ("rail_instead_of_flight", 141_185, 15_815),
        ("economy_instead_of_premium", 141_185, 48_685),
    ]
    assert abs(count.saved_at_most_g - (141_185 - 15_815)) <= 1, "one flight is changed once"


def test_two_cabins_of_one_route_are_two_flights() -> None:
    count = counted(flown("CDG-JFK", "5833", "business|with_rf"), flown("CDG-JFK", "5833", "first|with_rf"))
    found = list(count.levers())
    assert [one.kind for one in found] == ["economy_instead_of_premium"] * 2
    assert abs(count.saved_at_most_g - sum(one.saved_g for one in found)) <= 1


def test_economy_far_away_saves_nothing() -> None:
    assert list(counted(flown("CDG-JFK", "5833", "economy|with_rf")).levers()) == []
    assert list(counted(flown("CDG-XXX", "400", "economy|with_rf")).levers()) == [], "a place nobody knows"


@pytest.mark.parametrize(
    ("origin", "destination", "goes"),
    [("CDG", "LHR", True), ("CDG", "AJA", False), ("CDG", "DUB", False), ("LHR", "BFS", False)],
)
def test_rails_go_where_land_goes(origin: str, destination: str, goes: bool) -> None:
    one, other = AIRPORTS.find(origin), AIRPORTS.find(destination)
    assert one is not None
    assert other is not None
    assert (rail_hours(one, other) is not None) is goes
