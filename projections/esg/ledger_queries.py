"""What does the carbon ledger say of a period, as known at a position of the log?

Every query takes `start <= occurred_on < end` and `at`, a position: lines of later events are not seen, and a line
that was taken back later still stands. `at=None` is everything the read model knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from domain.esg.reduction_levers import Flown
from projections.esg.carbon_line import CarbonLineRow
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.sql import Sql

LAST_POSITION = 2**62
LINES_READ_AT_ONCE = 5_000

Dimension = Literal[
    "month",
    "scope",
    "category",
    "mode",
    "part",
    "site_id",
    "vehicle_id",
    "department_id",
    "cost_centre_id",
    "traveller_id",
    "trip_id",
    "segment_id",
    "route",
    "method",
    "market_basis",
    "grade",
    "factor_id",
    "is_actual",
]
DIMENSIONS: dict[str, str] = {
    **{name: name for name in CarbonLineRow.model_fields},
    "is_actual": "(actual_position is not null and actual_position <= %(at)s)",
}


@dataclass(frozen=True)
class LedgerFilter:
    """Which lines are meant; None is all of them."""

    scope: int | None = None
    category: str | None = None
    mode: str | None = None
    site_id: Any = None
    department_id: Any = None
    cost_centre_id: Any = None
    traveller_id: Any = None
    trip_id: Any = None
    vehicle_id: Any = None
    method: str | None = None


EVERYTHING = LedgerFilter()
CONDITIONS = {
    "scope": "and scope = %(scope)s",
    "category": "and category = %(category)s",
    "mode": "and mode = %(mode)s",
    "site_id": "and site_id = %(site_id)s",
    "department_id": "and department_id = %(department_id)s",
    "cost_centre_id": "and cost_centre_id = %(cost_centre_id)s",
    "traveller_id": "and traveller_id = %(traveller_id)s",
    "trip_id": "and trip_id = %(trip_id)s",
    "vehicle_id": "and vehicle_id = %(vehicle_id)s",
    "method": "and method = %(method)s",
}

STANDS = "entry = 'fact' and position <= %(at)s and coalesce(reversed_position, %(last)s) > %(at)s"


def standing_lines(
    sql: Sql,
    *,
    start: date,
    end: date,
    at: int | None = None,
    only: LedgerFilter = EVERYTHING,
    limit: int = LIMIT,
    after: Sequence[Any] | None = None,
) -> Page[CarbonLineRow]:
    """The facts that stood at the position, by day and then by line id; reversals and what they took back are out."""
    found = _standing(sql, start=start, end=end, at=at, only=only, limit=limit + 1, after=after)
    return page_of(found, limit, "occurred_on", "line_id")


def every_standing_line(
    sql: Sql, *, start: date, end: date, at: int | None = None, only: LedgerFilter = EVERYTHING
) -> Iterator[CarbonLineRow]:
    """The same, all of them in that order: what a report is made of. Use one snapshot transaction or a fixed `at`."""
    after: Sequence[Any] | None = None
    while True:
        page = standing_lines(
            sql, start=start, end=end, at=at, only=only, limit=LINES_READ_AT_ONCE, after=after
        )
        yield from page.rows
        if page.next_after is None:
            return
        after = page.next_after


def totals(
    sql: Sql,
    *,
    start: date,
    end: date,
    by: Sequence[Dimension] = (),
    at: int | None = None,
    only: LedgerFilter = EVERYTHING,
) -> Sequence[Mapping[str, Any]]:
    """Sums of what stood: one row per combination of `by`, with location_g, market_g, estimate_location_g,
    lines. Integers throughout."""
    columns = [f"{DIMENSIONS[name]} as {name}" for name in by]
    grouping = ", ".join(str(place + 1) for place in range(len(by)))
    grouped = ("group by", grouping, "order by", grouping) if by else ()
    statement = " ".join(("select", ", ".join((*columns, SUMS)), OF_PERIOD, *_conditions(only), *grouped))
    return sql.rows(statement, **_parameters(start, end, at, only))


def feed(sql: Sql, *, after: Sequence[Any] | None = None, limit: int = LIMIT) -> Page[CarbonLineRow]:
    """Every line in the order it was entered, reversals too: what an auditor follows."""
    position, line_id = after or (0, None)
    rows = sql.rows(FEED, position=position, line_id=line_id, limit=limit + 1)
    return page_of([CarbonLineRow.model_validate(row) for row in rows], limit, "position", "line_id")


def position_known_at(sql: Sql, known_at: datetime) -> int:
    """The last position that was recorded before or at the instant; 0 where nothing was.

    Positions have no gaps and the server's clock never goes back, so the place is found by halving.
    """
    below, above = 0, ledger_position(sql) + 1
    while above - below > 1:
        middle = (below + above) // 2
        row = sql.row(RECORDED_AT, position=middle)
        assert row is not None  # the ledger has seen every position up to its own
        below, above = (middle, above) if row["recorded_at"] <= known_at else (below, middle)
    return below


def flown(sql: Sql, *, start: date, end: date, at: int | None = None) -> list[Flown]:
    """The flights that stood, by route and published row: what levers are reckoned from."""
    rows = sql.rows(FLOWN, **_parameters(start, end, at, EVERYTHING), limit=MOST_ROUTES)
    return [Flown(**row) for row in rows]


@dataclass(frozen=True)
class Source:
    """A journey or an activity with lines in a period."""

    id: UUID
    is_trip: bool


def sources(
    sql: Sql, *, start: date, end: date, at: int, after: Source | None = None, limit: int = LIMIT
) -> list[Source]:
    """Every journey and activity whose lines stood in the period and were weighed by a published factor."""
    rows = sql.rows(
        SOURCES,
        after=after.id if after else FIRST_LINE,
        limit=limit,
        **_parameters(start, end, at, EVERYTHING),
    )
    return [Source(row["id"], row["is_trip"]) for row in rows]


def ledger_position(sql: Sql) -> int:
    """How far in the tenant's log the ledger has come."""
    row = sql.row(STANDS_AT)
    return 0 if row is None else int(row["position"])


COLUMNS = ", ".join(CarbonLineRow.model_fields)
IN_PERIOD = "occurred_on >= %(start)s and occurred_on < %(end)s"
SUMS = """sum(location_g)::bigint as location_g, sum(market_g)::bigint as market_g,
  sum(location_g) filter (where actual_position is null or actual_position > %(at)s)::bigint as estimate_location_g,
  count(*) as lines"""
STANDING = f"""
select {COLUMNS} from read.carbon_line
where tenant_id = %(tenant_id)s and {IN_PERIOD} and {STANDS}
  and (occurred_on, line_id) > (%(after_day)s, %(after_line)s)
"""  # noqa: S608 constants of this module
BY_DAY = "order by occurred_on, line_id limit %(limit)s"
OF_PERIOD = f"from read.carbon_line where tenant_id = %(tenant_id)s and {IN_PERIOD} and {STANDS}"
FEED = f"""
select {COLUMNS} from read.carbon_line
where tenant_id = %(tenant_id)s and (position, line_id) > (%(position)s, coalesce(%(line_id)s::uuid,
  '00000000-0000-0000-0000-000000000000'))
order by position, line_id limit %(limit)s
"""  # noqa: S608 constants of this module
RECORDED_AT = "select recorded_at from es.event where tenant_id = %(tenant_id)s and position = %(position)s"
FLOWN = f"""
select route, activity, variant, factor_id, factor_year,
       sum(quantity) as km, sum(location_g)::bigint as g, count(*) as segments
from read.carbon_line
where tenant_id = %(tenant_id)s and {IN_PERIOD} and {STANDS}
  and mode = 'flight' and part <> 'upstream' and unit = 'passenger-km' and route is not null
group by 1, 2, 3, 4, 5 order by g desc, route, factor_id limit %(limit)s
"""  # noqa: S608 constants of this module
MOST_ROUTES = 10_000
SOURCES = f"""
select distinct coalesce(trip_id, stream_id) as id, trip_id is not null as is_trip
from read.carbon_line
where tenant_id = %(tenant_id)s and {IN_PERIOD} and {STANDS}
  and mode <> 'purchase' and coalesce(trip_id, stream_id) > %(after)s
order by id limit %(limit)s
"""  # noqa: S608 constants of this module
STANDS_AT = """
select position from es.checkpoint where tenant_id = %(tenant_id)s and consumer = 'projection:carbon-ledger'
"""
# Positions a line learns after it was entered.
LEARNT_LATER = ("reversed_position", "actual_position")
FIRST_LINE = "00000000-0000-0000-0000-000000000000"


def _standing(
    sql: Sql,
    *,
    start: date,
    end: date,
    at: int | None,
    only: LedgerFilter,
    limit: int,
    after: Sequence[Any] | None,
) -> list[CarbonLineRow]:
    day, line = after or (date.min, FIRST_LINE)
    rows = sql.rows(
        " ".join((STANDING, *_conditions(only), BY_DAY)),
        after_day=day,
        after_line=line,
        limit=limit,
        **_parameters(start, end, at, only),
    )
    lines = [CarbonLineRow.model_validate(row) for row in rows]
    return lines if at is None else [_as_known(line, at) for line in lines]


def _as_known(line: CarbonLineRow, at: int) -> CarbonLineRow:
    """The line without what later events did to it: an answer given once is given for good."""
    later = [name for name in LEARNT_LATER if (getattr(line, name) or 0) > at]
    return line.model_copy(update=dict.fromkeys(later)) if later else line


def _conditions(only: LedgerFilter) -> list[str]:
    return [CONDITIONS[name] for name, value in vars(only).items() if value is not None]


def _parameters(start: date, end: date, at: int | None, only: LedgerFilter) -> dict[str, Any]:
    chosen = {name: value for name, value in vars(only).items() if value is not None}
    return {
        "start": start,
        "end": end,
        "at": LAST_POSITION if at is None else at,
        "last": LAST_POSITION + 1,
        **chosen,
    }
