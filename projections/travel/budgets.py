"""What has this company set apart, for which year and for whom?

How much of it is taken is no question to a read model: the claims say it, exactly.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.travel.budgets import BudgetEvent, BudgetOwner, BudgetSet, BudgetUnit, BudgetWithdrawn
from domain.travel.rule import Outcome
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql

MOST_BUDGETS = 10_000


class BudgetRow(Row):
    """One amount of one year, as it was last set: cents where the unit is EUR, grams where it is kg."""

    TABLE: ClassVar[str] = "budget"
    KEY: ClassVar[tuple[str, ...]] = ("year", "scope", "unit")

    year: int
    """The calendar year of the travel days."""
    scope: str
    """Whose budget it is, in one word: tenant, department:<id>."""
    unit: BudgetUnit
    """EUR (the amount is in cents) or kg (the amount is in grams)."""
    owner: BudgetOwner
    """Tenant, department, cost_centre or traveller."""
    owner_id: UUID | None
    """Which one of them; null for the tenant itself."""
    amount: int
    """What is set apart, in cents or grams."""
    outcome: Outcome
    """What a journey beyond it leads to: allow, warn, require_approval or block."""
    set_at: datetime
    """When the amount was last set (occurred_at of the event)."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class BudgetsSet(Projector[BudgetRow]):
    """One row per budget; a withdrawn one has none."""

    name: ClassVar[str] = "budgets"
    row: ClassVar[type[BudgetRow]] = BudgetRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (BudgetSet, BudgetWithdrawn)

    def keys(self, event: BudgetEvent) -> Iterable[Key]:
        return ((event.year, event.budget.scope, event.budget.unit),)

    def project(self, event: BudgetEvent, rows: Rows[BudgetRow]) -> None:
        match event:
            case BudgetSet():
                rows.put(_set(event))
            case BudgetWithdrawn():
                rows.remove(event.year, event.budget.scope, event.budget.unit)
            case _:
                assert_never(event)


def _set(event: BudgetSet) -> BudgetRow:
    return BudgetRow(
        year=event.year,
        scope=event.budget.scope,
        set_at=event.occurred_at,
        position=event.position,
        **event.budget.model_dump(),
    )


SELECT_BUDGETS = """
select year, scope, unit, owner, owner_id, amount, outcome, set_at, position
from read.budget
where tenant_id = %(tenant_id)s and year = %(year)s
order by scope, unit limit %(limit)s
"""


def of_year(sql: Sql, year: int) -> list[BudgetRow]:
    """Every budget of one calendar year, by scope and unit."""
    return [BudgetRow(**row) for row in sql.rows(SELECT_BUDGETS, year=year, limit=MOST_BUDGETS)]
