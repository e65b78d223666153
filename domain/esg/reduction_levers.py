"""What could this company's own trips have saved? Rail instead of short flights, economy instead of business."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from domain.esg.report_content import Lever
from domain.esg.reporting_line import FactorUsed, ReportLine
from domain.kernel.emissions import EmissionPart
from domain.kernel.geography import Airport, great_circle_km

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
    economy: Mapping[str, FactorUsed] = field(default_factory=dict)
    rail_hours: Mapping[str, Decimal] = field(default_factory=dict)


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

    def add(self, line: ReportLine) -> None:
        """One line; what is no flight saves nothing. The same flight may stand in both lists."""
        if line.mode != "flight" or line.unit != PASSENGER_KM or line.part == UPSTREAM or not line.route:
            return
        hours = self._alternatives.rail_hours.get(line.route)
        if hours is not None and hours < MOST_HOURS and self._alternatives.rail is not None:
            self._note("rail_instead_of_flight", line.route, line, self._alternatives.rail, hours)
        if line.factor is not None and line.factor.id in self._alternatives.economy:
            economy = self._alternatives.economy[line.factor.id]
            key = f"{line.activity}|{line.cabin or '-'}|{line.factor.year}"
            self._note("economy_instead_of_premium", key, line, economy, None)

    def levers(self) -> Iterator[Lever]:
        """The largest savings first, by lever."""
        for kind in ("rail_instead_of_flight", "economy_instead_of_premium"):
            saved = [
                lever
                for (its, key), found in self._found.items()
                if its == kind and (lever := _lever(kind, key, found)).saved_g > 0
            ]
            yield from sorted(saved, key=lambda lever: (-lever.saved_g, lever.key))[:MOST_ROUTES]

    def _note(self, kind: str, key: str, line: ReportLine, factor: FactorUsed, hours: Decimal | None) -> None:
        found = self._found.setdefault((kind, key), _Saving())
        found.now_g += line.location_g
        found.segments += 1
        found.km += line.quantity
        found.then_kg += line.quantity * factor.value
        found.factor, found.hours = factor, hours


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
