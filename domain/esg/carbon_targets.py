"""What does a company mean to emit, measured from which year, and when does it want a report of itself?"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self, assert_never
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.text import Title
from domain.kernel.value import Value

Year = Annotated[int, Field(strict=True, ge=1990, le=2100)]
ScopeNumber = Annotated[int, Field(strict=True, ge=1, le=3)]
Kilograms = Annotated[Decimal, Field(ge=0, le=10**12, max_digits=18, decimal_places=3)]


class CarbonTarget(Value):
    """A reduction in percent against the base year, market-based."""

    name: Title
    target_year: Year
    reduction_percent: Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]
    scopes: tuple[ScopeNumber, ...] = Field((1, 2, 3), min_length=1, max_length=3)


class DeclaredBase(Value):
    """What the base year came to, where the ledger does not reach back to it."""

    scope_1_kg: Kilograms
    scope_2_kg: Kilograms
    scope_3_kg: Kilograms


class Ambition(Value):
    """Base year, targets and schedule; None is not said."""

    base_year: Year | None = None
    declared_base: DeclaredBase | None = None
    targets: tuple[CarbonTarget, ...] = Field((), max_length=10)
    drafts_monthly: bool = False
    drafts_yearly: bool = False

    @model_validator(mode="after")
    def _targets_follow_the_base_year(self) -> Self:
        if self.targets and self.base_year is None:
            raise ValueError("targets need a base year")
        if any(target.target_year <= (self.base_year or 0) for target in self.targets):
            raise ValueError("a target's year must be after the base year")
        return self


UNSTATED = Ambition()


class CarbonTargetsSet(DomainEvent):
    """The company set its base year, targets and schedule; the whole of it as it is from now on."""

    TOPIC = "carbon-targets.set.v1"

    ambition: Ambition


class CarbonTargets(Aggregate):
    """The company's only set of targets."""

    CATEGORY = "carbon-targets"

    ambition: Ambition = UNSTATED

    def set(self, ambition: Ambition, *, at: datetime) -> None:
        """States them anew."""
        if not self.version or ambition != self.ambition:
            self.record(CarbonTargetsSet, at=at, ambition=ambition)

    def evolve(self, event: CarbonTargetsSet) -> None:
        match event:
            case CarbonTargetsSet():
                self.ambition = event.ambition
            case _:
                assert_never(event)


def carbon_targets_id(tenant_id: UUID) -> UUID:
    """The company's only targets."""
    return uuid5(tenant_id, "carbon-targets")
