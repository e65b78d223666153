"""How long is a flight, and which class of flight is it to the publishers of factors?"""

from decimal import Decimal
from enum import StrEnum

from domain.kernel.geography import Airport, great_circle_km

SHORT_HAUL_KM = Decimal(3_700)
MILLIMETRE_IN_KM = Decimal("0.000001")


class Haul(StrEnum):
    """The classes of flight the UK factors distinguish."""

    DOMESTIC = "domestic"
    SHORT = "short_haul"
    LONG = "long_haul"
    NON_UK = "international_non_uk"


def distance_between(origin: Airport, destination: Airport) -> Decimal:
    """Great-circle kilometres, to the millimetre, so that the same flight is the same figure anywhere."""
    return Decimal(great_circle_km(origin, destination)).quantize(MILLIMETRE_IN_KM)


def haul_of(origin: Airport, destination: Airport) -> Haul:
    """The class of a flight, by its UK ends and its length."""
    return haul_between(uk_ends(origin, destination), distance_between(origin, destination))


def uk_ends(origin: Airport, destination: Airport) -> int:
    """How many ends of a flight lie in the United Kingdom."""
    return (origin.country == "GB") + (destination.country == "GB")


def haul_between(ends_in_uk: int, distance_km: Decimal) -> Haul:
    """The class of a flight of that length with that many ends in the United Kingdom."""
    match ends_in_uk:
        case 2:
            return Haul.DOMESTIC
        case 0:
            return Haul.NON_UK
        case _:
            return Haul.SHORT if distance_km <= SHORT_HAUL_KM else Haul.LONG
