"""What measures the energy a site buys? Its meters for electricity and heat."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Conflict, RuleBroken
from domain.kernel.text import Code

METER_CODE = "meter-code"


class Energy(StrEnum):
    """What is bought by the kilowatt hour."""

    ELECTRICITY = "electricity"
    HEAT = "heat"


class MeterInstalled(DomainEvent):
    """A site got a meter; the code is the one on its bills."""

    TOPIC: ClassVar[str] = "meter.installed.v1"

    site_id: UUID
    code: Code
    energy: Energy


class MeterRemoved(DomainEvent):
    """It measures no more; its bills stay."""

    TOPIC: ClassVar[str] = "meter.removed.v1"


MeterEvent = MeterInstalled | MeterRemoved


class MeterCodeTaken(Conflict):
    """Another meter has this code already."""


class MeterIsRemoved(RuleBroken):
    """This meter was removed; no bill is entered for it."""


class Meter(Aggregate):
    """One meter of one site; codes are unique among those in use."""

    CATEGORY: ClassVar[str] = "meter"

    site_id: UUID
    code: Code
    energy: Energy
    is_in_use: bool = True

    def install(self, *, site_id: UUID, code: str, energy: Energy, at: datetime) -> None:
        """Begins to measure."""
        if not self.version:
            self.record(MeterInstalled, at=at, site_id=site_id, code=code, energy=energy)

    def remove(self, *, at: datetime) -> None:
        """Measures no more."""
        if self.is_in_use:
            self.record(MeterRemoved, at=at)

    def require_in_use(self) -> None:
        """Refuses with MeterIsRemoved."""
        if not self.is_in_use:
            raise MeterIsRemoved

    def evolve(self, event: MeterEvent) -> None:
        match event:
            case MeterInstalled():
                self.site_id = event.site_id
                self.code = event.code
                self.energy = event.energy
            case MeterRemoved():
                self.is_in_use = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """The code, as long as the meter is in use."""
        match event:
            case MeterInstalled():
                return Claims(taken=(Claim(METER_CODE, event.code, self.id),))
            case MeterRemoved():
                return Claims(released=(Release(METER_CODE, self.code, self.id),))
            case _:
                return NO_CLAIMS
