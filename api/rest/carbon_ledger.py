"""The carbon ledger: what a company emitted, by scope and by whatever is asked, as known at any time."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from api.rest.conventions import View
from api.rest.findings import ErrorPlace
from api.rest.problems import RequestInvalid
from api.rest.session import SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from domain.kernel.emissions import CarbonMethod, GhgCategory, MarketBasis
from domain.kernel.instants import Day
from projections.esg import ledger_queries
from projections.esg.ledger_queries import LedgerFilter
from projections.kernel.sql import Sql

router = Shelf(
    prefix="/api/v1/enterprise/tenants/{tenant_id}/carbon",
    tags=["carbon-ledger"],
    route_class=StrictRoute,
)
LONGEST_PERIOD_DAYS = 366 * 3
MOST_GROUPS = 2_000
Grams = int
Scope2Method = Literal["location", "market"]
GroupBy = Literal[
    "month", "site_id", "department_id", "cost_centre_id", "vehicle_id", "mode", "route", "trip_id", "grade"
]

Start = Annotated[Day | None, Query(description="first day; 1 January of this year by default")]
End = Annotated[
    Day | None, Query(description="the day after the last one; 1 January of the next year by default")
]
KnownOn = Annotated[Day | None, Query(description="as known at the end of this day (UTC); now by default")]
AtPosition = Annotated[
    int | None, Query(ge=0, lt=2**62, description="as known at this position of the log; now by default")
]
ScopeFilter = Annotated[int | None, Query(ge=1, le=3, description="1, 2 or 3; all by default")]


class CarbonFigures(View):
    """Grams CO2e. Outside scope 2 both methods agree."""

    location_g: Grams = Field(description="with scope 2 by location")
    market_g: Grams = Field(description="with scope 2 by market")
    estimate_g: Grams = Field(description="of location_g, what is an estimate")
    lines: int


class CategoryFigures(CarbonFigures):
    """One category of the GHG Protocol."""

    scope: int
    category: GhgCategory
    number: int | None = Field(description="of the fifteen of scope 3")


class GroupFigures(CarbonFigures):
    """One site, month, mode, ...; null is what belongs to none."""

    value: str | None


class CarbonReport(View):
    """What was emitted in a period, as known at one position of the log."""

    tenant_id: UUID
    start: date
    end: date
    position: int = Field(description="as known here: lines of later events are not seen")
    known_on: date | None
    scope: int | None
    method: Scope2Method
    group_by: GroupBy | None
    total_g: Grams = Field(description="by the method asked for")
    total: CarbonFigures
    scope_1_g: Grams
    scope_2_location_g: Grams
    scope_2_market_g: Grams
    scope_3_g: Grams
    location_fallback_g: Grams = Field(
        description="of scope 2 by market, what rests on the grid's own factor since nothing else is known"
    )
    calculation_methods: list[CarbonMethod]
    categories: list[CategoryFigures]
    groups: list[GroupFigures]


@router.get(
    "",
    operation_id="get_tenant_carbon",
    summary="Carbon by scope",
    dependencies=[caught_up("carbon-ledger")],
)
def get_tenant_carbon(
    tenant_id: UUID,
    session: SessionDep,
    start: Start = None,
    end: End = None,
    scope: ScopeFilter = None,
    method: Annotated[Scope2Method, Query(description="of scope 2; both are always shown")] = "location",
    group_by: Annotated[GroupBy | None, Query(description="what the groups of the answer are")] = None,
    known_on: KnownOn = None,
    position: AtPosition = None,
    format: Annotated[
        Literal["json", "csv"], Query(description="csv: one line per category and group")
    ] = "json",
) -> CarbonReport:
    """Scopes 1, 2 and 3 of a period, by category of the GHG Protocol and by one dimension of your choice, from the
    carbon ledger. `known_on` and `position` answer with what was known then: what was corrected or restated later
    still counts as it did. Sums are whole grams, so every list adds up to the total."""
    session.only_tenant(tenant_id)
    first, last = period(start, end, today=session.house.clock().date())
    only = LedgerFilter(scope=scope)
    with session.house.reading(tenant_id) as sql:
        at = position_of(sql, known_on, position)
        asked: dict[str, Any] = {"start": first, "end": last, "at": at, "only": only}
        categories = ledger_queries.totals(sql, by=("scope", "category", "method", "market_basis"), **asked)
        groups = [] if group_by is None else ledger_queries.totals(sql, by=(group_by,), **asked)
    if len(groups) > MOST_GROUPS:
        # Cut off, the list would not add up to the total.
        detail = f"Has more than {MOST_GROUPS} values in this period; ask for a shorter one."
        raise RequestInvalid(errors=[ErrorPlace(pointer="/group_by", detail=detail, location="query")])
    report = _report(categories, groups)
    answer = CarbonReport(
        tenant_id=tenant_id,
        start=first,
        end=last,
        position=at,
        known_on=known_on,
        scope=scope,
        method=method,
        group_by=group_by,
        total_g=report["total"].market_g if method == "market" else report["total"].location_g,
        **report,
    )
    if format == "csv":
        return _as_csv(answer)  # type: ignore[return-value]
    return answer


def period(start: date | None, end: date | None, *, today: date) -> tuple[date, date]:
    """The days asked for, half-open. Refuses RequestInvalid."""
    first = start or date(today.year, 1, 1)
    last = end or date(first.year + 1, 1, 1)
    if not 0 < (last - first).days <= LONGEST_PERIOD_DAYS:
        detail = "Must be a later day than start, by three years at most."
        raise RequestInvalid(errors=[ErrorPlace(pointer="/end", detail=detail, location="query")])
    return first, last


def position_of(sql: Sql, known_on: date | None, position: int | None) -> int:
    """The position asked for, never beyond what the ledger has come to. Refuses RequestInvalid."""
    if known_on is not None and position is not None:
        detail = "Name only one of known_on and position."
        raise RequestInvalid(errors=[ErrorPlace(pointer="/position", detail=detail, location="query")])
    reached = ledger_queries.ledger_position(sql)
    if known_on is not None:
        midnight = datetime.combine(known_on + timedelta(days=1), time(), UTC)
        position = ledger_queries.position_known_at(sql, midnight - timedelta(microseconds=1))
    return reached if position is None else min(position, reached)


def _report(categories: Sequence[Any], groups: Sequence[Any]) -> dict[str, Any]:
    by_category: dict[tuple[int, str], list[Any]] = {}
    for row in categories:
        by_category.setdefault((row["scope"], row["category"]), []).append(row)
    shown = [
        CategoryFigures(
            scope=scope,
            category=GhgCategory(category),
            number=GhgCategory(category).number,
            **_sums(rows),
        )
        for (scope, category), rows in sorted(by_category.items(), key=_official)
    ]
    fallback = [row for row in categories if row["market_basis"] == MarketBasis.LOCATION]
    return {
        "total": CarbonFigures(**_sums(categories)),
        "scope_1_g": sum(one.location_g for one in shown if one.scope == 1),
        "scope_2_location_g": sum(one.location_g for one in shown if one.scope == 2),
        "scope_2_market_g": sum(one.market_g for one in shown if one.scope == 2),
        "scope_3_g": sum(one.location_g for one in shown if one.scope == 3),
        "location_fallback_g": sum(row["market_g"] for row in fallback),
        "calculation_methods": sorted({CarbonMethod(row["method"]) for row in categories}),
        "categories": shown,
        "groups": [_group(row) for row in groups],
    }


def _official(place: tuple[tuple[int, str], Any]) -> int:
    return list(GhgCategory).index(GhgCategory(place[0][1]))


def _sums(rows: Sequence[Any]) -> dict[str, int]:
    return {
        "location_g": sum(row["location_g"] for row in rows),
        "market_g": sum(row["market_g"] for row in rows),
        "estimate_g": sum(row["estimate_location_g"] or 0 for row in rows),
        "lines": sum(row["lines"] for row in rows),
    }


def _group(row: Any) -> GroupFigures:
    (name,) = set(row) - {"location_g", "market_g", "estimate_location_g", "lines"}
    value = row[name]
    return GroupFigures(value=None if value is None else str(value), **_sums([row]))


def _as_csv(report: CarbonReport) -> Response:
    """The same figures as a table; both parts add up to the total."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["part", "scope", "category", "value", "location_g", "market_g", "estimate_g", "lines"])
    for one in report.categories:
        figures = [one.location_g, one.market_g, one.estimate_g, one.lines]
        table.writerow(["category", one.scope, one.category, "", *figures])
    for group in report.groups:
        figures = [group.location_g, group.market_g, group.estimate_g, group.lines]
        table.writerow([report.group_by, "", "", _harmless(group.value or ""), *figures])
    total = report.total
    table.writerow(["total", "", "", "", total.location_g, total.market_g, total.estimate_g, total.lines])
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8; header=present")


def _harmless(cell: str) -> str:
    """A spreadsheet runs what begins like a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
