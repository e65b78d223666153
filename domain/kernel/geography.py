"""Where on Earth is a place, and how far apart are two of them?"""

from math import asin, cos, radians, sin, sqrt
from typing import Annotated

from domain.kernel.personal import Impersonal
from domain.kernel.refusals import Malformed
from domain.kernel.text import CountryCode, IataCode
from domain.kernel.value import Value

EARTH_RADIUS_KM = 6371.0088  # mean radius, as the carbon rules fix it

ZoneName = Annotated[str, Impersonal()]


class UnknownAirport(Malformed):
    """No airport has this IATA code; the code of a city such as PAR or LON names no airport."""


class SameAirport(Malformed):
    """A flight needs two different airports."""


class Airport(Value):
    """An airport as it was when used; the coordinates travel with the event."""

    iata: IataCode
    name: Annotated[str, Impersonal()]
    country: CountryCode
    latitude: float
    longitude: float
    time_zone: ZoneName


def great_circle_km(one: Airport, other: Airport) -> float:
    """Great-circle distance by the haversine formula, in kilometres."""
    north, south = radians(one.latitude), radians(other.latitude)
    latitudes = sin((south - north) / 2) ** 2
    longitudes = sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(latitudes + cos(north) * cos(south) * longitudes))
