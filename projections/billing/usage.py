"""What was used, in which hour, day or month, as known at a cut of the log?

A row is never changed: what was known at a position is what has that position or an earlier one. So the
same cut gives the same figures for ever, whatever is reported or corrected later.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Literal, assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.billing.meter import Aggregation
from domain.billing.parking import ParkedUsageReleased
from domain.billing.usage import UsageReported
from domain.kernel.event import DomainEvent
from domain.kernel.period import Period
from projections.kernel.positions import PositionNotReached
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql

Window = Literal["hour", "day", "month"]


class UsageRow(Row):
    """One use that counts, unless a later one corrects it."""

    TABLE: ClassVar[str] = "usage"
    KEY: ClassVar[tuple[str, ...]] = ("transaction_id",)

    transaction_id: str
    """The id its reporter chose; unique in the company, for ever."""
    meter: str
    """What was used."""
    at: datetime
    """When it was used, as reported."""
    quantity: Decimal
    """How much of it; zero counts for nothing."""
    subject: str | None
    """Who or what used it, where the meter counts different ones."""
    corrects: str | None
    """The transaction this one replaces; the one replaced no longer counts."""
    batch_id: UUID
    """The batch it was reported in."""
    number: int
    """Its place in the batch."""
    reported_at: datetime
    """When it was reported (occurred_at of the event)."""
    position: int
    """Place of the report in the tenant's log."""


class UsageRows(Projector[UsageRow]):
    """One row per use that counts."""

    name: ClassVar[str] = "usage"
    row: ClassVar[type[UsageRow]] = UsageRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (UsageReported, ParkedUsageReleased)

    def keys(self, event: UsageReported | ParkedUsageReleased) -> Iterable[Key]:
        # Transaction ids are claimed: there is no row to read before writing one.
        return ()

    def project(self, event: UsageReported | ParkedUsageReleased, rows: Rows[UsageRow]) -> None:
        match event:
            case UsageReported() | ParkedUsageReleased():
                # A use that was parked is known from its release on, and belongs to its own batch.
                batch_id = event.originator_id if isinstance(event, UsageReported) else event.batch_id
                for use in event.counted:
                    rows.put(
                        UsageRow(
                            **dict(use),
                            batch_id=batch_id,
                            reported_at=event.occurred_at,
                            position=event.position,
                        )
                    )
            case _:
                assert_never(event)


class Cut(BaseModel):
    """A place in the log up to which usage was read; everything acknowledged until `complete_until` is in."""

    model_config = ConfigDict(frozen=True)

    position: int
    complete_until: datetime | None


class WindowFigure(BaseModel):
    """What a meter came to in a window that begins at `start`."""

    model_config = ConfigDict(frozen=True)

    start: datetime
    value: Decimal


FIGURES = {
    Aggregation.COUNT: "count(*) filter (where quantity > 0)::numeric",
    Aggregation.SUM: "coalesce(sum(quantity), 0)",
    Aggregation.UNIQUE: "count(distinct subject) filter (where quantity > 0)::numeric",
    Aggregation.MAX: "coalesce(max(quantity), 0)",
    Aggregation.LATEST: "coalesce((array_agg(quantity order by at desc, position desc, number desc))[1], 0)",
}
# What counts at a cut: reported until then, and not corrected until then.
COUNTED = """
from read.usage u
where u.tenant_id = %(tenant_id)s and u.meter = %(meter)s and u.at >= %(start)s and u.at < %(end)s
  and u.position <= %(cut)s
  and not exists (select from read.usage c where c.tenant_id = %(tenant_id)s
                  and c.corrects = u.transaction_id and c.position <= %(cut)s)
"""
# The index serves the whole stretch; what lies between two of its periods is left out afterwards.
BUT_FOR_GAPS = """
  and not exists (select from unnest(%(ends)s::timestamptz[], %(starts)s::timestamptz[]) as gap (since, until)
                  where u.at >= gap.since and u.at < gap.until)
"""
SELECT_POSITION = """
select position from es.checkpoint where tenant_id = %(tenant_id)s and consumer = 'projection:usage'
"""
SELECT_RECORDED = """
select recorded_at from es.event where tenant_id = %(tenant_id)s and position = %(position)s
"""
SELECT_WAITING = """
select from es.event where tenant_id = %(tenant_id)s and position > %(beyond)s and recorded_at < %(before)s limit 1
"""
SOURCES_BEYOND = "and (u.at, u.transaction_id) > (%(after_at)s, %(after_id)s)"
# Months in which something became known between two cuts: of the uses themselves, and of those they correct.
SELECT_LATE = """
select distinct to_char(late.at at time zone %(zone)s, 'YYYY-MM') as month
from (
  select u.at from read.usage u
  where u.tenant_id = %(tenant_id)s and u.position > %(after)s and u.position <= %(cut)s
  union all
  select o.at from read.usage u
  join read.usage o on o.tenant_id = %(tenant_id)s and o.transaction_id = u.corrects
  where u.tenant_id = %(tenant_id)s and u.position > %(after)s and u.position <= %(cut)s
) as late
where late.at < %(before)s
order by month
"""


def cut(sql: Sql, position: int | None = None) -> Cut:
    """The cut asked for, or the latest there is. Refuses PositionNotReached."""
    row = sql.row(SELECT_POSITION)
    reached = 0 if row is None else int(row["position"])
    if position is not None and position > reached:
        raise PositionNotReached(retry_after_s=1)
    chosen = reached if position is None else position
    recorded = sql.row(SELECT_RECORDED, position=chosen)
    return Cut(position=chosen, complete_until=recorded["recorded_at"] if recorded else None)


def is_waiting(sql: Sql, *, beyond: int, before: datetime) -> bool:
    """Has the log taken something in before a moment that a cut does not hold?"""
    return sql.row(SELECT_WAITING, beyond=beyond, before=before) is not None


def figure(sql: Sql, meter: str, aggregation: Aggregation, periods: Sequence[Period], *, at: int) -> Decimal:
    """What a meter came to in one or several periods, as known at a cut."""
    statement = f"select {FIGURES[aggregation]} as value {COUNTED}"
    gaps: dict[str, object] = {}
    if len(periods) > 1:
        statement += BUT_FOR_GAPS
        gaps = {"ends": [one.end for one in periods[:-1]], "starts": [one.start for one in periods[1:]]}
    row = sql.row(statement, meter=meter, start=periods[0].start, end=periods[-1].end, cut=at, **gaps)
    return Decimal(0) if row is None else Decimal(row["value"])


def figures(
    sql: Sql,
    meter: str,
    aggregation: Aggregation,
    period: Period,
    *,
    window: Window | Literal["minute"],
    zone: str,
    at: int,
) -> list[WindowFigure]:
    """The same by window of local time; windows without any use are left out."""
    statement = (
        f"select date_trunc(%(window)s, at, %(zone)s) as start, {FIGURES[aggregation]} as value"
        f" {COUNTED} group by 1 order by 1"
    )
    found = sql.rows(
        statement, meter=meter, start=period.start, end=period.end, cut=at, window=window, zone=zone
    )
    return [WindowFigure(**row) for row in found]


class Source(BaseModel):
    """A use that counts, and where in the log it was reported."""

    model_config = ConfigDict(frozen=True)

    transaction_id: str
    at: datetime
    quantity: Decimal
    subject: str | None
    corrects: str | None
    position: int
    number: int


def number_of_sources(sql: Sql, meter: str, period: Period, *, at: int) -> int:
    """How many uses a figure stands on."""
    row = sql.row(
        f"select count(*) as uses {COUNTED}", meter=meter, start=period.start, end=period.end, cut=at
    )
    return 0 if row is None else int(row["uses"])


def sources(
    sql: Sql, meter: str, period: Period, *, at: int, after: Source | None = None, limit: int = 1_000
) -> list[Source]:
    """The uses a figure stands on, in the order they happened, a page at a time."""
    statement = (
        "select u.transaction_id, u.at, u.quantity, u.subject, u.corrects, u.position, u.number"
        f" {COUNTED} {SOURCES_BEYOND} order by u.at, u.transaction_id limit %(limit)s"
    )
    found = sql.rows(
        statement,
        meter=meter,
        start=period.start,
        end=period.end,
        cut=at,
        after_at=period.start - timedelta(seconds=1) if after is None else after.at,
        after_id="" if after is None else after.transaction_id,
        limit=limit,
    )
    return [Source(**row) for row in found]


def late_months(sql: Sql, *, after: int, until: int, before: datetime, zone: str) -> list[str]:
    """The months before a moment about which more became known between two cuts."""
    found = sql.rows(SELECT_LATE, after=after, cut=until, before=before, zone=zone)
    return [str(row["month"]) for row in found]
