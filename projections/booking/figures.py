"""How many visits took place or were missed, how long ahead were they booked, and what do they bring in?

A visit counts on the day it takes place, by the clock at its site. The no-show rate is that of visits decided:
missed, against missed and fulfilled together; what was called off is neither. Lead time runs from the first asking to
the start of the visit as it stands, over visits that take time. Seats of a class are visits; the class itself is none.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from uuid import UUID

from domain.kernel.value import Value
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.sql import Sql

By = Literal["service", "practitioner", "site", "day", "month"]
RATE = Decimal("0.0001")
LAST = 1 << 128


class Attendance(Value):
    """The visits of one service, practitioner, site, day or month."""

    subject_number: int
    currency_number: int
    subject_id: UUID | None = None
    day: date | None = None
    visits: int
    fulfilled: int
    no_shows: int
    called_off: int
    called_off_with_fee: int
    lead_minutes_average: int | None
    lead_minutes_median: int | None

    @property
    def no_show_rate(self) -> Decimal | None:
        """Missed visits, of those decided; None where none is."""
        decided = self.no_shows + self.fulfilled
        return (Decimal(self.no_shows) / decided).quantize(RATE, ROUND_HALF_UP) if decided else None


class Revenue(Value):
    """What one service, practitioner, site, day or month brings in, in one currency."""

    subject_number: int
    currency_number: int
    subject_id: UUID | None = None
    day: date | None = None
    currency: str
    visits: int
    expected_minor: int
    earned_minor: int
    fees_minor: int


SUBJECTS: dict[By, str] = {
    "service": "service_id",
    "practitioner": "case when kind = 'practitioner' then bookable_id end",
    "site": "site_id",
    "day": "day",
    "month": "date_trunc('month', day)::date",
}
# A practitioner's visits are those they take part in; everything else counts each visit once.
COUNTED: dict[By, str] = {
    "practitioner": "is_first_day and kind = 'practitioner'",
    **dict.fromkeys(("service", "site", "day", "month"), "is_first"),
}
TAKING = "status in ('booked', 'arrived', 'checked-in', 'fulfilled', 'noshow')"
ATTENDANCE = """
select {subject} as subject,
  count(*) filter (where {taking}) as visits,
  count(*) filter (where status = 'fulfilled') as fulfilled,
  count(*) filter (where status = 'noshow') as no_shows,
  count(*) filter (where status = 'cancelled' and agreed_at is not null and called_off_by is not null) as called_off,
  count(*) filter (where status = 'cancelled' and earned_minor > 0) as called_off_with_fee,
  round(avg(lead_minutes) filter (where {taking}))::bigint as lead_minutes_average,
  percentile_disc(0.5) within group (order by lead_minutes) filter (where {taking}) as lead_minutes_median
from read.visit_line
where tenant_id = %(tenant_id)s and not is_session and {counted} and day >= %(start)s and day < %(end)s
group by 1 order by 1 limit %(limit)s
"""
REVENUE = """
select {subject} as subject, currency,
  count(*) filter (where {counted} and {taking}) as visits,
  sum(expected_minor)::bigint as expected_minor, sum(earned_minor)::bigint as earned_minor,
  coalesce(sum(earned_minor) filter (where status <> 'fulfilled'), 0)::bigint as fees_minor
from read.visit_line
where tenant_id = %(tenant_id)s and not is_session and day >= %(start)s and day < %(end)s
group by 1, 2 having bool_or(price_minor <> 0 or {counted}) order by 1, 2 limit %(limit)s
"""
# As many lines as a company ever has: services, practitioners, or days of a year.
MOST_LINES = 20_000


def _of(statement: str, by: By) -> str:
    return statement.format(subject=SUBJECTS[by], counted=COUNTED[by], taking=TAKING)


ATTENDANCE_BY: dict[By, str] = {by: _of(ATTENDANCE, by) for by in SUBJECTS}
REVENUE_BY: dict[By, str] = {by: _of(REVENUE, by) for by in SUBJECTS}


def attendance(
    sql: Sql, *, by: By, start: date, end: date, after: tuple[int, ...] | None = None, limit: int = 50
) -> Page[Any]:
    """Visits, no-shows and lead times of start <= day < end."""
    return _page(sql, ATTENDANCE_BY[by], Attendance, by, start, end, after, limit)


def revenue(
    sql: Sql, *, by: By, start: date, end: date, after: tuple[int, ...] | None = None, limit: int = 50
) -> Page[Any]:
    """What start <= day < end brings in; the lines add up to the prices agreed, to the cent."""
    return _page(sql, REVENUE_BY[by], Revenue, by, start, end, after, limit)


def _page(
    sql: Sql,
    statement: str,
    row: type[Any],
    by: By,
    start: date,
    end: date,
    after: tuple[int, ...] | None,
    limit: int,
) -> Page[Any]:
    limit = min(limit, LIMIT)
    name = "day" if by in ("day", "month") else "subject_id"
    lines = [
        row(
            subject_number=_number(line["subject"]),
            currency_number=int.from_bytes(line.get("currency", "").encode()),
            **{name: line["subject"]},
            **{key: line[key] for key in line if key != "subject"},
        )
        for line in sql.rows(statement, start=start, end=end, limit=MOST_LINES)
    ]
    rest = [one for one in lines if after is None or (one.subject_number, one.currency_number) > tuple(after)]
    return page_of(rest[: limit + 1], limit, "subject_number", "currency_number")


def _number(subject: UUID | date | None) -> int:
    """What a cursor names a line by; what is nobody's comes last."""
    match subject:
        case UUID():
            return subject.int
        case date():
            return subject.toordinal()
        case _:
            return LAST


STANDS_AT = """
select coalesce(min(position), 0) as position from es.checkpoint
where tenant_id = %(tenant_id)s and consumer = any(%(consumers)s)
"""


def position(sql: Sql, *projections: str) -> int:
    """How far in the tenant's log these read models have come."""
    row = sql.row(STANDS_AT, consumers=[f"projection:{name}" for name in projections])
    return int(row["position"]) if row else 0
