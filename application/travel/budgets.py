"""How does a company set amounts apart for a year?"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import require_traveller, require_unit
from domain.kernel.refusals import Malformed
from domain.travel.budgets import Amount, Budget, BudgetOwner, Budgets, BudgetUnit, Year, budgets_id
from domain.travel.commitments import CARBON_YEAR, SPEND_YEAR, year_key
from domain.travel.rule import Outcome
from domain.travel.unit import UnitKind


class SetBudget(Command):
    """Set an amount apart for one calendar year: cents where the unit is EUR, grams where it is kg."""

    year: Year
    owner: BudgetOwner
    owner_id: UUID | None = None
    unit: BudgetUnit
    amount: Amount
    outcome: Outcome = Outcome.WARN


class WithdrawBudget(Command):
    """Set it apart no longer."""

    year: Year
    key: Annotated[str, Field(max_length=120)]


class BudgetOwnerMissing(Malformed):
    """Name whose budget it is: an id goes with every owner but the tenant itself."""


def set_budget(command: SetBudget, context: Context) -> Saved:
    stream_id = budgets_id(context.tenant_id, command.year)
    if (command.owner == "tenant") != (command.owner_id is None):
        raise BudgetOwnerMissing(pointer="/owner_id")
    budget = Budget(**command.model_dump(include=set(Budget.model_fields)))

    def decide() -> tuple[Budgets, ...]:
        _require_owner(command, context)
        book = context.store.read(Budgets, stream_id) or Budgets.new(stream_id)
        book.set_budget(budget, year=command.year, at=context.now)
        return (book,)

    return context.store.save_all(decide)


def withdraw_budget(command: WithdrawBudget, context: Context) -> Saved:
    return context.store.change(
        Budgets,
        budgets_id(context.tenant_id, command.year),
        lambda book: book.withdraw(command.key, at=context.now),
    )


def amount_of(budget: Budget, year: int) -> tuple[str, str]:
    """Kind and key of the claims that draw on the budget."""
    kind = SPEND_YEAR if budget.unit == "EUR" else CARBON_YEAR
    return kind, year_key(year, budget.owner, budget.owner_id)


def _require_owner(command: SetBudget, context: Context) -> None:
    match command.owner, command.owner_id:
        case "department", owner_id:
            require_unit(context, owner_id, UnitKind.DEPARTMENT, pointer="/owner_id")
        case "cost_centre", owner_id:
            require_unit(context, owner_id, UnitKind.COST_CENTRE, pointer="/owner_id")
        case "traveller", UUID() as owner_id:
            require_traveller(context, owner_id, pointer="/owner_id")
        case _:
            pass


HANDLERS: Handlers = {SetBudget: set_budget, WithdrawBudget: withdraw_budget}
