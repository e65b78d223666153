"""What can a company do that emits, besides travelling? Energy, vehicles, fuel, leaks, commuting, purchases."""

import re
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator

from domain.kernel.emissions import EmissionFactor, GhgCategory, GhgScope, MarketBasis
from domain.kernel.instants import Day
from domain.kernel.text import Code, Title
from domain.kernel.value import Value

MAX_DAYS = 366
# Counted elsewhere, from what is known better than by its price.
NOT_BY_SPEND = frozenset(
    {GhgCategory.FUEL_AND_ENERGY, GhgCategory.BUSINESS_TRAVEL, GhgCategory.EMPLOYEE_COMMUTING}
)
# As a decimal number is written, by clients and in the log.
WRITTEN_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")


def a_number(value: object) -> object:
    """Refuses what only looks like one: Python counts True as 1, and reads 1_000, blanks and other digits."""
    if isinstance(value, bool) or (isinstance(value, str) and not WRITTEN_NUMBER.fullmatch(value)):
        raise ValueError("must be a number")
    return value


def _quantity(digits: int) -> object:
    return Field(gt=0, le=10**digits, decimal_places=3, max_digits=digits + 4)


KilowattHours = Annotated[Decimal, BeforeValidator(a_number), _quantity(10)]
Litres = Annotated[Decimal, BeforeValidator(a_number), _quantity(9)]
Kilograms = Annotated[Decimal, BeforeValidator(a_number), _quantity(6)]
VehicleKilometres = Annotated[Decimal, BeforeValidator(a_number), _quantity(7)]
KilometresPerDay = Annotated[
    Decimal, BeforeValidator(a_number), Field(gt=0, le=1_000, decimal_places=3, max_digits=7)
]
Headcount = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
WorkingDays = Annotated[int, Field(strict=True, ge=1, le=MAX_DAYS)]
Spend = Annotated[int, Field(strict=True, ge=1, le=10**12)]
FactorValue = Annotated[
    Decimal, BeforeValidator(a_number), Field(ge=0, le=100_000, decimal_places=8, max_digits=14)
]


class DeclaredFactor(Value):
    """A factor the company brings itself: kilograms CO2e per unit, and who published it where and when."""

    reference: Code
    kg_per_unit: FactorValue
    publisher: Title
    source: Title
    year: Annotated[int, Field(strict=True, ge=1990, le=2199)]

    def as_factor(self, activity: str, unit: str) -> EmissionFactor:
        """The factor as it goes into the ledger."""
        return EmissionFactor(
            factor_id=self.reference,
            source=self.source,
            publisher=self.publisher,
            year=self.year,
            activity=activity,
            variant="declared",
            unit=unit,
            value=self.kg_per_unit,
        )


class Contract(Value):
    """What the market-based figure of a bill rests on: the supplier's factor, cancelled guarantees of origin, or
    the residual mix. It covers the whole bill."""

    basis: Literal[MarketBasis.SUPPLIER, MarketBasis.CERTIFICATE, MarketBasis.RESIDUAL_MIX]
    factor: DeclaredFactor


class _Stretch(Value):
    """From `start` until just before `end`, by the days of the place."""

    start: Day
    end: Day

    @model_validator(mode="after")
    def has_days(self) -> Self:
        if not 1 <= (self.end - self.start).days <= MAX_DAYS:
            raise ValueError(f"end must be 1 to {MAX_DAYS} days after start")
        return self

    @property
    def days(self) -> tuple[date, date]:
        """The first day, and the one after the last."""
        return self.start, self.end


class EnergyBill(_Stretch):
    """What one meter measured. Without a contract the market-based figure falls back to the grid's."""

    kind: Literal["energy_bill"] = "energy_bill"
    meter_id: UUID
    kwh: KilowattHours
    contract: Contract | None = None


class VehicleUse(_Stretch):
    """What one vehicle of the company drove, burnt or charged; given in one of the three units.

    `is_on_site_bill`: it charged behind the meter of a site, whose bill has the electricity already.
    """

    kind: Literal["vehicle_use"] = "vehicle_use"
    vehicle_id: UUID
    km: VehicleKilometres | None = None
    litres: Litres | None = None
    kwh: KilowattHours | None = None
    is_on_site_bill: bool = False

    @model_validator(mode="after")
    def is_given_once(self) -> Self:
        if [self.km, self.litres, self.kwh].count(None) != 2:
            raise ValueError("give one of km, litres and kwh")
        return self


class Fuel(StrEnum):
    """What a site burns; `other` comes with a factor of its own."""

    DIESEL = "diesel"
    PETROL = "petrol"
    LPG = "lpg"
    CNG = "cng"
    KEROSENE = "kerosene"
    OTHER = "other"


class FuelUse(_Stretch):
    """What a site burnt in boilers and generators; `unit` is the litre but for `other`."""

    kind: Literal["fuel"] = "fuel"
    site_id: UUID
    fuel: Fuel
    quantity: Litres
    unit: Code = "litre"
    factor: DeclaredFactor | None = None

    @model_validator(mode="after")
    def has_a_factor(self) -> Self:
        if (self.fuel is Fuel.OTHER) != (self.factor is not None):
            raise ValueError("a factor goes with the fuel other, and with no published one")
        if self.fuel is not Fuel.OTHER and self.unit != "litre":
            raise ValueError("published fuels are counted in litres")
        return self


class RefrigerantLeak(Value):
    """What a cooling plant lost: the kilograms that were topped up."""

    kind: Literal["refrigerant"] = "refrigerant"
    site_id: UUID
    day: Day
    gas: Code
    kg: Kilograms

    @property
    def days(self) -> tuple[date, date]:
        """The day it was topped up."""
        return self.day, self.day + timedelta(days=1)


class CommutingMode(StrEnum):
    """How people come to work; whoever walks or cycles is not counted."""

    CAR = "car"
    MOTORBIKE = "motorbike"
    BUS = "bus"
    COACH = "coach"
    RAIL = "rail"
    TRAM = "tram"
    FERRY = "ferry"


class Commuting(_Stretch):
    """How people came to work: so many, on so many days each, so many kilometres there and back. An estimate."""

    kind: Literal["commuting"] = "commuting"
    site_id: UUID
    mode: CommutingMode
    people: Headcount
    working_days: WorkingDays
    km_per_day: KilometresPerDay


class Purchase(_Stretch):
    """What was bought, by its price and a monetary factor per euro. An estimate."""

    kind: Literal["purchase"] = "purchase"
    category: GhgCategory = GhgCategory.PURCHASED_GOODS_AND_SERVICES
    what: Title
    spend_eur_cents: Spend
    factor: DeclaredFactor
    site_id: UUID | None = None

    @model_validator(mode="after")
    def is_counted_by_spend(self) -> Self:
        if self.category.scope is not GhgScope.VALUE_CHAIN or self.category in NOT_BY_SPEND:
            raise ValueError(
                "only purchases of scope 3 are counted by spend; energy, travel and commuting are not"
            )
        return self


ActivityDetails = Annotated[
    EnergyBill | VehicleUse | FuelUse | RefrigerantLeak | Commuting | Purchase, Field(discriminator="kind")
]
ActivityKind = Literal["energy_bill", "vehicle_use", "fuel", "refrigerant", "commuting", "purchase"]
