"""Into which departments, cost centres and groups of travellers does a company divide itself?"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Conflict, RuleBroken
from domain.kernel.text import Code, Title

UNIT_CODE = "unit-code"


class UnitKind(StrEnum):
    """What a unit is for: where people work, who pays, whose policy applies."""

    DEPARTMENT = "department"
    COST_CENTRE = "cost_centre"
    TRAVELLER_GROUP = "traveller_group"


class UnitOpened(DomainEvent):
    """The company made a department, a cost centre or a group of travellers."""

    TOPIC: ClassVar[str] = "unit.opened.v1"

    kind: UnitKind
    code: Code
    name: Title


class UnitRenamed(DomainEvent):
    """It goes by another name or code from now on."""

    TOPIC: ClassVar[str] = "unit.renamed.v1"

    code: Code
    name: Title


class UnitClosed(DomainEvent):
    """Nothing new is put on its account; what was there stays."""

    TOPIC: ClassVar[str] = "unit.closed.v1"


UnitEvent = UnitOpened | UnitRenamed | UnitClosed


class UnitCodeTaken(Conflict):
    """Another unit of this kind has this code already."""


class UnitIsClosed(RuleBroken):
    """This unit is closed."""


class Unit(Aggregate):
    """A department, a cost centre or a group of travellers; codes are unique among open ones of a kind."""

    CATEGORY: ClassVar[str] = "unit"

    kind: UnitKind
    code: Code
    name: Title
    is_open: bool = True

    def open(self, *, kind: UnitKind, code: str, name: str, at: datetime) -> None:
        """Makes the unit."""
        if not self.version:
            self.record(UnitOpened, at=at, kind=kind, code=code, name=name)

    def rename(self, *, code: str, name: str, at: datetime) -> None:
        """Gives it another code or name."""
        self._require_open()
        if (code, name) != (self.code, self.name):
            self.record(UnitRenamed, at=at, code=code, name=name)

    def close(self, *, at: datetime) -> None:
        """Takes it out of use."""
        if self.is_open:
            self.record(UnitClosed, at=at)

    def evolve(self, event: UnitEvent) -> None:
        match event:
            case UnitOpened():
                self.kind = event.kind
                self.code = event.code
                self.name = event.name
            case UnitRenamed():
                self.code = event.code
                self.name = event.name
            case UnitClosed():
                self.is_open = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """The code, as long as the unit is open."""
        match event:
            case UnitOpened():
                return Claims(taken=(Claim(UNIT_CODE, f"{event.kind}:{event.code}", self.id),))
            case UnitRenamed() if event.code != self.code:
                return Claims(
                    taken=(Claim(UNIT_CODE, f"{self.kind}:{event.code}", self.id),),
                    released=(self._code_released(),),
                )
            case UnitClosed():
                return Claims(released=(self._code_released(),))
            case _:
                return NO_CLAIMS

    def _code_released(self) -> Release:
        return Release(UNIT_CODE, f"{self.kind}:{self.code}", self.id)

    def _require_open(self) -> None:
        if not self.is_open:
            raise UnitIsClosed
