"""What does a whole journey come to, element by element, in every scope?"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, assert_never

from domain.esg.driving import figure_of_car, figure_of_motorbike, figure_of_van
from domain.esg.elements import (
    Bus,
    Car,
    Commuting,
    Element,
    Ferry,
    Flight,
    Hotel,
    Motorbike,
    Rail,
    Taxi,
    Van,
)
from domain.esg.figure import NOTHING, ElementFigure, Terms
from domain.esg.flying import Flown, figure_of_flight
from domain.esg.riding import (
    figure_of_bus,
    figure_of_ferry,
    figure_of_hotel,
    figure_of_rail,
    figure_of_taxi,
)
from domain.kernel.emissions import EmissionLine, EmissionPart, GhgScope
from domain.kernel.refusals import Malformed


class CommutingIsNotTravel(Malformed):
    """Commuting is category 7 and no business travel; record it in the carbon ledger."""


class FlightNotLocated(Malformed):
    """A flight needs two airports or a distance."""


class Totals(NamedTuple):
    """The sums of lines, in kilograms; lines are whole grams, so nothing is rounded twice."""

    kg: Decimal
    kg_market_based: Decimal
    scope_1_kg: Decimal
    scope_2_location_kg: Decimal
    scope_2_market_kg: Decimal
    scope_3_kg: Decimal
    upstream_kg: Decimal


def figure_of(element: Element, terms: Terms, *, flown: Flown | None = None) -> ElementFigure:
    """One element by the method in force. Refuses with FactorMissing and CommutingIsNotTravel."""
    match element:
        case Flight():
            if flown is None:
                raise FlightNotLocated
            return figure_of_flight(element, flown, terms)
        case Hotel():
            return figure_of_hotel(element, terms)
        case Rail():
            return figure_of_rail(element, terms)
        case Car():
            return figure_of_car(element, terms)
        case Van():
            return figure_of_van(element, terms)
        case Motorbike():
            return figure_of_motorbike(element, terms)
        case Taxi():
            return figure_of_taxi(element, terms)
        case Bus():
            return figure_of_bus(element, terms)
        case Ferry():
            return figure_of_ferry(element, terms)
        case Commuting():
            raise CommutingIsNotTravel
        case _:
            assert_never(element)


def totals_of(lines: Iterable[EmissionLine]) -> Totals:
    """Each scope by itself; scope 2 both ways; what lies upstream is inside and shown besides."""
    direct = energy = market = chain = upstream = NOTHING
    for line in lines:
        if line.scope is GhgScope.VALUE_CHAIN:
            chain += line.kg
        elif line.scope is GhgScope.DIRECT:
            direct += line.kg
        else:
            energy += line.kg
            market += line.kg_market
        if line.part is EmissionPart.UPSTREAM:
            upstream += line.kg
    return Totals(
        kg=direct + energy + chain,
        kg_market_based=direct + market + chain,
        scope_1_kg=direct,
        scope_2_location_kg=energy,
        scope_2_market_kg=market,
        scope_3_kg=chain,
        upstream_kg=upstream,
    )
