"""Whose turn is it, and what became of what was sent? One lane per endpoint, served by one courier at a time.

A courier takes a lease on a lane; the lease's token grows with every taker, and only the holder of the current one
may write what became of its deliveries. Whoever is killed leaves the lane to another when the lease runs out, and
what was sent without being marked is sent again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors

ENTER = "select es.enter_tenant(%s)"
# Later deliveries of one stream wait for the earlier ones, but not for ever: then the number must do.
ORDER_WAIT = timedelta(seconds=60)
LOOKED_AT = 200
DONE_KEPT = timedelta(days=30)

# Seen across tenants, so it names lanes and nothing else.
DUE_LANES = """
select tenant_id, endpoint_id from es.webhook_lane
where is_open and next_due_at <= %(now)s and (blocked_until is null or blocked_until <= %(now)s)
  and (lease_until is null or lease_until <= clock_timestamp())
order by next_due_at
limit %(limit)s
"""
TAKE = """
update es.webhook_lane
set lease_token = lease_token + 1, lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s and is_open
  and (lease_until is null or lease_until <= clock_timestamp())
returning lease_token, failures, failing_since
"""
RENEW = """
update es.webhook_lane set lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s and lease_token = %(token)s
"""
# What is due, in the order of the log; of one stream only the first, unless it has kept the others for too long.
FETCH = """
select d.delivery_id, d.number, d.position, d.stream_id, d.round, d.attempts
from es.webhook_delivery d
where d.tenant_id = %(tenant_id)s and d.endpoint_id = %(endpoint_id)s and d.state = 0 and d.due_at <= %(now)s
  and (d.queued_at <= %(overdue)s or not exists (
    select from es.webhook_delivery e
    where e.tenant_id = %(tenant_id)s and e.endpoint_id = d.endpoint_id and e.stream_id = d.stream_id
      and e.state = 0 and e.number < d.number))
order by d.due_at, d.number
limit %(limit)s
"""
# The row lock of the lane is held until the end: nothing is put in line between this and what is due next.
SETTLE_LANE = """
update es.webhook_lane
set failures = case when %(arrived)s then 0 else failures + %(failed)s end,
    failing_since = case when %(arrived)s then null when %(failed)s > 0 then coalesce(failing_since, %(now)s)
                         else failing_since end,
    last_attempt_at = %(now)s,
    last_success_at = case when %(arrived)s then %(now)s else last_success_at end,
    blocked_until = greatest(blocked_until, %(blocked_until)s::timestamptz)
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s and lease_token = %(token)s
returning failing_since
"""
SETTLE = """
update es.webhook_delivery d
set state = w.state, round = d.round + 1, attempts = d.attempts + 1, due_at = w.due_at, last_status = w.status,
    last_error = w.error, done_at = case when w.state = 0 then null else %(now)s end
from unnest(%(ids)s::uuid[], %(states)s::int[], %(dues)s::timestamptz[], %(statuses)s::int[], %(errors)s::text[])
  as w (delivery_id, state, due_at, status, error)
where d.tenant_id = %(tenant_id)s and d.delivery_id = w.delivery_id and d.state = 0
"""
NOTE = """
insert into es.webhook_attempt (tenant_id, delivery_id, attempt, at, duration_ms, status, error, answer)
select %(tenant_id)s, w.* from unnest(%(ids)s::uuid[], %(attempts)s::int[], %(ats)s::timestamptz[], %(took)s::int[],
  %(statuses)s::int[], %(errors)s::text[], %(answers)s::text[]) as w
on conflict (tenant_id, delivery_id, attempt) do nothing
"""
NEXT_DUE = """
update es.webhook_lane set next_due_at = (
  select min(case when w.is_behind then greatest(w.due_at, w.queued_at + %(wait)s) else w.due_at end) from (
    select d.due_at, d.queued_at, exists (
      select from es.webhook_delivery e
      where e.tenant_id = %(tenant_id)s and e.endpoint_id = d.endpoint_id and e.stream_id = d.stream_id
        and e.state = 0 and e.number < d.number) as is_behind
    from es.webhook_delivery d
    where d.tenant_id = %(tenant_id)s and d.endpoint_id = %(endpoint_id)s and d.state = 0
    order by d.due_at, d.number
    limit %(looked_at)s) w)
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s and lease_token = %(token)s
"""
LOCK = """
select from es.webhook_lane
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s and lease_token = %(token)s for update
"""
RELEASE = """
update es.webhook_lane set lease_until = null, blocked_until = greatest(blocked_until, %(rest_until)s::timestamptz)
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s and lease_token = %(token)s
"""
FORGET_ATTEMPTS = """
delete from es.webhook_attempt a using es.webhook_delivery d
where a.tenant_id = %(tenant_id)s and d.tenant_id = %(tenant_id)s and d.delivery_id = a.delivery_id
  and d.state <> 0 and d.done_at < %(before)s
"""
FORGET_DELIVERIES = """
delete from es.webhook_delivery where tenant_id = %(tenant_id)s and state <> 0 and done_at < %(before)s
"""
TENANTS = "select distinct tenant_id from es.webhook_lane"


@dataclass(frozen=True)
class Lane:
    """An endpoint in our hands, until the lease runs out."""

    tenant_id: UUID
    endpoint_id: UUID
    token: int
    failures: int
    failing_since: datetime | None

    @property
    def names(self) -> dict[str, Any]:
        return {"tenant_id": self.tenant_id, "endpoint_id": self.endpoint_id, "token": self.token}


@dataclass(frozen=True)
class Waiting:
    """A delivery that is due."""

    id: UUID
    number: int
    position: int
    stream_id: UUID
    round: int  # attempts since it was queued
    attempts: int


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt. Without an error it arrived; without a next time it is given up."""

    waiting: Waiting
    at: datetime
    duration_ms: int
    status: int | None
    error: str | None
    answer: str | None
    again_at: datetime | None

    @property
    def arrived(self) -> bool:
        return self.error is None

    @property
    def state(self) -> int:
        return 1 if self.arrived else 2 if self.again_at is None else 0


class LaneLost(Exception):
    """Another courier has the lane; what we know of it is not written."""


class Lanes:
    """The lanes of all tenants, as the dispatcher role."""

    def __init__(self, pool: ConnectionPool, *, lease_s: float) -> None:
        self._pool = pool
        self.lease_s = lease_s

    def due(self, *, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
        """Tenants and endpoints with something to send that nobody is sending."""
        with translated_errors(), self._pool.connection() as connection:
            return connection.execute(DUE_LANES, {"now": now, "limit": limit}).fetchall()

    def take(self, tenant_id: UUID, endpoint_id: UUID) -> Lane | None:
        """Leases the lane; None when somebody else has it, or it is closed."""
        names = {"tenant_id": tenant_id, "endpoint_id": endpoint_id, "lease_s": self.lease_s}
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            row = connection.execute(TAKE, names).fetchone()
        return None if row is None else Lane(tenant_id, endpoint_id, *row)

    def renew(self, lanes: Collection[Lane]) -> None:
        """Keeps the leases of lanes whose receivers are slow."""
        for lane in lanes:
            with translated_errors(), self._pool.connection() as connection, connection.transaction():
                connection.execute(ENTER, (lane.tenant_id,))
                connection.execute(RENEW, {**lane.names, "lease_s": self.lease_s})

    def fetch(self, lane: Lane, *, now: datetime, limit: int) -> list[Waiting]:
        """What is due on the lane, in order."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (lane.tenant_id,))
            rows = connection.execute(
                FETCH, {**lane.names, "now": now, "overdue": now - ORDER_WAIT, "limit": limit}
            ).fetchall()
        return [Waiting(*row) for row in rows]

    def settle(
        self, lane: Lane, outcomes: Sequence[Outcome], *, now: datetime, blocked_until: datetime | None
    ) -> datetime | None:
        """Writes what became of the deliveries, all together; since when nothing has arrived. Raises LaneLost."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (lane.tenant_id,))
            row = connection.execute(
                SETTLE_LANE,
                {
                    **lane.names,
                    "arrived": any(each.arrived for each in outcomes),
                    "failed": sum(not each.arrived for each in outcomes),
                    "now": now,
                    "blocked_until": blocked_until,
                },
            ).fetchone()
            if row is None:
                raise LaneLost
            columns = {
                "tenant_id": lane.tenant_id,
                "now": now,
                "ids": [each.waiting.id for each in outcomes],
                "statuses": [each.status for each in outcomes],
                "errors": [each.error for each in outcomes],
            }
            connection.execute(
                SETTLE,
                {
                    **columns,
                    "states": [each.state for each in outcomes],
                    "dues": [each.again_at or now for each in outcomes],
                },
            )
            connection.execute(
                NOTE,
                {
                    **columns,
                    "attempts": [each.waiting.attempts + 1 for each in outcomes],
                    "ats": [each.at for each in outcomes],
                    "took": [each.duration_ms for each in outcomes],
                    "answers": [each.answer for each in outcomes],
                },
            )
        since: datetime | None = row[0]
        return since

    def release(self, lane: Lane, *, rest_until: datetime | None = None) -> None:
        """Gives the lane back, with the moment at which it is due next."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (lane.tenant_id,))
            connection.execute(LOCK, lane.names)
            connection.execute(NEXT_DUE, {**lane.names, "wait": ORDER_WAIT, "looked_at": LOOKED_AT})
            connection.execute(RELEASE, {**lane.names, "rest_until": rest_until})

    def forget(self, *, before: datetime) -> int:
        """Deletes what was settled long ago, with its attempts; how many deliveries."""
        with translated_errors(), self._pool.connection() as connection:
            tenants = [row[0] for row in connection.execute(TENANTS)]
        forgotten = 0
        for tenant_id in tenants:
            with translated_errors(), self._pool.connection() as connection, connection.transaction():
                connection.execute(ENTER, (tenant_id,))
                names = {"tenant_id": tenant_id, "before": before}
                connection.execute(FORGET_ATTEMPTS, names)
                forgotten += connection.execute(FORGET_DELIVERIES, names).rowcount
        return forgotten
