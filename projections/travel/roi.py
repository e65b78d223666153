"""What does the company gain, by its own inputs, and from which trips and violations does each euro come?

Formula `roi-1`. Per trip that stands and starts in a month, by the inputs in force in that month:

* `time_saved`: minutes_saved_per_trip x hourly_cost / 60, for every trip.
* `approval_time`: minutes_saved_per_approval x hourly_cost / 60, for every trip somebody approved.
* `violations_avoided`: violations_per_100_trips_before x violation_cost / 100 for every trip, less violation_cost
  for every violation found in that month and not excepted.
* `negotiated_rates`: the reference price less the price paid, for every segment on a route with a reference price;
  a segment dearer than that takes away. Segments without one are counted, not guessed.

Whatever comes from one trip or violation is rounded to cents at once, so that the sources add up to the result.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from domain.kernel.value import Value
from domain.travel.roi import RoiInputs
from projections.kernel.sql import Sql

FORMULA = "roi-1"
Component = Literal["time_saved", "approval_time", "violations_avoided", "negotiated_rates"]
NEEDS: Mapping[Component, tuple[str, ...]] = {
    "time_saved": ("minutes_saved_per_trip", "hourly_cost_eur_cents"),
    "approval_time": ("minutes_saved_per_approval", "hourly_cost_eur_cents"),
    "violations_avoided": ("violations_per_100_trips_before", "violation_cost_eur_cents"),
    "negotiated_rates": ("reference_prices",),
}
InputsByMonth = Mapping[date, RoiInputs]
# (type of cost, route) -> how many segments, and what was paid for them.
Paid = Mapping[tuple[str, str | None], tuple[int, int]]
CENT = Decimal(1)


class Source(Value):
    """What one trip, or one violation of it, adds to one part of the result."""

    component: Component
    position: int = Field(description="place in the log of the booking, or of the finding")
    trip_id: UUID
    violation_id: UUID | None
    month: date
    eur_cents: int


class Part(Value):
    """One part of the result; null where no month of the period has the inputs it needs."""

    component: Component
    eur_cents: int | None
    needs: list[str] = Field(description="inputs that are missing in at least one month with trips")


class Swing(Value):
    """What the benefit would be, were one input a tenth lower or higher."""

    input: str
    benefit_at_minus_10_percent: int
    benefit_at_plus_10_percent: int


class Result(Value):
    """The benefit in euro cents, its parts, its cost and how far it depends on each input."""

    formula: str
    benefit_eur_cents: int | None = Field(description="the sum of the parts that could be calculated")
    cost_eur_cents: int | None = Field(
        description="null unless every month of the period has a platform cost"
    )
    roi: Decimal | None = Field(description="(benefit - cost) / cost; null without a cost")
    parts: list[Part]
    sensitivity: list[Swing]
    trips: int
    trips_without_inputs: int = Field(description="trips of months for which no inputs are in force")
    segments_without_reference_price: int


@dataclass
class Month:
    """What happened in one month, as far as the formula asks."""

    trips: int = 0
    approvals: int = 0
    violations: int = 0
    paid: dict[tuple[str, str | None], tuple[int, int]] = field(default_factory=dict)


def calculate(happened: Mapping[date, Month], inputs: InputsByMonth, months: Sequence[date]) -> Result:
    """The result for the months, by the inputs in force in each."""
    parts = [_part(component, happened, inputs) for component in NEEDS]
    known = [part.eur_cents for part in parts if part.eur_cents is not None]
    benefit = sum(known) if known else None
    costs = [inputs[month].platform_cost_eur_cents_per_month if month in inputs else None for month in months]
    cost = None if None in costs else sum(each for each in costs if each is not None)
    return Result(
        formula=FORMULA,
        benefit_eur_cents=benefit,
        cost_eur_cents=cost,
        roi=None if benefit is None or not cost else _share(benefit - cost, cost),
        parts=parts,
        sensitivity=[] if benefit is None else list(_sensitivity(happened, inputs)),
        trips=sum(month.trips for month in happened.values()),
        trips_without_inputs=sum(month.trips for start, month in happened.items() if start not in inputs),
        segments_without_reference_price=sum(
            segments
            for start, month in happened.items()
            for segments in _unreferenced(month.paid, inputs.get(start))
        ),
    )


def per_trip(component: Component, inputs: RoiInputs, paid: Paid, *, is_approved: bool) -> int | None:
    """Cents one trip adds; None where the inputs it needs are missing, or where it adds nothing by its nature."""
    if missing(component, inputs):
        return None
    match component:
        case "time_saved":
            return _minutes(inputs.minutes_saved_per_trip, inputs)
        case "approval_time":
            return _minutes(inputs.minutes_saved_per_approval, inputs) if is_approved else None
        case "violations_avoided":
            before, cost = inputs.violations_per_100_trips_before, inputs.violation_cost_eur_cents
            return _cents(Decimal(before or 0) * Decimal(cost or 0) / 100)
        case "negotiated_rates":
            prices = {(each.cost_type, each.route): each.eur_cents for each in inputs.reference_prices}
            found = [
                (_cents(Decimal(prices[key])) * segments - cents)
                for key, (segments, cents) in paid.items()
                if key in prices
            ]
            return sum(found) if found else None


def missing(component: Component, inputs: RoiInputs) -> list[str]:
    """The inputs without which the component is not calculated."""
    return [name for name in NEEDS[component] if getattr(inputs, name) in (None, ())]


def sources_of(row: Mapping[str, Any], inputs: InputsByMonth, paid: Paid) -> Iterator[Source]:
    """What one trip or violation adds, to every part."""
    in_force = inputs.get(row["month"])
    if in_force is None:
        return
    for component in NEEDS:
        if row["violation_id"] is not None:
            is_counted = component == "violations_avoided" and not missing(component, in_force)
            cents = -_cents(Decimal(in_force.violation_cost_eur_cents or 0)) if is_counted else None
        else:
            cents = per_trip(component, in_force, paid, is_approved=row["is_approved"])
        if cents is not None:
            yield Source(
                component=component,
                position=row["position"],
                trip_id=row["trip_id"],
                violation_id=row["violation_id"],
                month=row["month"],
                eur_cents=cents,
            )


def in_force(inputs_from: Mapping[date, RoiInputs], months: Iterable[date]) -> InputsByMonth:
    """The inputs of each month: the latest that took effect by its first day."""
    found = {month: max((day for day in inputs_from if day <= month), default=None) for month in months}
    return {month: inputs_from[day] for month, day in found.items() if day is not None}


def _part(component: Component, happened: Mapping[date, Month], inputs: InputsByMonth) -> Part:
    cents: list[int] = []
    needs: Counter[str] = Counter()
    for start, month in happened.items():
        by = inputs.get(start, RoiInputs())
        needs.update(missing(component, by))
        if not missing(component, by):
            cents.append(_of_month(component, by, month))
    return Part(component=component, eur_cents=sum(cents) if cents else None, needs=sorted(needs))


def _of_month(component: Component, inputs: RoiInputs, month: Month) -> int:
    each = per_trip(component, inputs, month.paid, is_approved=True) or 0
    match component:
        case "time_saved":
            return each * month.trips
        case "approval_time":
            return each * month.approvals
        case "violations_avoided":
            return (
                each * month.trips - _cents(Decimal(inputs.violation_cost_eur_cents or 0)) * month.violations
            )
        case "negotiated_rates":
            return each


def _sensitivity(happened: Mapping[date, Month], inputs: InputsByMonth) -> Iterator[Swing]:
    for name in sorted({name for names in NEEDS.values() for name in names}):
        lower, higher = (
            sum(
                part.eur_cents or 0
                for component in NEEDS
                for part in [
                    _part(
                        component, happened, {start: scaled(by, name, tenths) for start, by in inputs.items()}
                    )
                ]
            )
            for tenths in (9, 11)
        )
        yield Swing(input=name, benefit_at_minus_10_percent=lower, benefit_at_plus_10_percent=higher)


def scaled(inputs: RoiInputs, name: str, tenths: int) -> RoiInputs:
    """The same inputs, one of them that many tenths of itself; reference prices all together.

    Not rounded: the formula multiplies by it before it rounds.
    """
    factor = Decimal(tenths) / 10
    if name == "reference_prices":
        prices = tuple(
            each.model_copy(update={"eur_cents": each.eur_cents * factor}) for each in inputs.reference_prices
        )
        return inputs.model_copy(update={name: prices})
    value = getattr(inputs, name)
    return inputs if value is None else inputs.model_copy(update={name: value * factor})


def _unreferenced(paid: Paid, inputs: RoiInputs | None) -> Iterator[int]:
    priced = {(each.cost_type, each.route) for each in inputs.reference_prices} if inputs else set()
    for key, (segments, _) in paid.items():
        if key not in priced:
            yield segments


def _minutes(minutes: int | None, inputs: RoiInputs) -> int:
    return _cents(Decimal(minutes or 0) * Decimal(inputs.hourly_cost_eur_cents or 0) / 60)


def _cents(amount: Decimal) -> int:
    return int(amount.quantize(CENT, ROUND_HALF_UP))


def _share(amount: int, of: int) -> Decimal:
    return (Decimal(amount) / of).quantize(Decimal("0.0001"), ROUND_HALF_UP)


HAPPENED = """
with trip as (
  select value::uuid as trip_id, month, position from read.travel_total
  where tenant_id = %(tenant_id)s and dimension = 'trip' and trips_booked = 1
    and month >= %(start)s and month < %(end)s
), source as (
  select t.position, t.trip_id, null::uuid as violation_id, t.month,
         coalesce(r.decided_by is not null, false) as is_approved
  from trip as t left join read.trip as r on r.tenant_id = %(tenant_id)s and r.trip_id = t.trip_id
  union all
  select v.position, v.trip_id, v.violation_id, date_trunc('month', v.day::timestamp)::date, false
  from (
    select *, coalesce(starts_on, (flagged_at at time zone 'UTC')::date) as day from read.violation
    where tenant_id = %(tenant_id)s and status <> 'exempted'
  ) as v
  where v.day >= %(start)s and v.day < %(end)s
)
"""
BY_MONTH = (
    HAPPENED
    + """
select month, count(*) filter (where violation_id is null) as trips, count(*) filter (where is_approved) as approvals,
       count(violation_id) as violations
from source group by month order by month
"""
)
SOURCES = (
    HAPPENED
    + """
select position, trip_id, violation_id, month, is_approved from source
where position > %(after)s order by position limit %(limit)s
"""
)
PAID_BY_MONTH = (
    HAPPENED
    + """
select t.month, s.cost_type, s.route, count(distinct s.line_id) as segments, sum(s.spend_eur_cents)::bigint as cents
from trip as t join read.travel_spend as s
  on s.tenant_id = %(tenant_id)s and s.trip_id = t.trip_id and s.state = 'booked'
group by t.month, s.cost_type, s.route
"""
)
PAID_BY_TRIP = """
select trip_id, cost_type, route, count(distinct line_id) as segments, sum(spend_eur_cents)::bigint as cents
from read.travel_spend
where tenant_id = %(tenant_id)s and trip_id = any(%(trips)s) and state = 'booked'
group by trip_id, cost_type, route
"""


def happened(sql: Sql, *, start: date, end: date) -> dict[date, Month]:
    """What the formula asks for, by month in `start <= month < end`."""
    months = {
        row["month"]: Month(row["trips"], row["approvals"], row["violations"])
        for row in sql.rows(BY_MONTH, start=start, end=end)
    }
    for row in sql.rows(PAID_BY_MONTH, start=start, end=end):
        months[row["month"]].paid[row["cost_type"], row["route"]] = (row["segments"], row["cents"])
    return months


def sources(
    sql: Sql, inputs_from: Mapping[date, RoiInputs], *, start: date, end: date, after: int, limit: int
) -> tuple[list[Source], int | None]:
    """The sources of the next `limit` trips and violations in the order of the log, and where the page after starts."""
    rows = list(sql.rows(SOURCES, start=start, end=end, after=after, limit=limit + 1))
    shown = rows[:limit]
    paid: dict[UUID, dict[tuple[str, str | None], tuple[int, int]]] = {}
    for row in sql.rows(PAID_BY_TRIP, trips=[row["trip_id"] for row in shown]):
        paid.setdefault(row["trip_id"], {})[row["cost_type"], row["route"]] = (row["segments"], row["cents"])
    inputs = in_force(inputs_from, {row["month"] for row in shown})
    found = [source for row in shown for source in sources_of(row, inputs, paid.get(row["trip_id"], {}))]
    return found, shown[-1]["position"] if len(rows) > limit else None
