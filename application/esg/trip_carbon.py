"""What does a journey emit that somebody describes, planned or not? An answer; nothing is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from application.ports.airports import Airports
from domain.esg.calculation import CommutingIsNotTravel, Totals, figure_of, totals_of
from domain.esg.carbon_method import AdoptedMethod
from domain.esg.elements import Element, FactorYear, Flight
from domain.esg.figure import Caveat, ElementFigure, FactorMissing, Switches, Terms
from domain.esg.flying import Flown
from domain.kernel.factor_table import FactorTable
from domain.kernel.geography import Airport, SameAirport, UnknownAirport
from domain.kernel.haul import distance_between, haul_between, haul_of
from domain.kernel.instants import Day
from domain.kernel.refusals import Malformed
from domain.kernel.text import CountryCode

MAX_ELEMENTS = 1_000


class UnknownCountry(Malformed):
    """No country has this ISO 3166-1 code."""


class FactorYearUnpublished(Malformed):
    """No factors of that year are published; leave the year out for the set in force."""


class TripCarbonRequest(BaseModel):
    """A journey, element by element, and what to count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    elements: Annotated[tuple[Element, ...], Field(min_length=1, max_length=MAX_ELEMENTS)]
    on: Day | None = Field(None, description="the day whose method applies; today by default")
    factor_year: FactorYear | None = Field(None, description="for every element that names none itself")
    wtt: StrictBool = Field(False, description="count what lies upstream of vehicles others operate")
    radiative_forcing: StrictBool = Field(True, description="count what a flight does besides its CO2")
    hotels: StrictBool = Field(True, description="count hotel nights")


@dataclass(frozen=True, slots=True)
class ReckonedElement:
    """One element with its figure and its own sums."""

    element: Element
    figure: ElementFigure
    totals: Totals


@dataclass(frozen=True, slots=True)
class TripCarbon:
    """The answer: by which method, from which set, what each element comes to, and all of them."""

    adopted: AdoptedMethod
    table: FactorTable
    on: date
    year: int
    switches: Switches
    elements: tuple[ReckonedElement, ...]
    totals: Totals


def reckon(
    request: TripCarbonRequest,
    *,
    adopted: AdoptedMethod,
    table: FactorTable,
    airports: Airports,
    countries: frozenset[str],
    on: date,
) -> TripCarbon:
    """Every element by one method. Refuses at the first that cannot be reckoned, naming it."""
    switches = Switches(request.wtt, request.radiative_forcing, request.hotels)
    year = _published(request.factor_year, table, "/factor_year") or table.reference_year
    terms_of: dict[int, Terms] = {}
    reckoned = []
    for index, element in enumerate(request.elements):
        place = f"/elements/{index}"
        try:
            wanted = year
            if (own := getattr(element, "factor_year", None)) is not None:
                wanted = _published(own, table, f"{place}/factor_year") or year
            terms = terms_of.get(wanted)
            if terms is None:
                terms = terms_of[wanted] = Terms(
                    adopted.method, table, wanted, switches, adopted.unknown_hotel_country
                )
            _require_country(getattr(element, "country", None), countries, place)
            figure = figure_of(element, terms, flown=_flown(element, airports, place))
        except (FactorMissing, CommutingIsNotTravel) as refusal:
            refusal.facts.setdefault("pointer", place)
            raise
        reckoned.append(ReckonedElement(element, figure, totals_of(figure.lines)))
    return TripCarbon(
        adopted, table, on, year, switches, tuple(reckoned), _sum(one.totals for one in reckoned)
    )


def caveats_of(elements: Iterable[ReckonedElement]) -> list[Caveat]:
    """Every caveat of the answer, once."""
    return sorted({caveat for one in elements for caveat in one.figure.caveats})


def _published(year: int | None, table: FactorTable, pointer: str) -> int | None:
    if year is not None and not table.publishes(year):
        raise FactorYearUnpublished(pointer=pointer)
    return year


def _require_country(code: CountryCode | None, countries: frozenset[str], place: str) -> None:
    if code is not None and code not in countries:
        raise UnknownCountry(pointer=f"{place}/country")


def _flown(element: Element, airports: Airports, place: str) -> Flown | None:
    if not isinstance(element, Flight):
        return None
    if element.distance_km is not None:
        haul = element.haul or haul_between(0, element.distance_km)
        return Flown(element.distance_km, haul, is_assumed=element.haul is None)
    if element.origin == element.destination:
        raise SameAirport(pointer=f"{place}/destination")
    origin = _airport(element.origin, airports, f"{place}/origin")
    destination = _airport(element.destination, airports, f"{place}/destination")
    return Flown(distance_between(origin, destination), haul_of(origin, destination))


def _airport(code: str | None, airports: Airports, pointer: str) -> Airport:
    airport = airports.find(code) if code else None
    if airport is None:
        raise UnknownAirport(pointer=pointer)
    return airport


def _sum(totals: Iterable[Totals]) -> Totals:
    return reduce(_plus, totals)


def _plus(one: Totals, other: Totals) -> Totals:
    return Totals(
        one.kg + other.kg,
        one.kg_market_based + other.kg_market_based,
        one.scope_1_kg + other.scope_1_kg,
        one.scope_2_location_kg + other.scope_2_location_kg,
        one.scope_2_market_kg + other.scope_2_market_kg,
        one.scope_3_kg + other.scope_3_kg,
        one.upstream_kg + other.upstream_kg,
    )
