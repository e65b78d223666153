"""How do violations develop, and who and what leads to most of them?

A violation counts when it was found, in UTC, with the outcome and the status it has now.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from domain.kernel.instants import Day
from domain.kernel.value import Value
from domain.travel.rule import Outcome, Rule
from domain.travel.violation import ViolationStatus
from projections.kernel.sql import Sql

Step = Literal["week", "month"]
Offender = Literal["traveller", "department", "cost_centre", "rule"]
# More than three years of weeks, of every rule, outcome and status: nothing is ever cut off.
MOST_LINES = 20_000


class TrendLine(Value):
    """So many violations of one rule, outcome and status were found in the week or month that starts then."""

    starts_on: Day
    rule: Rule
    outcome: Outcome
    status: ViolationStatus
    violations: int


class Offenders(Value):
    """How many violations are one traveller's, department's, cost centre's or rule's. null: nobody's."""

    traveller_id: UUID | None = None
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    rule: Rule | None = None
    name: str | None = None
    """What the department or cost centre is called."""
    violations: int
    trips: int
    blocked: int
    exempted: int
    open: int


TREND = """
select date_trunc(%(step)s, flagged_at at time zone 'UTC')::date as starts_on, rule, outcome, status,
       count(*) as violations
from read.violation
where tenant_id = %(tenant_id)s and flagged_at >= %(start)s and flagged_at < %(end)s
group by 1, 2, 3, 4 order by 1, 2, 3, 4 limit %(limit)s
"""
MOST = """
select {column}, count(*) as violations, count(distinct trip_id) as trips,
       count(*) filter (where outcome = 'block') as blocked,
       count(*) filter (where status = 'exempted') as exempted,
       count(*) filter (where status = 'open') as open
from read.violation
where tenant_id = %(tenant_id)s and flagged_at >= %(start)s and flagged_at < %(end)s
group by {column} order by violations desc, {column} limit %(limit)s
"""
MOST_BY = {
    offender: MOST.format(column=column)
    for offender, column in {
        "traveller": "traveller_id",
        "department": "department_id",
        "cost_centre": "cost_centre_id",
        "rule": "rule",
    }.items()
}


def trend(sql: Sql, *, start: datetime, end: datetime, step: Step) -> list[TrendLine]:
    """Violations found in `start <= found < end`, by week (from Monday) or month."""
    rows = sql.rows(TREND, step=step, start=start, end=end, limit=MOST_LINES)
    return [TrendLine(**row) for row in rows]


def most(sql: Sql, offender: Offender, *, start: datetime, end: datetime, top: int) -> list[Offenders]:
    """Those with the most violations, the first ones only."""
    rows: Any = sql.rows(MOST_BY[offender], start=start, end=end, limit=top)
    return [Offenders(**row) for row in rows]
