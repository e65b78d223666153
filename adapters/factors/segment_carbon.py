"""How does a segment of a trip become an element of the carbon engine, and its figure a figure of the trip?"""

from datetime import date
from functools import cached_property

from adapters.event_store.store import TenantStore
from adapters.factors.segment_posting import lines_as_recorded
from application.ports.factors import EmissionFactors
from domain.esg.calculation import figure_of
from domain.esg.carbon_method import AdoptedMethod, CarbonMethods, carbon_methods_id, method_in_force
from domain.esg.elements import (
    Bus,
    CabinClass,
    Car,
    Element,
    Ferry,
    Flight,
    Hotel,
    Keeper,
    Motorbike,
    Rail,
    RailService,
    Taxi,
)
from domain.esg.figure import ElementFigure, FactorMissing, Terms
from domain.esg.flying import Flown
from domain.kernel.emissions import CarbonFigure, EmissionLine
from domain.kernel.haul import distance_between, haul_of
from domain.travel.itinerary import FlightSegment, GroundLeg, GroundMode, HotelStay, Segment
from domain.travel.journey import PlannedSegment

FRENCH_CLOCK = "Europe/Paris"


class TenantSegmentCarbon:
    """The SegmentCarbon port of one tenant, for the length of one command.

    A trip's figure follows the boundary of business travel: who keeps a car is told apart by the
    ledger, which posts its parts to their scopes.
    """

    def __init__(self, store: TenantStore, factors: EmissionFactors) -> None:
        self._store = store
        self._factors = factors

    def figure(self, segment: Segment) -> CarbonFigure | None:
        return self._figure(segment, self._factors.in_force().reference_year)

    def lines(self, planned: PlannedSegment) -> tuple[EmissionLine, ...]:
        return lines_as_recorded(planned, self._factors.in_force())

    def lines_by(self, planned: PlannedSegment, year: int) -> tuple[EmissionLine, ...]:
        figure = self._figure(planned.details, year)
        return self.lines(planned.model_copy(update={"carbon": figure}))

    def _figure(self, segment: Segment, year: int) -> CarbonFigure | None:
        adopted = self._method(segment.days[0])
        terms = Terms(
            adopted.method,
            self._factors.in_force(),
            year,
            unknown_hotel_country=adopted.unknown_hotel_country,
        )
        try:
            found = figure_of(element_of(segment), terms, flown=_flown(segment))
        except FactorMissing:
            return None
        return _as_recorded(found, segment)

    def _method(self, on: date) -> AdoptedMethod:
        return method_in_force(self._adopted, on)

    @cached_property
    def _adopted(self) -> tuple[AdoptedMethod, ...]:
        known = self._store.find(CarbonMethods, carbon_methods_id(self._store.tenant_id))
        return known.adopted if known else ()


def element_of(segment: Segment) -> Element:
    """The same leg or stay in the words of the carbon engine."""
    match segment:
        case FlightSegment():
            return Flight(
                mode="flight",
                origin=segment.origin.iata,
                destination=segment.destination.iata,
                cabin=CabinClass(segment.cabin.value),
                flight_number=segment.flight_number,
                departs_on=segment.days[0],
            )
        case HotelStay():
            return Hotel(mode="hotel", country=segment.country, nights=segment.nights)
        case GroundLeg():
            return _on_the_ground(segment)


def _on_the_ground(leg: GroundLeg) -> Element:
    km = leg.distance_km
    country = "FR" if leg.time_zone == FRENCH_CLOCK else None
    match leg.mode:
        case GroundMode.RAIL:
            return Rail(mode="rail", distance_km=km, country=country)
        case GroundMode.INTERNATIONAL_RAIL:
            return Rail(mode="rail", service=RailService.INTERNATIONAL, distance_km=km)
        case GroundMode.TRAM:
            return Rail(mode="rail", service=RailService.TRAM, distance_km=km, country=country)
        case GroundMode.BUS:
            return Bus(mode="bus", distance_km=km)
        case GroundMode.COACH:
            return Bus(mode="bus", service="coach", distance_km=km)
        case GroundMode.TAXI:
            return Taxi(mode="taxi", distance_km=km)
        case GroundMode.CAR:
            return Car(mode="car", vehicle=Keeper.OWN, distance_km=km)
        case GroundMode.MOTORBIKE:
            return Motorbike(mode="motorbike", vehicle=Keeper.OWN, distance_km=km)
        case GroundMode.FERRY:
            return Ferry(mode="ferry", distance_km=km)


def _flown(segment: Segment) -> Flown | None:
    if not isinstance(segment, FlightSegment):
        return None
    ends = (segment.origin, segment.destination)
    return Flown(distance_between(*ends), haul_of(*ends))


def _as_recorded(found: ElementFigure, segment: Segment) -> CarbonFigure:
    # Business travel without what lies upstream is one line per segment.
    (first,) = found.lines
    unit = first.factor.unit
    return CarbonFigure(
        kg=found.kg,
        distance_km=found.distance_km,
        nights=segment.nights if isinstance(segment, HotelStay) else None,
        fuel_kg=first.quantity if unit == "kg fuel" else None,
        factor_id=first.factor.factor_id,
        factor_value=first.factor.value,
        factor_unit=unit,
        source=first.factor.source,
        year=first.factor.year,
        grade=first.grade,
        method=first.method,
    )
