"""What could this company's own trips have saved? Rail instead of short flights, economy instead of business.

The only rules of it: the ledger's answer and every report count by them, and the verifier counts after them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, get_args

from domain.esg.report_content import Lever
from domain.esg.reporting_line import FactorUsed, ReportLine
from domain.kernel.emissions import EmissionPart
from domain.kernel.geography import Airport, great_circle_km

LeverKind = Literal["rail_instead_of_flight", "economy_instead_of_premium"]
KINDS: tuple[LeverKind, ...] = get_args(LeverKind)
MOST_HOURS = Decimal(4)
# Kilometres of great circle per hour, from centre to centre: what Paris - Lyon, London and Frankfurt come to at most.
RAIL_KM_PER_HOUR = Decimal(130)
# Countries whose railways meet.
RAIL_NETWORKS = (
    frozenset("AT BE BG CH CZ DE DK ES FR GB HR HU IT LI LU MC NL PL PT RO RS SE SI SK".split()),
    frozenset({"JP"}),
    frozenset({"CN", "HK"}),
    frozenset({"KR"}),
    frozenset({"TW"}),
    frozenset({"US", "CA"}),
)
# Airports of these countries on islands that no train reaches.
ISLANDS = frozenset(
    "AJA BIA CLY FSC PMI IBZ MAH LPA TFS TFN ACE FUE SPC GMZ VDE FNC PXO PDL TER HOR SMA CTA PMO TPS CIY CAG OLB AHO "
    "LMP PNL BFS BHD LDY IOM JER GCI KOI LSI SYY BRR RKE RNN BWK HNL OGG KOA LIH ITO OKA CTS YYT ANC JNU".split()
)
UPSTREAM = EmissionPart.UPSTREAM.value
PASSENGER_KM = "passenger-km"  # by methods that count fuel, nobody knows the kilometres
MOST_ROUTES = 15


@dataclass(frozen=True)
class Alternatives:
    """What the trips are compared with: the rail factor, and the economy factor of each dearer flight factor."""

    rail: FactorUsed | None = None
    economy: Mapping[tuple[str, int], FactorUsed] = field(
        default_factory=dict
    )  # by row and year of the dearer
    rail_hours: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Flown:
    """One flight, or all flights of one route by one published row; the way up of the fuel is not in it."""

    route: str
    activity: str
    variant: str
    factor_id: str
    factor_year: int
    km: Decimal
    g: int
    segments: int = 1

    @property
    def cabin_key(self) -> str:
        """What is flown in one cabin by one row: activity, cabin, year, and whether contrails count."""
        cabin, _, forcing = self.variant.partition("|")
        return f"{self.activity}|{cabin or '-'}|{self.factor_year}|{forcing or '-'}"


def flown_of(line: ReportLine) -> Flown | None:
    """The flight a line tells of; None where it tells of none whose kilometres are known."""
    if line.mode != "flight" or line.unit != PASSENGER_KM or line.part == UPSTREAM:
        return None
    if not line.route or line.factor is None:
        return None
    return Flown(
        route=line.route,
        activity=line.activity,
        variant=line.variant,
        factor_id=line.factor.id,
        factor_year=line.factor.year,
        km=line.quantity,
        g=line.location_g,
    )


def rail_hours(one: Airport, other: Airport) -> Decimal | None:
    """About how long a train takes; None where no train runs."""
    joined = any({one.country, other.country} <= network for network in RAIL_NETWORKS)
    if not joined or {one.iata, other.iata} & ISLANDS:
        return None
    hours = Decimal(great_circle_km(one, other)) / RAIL_KM_PER_HOUR
    return hours.quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass
class _Saving:
    segments: int = 0
    km: Decimal = Decimal(0)
    now_g: int = 0
    then_kg: Decimal = Decimal(0)
    factor: FactorUsed | None = None
    hours: Decimal | None = None


class LeverCount:
    """Takes the flights of a period, one after the other."""

    def __init__(self, alternatives: Alternatives) -> None:
        self._alternatives = alternatives
        self._found: dict[tuple[str, str], _Saving] = {}
        self._saved_g = Decimal(0)

    def add(self, flown: Flown) -> None:
        """The same flight may stand in both lists; what all levers save together counts it once, by the better."""
        saved = [Decimal(0)]
        hours = self._alternatives.rail_hours.get(flown.route)
        rail = self._alternatives.rail
        if rail is not None and hours is not None and hours < MOST_HOURS:
            saved.append(self._note("rail_instead_of_flight", flown.route, flown, rail, hours))
        economy = self._alternatives.economy.get((flown.factor_id, flown.factor_year))
        if economy is not None:
            saved.append(self._note("economy_instead_of_premium", flown.cabin_key, flown, economy, None))
        self._saved_g += max(saved)

    @property
    def saved_at_most_g(self) -> int:
        """What would not have been emitted, had every flight been changed in the way that saves most."""
        return int(self._saved_g.quantize(Decimal(1), ROUND_HALF_UP))

    def levers(self) -> Iterator[Lever]:
        """The largest savings first, by lever."""
        for kind in KINDS:
            saved = [
                lever
                for (its, key), found in self._found.items()
                if its == kind and (lever := _lever(kind, key, found)).saved_g > 0
            ]
            yield from sorted(saved, key=lambda lever: (-lever.saved_g, lever.key))[:MOST_ROUTES]

    def _note(
        self, kind: LeverKind, key: str, flown: Flown, factor: FactorUsed, hours: Decimal | None
    ) -> Decimal:
        found = self._found.setdefault((kind, key), _Saving())
        then_kg = flown.km * factor.value
        found.now_g += flown.g
        found.segments += flown.segments
        found.km += flown.km
        found.then_kg += then_kg
        found.factor, found.hours = factor, hours
        return flown.g - then_kg * 1000


def _lever(kind: str, key: str, found: _Saving) -> Lever:
    then_g = int((found.then_kg * 1000).quantize(Decimal(1), ROUND_HALF_UP))
    return Lever(
        kind=kind,
        key=key,
        segments=found.segments,
        quantity_km=found.km,
        now_g=found.now_g,
        then_g=then_g,
        rail_hours=found.hours,
        factor_id=found.factor.id if found.factor else None,
        factor_value=found.factor.value if found.factor else None,
    )
