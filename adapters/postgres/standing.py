"""Where does every consumer of every tenant stand? Seen by the dispatcher role: positions and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors

UNITS = """
select h.tenant_id, c.consumer, c.position, h.position, c.status, c.last_error
from es.tenant_head h join es.checkpoint c on c.tenant_id = h.tenant_id
order by h.tenant_id, c.consumer
"""
PAUSED = """
select c.tenant_id, c.consumer, p.position, h.position, p.error, p.parked_at
from es.checkpoint c
join es.tenant_head h on h.tenant_id = c.tenant_id
join es.parked_event p
  on p.tenant_id = c.tenant_id and p.consumer = c.consumer and p.skipped_at is null
where c.status = 'paused'
order by p.parked_at, c.tenant_id, c.consumer
limit %s
"""
MOST_PAUSED = 1_000
LAG = """
select coalesce(sum(head), 0), coalesce(sum(least(projected, head)), 0)
from (select h.position as head, coalesce(min(c.position), 0) as projected
      from es.tenant_head h
      left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer not like 'sink:%'
      group by h.tenant_id, h.position) as tenants
"""

LAGS = """
select c.consumer, sum(greatest(h.position - c.position, 0)) filter (where c.status = 'running'),
       max(greatest(h.position - c.position, 0)) filter (where c.status = 'running'),
       count(*) filter (where c.status = 'paused')
from es.tenant_head h join es.checkpoint c on c.tenant_id = h.tenant_id
group by c.consumer order by c.consumer
"""
PARKED = "select consumer, count(*) from es.parked_event where skipped_at is null group by consumer"
OUTBOX = """
select count(*) filter (where state = 0), count(*) filter (where state = 2),
       coalesce(extract(epoch from clock_timestamp() - min(due_at) filter (where state = 0)), 0)
from es.outbox where state <> 1
"""
# The last seal of every tenant, as the database has it.
SEALED = """
select h.tenant_id, coalesce(max(s.to_position), 0)
from es.tenant_head h left join es.ledger_seal s on s.tenant_id = h.tenant_id
group by h.tenant_id
"""
EPOCH = "select epoch from es.tenant_head where tenant_id = %s"
EPOCHS_REMEMBERED = 10_000


@dataclass(frozen=True)
class UnitStatus:
    """One consumer of one tenant's log."""

    tenant_id: UUID
    consumer: str
    position: int
    head: int
    status: str
    last_error: str | None

    @property
    def lag(self) -> int:
        """Events the consumer has not seen yet."""
        return max(0, self.head - self.position)


@dataclass(frozen=True)
class PausedUnit:
    """One consumer of one company's log that stands still, and the event it could not take."""

    company_id: UUID
    consumer: str
    position: int
    head: int
    error: str
    parked_at: datetime


def paused_units(pool: ConnectionPool) -> list[PausedUnit]:
    """Who waits for an operator, the longest waiting first."""
    with translated_errors(), pool.connection() as connection:
        return [PausedUnit(*row) for row in connection.execute(PAUSED, (MOST_PAUSED,)).fetchall()]


@dataclass(frozen=True)
class Lag:
    """Events written, and events every consumer has seen, over all tenants."""

    head: int
    projected: int


def unit_status(pool: ConnectionPool) -> list[UnitStatus]:
    """Every unit, by tenant and name."""
    with translated_errors(), pool.connection() as connection:
        return [UnitStatus(*row) for row in connection.execute(UNITS).fetchall()]


def lag_of(pool: ConnectionPool) -> Lag:
    """The sums over all tenants."""
    with translated_errors(), pool.connection() as connection:
        row = connection.execute(LAG).fetchone()
    return Lag(int(row[0]), int(row[1])) if row else Lag(0, 0)


def tenants_with_a_line(pool: ConnectionPool) -> list[UUID]:
    """Every tenant whose log has begun."""
    with translated_errors(), pool.connection() as connection:
        return [
            row[0] for row in connection.execute("select tenant_id from es.tenant_head order by tenant_id")
        ]


@dataclass(frozen=True)
class ConsumerLag:
    """One consumer over all tenants. A paused unit counts as paused, not as lag: it waits for a person."""

    consumer: str
    lag: int
    worst: int
    paused: int
    parked: int


@dataclass(frozen=True)
class OutboxStanding:
    """The outbox over all tenants."""

    waiting: int
    given_up: int
    age_s: float


def consumer_lags(pool: ConnectionPool) -> list[ConsumerLag]:
    """Every consumer, by name; no tenant."""
    with translated_errors(), pool.connection() as connection:
        rows = connection.execute(LAGS).fetchall()
        parked = {row[0]: int(row[1]) for row in connection.execute(PARKED).fetchall()}
    return [
        ConsumerLag(name, int(lag or 0), int(worst or 0), int(paused), parked.get(name, 0))
        for name, lag, worst, paused in rows
    ]


def outbox_standing(pool: ConnectionPool) -> OutboxStanding:
    """What waits, what was given up, and how old the oldest is."""
    with translated_errors(), pool.connection() as connection:
        row = connection.execute(OUTBOX).fetchone()
    assert row is not None
    return OutboxStanding(int(row[0]), int(row[1]), max(0.0, float(row[2])))


def sealed_positions(pool: ConnectionPool) -> dict[UUID, int]:
    """How far each tenant's log is sealed, as the database has it."""
    with translated_errors(), pool.connection() as connection:
        return {row[0]: int(row[1]) for row in connection.execute(SEALED).fetchall()}


class Epochs:
    """The epoch of a tenant's history, remembered for a second: a restore that lost commits raises it."""

    def __init__(self, pool: ConnectionPool, *, cache_s: float = 1.0) -> None:
        self._pool = pool
        self._cache_s = cache_s
        self._known: dict[UUID, tuple[float, int]] = {}

    def __call__(self, tenant_id: UUID) -> int:
        """1 for a tenant that was never restored."""
        known = self._known.get(tenant_id)
        if known is not None and known[0] > monotonic():
            return known[1]
        with translated_errors(), self._pool.connection() as connection:
            row = connection.execute(EPOCH, (tenant_id,)).fetchone()
        epoch = 1 if row is None else int(row[0])
        if len(self._known) > EPOCHS_REMEMBERED:
            self._known.clear()
        self._known[tenant_id] = (monotonic() + self._cache_s, epoch)
        return epoch
