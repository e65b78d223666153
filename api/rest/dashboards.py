"""What a company's travel comes to: 360 degrees, budgets, violations and what it gains."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Self, get_args
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Listing, View
from api.rest.findings import ErrorPlace
from api.rest.problems import RequestInvalid
from api.rest.session import CursorText, Limit, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from domain.kernel.instants import Day
from domain.travel.budgets import Budget, BudgetOwner, Budgets, BudgetUnit, budgets_id
from domain.travel.commitments import year_key
from domain.travel.rule import Outcome
from projections.kernel.sql import Sql
from projections.travel import analytics, budget_tracking, reconciliations, units, violation_trends
from projections.travel.analytics import GroupBy, GroupFigures, MonthFigures, RankBy
from projections.travel.budget_tracking import Account, Standing
from projections.travel.forecast import Forecast, forecast, used_up_on
from projections.travel.violation_trends import Offender, Offenders, Step, TrendLine

router = Shelf(prefix="/api/v1/enterprise/tenants/{tenant_id}", tags=["dashboards"], route_class=StrictRoute)
LONGEST_PERIOD_DAYS = 3 * 366

Start = Annotated[Day | None, Query(description="first month of the period; a year ago by default")]
End = Annotated[Day | None, Query(description="the month after the last one; next month by default")]


class Analytics(View):
    """What a company's journeys cost and emitted in the months of a period, and how they kept its policy.

    Every list adds up to `total`. `lines` is empty unless `group_by` was asked for.
    """

    tenant_id: UUID
    start: date
    end: date
    position: int = Field(description="the place in the log up to which the figures count")
    group_by: GroupBy | None
    rank_by: RankBy
    total: MonthFigures
    by_month: list[MonthFigures]
    by_month_and_type: list[MonthFigures]
    lines: list[GroupFigures] = Field(
        description="the first ones by `rank_by`, then all others as one line; by month, every month in order"
    )


class ViolationTrends(View):
    """Violations found in a period. The lists of the most frequent are cut off, the trend is not."""

    tenant_id: UUID
    start: date
    end: date
    step: Step
    trend: list[TrendLine]
    travellers: list[Offenders]
    departments: list[Offenders]
    cost_centres: list[Offenders]
    rules: list[Offenders]


class BudgetTracker(View):
    """One budget of a year: cents where the unit is EUR, grams where it is kg."""

    key: str
    owner: BudgetOwner
    owner_id: UUID | None
    owner_name: str | None = Field(description="what the department or cost centre is called")
    unit: BudgetUnit
    outcome: Outcome = Field(description="what a booking beyond it leads to")
    amount: int
    taken: int = Field(description="exact, from the claims every booking is judged by")
    remaining: int = Field(description="negative once the budget is exceeded")
    by_month: list[int] = Field(description="what is booked in each month, January first, as of `position`")
    forecast: Forecast | None = Field(
        description="null before two months are over, if the year before has no figures"
    )
    exceeded_on: date | None = Field(
        description="the day on which it is used up if the forecast holds; null: not this year, or unknown"
    )

    @classmethod
    def of(
        cls, budget: Budget, standing: Standing, *, owner_name: str | None, year: int, months_over: int
    ) -> Self:
        """The budget against what is taken of it."""
        expected = forecast(standing.by_month, standing.year_before, months_over=months_over)
        by_month = standing.by_month if expected is None else expected.by_month
        return cls(
            **dict(budget),
            key=budget.key,
            owner_name=owner_name,
            taken=standing.taken,
            remaining=budget.amount - standing.taken,
            by_month=list(standing.by_month),
            forecast=expected,
            exceeded_on=used_up_on(year, budget.amount, by_month),
        )


class BudgetTrackers(Listing[BudgetTracker]):
    """One page of a year's budgets, in the order of their keys."""

    year: int
    position: int = Field(description="the place in the log up to which the months count")


class ReconciliationTotals(View):
    """Estimate and actual of the trips that start in the months of a period; cancelled ones are left out."""

    tenant_id: UUID
    start: date
    end: date
    trips: int
    trips_reconciled: int = Field(
        description="those of `trips` that someone settled and nothing changed since"
    )
    estimate_eur_cents: int = Field(description="what they were booked for")
    reported_eur_cents: int = Field(description="what was reported for them, rejected expenses left out")


@router.get(
    "/analytics",
    operation_id="get_tenant_analytics",
    summary="Spend, carbon and compliance",
    dependencies=[caught_up("travel-totals")],
)
def get_tenant_analytics(
    tenant_id: UUID,
    session: SessionDep,
    start: Start = None,
    end: End = None,
    group_by: Annotated[GroupBy | None, Query(description="what the lines of the answer are")] = None,
    rank_by: Annotated[RankBy, Query(description="which lines come first")] = "spend",
    top: Annotated[int, Query(ge=1, le=100, description="how many lines before all others are one")] = 20,
) -> Analytics:
    """Booked and cancelled trips, spend, carbon, compliance and violations: in all, by month, by type of cost
    and by one dimension of your choice.

    Spend and carbon count in the months of the travel days, at the rates of the booking. A trip counts once, in the
    month its journey starts, and under the supplier, route, type and currency of its dearest segment. Compliance is
    the share of booked trips that broke no rule when they were booked. A violation counts in the month its journey
    starts, by the outcome it had when it was found. A cancelled trip takes its figures with it, not its violations.
    """
    session.only_tenant(tenant_id)
    first, last = months(start, end, today=session.house.clock().date())
    with session.house.reading(tenant_id) as sql:
        found = analytics.dashboard(sql, start=first, end=last, group_by=group_by, rank_by=rank_by, top=top)
        if group_by in ("department", "cost_centre"):
            found = found.model_copy(update={"lines": _named(sql, found.lines)})
    return Analytics(
        tenant_id=tenant_id, start=first, end=last, group_by=group_by, rank_by=rank_by, **dict(found)
    )


@router.get(
    "/analytics/violations",
    operation_id="get_violation_trends",
    summary="Trends of violations",
    dependencies=[caught_up("violations", fed_by="policy-enforcement")],
)
def get_violation_trends(
    tenant_id: UUID,
    session: SessionDep,
    start: Start = None,
    end: End = None,
    step: Annotated[Step, Query(description="weeks start on Monday")] = "month",
    top: Annotated[int, Query(ge=1, le=100, description="how many of each are listed")] = 10,
) -> ViolationTrends:
    """Violations by week or month, rule, outcome and status, and who and what led to most of them.

    A violation counts when it was found, in UTC, with the outcome and the status it has now.
    """
    session.only_tenant(tenant_id)
    first, last = months(start, end, today=session.house.clock().date())
    found_from, found_until = (datetime.combine(day, time(), UTC) for day in (first, last))
    with session.house.reading(tenant_id) as sql:
        most = {
            offender: violation_trends.most(sql, offender, start=found_from, end=found_until, top=top)
            for offender in get_args(Offender)
        }
        for unit in ("department", "cost_centre"):
            most[unit] = _offenders_named(sql, most[unit])
        return ViolationTrends(
            tenant_id=tenant_id,
            start=first,
            end=last,
            step=step,
            trend=violation_trends.trend(sql, start=found_from, end=found_until, step=step),
            travellers=most["traveller"],
            departments=most["department"],
            cost_centres=most["cost_centre"],
            rules=most["rule"],
        )


@router.get(
    "/analytics/budgets",
    operation_id="list_budget_trackers",
    summary="Budgets, what is taken and what will be",
    dependencies=[caught_up("travel-totals"), caught_up("carbon-ledger")],
)
def list_budget_trackers(
    tenant_id: UUID,
    session: SessionDep,
    year: Annotated[int | None, Query(ge=2000, le=2199, description="this year by default")] = None,
    owner: Annotated[BudgetOwner | None, Query(description="budgets of one kind of owner only")] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> BudgetTrackers:
    """Every budget of a year: what is taken and left, by month, and what will be taken by the end of the year.

    `taken` comes from the claims every booking is judged by and is exact; the months come from read models, carbon
    from the carbon ledger, and are as new as `position`. The forecast is `seasonal_naive` (months to come take what
    they took a year before) where the year before has figures, else `run_rate` (they take the mean of the months that
    are over, at least two), and never less than what is booked in them already; its interval holds 95 %.
    """
    session.only_tenant(tenant_id)
    today = session.house.clock().date()
    year = year or today.year
    after, following = session.place({"year": year, "owner": owner}, cursor)
    book = session.house.streams(tenant_id).find(Budgets, budgets_id(tenant_id, year))
    budgets = sorted(
        (one for one in (book.budgets.values() if book else ()) if owner in (None, one.owner)),
        key=lambda one: one.key,
    )
    remaining = [one for one in budgets if after is None or one.key > after[0]]
    shown = {
        one: Account(one.owner, one.owner_id, one.unit, year_key(year, one.owner, one.owner_id))
        for one in remaining[:limit]
    }
    with session.house.reading(tenant_id) as sql:
        standings = budget_tracking.standings(sql, list(shown.values()), year=year)
        position = budget_tracking.stands_at(sql)
        called = units.names(sql, [one.owner_id for one in shown if one.owner_id is not None])
    over = 12 if year < today.year else 0 if year > today.year else today.month - 1
    trackers = [
        BudgetTracker.of(
            one,
            standings[account],
            owner_name=called.get(one.owner_id) if one.owner_id else None,
            year=year,
            months_over=over,
        )
        for one, account in shown.items()
    ]
    more = len(remaining) > limit
    return BudgetTrackers(
        year=year,
        position=position,
        data=trackers,
        next_cursor=following((remaining[limit - 1].key,) if more else None),
    )


@router.get(
    "/analytics/reconciliations",
    operation_id="get_reconciliation_totals",
    summary="Estimates and what was reported",
    dependencies=[caught_up("reconciliations")],
)
def get_reconciliation_totals(
    tenant_id: UUID, session: SessionDep, start: Start = None, end: End = None
) -> ReconciliationTotals:
    """What the trips that start in the months of a period were booked for, what was reported for them, and how many
    of them are settled. The two amounts stand side by side and are never added."""
    session.only_tenant(tenant_id)
    first, last = months(start, end, today=session.house.clock().date())
    with session.house.reading(tenant_id) as sql:
        found = reconciliations.totals(sql, start=first, end=last)
    return ReconciliationTotals(tenant_id=tenant_id, start=first, end=last, **dict(found))


def _named(sql: Sql, lines: list[GroupFigures]) -> list[GroupFigures]:
    called = units.names(sql, [UUID(line.value) for line in lines if line.value])
    return [
        line.model_copy(update={"name": called.get(UUID(line.value))}) if line.value else line
        for line in lines
    ]


def _offenders_named(sql: Sql, found: list[Offenders]) -> list[Offenders]:
    called = units.names(sql, [unit for one in found if (unit := one.department_id or one.cost_centre_id)])
    return [
        one.model_copy(update={"name": called.get(unit)})
        if (unit := one.department_id or one.cost_centre_id)
        else one
        for one in found
    ]


def months(start: date | None, end: date | None, *, today: date) -> tuple[date, date]:
    """The months asked for, as a half-open period. Refuses RequestInvalid."""
    first = (start or today.replace(year=today.year - 1, day=1)).replace(day=1)
    last = (end or date(today.year + today.month // 12, today.month % 12 + 1, 1)).replace(day=1)
    if not 0 < (last - first).days <= LONGEST_PERIOD_DAYS:
        detail = "Must be a later month than start, by three years at most."
        raise RequestInvalid(errors=[ErrorPlace(pointer="/end", detail=detail, location="query")])
    return first, last
