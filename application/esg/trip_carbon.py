"""What does a journey emit that somebody describes, planned or not? An answer; nothing is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import Field, StrictBool

from application.ports.airports import Airports
from domain.esg.calculation import CommutingIsNotTravel, Totals, figure_of, totals_of
from domain.esg.carbon_method import AdoptedMethod
from domain.esg.elements import Car, Commuting, Element, FactorYear, Flight, Hotel, Rail
from domain.esg.figure import Caveat, ElementFigure, FactorMissing, Switches, Terms
from domain.esg.flying import Flown
from domain.kernel.countries import COUNTRIES
from domain.kernel.emissions import EmissionLine
from domain.kernel.factor_table import FactorTable
from domain.kernel.geography import Airport, SameAirport, UnknownAirport
from domain.kernel.haul import distance_between, haul_between, uk_ends
from domain.kernel.instants import Day
from domain.kernel.refusals import Malformed
from domain.kernel.text import CountryCode
from domain.kernel.value import Input

MAX_ELEMENTS = 1_000


class UnknownCountry(Malformed):
    """No country has this ISO 3166-1 code."""


class FactorYearUnpublished(Malformed):
    """No factors of that year are published; leave the year out for the set in force."""


class TripCarbonRequest(Input):
    """A journey, element by element, and what to count."""

    elements: Annotated[tuple[Element, ...], Field(min_length=1, max_length=MAX_ELEMENTS)]
    on: Day | None = Field(None, description="the day whose method applies; today by default")
    factor_year: FactorYear | None = Field(None, description="for every element that names none itself")
    wtt: StrictBool = Field(False, description="count what lies upstream of vehicles others operate")
    radiative_forcing: StrictBool = Field(True, description="count what a flight does besides its CO2")
    hotels: StrictBool = Field(True, description="count hotel nights")


class ReckonedElement(NamedTuple):
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
    on: date,
) -> TripCarbon:
    """Every element by one method. Refuses at the first that cannot be reckoned, naming it."""
    switches = Switches(request.wtt, request.radiative_forcing, request.hotels)
    year = _published(request.factor_year, table, "/factor_year") or table.reference_year
    terms_of: dict[int, Terms] = {}
    reckoned: list[ReckonedElement] = []
    lines: list[EmissionLine] = []
    for index, element in enumerate(request.elements):
        place = f"/elements/{index}"
        try:
            wanted = year
            if not isinstance(element, Commuting) and element.factor_year is not None:
                wanted = _published(element.factor_year, table, f"{place}/factor_year") or year
            terms = terms_of.get(wanted)
            if terms is None:
                terms = terms_of[wanted] = Terms(
                    adopted.method, table, wanted, switches, adopted.unknown_hotel_country
                )
            if isinstance(element, Hotel | Rail | Car):
                _require_country(element.country, place)
            figure = figure_of(element, terms, flown=_flown(element, airports, place))
        except (FactorMissing, CommutingIsNotTravel) as refusal:
            refusal.facts.setdefault("pointer", place)
            raise
        reckoned.append(ReckonedElement(element, figure, totals_of(figure.lines)))
        lines += figure.lines
    return TripCarbon(adopted, table, on, year, switches, tuple(reckoned), totals_of(lines))


def caveats_of(elements: Iterable[ReckonedElement]) -> list[Caveat]:
    """Every caveat of the answer, once."""
    return sorted({caveat for one in elements for caveat in one.figure.caveats})


def _published(year: int | None, table: FactorTable, pointer: str) -> int | None:
    if year is not None and not table.publishes(year):
        raise FactorYearUnpublished(pointer=pointer)
    return year


def _require_country(code: CountryCode | None, place: str) -> None:
    if code is not None and code not in COUNTRIES:
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
    km = distance_between(origin, destination)
    return Flown(km, haul_between(uk_ends(origin, destination), km))


def _airport(code: str | None, airports: Airports, pointer: str) -> Airport:
    airport = airports.find(code) if code else None
    if airport is None:
        raise UnknownAirport(pointer=pointer)
    return airport
