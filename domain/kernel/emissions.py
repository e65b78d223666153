"""What is an emission figure? A quantity times a published factor, counted where the GHG Protocol says.

Shared by the columns that state figures: travel (a segment's figure), the carbon engine and the ledger.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Literal

from pydantic import Field

from domain.kernel.text import Code, Title
from domain.kernel.value import Value

GRAM = Decimal("0.001")

CarbonMissing = Literal["no_factor"]

# How much was known: 1 flight number and date, 2 the pair of places or the country, 3 only the
# distance or an average, 4 only the money.
Grade = Annotated[int, Field(ge=1, le=4)]


class CarbonMethod(StrEnum):
    """Whose rules turn a journey into kilograms; every figure and every page names it."""

    DESNZ = "desnz"
    ADEME_FRANCE = "ademe-france"
    ICAO = "icao"
    TIM = "tim"


class GhgScope(IntEnum):
    """The three scopes of the GHG Protocol."""

    DIRECT = 1
    ENERGY = 2
    VALUE_CHAIN = 3


class GhgCategory(StrEnum):
    """Where a figure is counted: kinds of scope 1 and 2, and the fifteen categories of scope 3."""

    STATIONARY_COMBUSTION = "stationary_combustion"
    MOBILE_COMBUSTION = "mobile_combustion"
    PROCESS_EMISSIONS = "process_emissions"
    FUGITIVE_EMISSIONS = "fugitive_emissions"
    PURCHASED_ELECTRICITY = "purchased_electricity"
    PURCHASED_HEAT = "purchased_heat"
    PURCHASED_GOODS_AND_SERVICES = "purchased_goods_and_services"
    CAPITAL_GOODS = "capital_goods"
    FUEL_AND_ENERGY = "fuel_and_energy"
    UPSTREAM_TRANSPORT = "upstream_transport"
    WASTE = "waste"
    BUSINESS_TRAVEL = "business_travel"
    EMPLOYEE_COMMUTING = "employee_commuting"
    UPSTREAM_LEASED_ASSETS = "upstream_leased_assets"
    DOWNSTREAM_TRANSPORT = "downstream_transport"
    PROCESSING_OF_SOLD_PRODUCTS = "processing_of_sold_products"
    USE_OF_SOLD_PRODUCTS = "use_of_sold_products"
    END_OF_LIFE_OF_SOLD_PRODUCTS = "end_of_life_of_sold_products"
    DOWNSTREAM_LEASED_ASSETS = "downstream_leased_assets"
    FRANCHISES = "franchises"
    INVESTMENTS = "investments"

    @property
    def scope(self) -> GhgScope:
        """The scope the category belongs to."""
        return SCOPE_OF[self]

    @property
    def number(self) -> int | None:
        """1 to 15 in scope 3; the kinds of scope 1 and 2 have no number."""
        return NUMBER_OF[self]


SCOPE_1, SCOPE_2, SCOPE_3 = tuple(GhgCategory)[:4], tuple(GhgCategory)[4:6], tuple(GhgCategory)[6:]
SCOPE_OF = {
    **dict.fromkeys(SCOPE_1, GhgScope.DIRECT),
    **dict.fromkeys(SCOPE_2, GhgScope.ENERGY),
    **dict.fromkeys(SCOPE_3, GhgScope.VALUE_CHAIN),
}
NUMBER_OF = {**dict.fromkeys(SCOPE_1 + SCOPE_2), **{one: n for n, one in enumerate(SCOPE_3, start=1)}}


class EmissionPart(StrEnum):
    """Which part of a figure a line states; one activity may have several."""

    DIRECT = "direct"  # the burning itself, or the whole where the publisher gives one value
    ELECTRICITY = "electricity"
    GRID_LOSSES = "grid_losses"
    UPSTREAM = "upstream"  # well to tank
    ESTIMATE = "estimate"  # by spend, by an average


class MarketBasis(StrEnum):
    """What a market-based figure rests on, best first; the last is a fallback and says so."""

    SUPPLIER = "supplier"
    CERTIFICATE = "guarantee_of_origin"
    RESIDUAL_MIX = "residual_mix"
    LOCATION = "location_fallback"


class EmissionFactor(Value):
    """One published row as it was: kilograms of CO2e per unit. `factor_id` is the publisher's row id.

    A tenant's own factor (a supplier's contract) has that supplier as publisher and source.
    """

    factor_id: Code
    source: Title
    publisher: Title
    year: int
    activity: Title
    variant: Title
    unit: Title
    value: Decimal


class MarketFigure(Value):
    """The market-based twin of a scope 2 line. `location_fallback` repeats the location figure.

    Its quantity is its own: a car's location figure may be published per kilometre, a contract never is.
    """

    quantity: Decimal
    factor: EmissionFactor
    kg: Decimal
    basis: MarketBasis


class EmissionLine(Value):
    """quantity x factor = kg, and where it is counted. What an auditor computes again.

    `kg` is the location-based figure; scope 2 lines carry their market-based twin beside it.
    """

    scope: GhgScope
    category: GhgCategory
    part: EmissionPart
    quantity: Decimal
    factor: EmissionFactor
    kg: Decimal
    market: MarketFigure | None = None
    method: CarbonMethod
    grade: Grade

    @property
    def kg_location(self) -> Decimal:
        """Counted in location-based totals."""
        return self.kg

    @property
    def kg_market(self) -> Decimal:
        """Counted in market-based totals: the twin's figure in scope 2, the same elsewhere."""
        return self.market.kg if self.market else self.kg


class CarbonFigure(Value):
    """A segment's figure and all it takes to compute it again: quantity x factor = kg.

    The quantity is `distance_km` or `nights`, or `fuel_kg` where the method burns fuel; that is left
    out of what is stored where there is none, so that other figures keep their shape.
    """

    kg: Decimal
    distance_km: Decimal | None = None
    nights: int | None = None
    fuel_kg: Decimal | None = Field(default=None, exclude_if=lambda fuel: fuel is None)
    factor_id: Code
    factor_value: Decimal
    factor_unit: Title
    source: Title
    year: int
    grade: Grade
    method: CarbonMethod = CarbonMethod.DESNZ

    @property
    def grams(self) -> int:
        """Whole grams."""
        return int(self.kg * 1000)


def weigh(quantity: Decimal, factor: EmissionFactor) -> Decimal:
    """Quantity times factor in kilograms, to the gram, halves up."""
    return (quantity * factor.value).quantize(GRAM, rounding=ROUND_HALF_UP)


def market_figure(quantity: Decimal, factor: EmissionFactor, basis: MarketBasis) -> MarketFigure:
    """Energy by what was bought."""
    return MarketFigure(quantity=quantity, factor=factor, kg=weigh(quantity, factor), basis=basis)


def line_of(
    quantity: Decimal,
    factor: EmissionFactor,
    category: GhgCategory,
    part: EmissionPart,
    *,
    method: CarbonMethod,
    grade: int,
    market: MarketFigure | None = None,
) -> EmissionLine:
    """The line a quantity and a factor make; without a contract, scope 2 falls back to the location."""
    kg, scope = weigh(quantity, factor), category.scope
    if scope is GhgScope.ENERGY:
        market = market or market_figure(quantity, factor, MarketBasis.LOCATION)
    return EmissionLine(
        scope=scope,
        category=category,
        part=part,
        quantity=quantity,
        factor=factor,
        kg=kg,
        market=market,
        method=method,
        grade=grade,
    )


def total_kg(lines: Iterable[EmissionLine]) -> Decimal:
    """The location-based sum; lines are whole grams, so the sum is exact."""
    return sum((line.kg for line in lines), Decimal("0.000"))
