"""How much carbon does a segment emit, and which published factor says so?

One method for now, `desnz`: distance or nights times the row of the UK government's
conversion factors, flights with radiative forcing. The great-circle distance is used as it
is: the routing uplift is already inside the factors.
"""

from decimal import Decimal

from domain.kernel.emissions import CarbonFigure, EmissionFactor, weigh
from domain.kernel.haul import distance_between
from domain.travel.itinerary import FlightSegment, GroundLeg, HotelStay


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
        kg=weigh(quantity, factor),
        distance_km=distance_km,
        nights=nights,
        factor_id=factor.factor_id,
        factor_value=factor.value,
        factor_unit=factor.unit,
        source=factor.source,
        year=factor.year,
        grade=grade,
    )
