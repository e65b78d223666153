"""What a company's travel comes to: 360 degrees, budgets, violations and what it gains."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from api.rest.conventions import View
from api.rest.findings import ErrorPlace
from api.rest.problems import RequestInvalid
from api.rest.session import SessionDep, caught_up
from api.rest.strict_json import StrictRoute
from domain.kernel.instants import Day
from projections.travel import analytics
from projections.travel.analytics import GroupBy, GroupFigures, MonthFigures, RankBy

router = APIRouter(
    prefix="/api/v1/enterprise/tenants/{tenant_id}", tags=["analytics"], route_class=StrictRoute
)
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
    return Analytics(
        tenant_id=tenant_id, start=first, end=last, group_by=group_by, rank_by=rank_by, **dict(found)
    )


def months(start: date | None, end: date | None, *, today: date) -> tuple[date, date]:
    """The months asked for, as a half-open period. Refuses RequestInvalid."""
    first = (start or today.replace(year=today.year - 1, day=1)).replace(day=1)
    last = (end or date(today.year + today.month // 12, today.month % 12 + 1, 1)).replace(day=1)
    if not 0 < (last - first).days <= LONGEST_PERIOD_DAYS:
        detail = "Must be a later month than start, by three years at most."
        raise RequestInvalid(errors=[ErrorPlace(pointer="/end", detail=detail, location="query")])
    return first, last
