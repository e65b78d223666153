"""What does the dashboard of a company's travel show? One statement, so that all its figures are of one moment."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from pydantic import Field, computed_field

from domain.kernel.value import Value
from domain.travel.journey import CostType
from projections.kernel.sql import Sql

GroupBy = Literal[
    "month", "department", "cost_centre", "traveller", "supplier", "route", "cost_type", "currency"
]
RankBy = Literal["spend", "carbon", "trips", "violations"]
FOUR_DIGITS = Decimal("0.0001")


class ByOutcome(Value):
    """Violations by what the policy made of them when they were found."""

    warn: int = 0
    require_approval: int = 0
    block: int = 0


class Figures(Value):
    """What was booked and still stands, what was cancelled, and how well the policy was kept.

    Spend and carbon count in the months of the travel days. A trip counts in the month its journey
    starts, under its dearest segment; a violation in that month, by the outcome it had when it was found.
    """

    trips_booked: int = Field(0, description="booked and not cancelled")
    trips_cancelled: int = Field(0, description="cancelled after they were booked")
    trips_compliant: int = Field(0, description="those of `trips_booked` that broke no rule when booked")
    trips_unjudged: int = Field(
        0, description="those of `trips_booked` that no policy was in force for; they count as compliant"
    )
    spend_eur_cents: int = Field(0, description="at the exchange rates of the booking")
    carbon_g: int = Field(0, description="grams CO2e")
    violations: int = Field(0, description="found, whether or not the trip was booked in the end")
    violations_by_outcome: ByOutcome = ByOutcome()

    # mypy has no support for decorated properties; pydantic documents this order.
    @computed_field(description="trips_compliant / trips_booked; null without a trip")  # type: ignore[prop-decorator]
    @property
    def compliance(self) -> Decimal | None:
        if not self.trips_booked:
            return None
        return (Decimal(self.trips_compliant) / self.trips_booked).quantize(FOUR_DIGITS, ROUND_HALF_UP)

    @classmethod
    def total(cls, lines: Iterable["Figures"]) -> "Figures":
        """The sum of some lines."""
        total = Figures()
        for line in lines:
            total = total + line
        return total

    def __add__(self, other: "Figures") -> "Figures":
        mine, others = self.violations_by_outcome, other.violations_by_outcome
        return Figures(
            trips_booked=self.trips_booked + other.trips_booked,
            trips_cancelled=self.trips_cancelled + other.trips_cancelled,
            trips_compliant=self.trips_compliant + other.trips_compliant,
            trips_unjudged=self.trips_unjudged + other.trips_unjudged,
            spend_eur_cents=self.spend_eur_cents + other.spend_eur_cents,
            carbon_g=self.carbon_g + other.carbon_g,
            violations=self.violations + other.violations,
            violations_by_outcome=ByOutcome(
                warn=mine.warn + others.warn,
                require_approval=mine.require_approval + others.require_approval,
                block=mine.block + others.block,
            ),
        )


class MonthFigures(Figures):
    """The figures of a month, or of one type of cost in it; null is all of them."""

    month: date | None = None
    cost_type: CostType | None = None


class GroupFigures(Figures):
    """One line of the answer: the figures of one department, supplier, ..., or of all that follow the first ones."""

    value: str | None = Field(
        None, description="id or name; null is what belongs to none, or with `is_others` all the rest"
    )
    name: str | None = Field(None, description="what the department or cost centre is called")
    is_others: bool = Field(False, description="the sum of all lines beyond `top`")


class Dashboard(Value):
    """All parts of one answer, as of one position of the log."""

    position: int
    total: MonthFigures
    by_month: list[MonthFigures]
    by_month_and_type: list[MonthFigures]
    lines: list[GroupFigures]


SUMS = """
sum(trips_booked)::bigint as trips_booked, sum(trips_cancelled)::bigint as trips_cancelled,
sum(trips_compliant)::bigint as trips_compliant, sum(trips_unjudged)::bigint as trips_unjudged,
sum(spend_eur_cents)::bigint as spend_eur_cents, sum(carbon_g)::bigint as carbon_g,
sum(violations_warned)::bigint as violations_warned,
sum(violations_for_approval)::bigint as violations_for_approval,
sum(violations_blocked)::bigint as violations_blocked
"""
# What was booked and cancelled again leaves rows in which nothing is left; no line is shown for them.
OF_DIMENSION = """
from read.travel_total
where tenant_id = %(tenant_id)s and dimension = {dimension} and month >= %(start)s and month < %(end)s
  and trips_booked + trips_cancelled + spend_eur_cents + carbon_g
      + violations_warned + violations_for_approval + violations_blocked > 0
"""
DASHBOARD = f"""
with one as (
  select value, {SUMS} {OF_DIMENSION.format(dimension="%(dimension)s")} group by value
), ranked as (
  select *, row_number() over (
    order by case %(rank_by)s when 'spend' then spend_eur_cents when 'carbon' then carbon_g
                              when 'trips' then trips_booked
                              else violations_warned + violations_for_approval + violations_blocked end desc,
             value
  ) as place from one
), part as (
  select 'month' as part, month, '' as value, 0 as place, {SUMS} {OF_DIMENSION.format(dimension="'all'")}
  group by month
  union all
  select 'type', month, value, 0, {SUMS} {OF_DIMENSION.format(dimension="'cost_type'")} group by month, value
  union all
  select 'line', null, case when place <= %(top)s then value end, least(place, %(top)s + 1), {SUMS} from ranked
  group by case when place <= %(top)s then value end, least(place, %(top)s + 1)
)
select stands.position as stands_at, part.*
from (
  select coalesce(max(position), 0) as position from es.checkpoint
  where tenant_id = %(tenant_id)s and consumer = 'projection:travel-totals'
) as stands left join part on true
order by part, month, place, value
"""  # noqa: S608 constants of this module


def dashboard(
    sql: Sql, *, start: date, end: date, group_by: GroupBy | None, rank_by: RankBy, top: int
) -> Dashboard:
    """The figures of `start <= month < end`; months are listed in order and never cut off."""
    dimension = None if group_by == "month" else group_by
    found = sql.rows(DASHBOARD, start=start, end=end, dimension=dimension, rank_by=rank_by, top=top)
    months = [_of_month(row) for row in found if row["part"] == "month"]
    return Dashboard(
        position=found[0]["stands_at"],
        total=MonthFigures(**Figures.total(months).model_dump(exclude={"compliance"})),
        by_month=months,
        by_month_and_type=[_of_month(row) for row in found if row["part"] == "type"],
        lines=[_as_line(month) for month in months]
        if group_by == "month"
        else [_of_group(row, top) for row in found if row["part"] == "line"],
    )


def _of_month(row: Mapping[str, Any]) -> MonthFigures:
    return MonthFigures(month=row["month"], cost_type=row["value"] or None, **_figures(row))


def _of_group(row: Mapping[str, Any], top: int) -> GroupFigures:
    return GroupFigures(value=row["value"] or None, is_others=row["place"] > top, **_figures(row))


def _as_line(month: MonthFigures) -> GroupFigures:
    figures = month.model_dump(exclude={"month", "cost_type", "compliance"})
    return GroupFigures(value=str(month.month), **figures)


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    outcomes = ByOutcome(
        warn=row["violations_warned"],
        require_approval=row["violations_for_approval"],
        block=row["violations_blocked"],
    )
    plain = (
        *("trips_booked", "trips_cancelled", "trips_compliant", "trips_unjudged"),
        *("spend_eur_cents", "carbon_g"),
    )
    return {
        **{name: row[name] for name in plain},
        "violations": outcomes.warn + outcomes.require_approval + outcomes.block,
        "violations_by_outcome": outcomes,
    }
