"""How does a request for a flight, a stay or a leg become a segment with its carbon figure?"""

from functools import cache
from typing import Annotated, Literal, Self
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from application.ports.airports import Airports
from application.ports.carbon import SegmentCarbon
from domain.kernel.countries import known_country
from domain.kernel.geography import Airport, SameAirport, UnknownAirport, ZoneName
from domain.kernel.instants import Day, Instant
from domain.kernel.money import Money
from domain.kernel.text import Code, CountryCode, IataCode, Title
from domain.kernel.value import Input
from domain.travel.exchange import ExchangeRate
from domain.travel.itinerary import (
    Cabin,
    FlightSegment,
    GroundLeg,
    GroundMode,
    HotelStay,
    Kilometres,
    Segment,
    Stars,
    Vehicle,
    require_nights,
    require_order,
    require_road,
)
from domain.travel.journey import PlannedSegment

# Names that mean something else on every machine.
NOT_A_PLACE = frozenset({"Factory", "localtime", "posixrules"})


def known_zone(name: str) -> str:
    """Refuses a time zone the IANA database does not list."""
    if name not in _zones():
        raise ValueError("must be a time zone of the IANA database")
    return name


KnownCountry = Annotated[CountryCode, AfterValidator(known_country)]
KnownZone = Annotated[ZoneName, AfterValidator(known_zone)]


class FlightRequest(Input):
    """A flight as a client asks for it: airports by IATA code."""

    origin: IataCode
    destination: IataCode
    cabin: Cabin
    departs_at: Instant
    arrives_at: Instant | None = None
    flight_number: Code | None = None
    supplier: Title | None = None
    price: Money

    @model_validator(mode="after")
    def lands_after_take_off(self) -> Self:
        require_order(self.departs_at, self.arrives_at)
        return self


class HotelRequest(Input):
    """A hotel stay as a client asks for it; `price` is for the whole stay."""

    country: KnownCountry
    city: Title
    name: Title
    stars: Stars | None = None
    check_in: Day
    check_out: Day
    time_zone: KnownZone
    supplier: Title | None = None
    price: Money

    @model_validator(mode="after")
    def has_nights(self) -> Self:
        require_nights(self.check_in, self.check_out)
        return self


class GroundRequest(Input):
    """A leg by rail, road or ferry as a client asks for it."""

    mode: GroundMode
    origin: Title
    destination: Title
    distance_km: Kilometres
    departs_at: Instant
    time_zone: KnownZone
    vehicle: Vehicle | None = None
    supplier: Title | None = None
    price: Money

    @model_validator(mode="after")
    def drives_what_it_says(self) -> Self:
        require_road(self.mode, self.vehicle)
        return self


class InitialFlight(FlightRequest):
    """A flight among the first segments of a trip."""

    kind: Literal["flight"]


class InitialHotel(HotelRequest):
    """A hotel stay among the first segments of a trip."""

    kind: Literal["hotel"]


class InitialGround(GroundRequest):
    """A leg on the ground among the first segments of a trip."""

    kind: Literal["ground"]


SegmentRequest = Annotated[InitialFlight | InitialHotel | InitialGround, Field(discriminator="kind")]


def segment_from(
    request: FlightRequest | HotelRequest | GroundRequest,
    segment_id: UUID,
    *,
    airports: Airports,
    carbon: SegmentCarbon,
    rate: ExchangeRate | None = None,
    pointer: str = "",
) -> PlannedSegment:
    """The segment with its carbon figure; `pointer` is where the request stands in the command."""
    details: Segment
    match request:
        case FlightRequest():
            details = _flight(request, airports, pointer)
        case HotelRequest():
            details = HotelStay(**request.model_dump(include=set(HotelStay.model_fields)))
        case GroundRequest():
            details = GroundLeg(**request.model_dump(include=set(GroundLeg.model_fields)))
    return PlannedSegment(segment_id=segment_id, details=details, carbon=carbon.figure(details), rate=rate)


def _flight(request: FlightRequest, airports: Airports, pointer: str) -> FlightSegment:
    if request.origin == request.destination:
        raise SameAirport(pointer=f"{pointer}/destination")
    return FlightSegment(
        origin=_airport(request.origin, airports, f"{pointer}/origin"),
        destination=_airport(request.destination, airports, f"{pointer}/destination"),
        cabin=request.cabin,
        departs_at=request.departs_at,
        arrives_at=request.arrives_at,
        flight_number=request.flight_number,
        supplier=request.supplier,
        price=request.price,
    )


def _airport(code: str, airports: Airports, pointer: str) -> Airport:
    airport = airports.find(code)
    if airport is None:
        raise UnknownAirport(pointer=pointer)
    return airport


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - NOT_A_PLACE
