"""What does one element come to, by which method and from which rows?"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from domain.kernel.emissions import (
    CarbonMethod,
    EmissionFactor,
    EmissionLine,
    EmissionPart,
    GhgCategory,
    MarketFigure,
    line_of,
    total_kg,
    weigh,
)
from domain.kernel.factor_table import FactorKey, FactorTable
from domain.kernel.refusals import Malformed

MILLIMETRE_IN_KM = Decimal("0.000001")
AN_AVERAGE = 3
NOTHING = Decimal("0.000")

DESNZ, ADEME, ICAO, GOOGLE = "DESNZ", "ADEME", "ICAO", "Google"
LAND, LAND_UPSTREAM = "cat6_business_travel_land", "cat3_or_cat6_land_wtt"
OWNED = "owned_or_controlled_vehicles"


class FactorMissing(Malformed):
    """No publisher has a factor for this element; nothing is invented in its place."""


class Caveat(StrEnum):
    """What a reader of the figure should know; each is explained in the documentation."""

    OTHER_YEAR = "other_year"
    AVERAGE_CABIN = "average_cabin"
    HAUL_ASSUMED = "haul_assumed"
    SERVICE_ASSUMED = "service_assumed"
    FUEL_ESTIMATED = "fuel_estimated"
    UPSTREAM_INCLUDED = "upstream_included"
    UPSTREAM_UNPUBLISHED = "upstream_unpublished"
    GRID_LOSSES_UNPUBLISHED = "grid_losses_unpublished"
    NO_FORCING_IN_METHOD = "no_forcing_in_method"
    SUM_OF_ROWS = "sum_of_rows"
    EUROPEAN_MEAN = "european_mean"
    SUSPECT_FACTOR = "suspect_factor"
    LOCATION_FALLBACK = "location_fallback"
    LEFT_OUT = "left_out"


class UnknownHotelCountry(StrEnum):
    """What a company wants where no hotel factor is published for a country."""

    REFUSE = "refuse"
    EUROPEAN_MEAN = "european_mean"


@dataclass(frozen=True, slots=True)
class Switches:
    """What is counted: upstream of what others operate, contrails, and hotel nights."""

    wtt: bool = False
    radiative_forcing: bool = True
    hotels: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """By what an element is reckoned."""

    method: CarbonMethod
    table: FactorTable
    year: int
    switches: Switches = Switches()
    unknown_hotel_country: UnknownHotelCountry = UnknownHotelCountry.REFUSE

    def find(
        self, publisher: str, category: str, activity: str, variant: str, unit: str
    ) -> EmissionFactor | None:
        """The row in force, if one is published."""
        return self.table.find(FactorKey(publisher, category, activity, variant, unit), self.year)

    def get(
        self, category: str, activity: str, variant: str, unit: str, *, publisher: str = DESNZ
    ) -> EmissionFactor:
        """The row in force. Refuses with FactorMissing."""
        factor = self.find(publisher, category, activity, variant, unit)
        if factor is None:
            raise FactorMissing
        return factor


class ElementFigure(NamedTuple):
    """The lines of an element, each a quantity times a factor.

    `upstream` is what lies before the tank whether it is counted or not, so that every element has
    its well-to-wheel total; None where its publisher does not say.
    """

    lines: tuple[EmissionLine, ...]
    upstream_kg: Decimal | None
    distance_km: Decimal | None = None
    caveats: frozenset[Caveat] = frozenset()

    @property
    def kg(self) -> Decimal:
        """Location-based."""
        return total_kg(self.lines)

    @property
    def well_to_wheel_kg(self) -> Decimal | None:
        """With all that lies upstream, once."""
        if self.upstream_kg is None:
            return None
        direct = (line.kg for line in self.lines if line.part is not EmissionPart.UPSTREAM)
        return sum(direct, self.upstream_kg)


@dataclass(slots=True)
class Sheet:
    """Where the lines of one element are put down."""

    terms: Terms
    grade: int
    lines: list[EmissionLine]
    caveats: set[Caveat]
    upstream_kg: Decimal | None = None

    @classmethod
    def for_(cls, terms: Terms, *, grade: int) -> "Sheet":
        """A blank one."""
        return cls(terms, grade, [], set())

    def put(
        self,
        quantity: Decimal,
        factor: EmissionFactor,
        category: GhgCategory,
        part: EmissionPart = EmissionPart.DIRECT,
        market: MarketFigure | None = None,
    ) -> None:
        """One more line."""
        if factor.year != self.terms.year:
            self.caveats.add(Caveat.OTHER_YEAR)
        if self.terms.table.is_suspect(factor):
            self.caveats.add(Caveat.SUSPECT_FACTOR)
        self.lines.append(
            line_of(
                quantity, factor, category, part, method=self.terms.method, grade=self.grade, market=market
            )
        )

    def put_upstream(
        self, quantity: Decimal, factors: Iterable[EmissionFactor | None], category: GhgCategory
    ) -> None:
        """What lies upstream: always counted for what the company controls (category 3), by the switch in
        business travel."""
        known = [factor for factor in factors if factor is not None]
        if not known:
            self.caveats.add(Caveat.UPSTREAM_UNPUBLISHED)
            return
        for factor in known:
            self.upstream_kg = (self.upstream_kg or NOTHING) + weigh(quantity, factor)
            if category is not GhgCategory.BUSINESS_TRAVEL or self.terms.switches.wtt:
                self.put(quantity, factor, category, EmissionPart.UPSTREAM)

    def done(self, distance_km: Decimal | None = None) -> ElementFigure:
        """The figure."""
        return ElementFigure(tuple(self.lines), self.upstream_kg, distance_km, frozenset(self.caveats))


def shared(amount: Decimal, occupants: int) -> Decimal:
    """One occupant's share of a vehicle's kilometres or kilowatt hours."""
    if occupants == 1:
        return amount
    return (amount / occupants).quantize(MILLIMETRE_IN_KM, rounding=ROUND_HALF_UP)
