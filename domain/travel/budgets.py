"""What has a company set apart for one calendar year, for whom, in euros and in carbon?"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound
from domain.kernel.text import Code
from domain.kernel.value import Value
from domain.travel.rule import Outcome

BudgetUnit = Literal["EUR", "kg"]
BudgetOwner = Literal["tenant", "department", "cost_centre", "traveller"]
# Cents or grams: whole, so that they add up.
Amount = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Year = Annotated[int, Field(strict=True, ge=2000, le=2199)]


class Budget(Value):
    """An amount of one year: cents where the unit is EUR, grams where it is kg.

    `owner_id` goes with every owner but the tenant itself.
    """

    owner: BudgetOwner
    owner_id: UUID | None = None
    unit: BudgetUnit
    amount: Amount
    outcome: Outcome

    @property
    def scope(self) -> str:
        """Whose budget it is, in one word: `tenant`, `department:<id>`."""
        return self.owner if self.owner_id is None else f"{self.owner}:{self.owner_id}"

    @property
    def key(self) -> str:
        """What there is one of: a scope and a unit."""
        return f"{self.scope}:{self.unit}"


class BudgetSet(DomainEvent):
    """An amount was set apart, for the first time or anew; what is booked already stands."""

    TOPIC: ClassVar[str] = "budgets.budget-set.v1"

    year: Year
    budget: Budget


class BudgetWithdrawn(DomainEvent):
    """An amount is no longer set apart."""

    TOPIC: ClassVar[str] = "budgets.budget-withdrawn.v1"

    year: Year
    budget: Budget


BudgetEvent = BudgetSet | BudgetWithdrawn


class BudgetUnknown(NotFound):
    """No such budget is set for this year."""


def budgets_id(tenant_id: UUID, year: int) -> UUID:
    """The stream of one year's budgets: one guard for a booking, however many there are."""
    return uuid5(tenant_id, f"budgets:{year}")


class Budgets(Aggregate):
    """All budgets of one calendar year."""

    CATEGORY: ClassVar[str] = "budgets"

    year: int = 0
    budgets: dict[Code, Budget] = {}

    def set_budget(self, budget: Budget, *, year: int, at: datetime) -> None:
        """Sets an amount apart, or another one than before."""
        if self.budgets.get(budget.key) != budget:
            self.record(BudgetSet, at=at, year=year, budget=budget)

    def withdraw(self, key: str, *, at: datetime) -> None:
        """Sets nothing apart any more."""
        if key not in self.budgets:
            raise BudgetUnknown
        self.record(BudgetWithdrawn, at=at, year=self.year, budget=self.budgets[key])

    def of(self, scope: str) -> list[Budget]:
        """What is set apart for the company itself or for one scope of it."""
        return [budget for budget in self.budgets.values() if budget.scope == scope]

    def evolve(self, event: BudgetEvent) -> None:
        match event:
            case BudgetSet():
                self.year = event.year
                self.budgets = {**self.budgets, event.budget.key: event.budget}
            case BudgetWithdrawn():
                self.budgets = {key: one for key, one in self.budgets.items() if key != event.budget.key}
            case _:
                assert_never(event)
