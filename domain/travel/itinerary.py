"""What can a journey consist of? Flights, hotel stays and legs on the ground."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from functools import total_ordering
from itertools import combinations
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from domain.kernel.geography import Airport, ZoneName
from domain.kernel.instants import Day, Instant
from domain.kernel.money import Money
from domain.kernel.text import Code, CountryCode, Title
from domain.kernel.value import Value

MAX_NIGHTS = 92
# What counts as a night when two stays are held against each other.
EVENING, MORNING = time(22), time(6)


@total_ordering
class Cabin(Enum):
    """Cabins from the plainest to the most comfortable; they compare by that order."""

    ECONOMY = "economy"
    PREMIUM_ECONOMY = "premium_economy"
    BUSINESS = "business"
    FIRST = "first"

    @property
    def rank(self) -> int:
        """0 for economy."""
        return list(Cabin).index(self)

    def __lt__(self, other: "Cabin") -> bool:
        return self.rank < other.rank


class GroundMode(StrEnum):
    """How one travels without flying; every mode has a published emission factor."""

    RAIL = "rail"
    INTERNATIONAL_RAIL = "international_rail"
    TRAM = "tram"
    BUS = "bus"
    COACH = "coach"
    TAXI = "taxi"
    CAR = "car"
    MOTORBIKE = "motorbike"
    FERRY = "ferry"


class Vehicle(StrEnum):
    """Whose car or motorbike it is: the company's fuel is its own emission, another's is not."""

    COMPANY = "company"
    RENTAL = "rental"
    OWN = "own"


DRIVEN = frozenset({GroundMode.CAR, GroundMode.MOTORBIKE})


def not_a_boolean(value: object) -> object:
    """Python counts True as 1; a client that sends it made a mistake."""
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


Stars = Annotated[
    Decimal, BeforeValidator(not_a_boolean), Field(ge=0, le=5, multiple_of=Decimal("0.5"), max_digits=3)
]
Kilometres = Annotated[
    Decimal, BeforeValidator(not_a_boolean), Field(gt=0, le=20_000, decimal_places=3, max_digits=8)
]


def local_time(instant: datetime, time_zone: str) -> datetime:
    """What the clock on the wall shows there, without its zone."""
    return instant.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)


def require_order(departs_at: datetime, arrives_at: datetime | None) -> None:
    """Nobody arrives before leaving."""
    if arrives_at is not None and arrives_at <= departs_at:
        raise ValueError("arrives_at must be after departs_at")


def require_nights(check_in: date, check_out: date) -> None:
    """A stay has at least one night."""
    if not 1 <= (check_out - check_in).days <= MAX_NIGHTS:
        raise ValueError(f"check_out must be 1 to {MAX_NIGHTS} days after check_in")


def require_road(mode: GroundMode, vehicle: Vehicle | None) -> None:
    """Only what one drives oneself belongs to someone."""
    if vehicle is not None and mode not in DRIVEN:
        raise ValueError("vehicle goes with a car or a motorbike only")


class FlightSegment(Value):
    """One flight, from one runway to another."""

    kind: Literal["flight"] = "flight"
    origin: Airport
    destination: Airport
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

    @property
    def starts_at(self) -> datetime:
        """Take-off."""
        return self.departs_at

    @property
    def ends_at(self) -> datetime:
        """Landing, or take-off where landing is unknown."""
        return self.arrives_at or self.departs_at

    @property
    def time_zone(self) -> str:
        """The clock at the origin."""
        return self.origin.time_zone

    @property
    def mode(self) -> str:
        """How one travels."""
        return "flight"

    @property
    def route(self) -> str:
        """From where to where: CDG-JFK."""
        return f"{self.origin.iata}-{self.destination.iata}"

    @property
    def days(self) -> tuple[date, ...]:
        """The local day the flight belongs to: the day of departure."""
        return (local_time(self.departs_at, self.time_zone).date(),)


class HotelStay(Value):
    """Nights in one hotel. `price` is for the whole stay; `stars` may be unknown."""

    kind: Literal["hotel"] = "hotel"
    country: CountryCode
    city: Title
    name: Title
    stars: Stars | None = None
    check_in: Day
    check_out: Day
    time_zone: ZoneName
    supplier: Title | None = None
    price: Money

    @model_validator(mode="after")
    def has_nights(self) -> Self:
        require_nights(self.check_in, self.check_out)
        return self

    @property
    def mode(self) -> str:
        """What is paid for."""
        return "hotel"

    @property
    def route(self) -> str:
        """Where one stays."""
        return self.city

    @property
    def nights(self) -> int:
        """How many nights the guest sleeps there."""
        return (self.check_out - self.check_in).days

    @property
    def starts_at(self) -> datetime:
        """The last moment of the check-in day: until then the guest may still arrive."""
        return datetime.combine(self.check_in, time.max, ZoneInfo(self.time_zone)).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment of the check-out day."""
        return datetime.combine(self.check_out, time.min, ZoneInfo(self.time_zone)).astimezone(UTC)

    def overlaps(self, other: "HotelStay") -> bool:
        """Would the guest sleep in both at once? By the instants of the nights, since whoever crosses
        the date line lives through one date twice."""
        return self._falls_asleep < other._wakes_up and other._falls_asleep < self._wakes_up

    @property
    def _falls_asleep(self) -> datetime:
        return datetime.combine(self.check_in, EVENING, ZoneInfo(self.time_zone)).astimezone(UTC)

    @property
    def _wakes_up(self) -> datetime:
        return datetime.combine(self.check_out, MORNING, ZoneInfo(self.time_zone)).astimezone(UTC)

    @property
    def days(self) -> tuple[date, ...]:
        """The local day of every night; each bears its share of price and carbon."""
        return tuple(self.check_in + timedelta(days=night) for night in range(self.nights))


class GroundLeg(Value):
    """One leg by rail, road or ferry."""

    kind: Literal["ground"] = "ground"
    mode: GroundMode
    origin: Title
    destination: Title
    distance_km: Kilometres
    departs_at: Instant
    time_zone: ZoneName
    vehicle: Vehicle | None = None
    supplier: Title | None = None
    price: Money

    @property
    def route(self) -> str:
        """From where to where."""
        return f"{self.origin}-{self.destination}"

    @property
    def starts_at(self) -> datetime:
        """Departure."""
        return self.departs_at

    @property
    def ends_at(self) -> datetime:
        """Departure too: how long a leg takes is not asked."""
        return self.departs_at

    @property
    def days(self) -> tuple[date, ...]:
        """The local day the leg belongs to."""
        return (local_time(self.departs_at, self.time_zone).date(),)


Segment = Annotated[FlightSegment | HotelStay | GroundLeg, Field(discriminator="kind")]


def returns_too_early(segments: Sequence[Segment]) -> bool:
    """Does a flight leave before one that was named earlier and goes the other way?"""
    flights = [each for each in segments if isinstance(each, FlightSegment)]
    return any(
        (there.origin.iata, there.destination.iata) == (back.destination.iata, back.origin.iata)
        and back.departs_at < there.departs_at
        for there, back in combinations(flights, 2)
    )
