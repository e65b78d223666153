"""Budgets: what a company sets apart for a year, and how much of it is left."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field

from api.rest.conventions import Listing, Resource, link_to_next, listing_name
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.ports.store import AsOf
from application.travel.budgets import SetBudget, WithdrawBudget, amount_of
from domain.travel.budgets import Budget, BudgetOwner, Budgets, BudgetUnit, budgets_id
from domain.travel.rule import Outcome

router = Shelf(prefix="/api/v1/enterprise/budgets", tags=["budgets"], route_class=StrictRoute)


class BudgetView(Resource):
    """An amount set apart for one calendar year: cents where the unit is EUR, grams where it is kg.

    `taken` and `remaining` are those of this very moment, however far the read models are.
    """

    year: int
    key: str = Field(description="the budget's name within its year")
    owner: BudgetOwner
    owner_id: UUID | None = Field(description="null for the company itself")
    unit: BudgetUnit
    amount: int
    outcome: Outcome = Field(description="what a journey beyond it leads to")
    taken: int = Field(description="by journeys that are booked and stand")
    remaining: int = Field(description="below zero where more was booked than is set apart")

    @classmethod
    def of(cls, budget: Budget, *, year: int, taken: int, version: int, position: int | None = None) -> Self:
        """The budget with what is left of it."""
        return cls(
            version=version,
            position=position,
            year=year,
            key=budget.key,
            taken=taken,
            remaining=budget.amount - taken,
            **budget.model_dump(),
        )


class BudgetList(Listing[BudgetView]):
    """One page of budgets."""


@router.put("", operation_id="set_budget", summary="Set a budget")
def set_budget(body: SetBudget, session: SessionDep) -> BudgetView:
    """Sets an amount apart for one year, or another amount than before. What is booked already stands."""
    session.refuse_if_match()
    book, answer = session.change(body, Budgets, budgets_id(session.tenant_id, body.year))
    budget = Budget(**body.model_dump(include=set(Budget.model_fields)))
    (view,) = _views(session, book, [budget], year=body.year, position=answer.saved.position)
    return view


@router.get("", operation_id="list_budgets", summary="List budgets", dependencies=[AtLeast])
def list_budgets(
    year: Annotated[int, Query(ge=2000, le=2199)],
    session: SessionDep,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> BudgetList:
    """The budgets of one calendar year with what is taken and what is left, by key. Always as new as can be."""
    name = listing_name(session.operation, {"year": year})
    cursors = session.house.cursors
    after = "" if cursor is None else cursors.read(session.tenant_id, name, cursor)[0]
    book = session.house.streams(session.tenant_id).find(Budgets, budgets_id(session.tenant_id, year))
    if book is None:
        return BudgetList(data=[], next_cursor=None)
    keys = [key for key in sorted(book.budgets) if key > after][: limit + 1]
    following = None
    if len(keys) > limit:
        following = cursors.write(session.tenant_id, name, (keys[limit - 1],))
        link_to_next(session.request, following)
    shown = [book.budgets[key] for key in keys[:limit]]
    return BudgetList(data=_views(session, book, shown, year=year), next_cursor=following)


@router.delete("/{year}/{key}", operation_id="withdraw_budget", summary="Withdraw a budget")
def withdraw_budget(
    year: Annotated[int, Path(ge=2000, le=2199)],
    key: Annotated[str, Path(max_length=120)],
    session: SessionDep,
) -> BudgetView:
    """Sets nothing apart any more; answers what was."""
    stream_id = budgets_id(session.tenant_id, year)
    book, answer = session.change(WithdrawBudget(year=year, key=key), Budgets, stream_id)
    before = session.house.streams(session.tenant_id).as_of(
        Budgets, stream_id, AsOf(version=answer.saved.version - 1)
    )
    (view,) = _views(session, book, [before.budgets[key]], year=year, position=answer.saved.position)
    return view


def _views(
    session: Session, book: Budgets, budgets: list[Budget], *, year: int, position: int | None = None
) -> list[BudgetView]:
    places = [amount_of(budget, year) for budget in budgets]
    taken = session.house.amounts(session.tenant_id).taken(places)
    return [
        BudgetView.of(budget, year=year, taken=taken[place], version=book.version, position=position)
        for budget, place in zip(budgets, places, strict=True)
    ]
