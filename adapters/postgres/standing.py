"""Where does every consumer of every tenant stand? Seen by the dispatcher role: positions and nothing else."""

from dataclasses import dataclass
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors

UNITS = """
select h.tenant_id, c.consumer, c.position, h.position, c.status, c.last_error
from es.tenant_head h join es.checkpoint c on c.tenant_id = h.tenant_id
order by h.tenant_id, c.consumer
"""
LAG = """
select coalesce(sum(head), 0), coalesce(sum(least(projected, head)), 0)
from (select h.position as head, coalesce(min(c.position), 0) as projected
      from es.tenant_head h left join es.checkpoint c on c.tenant_id = h.tenant_id
      group by h.tenant_id, h.position) as tenants
"""


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
