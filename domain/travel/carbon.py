"""How much carbon does a segment emit, and which published factor says so?

One method for now, `desnz`: distance or nights times the row of the UK government's
conversion factors, flights with radiative forcing. The great-circle distance is used as it
is: the routing uplift is already inside the factors.
"""

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.geography import Airport, great_circle_km
from domain.kernel.text import Code, Title
from domain.travel.itinerary import FlightSegment, GroundLeg, HotelStay

SHORT_HAUL_KM = Decimal(3_700)
GRAM = Decimal("0.001")
MILLIMETRE_IN_KM = Decimal("0.000001")

CarbonMissing = Literal["no_factor"]


class Haul(StrEnum):
    """The classes of flight the UK factors distinguish."""

    DOMESTIC = "domestic"
    SHORT = "short_haul"
    LONG = "long_haul"
    NON_UK = "international_non_uk"


class EmissionFactor(BaseModel):
    """One published row: kilograms of CO2e per unit. `factor_id` is the publisher's row id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    factor_id: Code
    source: Title
    publisher: Title
    year: int
    activity: Title
    variant: Title
    unit: Title
    value: Decimal


class CarbonFigure(BaseModel):
    """A figure and all it takes to compute it again: quantity x factor = kg.

    The grade tells how much was known: 1 flight number and date, 2 the pair of places or
    the country, 3 only the distance or an average cabin, 4 only the money.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kg: Decimal
    distance_km: Decimal | None = None
    nights: int | None = None
    factor_id: Code
    factor_value: Decimal
    factor_unit: Title
    source: Title
    year: int
    grade: Annotated[int, Field(ge=1, le=4)]
    method: Literal["desnz"] = "desnz"

    @property
    def grams(self) -> int:
        """Whole grams."""
        return int(self.kg * 1000)


def distance_between(origin: Airport, destination: Airport) -> Decimal:
    """Great-circle kilometres, to the millimetre, so that the same flight is the same figure anywhere."""
    return Decimal(great_circle_km(origin, destination)).quantize(MILLIMETRE_IN_KM)


def haul_of(origin: Airport, destination: Airport) -> Haul:
    """The class of a flight, by its UK ends and its length."""
    match [origin.country, destination.country].count("GB"):
        case 2:
            return Haul.DOMESTIC
        case 0:
            return Haul.NON_UK
        case _:
            return Haul.SHORT if distance_between(origin, destination) <= SHORT_HAUL_KM else Haul.LONG


def figure_for_flight(
    flight: FlightSegment, *, cabin_factor: EmissionFactor | None, average_factor: EmissionFactor | None
) -> CarbonFigure | None:
    """The flight's figure by its cabin's factor, or by the average passenger at a lower grade."""
    factor = cabin_factor or average_factor
    if factor is None:
        return None
    grade = 1 if flight.flight_number else 2
    return _by_distance(
        distance_between(flight.origin, flight.destination), factor, grade=grade if cabin_factor else 3
    )


def figure_for_hotel(stay: HotelStay, *, factor: EmissionFactor | None) -> CarbonFigure | None:
    """Nights times the country's factor; no figure where none is published."""
    if factor is None:
        return None
    return _figure(Decimal(stay.nights), factor, grade=2, nights=stay.nights)


def figure_for_ground(leg: GroundLeg, *, factor: EmissionFactor | None) -> CarbonFigure | None:
    """Kilometres times the mode's factor; a car is taken to carry this one traveller."""
    return None if factor is None else _by_distance(leg.distance_km, factor, grade=3)


def _by_distance(distance_km: Decimal, factor: EmissionFactor, *, grade: int) -> CarbonFigure:
    return _figure(distance_km, factor, grade=grade, distance_km=distance_km)


def _figure(
    quantity: Decimal,
    factor: EmissionFactor,
    *,
    grade: int,
    distance_km: Decimal | None = None,
    nights: int | None = None,
) -> CarbonFigure:
    return CarbonFigure(
        kg=(quantity * factor.value).quantize(GRAM, rounding=ROUND_HALF_UP),
        distance_km=distance_km,
        nights=nights,
        factor_id=factor.factor_id,
        factor_value=factor.value,
        factor_unit=factor.unit,
        source=factor.source,
        year=factor.year,
        grade=grade,
    )
