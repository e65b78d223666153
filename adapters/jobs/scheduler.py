"""Who makes sure that nothing waits for a wake-up that was lost?

One scheduler acts at a time, under a lease whose token grows with every new holder. The
sweeper compares heads with checkpoints, so a wiped Redis costs a second, never an event.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import structlog
from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.jobs.checkpoints import ENTER, Enrolment
from adapters.jobs.failures import describe, is_transient
from adapters.postgres.errors import translated_errors
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

log = structlog.get_logger(__name__)

LEASE_S = 10.0
INTERVAL_S = 1.0
SWEEPER = "scheduler"

# The holder renews and keeps its token; anybody else, and a holder that slept too long, gets the next one.
HOLD = """
insert into es.lease as l (tenant_id, name, token, holder, held_until)
values (%(tenant_id)s, %(name)s, 1, %(holder)s, clock_timestamp() + make_interval(secs => %(lease_s)s))
on conflict (tenant_id, name) do update
set token = case when l.holder = excluded.holder and l.held_until > clock_timestamp() then l.token
                 else l.token + 1 end,
    holder = excluded.holder, held_until = excluded.held_until
where l.holder = excluded.holder or l.held_until <= clock_timestamp()
returning token
"""
# The row lock keeps everybody else from taking over until the action's transaction is done.
FENCE = """
select token from es.lease
where tenant_id = %(tenant_id)s and name = %(name)s and holder = %(holder)s and token = %(token)s
  and held_until > clock_timestamp()
for update
"""
RELEASE = """
update es.lease set held_until = clock_timestamp()
where tenant_id = %(tenant_id)s and name = %(name)s and holder = %(holder)s and token = %(token)s
"""
LAGGING = """
select h.tenant_id
from es.tenant_head h
cross join unnest(%(consumers)s::text[], %(versions)s::int[]) as w (consumer, version)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = w.consumer
where h.position > 0
  and (c.consumer is null
       or c.status = 'running' and (c.position < h.position or c.version < w.version or c.epoch <> h.epoch))
group by h.tenant_id
"""
DUE = """
select tenant_id from es.outbox
where state = 0 and due_at <= clock_timestamp() and (lease_until is null or lease_until <= clock_timestamp())
group by tenant_id
"""


class LeaseLost(Exception):
    """Another scheduler holds the lease; what this one was about to do is not done."""


class Lease:
    """A named lease in the platform's tenant."""

    def __init__(
        self, pool: ConnectionPool, name: str, *, lease_s: float = LEASE_S, holder: UUID | None = None
    ) -> None:
        self._pool = pool
        self._names = {"tenant_id": PLATFORM_TENANT_ID, "name": name, "holder": holder or uuid4()}
        self._lease_s = lease_s

    def hold(self) -> int | None:
        """Takes or renews the lease; its token, or None while somebody else holds it."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (PLATFORM_TENANT_ID,))
            row = connection.execute(HOLD, {**self._names, "lease_s": self._lease_s}).fetchone()
        return None if row is None else int(row[0])

    def release(self, token: int) -> None:
        """Lets the next holder begin at once."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (PLATFORM_TENANT_ID,))
            connection.execute(RELEASE, {**self._names, "token": token})

    @contextmanager
    def fenced(self, token: int) -> Iterator[Connection[Any]]:
        """A transaction that holds the fence; raises LeaseLost for a token of the past."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (PLATFORM_TENANT_ID,))
            if connection.execute(FENCE, {**self._names, "token": token}).fetchone() is None:
                raise LeaseLost
            yield connection


@dataclass(frozen=True)
class Swept:
    """The tenants whose consumers lag, and those with effects due."""

    lagging: list[UUID]
    due: list[UUID]


class Sweeper:
    """Finds, across all tenants, what waits for a worker. Sees positions and keys, never content."""

    def __init__(
        self,
        lease: Lease,
        enrolments: Sequence[Enrolment],
        *,
        wake_up: Callable[[UUID], None],
        wake_outbox: Callable[[UUID], None],
    ) -> None:
        self._lease = lease
        self._wanted = {
            "consumers": [each.consumer for each in enrolments],
            "versions": [each.version for each in enrolments],
        }
        self._wake_up = wake_up
        self._wake_outbox = wake_outbox

    def sweep(self, token: int) -> Swept:
        """Wakes the workers of every tenant with something to do; raises LeaseLost for an old token."""
        with self._lease.fenced(token) as connection:
            lagging = [row[0] for row in connection.execute(LAGGING, self._wanted)]
            due = [row[0] for row in connection.execute(DUE)]
        for tenant_id in lagging:
            self._wake_up(tenant_id)
        for tenant_id in due:
            self._wake_outbox(tenant_id)
        return Swept(lagging, due)


class Scheduler:
    """Acts every second while it holds the lease."""

    def __init__(
        self, lease: Lease, actions: Sequence[Callable[[int], object]], *, interval_s: float = INTERVAL_S
    ) -> None:
        self._lease = lease
        self._actions = tuple(actions)
        self._interval_s = interval_s

    def run(self, stop: Event) -> None:
        """Runs until told to stop; no failure ends it."""
        token: int | None = None
        while not stop.is_set():
            token = self.tick()
            stop.wait(self._interval_s)
        if token is not None:
            self._quietly(lambda: self._lease.release(token))

    def tick(self) -> int | None:
        """One round: hold the lease, then act; the token, or None when another scheduler acts."""
        held: list[int | None] = []
        self._quietly(lambda: held.append(self._lease.hold()))
        token = held[0] if held else None
        if token is not None:
            for action in self._actions:
                self._quietly(lambda act=action: act(token))  # type: ignore[misc]
        return token

    def _quietly(self, act: Callable[[], object]) -> None:
        try:
            act()
        except LeaseLost:
            log.info("scheduler_lease_lost")
        except Exception as error:
            level = log.warning if is_transient(error) else log.error
            level("scheduler_action_failed", error=describe(error))
