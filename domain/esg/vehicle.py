"""Which vehicles does a company own or control? What they burn is its own emission."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self, assert_never
from uuid import UUID

from pydantic import model_validator

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Conflict, RuleBroken
from domain.kernel.text import Code
from domain.kernel.value import Value

VEHICLE_CODE = "vehicle-code"


class VehicleBody(StrEnum):
    """Which kind of vehicle the published factors know."""

    CAR_SMALL = "car_small"
    CAR_MEDIUM = "car_medium"
    CAR_LARGE = "car_large"
    CAR_AVERAGE = "car_average"
    VAN = "van_average"
    MOTORBIKE = "motorbike"


class Drive(StrEnum):
    """What moves it; `bev` is a battery, `phev` a battery beside an engine."""

    PETROL = "petrol"
    DIESEL = "diesel"
    HYBRID = "hybrid"
    CNG = "cng"
    LPG = "lpg"
    UNKNOWN = "unknown"
    PHEV = "phev"
    BEV = "bev"


class VehicleDetails(Value):
    """A vehicle as the factors see it. It charges on the grid of its site's country. The code is the company's
    own: no number plate, which names a person."""

    code: Code
    site_id: UUID
    body: VehicleBody
    drive: Drive
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None

    @model_validator(mode="after")
    def exists(self) -> Self:
        if self.body is VehicleBody.MOTORBIKE and self.drive is not Drive.PETROL:
            raise ValueError("a motorbike is counted with petrol")
        if self.body is VehicleBody.VAN and self.drive is Drive.HYBRID:
            raise ValueError("no factor is published for a hybrid van")
        if self.body is VehicleBody.CAR_SMALL and self.drive in (Drive.CNG, Drive.LPG):
            raise ValueError("no factor is published for a small car on gas")
        return self


class VehicleRegistered(DomainEvent):
    """The company owns, leases or controls a vehicle."""

    TOPIC: ClassVar[str] = "vehicle.registered.v1"

    details: VehicleDetails


class VehicleChanged(DomainEvent):
    """It belongs elsewhere, or was described wrongly; lines of before stay as they were."""

    TOPIC: ClassVar[str] = "vehicle.changed.v1"

    details: VehicleDetails


class VehicleRetired(DomainEvent):
    """The company has it no more."""

    TOPIC: ClassVar[str] = "vehicle.retired.v1"


VehicleEvent = VehicleRegistered | VehicleChanged | VehicleRetired


class VehicleCodeTaken(Conflict):
    """Another vehicle has this code already."""


class VehicleIsRetired(RuleBroken):
    """This vehicle is retired; no use is entered for it."""


class Vehicle(Aggregate):
    """One vehicle of the company; codes are unique among those in use."""

    CATEGORY: ClassVar[str] = "vehicle"

    details: VehicleDetails
    is_in_use: bool = True

    def register(self, details: VehicleDetails, *, at: datetime) -> None:
        """Takes it into the fleet."""
        if not self.version:
            self.record(VehicleRegistered, at=at, details=details)

    def change(self, details: VehicleDetails, *, at: datetime) -> None:
        """Says anew what it is and whose."""
        self.require_in_use()
        if details != self.details:
            self.record(VehicleChanged, at=at, details=details)

    def retire(self, *, at: datetime) -> None:
        """Takes it out of the fleet."""
        if self.is_in_use:
            self.record(VehicleRetired, at=at)

    def require_in_use(self) -> None:
        """Refuses with VehicleIsRetired."""
        if not self.is_in_use:
            raise VehicleIsRetired

    def evolve(self, event: VehicleEvent) -> None:
        match event:
            case VehicleRegistered() | VehicleChanged():
                self.details = event.details
            case VehicleRetired():
                self.is_in_use = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """The code, as long as the vehicle is in use."""
        match event:
            case VehicleRegistered():
                return Claims(taken=(Claim(VEHICLE_CODE, event.details.code, self.id),))
            case VehicleChanged() if event.details.code != self.details.code:
                return Claims(
                    taken=(Claim(VEHICLE_CODE, event.details.code, self.id),),
                    released=(Release(VEHICLE_CODE, self.details.code, self.id),),
                )
            case VehicleRetired():
                return Claims(released=(Release(VEHICLE_CODE, self.details.code, self.id),))
            case _:
                return NO_CLAIMS
