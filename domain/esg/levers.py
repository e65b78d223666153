"""What could a company save on the journeys it makes? Economy instead of a better cabin, rail instead of a flight.

Only what was flown is compared, with published rows of the same publication year. Rail stands for a flight between
two places of one land where the train takes less than four hours, reckoned from the great circle.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.kernel.emissions import EmissionFactor, weigh
from domain.kernel.factor_table import FactorKey, FactorTable
from domain.kernel.geography import Airport, great_circle_km

AIR = "cat6_business_travel_air"
LAND = "cat6_business_travel_land"
FRENCH = "cat6_business_travel_land_fr"
# Rails are longer than the great circle, and trains stop: a fifth more way, at 200 km/h from door to door.
DETOUR, SPEED_KM_PER_H, LONGEST_H = Decimal("1.2"), Decimal(200), Decimal(4)
BETTER_CABINS = ("premium_economy", "business", "first")
# One network of rails, the Channel tunnel included; and the airports of these countries that no rail reaches.
CONNECTED = frozenset("AT BE CH CZ DE DK ES FR GB HU IT LI LU MC NL PL PT SI SK".split())
ISLANDS = frozenset(
    "ACE AHO AJA BFS BHD BIA BRR CAG CLY CTA EFL FNC FSC FUE GCI GIB HOR IBZ ILY IOM JER KOI LDY LPA LSI MAH MLA "
    "OLB PDL PMI PMO PNL SPC SYY TER TFN TFS VDE".split()
)


class Lever(StrEnum):
    """What one could do instead."""

    ECONOMY = "economy_instead_of_better_cabin"
    RAIL = "rail_instead_of_flight"


@dataclass(frozen=True)
class Flown:
    """All flights of one route by one published row, contrails and all."""

    route: str
    factor: EmissionFactor
    km: Decimal
    grams: int
    segments: int


@dataclass(frozen=True)
class Saving:
    """What one lever would save on one route."""

    lever: Lever
    route: str
    flown_by: str
    segments: int
    emitted_g: int
    saved_g: int
    instead: str
    assumption: str


def levers_of(
    flown: Iterable[Flown], table: FactorTable, airport: Callable[[str], Airport | None]
) -> list[Saving]:
    """Every lever that saves anything, the largest first."""
    found = [saving for one in flown for saving in _savings(one, table, airport) if saving.saved_g > 0]
    return sorted(found, key=lambda saving: (-saving.saved_g, saving.route, saving.lever))


def saved_at_most(savings: Iterable[Saving]) -> int:
    """What all levers save together: one flight is changed once, in the way that saves most."""
    best: dict[tuple[str, str], int] = {}
    for one in savings:
        place = (one.route, one.flown_by)
        best[place] = max(best.get(place, 0), one.saved_g)
    return sum(best.values())


def rail_hours(origin: Airport, destination: Airport) -> Decimal | None:
    """How long a train takes, roughly; None where none goes."""
    ends = (origin, destination)
    if any(one.country not in CONNECTED or one.iata in ISLANDS for one in ends):
        return None
    return Decimal(great_circle_km(origin, destination)) * DETOUR / SPEED_KM_PER_H


def _savings(one: Flown, table: FactorTable, airport: Callable[[str], Airport | None]) -> Iterator[Saving]:
    cabin, _, forcing = one.factor.variant.partition("|")
    if cabin in BETTER_CABINS:
        economy = _found(table, one, AIR, one.factor.activity, f"economy|{forcing}")
        if economy is not None:
            yield _saving(Lever.ECONOMY, one, economy, one.km, f"{cabin} to economy, the same flight")
    ends = [airport(code) for code in one.route.split("-")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return
    hours = rail_hours(ends[0], ends[1])
    if hours is None or hours >= LONGEST_H:
        return
    rail = _rail(ends[0], ends[1], one, table)
    if rail is not None:
        way = one.km * DETOUR
        told = f"{hours:.1f} h by train: the great circle and a fifth, at {SPEED_KM_PER_H} km/h"
        yield _saving(Lever.RAIL, one, rail, way, told)


def _rail(origin: Airport, destination: Airport, one: Flown, table: FactorTable) -> EmissionFactor | None:
    """A French train inside France, one across borders elsewhere between countries, else a national one."""
    if {origin.country, destination.country} == {"FR"}:
        key = FactorKey("ADEME", FRENCH, "rail_tgv", "use", "passenger-km")
        return table.find(key, one.factor.year)
    crosses = origin.country != destination.country
    return _found(table, one, LAND, "rail", "international_rail" if crosses else "national_rail")


def _found(
    table: FactorTable, one: Flown, category: str, activity: str, variant: str
) -> EmissionFactor | None:
    return table.find(FactorKey("DESNZ", category, activity, variant, "passenger-km"), one.factor.year)


def _saving(lever: Lever, one: Flown, instead: EmissionFactor, km: Decimal, assumption: str) -> Saving:
    return Saving(
        lever=lever,
        route=one.route,
        flown_by=one.factor.factor_id,
        segments=one.segments,
        emitted_g=one.grams,
        saved_g=one.grams - int(weigh(km, instead) * 1000),
        instead=instead.factor_id,
        assumption=assumption,
    )
