"""Which trips wait for a decision, whose is it, and when does it have to be made?

A question to the rows of `trips`: a trip that waits is a trip like any other.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from projections.kernel.page import LIMIT, Page
from projections.kernel.rows import Key
from projections.kernel.sql import Sql
from projections.travel.trips import SELECT_TRIPS, TripRow

# Sorts after every deadline there is.
NEVER_US = 2**63 - 1

WAITING = """
and status = 'submitted' and traveller_id <> %(member_id)s
and (approver_id = any(%(deciding_for)s) or approver_id is null)
"""
DUE_US = """
coalesce((extract(epoch from approval_due_at) * 1000000)::bigint, 9223372036854775807)
"""
AFTER = " ".join(("and (", DUE_US, ", created_position) > (%(due_us)s, %(after)s)"))
MOST_URGENT_FIRST = " ".join(("order by", DUE_US, ", created_position limit %(limit)s"))
OVERDUE = """
select trip_id, approval_level, approval_due_at
from read.trip
where tenant_id = %(tenant_id)s and status = 'submitted' and approval_due_at <= %(at)s
order by approval_due_at limit %(limit)s
"""


def page(
    sql: Sql,
    *,
    member_id: UUID,
    deciding_for: Sequence[UUID],
    after: Key | None = None,
    limit: int = 50,
) -> Page[TripRow]:
    """Trips that wait for one of these, or for anyone, other than the member's own; the most urgent first."""
    limit = min(limit, LIMIT)
    given = {"due_us": after[0], "after": after[1]} if after else {}
    statement = " ".join((SELECT_TRIPS, WAITING, AFTER if given else "", MOST_URGENT_FIRST))
    rows = [
        TripRow(**row)
        for row in sql.rows(
            statement, member_id=member_id, deciding_for=list(deciding_for), **given, limit=limit + 1
        )
    ]
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(shown, (_due_us(shown[-1]), shown[-1].created_position) if more else None)


def overdue(sql: Sql, *, at: datetime, limit: int = LIMIT) -> list[tuple[UUID, int, datetime]]:
    """The trips whose approver's time is up, the longest first: trip, level, and since when."""
    rows = sql.rows(OVERDUE, at=at, limit=min(limit, LIMIT))
    return [(row["trip_id"], row["approval_level"], row["approval_due_at"]) for row in rows]


def _due_us(row: TripRow) -> int:
    # As PostgreSQL reckons: whole microseconds, which a float would not keep.
    if row.approval_due_at is None:
        return NEVER_US
    since = row.approval_due_at - datetime.fromtimestamp(0, row.approval_due_at.tzinfo)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
