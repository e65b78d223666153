"""What may a journey consist of when its carbon is asked for? One element per leg, stay or drive."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from domain.kernel.emissions import MarketBasis
from domain.kernel.haul import Haul
from domain.kernel.instants import Day
from domain.kernel.text import Code, CountryCode, IataCode, Title
from domain.kernel.value import Value


def a_number(value: Any) -> Any:
    """A number in quotes, or a truth value, is a client's mistake: "12" may be a label, True is none."""
    if isinstance(value, bool | str):
        raise ValueError("must be a number, not text")
    return value


Kilometres = Annotated[
    Decimal, BeforeValidator(a_number), Field(gt=0, le=40_000, decimal_places=6, max_digits=11)
]
KilowattHours = Annotated[
    Decimal, BeforeValidator(a_number), Field(gt=0, le=100_000, decimal_places=3, max_digits=9)
]
FuelKg = Annotated[
    Decimal, BeforeValidator(a_number), Field(gt=0, le=100_000, decimal_places=3, max_digits=9)
]
KgPerKwh = Annotated[Decimal, BeforeValidator(a_number), Field(ge=0, le=2, decimal_places=6, max_digits=7)]
Occupants = Annotated[StrictInt, Field(ge=1, le=9)]
Nights = Annotated[StrictInt, Field(ge=1, le=366)]
Rooms = Annotated[StrictInt, Field(ge=1, le=500)]
FactorYear = Annotated[StrictInt, Field(ge=2000, le=2199)]


class CabinClass(StrEnum):
    """Cabins as publishers name them."""

    ECONOMY = "economy"
    PREMIUM_ECONOMY = "premium_economy"
    BUSINESS = "business"
    FIRST = "first"


class RailService(StrEnum):
    """Which train it is. A publisher that does not tell them apart uses its nearest row."""

    NATIONAL = "national"
    INTERNATIONAL = "international"
    HIGH_SPEED = "high_speed"
    INTERCITY = "intercity"
    REGIONAL = "regional"
    COMMUTER = "commuter"
    LIGHT_RAIL = "light_rail"
    TRAM = "tram"
    UNDERGROUND = "underground"


class Keeper(StrEnum):
    """Who owns or controls a vehicle: the company's own burns in scope 1, any other in business travel."""

    COMPANY = "company"
    RENTAL = "rental"
    OWN = "own"


class Size(StrEnum):
    """Of a car or a motorbike."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    AVERAGE = "average"


class Drive(StrEnum):
    """What a vehicle runs on; `phev` charges from a socket and `hybrid` does not."""

    PETROL = "petrol"
    DIESEL = "diesel"
    HYBRID = "hybrid"
    PHEV = "phev"
    BEV = "bev"
    CNG = "cng"
    LPG = "lpg"
    UNKNOWN = "unknown"

    @property
    def is_charged(self) -> bool:
        """Does it take electricity from a country's grid?"""
        return self in (Drive.PHEV, Drive.BEV)


class Contract(Value):
    """What is bought for charging: the supplier's own factor, guarantees of origin, or the residual mix."""

    basis: Literal[MarketBasis.SUPPLIER, MarketBasis.CERTIFICATE, MarketBasis.RESIDUAL_MIX]
    supplier: Title
    reference: Code = Field(description="the contract's or certificate's number")
    year: FactorYear
    kg_co2e_per_kwh: KgPerKwh


class _Element(Value):
    reference: Code | None = Field(None, description="the client's own name for the element")
    factor_year: FactorYear | None = Field(
        None, description="the publication to use; the set's own by default"
    )


class Flight(_Element):
    """One flight: by its airports, or by its distance and kind."""

    mode: Literal["flight"]
    origin: IataCode | None = None
    destination: IataCode | None = None
    distance_km: Kilometres | None = Field(None, description="great-circle, where no airports are given")
    haul: Haul | None = Field(None, description="with a distance only; without a UK end by default")
    cabin: CabinClass | None = Field(None, description="the average passenger if left out")
    flight_number: Code | None = None
    departs_on: Day | None = None
    fuel_kg: FuelKg | None = Field(None, description="burnt for this passenger, where the airline says so")

    @model_validator(mode="after")
    def says_where(self) -> Self:
        airports = (self.origin, self.destination)
        if self.distance_km is not None and any(airports):
            raise ValueError("give either both airports or a distance")
        if self.distance_km is None and not all(airports):
            raise ValueError("give both airports, or a distance")
        if self.haul is not None and self.distance_km is None:
            raise ValueError("haul goes with a distance; airports say it themselves")
        return self


class Hotel(_Element):
    """Nights in a hotel."""

    mode: Literal["hotel"]
    country: CountryCode
    city: Title | None = Field(None, description="London has a factor of its own")
    nights: Nights
    rooms: Rooms = 1


class Rail(_Element):
    """A train, tram or underground."""

    mode: Literal["rail"]
    service: RailService = RailService.NATIONAL
    country: CountryCode | None = None
    distance_km: Kilometres


class Car(_Element):
    """A car by kilometres, or a battery car by what it charged. Factors are per vehicle: occupants share."""

    mode: Literal["car"]
    vehicle: Keeper
    size: Size = Size.AVERAGE
    fuel: Drive = Drive.UNKNOWN
    country: CountryCode | None = Field(None, description="where it is charged; needed for bev and phev")
    distance_km: Kilometres | None = None
    kwh: KilowattHours | None = Field(None, description="charged, instead of the distance of a bev")
    occupants: Occupants = 1
    contract: Contract | None = None

    @model_validator(mode="after")
    def can_be_driven(self) -> Self:
        if (self.distance_km is None) == (self.kwh is None):
            raise ValueError("give either distance_km or kwh")
        if self.kwh is not None and self.fuel is not Drive.BEV:
            raise ValueError("kwh goes with a bev only")
        if self.fuel.is_charged and self.country is None:
            raise ValueError("a bev or phev needs the country it is charged in")
        if self.contract is not None and not (self.fuel.is_charged and self.vehicle is Keeper.COMPANY):
            raise ValueError("a contract goes with a company bev or phev")
        return self


class Van(_Element):
    """A van of the company."""

    mode: Literal["van"]
    vehicle: Literal[Keeper.COMPANY]
    fuel: Literal["petrol", "diesel", "cng", "lpg", "unknown"] = "unknown"
    distance_km: Kilometres
    occupants: Occupants = 1


class Motorbike(_Element):
    """A motorbike, per vehicle."""

    mode: Literal["motorbike"]
    vehicle: Keeper
    size: Size = Size.AVERAGE
    distance_km: Kilometres
    occupants: Annotated[StrictInt, Field(ge=1, le=2)] = 1


class Taxi(_Element):
    """A taxi per passenger; per vehicle only where one company pays for the whole cab."""

    mode: Literal["taxi"]
    kind: Literal["regular_taxi", "black_cab"] = "regular_taxi"
    per: Literal["passenger", "vehicle"] = "passenger"
    distance_km: Kilometres


class Bus(_Element):
    """A bus or coach, per passenger."""

    mode: Literal["bus"]
    service: Literal["average_local_bus", "local_london_bus", "local_bus_not_london", "coach"] = (
        "average_local_bus"
    )
    distance_km: Kilometres


class Ferry(_Element):
    """A crossing, per passenger."""

    mode: Literal["ferry"]
    passenger: Literal["foot_passenger", "car_passenger", "average_passenger"] = "foot_passenger"
    distance_km: Kilometres


class Commuting(BaseModel):
    """The way to work. It is category 7 and belongs into the ledger; this calculation refuses it by name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    mode: Literal["commuting"]


Element = Annotated[
    Flight | Hotel | Rail | Car | Van | Motorbike | Taxi | Bus | Ferry | Commuting,
    Field(discriminator="mode"),
]
