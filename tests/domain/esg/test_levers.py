"""What could be saved: is every lever reckoned by the published rows, and no journey counted twice?"""

from decimal import Decimal

import pytest
from domain.esg.levers import Flown, Lever, Saving, levers_of, rail_hours, saved_at_most

from adapters.factors.airports import ShippedAirports
from adapters.factors.shipped import shipped_table
from domain.kernel.factor_table import FactorKey

AIRPORTS = ShippedAirports()


def row(haul: str, variant: str) -> FactorKey:
    return FactorKey("DESNZ", "cat6_business_travel_air", f"flight_{haul}", variant, "passenger-km")


def flown(route: str, km: str, variant: str, haul: str = "international_non_uk") -> Flown:
    factor = shipped_table().find(row(haul, variant), 2025)
    assert factor is not None
    grams = int(Decimal(km) * factor.value * 1000)
    return Flown(route=route, factor=factor, km=Decimal(km), grams=grams, segments=1)


def levers(*flights: Flown) -> list[Saving]:
    return levers_of(flights, shipped_table(), AIRPORTS.find)


def test_business_saves_by_economy_and_a_short_way_by_rail() -> None:
    """By hand: 446 km x 0.31656 = 141.185; economy 0.10916; 1.2 x the way by international rail 0.00446."""
    found = levers(flown("CDG-FRA", "446", "business|with_rf"))
    assert [(one.lever, one.saved_g) for one in found] == [
        (Lever.RAIL, 141_185 - 2_387),
        (Lever.ECONOMY, 141_185 - 48_685),
    ]
    assert saved_at_most(found) == 141_185 - 2_387, "one flight is changed once"


def test_a_french_way_goes_by_the_french_train() -> None:
    (one,) = levers(flown("CDG-LYS", "400", "economy|with_rf"))
    assert one.instead.startswith("ademe")
    assert one.saved_g == 43_664 - 1_104, "480 km by TGV, 0.0023 kg in use"


def test_two_cabins_of_one_route_are_two_journeys() -> None:
    found = levers(flown("CDG-JFK", "5833", "business|with_rf"), flown("CDG-JFK", "5833", "first|with_rf"))
    assert [one.lever for one in found] == [Lever.ECONOMY, Lever.ECONOMY]
    assert saved_at_most(found) == sum(one.saved_g for one in found)


def test_economy_far_away_saves_nothing() -> None:
    assert levers(flown("CDG-JFK", "5833", "economy|with_rf")) == []
    assert levers(flown("CDG-XXX", "400", "economy|with_rf")) == [], "a place nobody knows"


@pytest.mark.parametrize(
    ("origin", "destination", "goes"),
    [
        ("CDG", "LHR", True),
        ("CDG", "AJA", False),
        ("CDG", "DUB", False),
        ("JFK", "BOS", False),
        ("MAD", "BCN", True),
        ("LHR", "BFS", False),
    ],
)
def test_rails_go_where_land_goes(origin: str, destination: str, goes: bool) -> None:
    ends = (AIRPORTS.find(origin), AIRPORTS.find(destination))
    assert ends[0] is not None
    assert ends[1] is not None
    assert (rail_hours(ends[0], ends[1]) is not None) is goes
