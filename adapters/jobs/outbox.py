"""How do effects reach the world: at least once, in the order they are due, and never for ever?

PostgreSQL is the truth. A dispatcher takes a lease on one row at a time; the lease's token
grows with every taker, and only the holder of the current token can mark the row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from psycopg_pool import ConnectionPool

from adapters.jobs.checkpoints import ENTER
from adapters.jobs.failures import describe
from adapters.jobs.feed import Feed
from adapters.postgres.errors import translated_errors
from domain.kernel.event import DomainEvent

log = structlog.get_logger(__name__)

LEASE_S = 60.0
BUDGET_S = 30.0
# The pause after each failed attempt; after the last one the effect is given up.
BACK_OFF_S: tuple[float, ...] = (5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200)

TAKE = """
update es.outbox
set lease_token = lease_token + 1, attempts = attempts + 1,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
where tenant_id = %(tenant_id)s and effect_key = (
  select o.effect_key from es.outbox o
  where o.tenant_id = %(tenant_id)s and o.state = 0 and o.due_at <= clock_timestamp()
    and (o.lease_until is null or o.lease_until <= clock_timestamp())
  order by o.due_at, o.position, o.effect_key
  limit 1
  for update skip locked)
returning effect_key, kind, position, attempts, lease_token
"""
RENEW = """
update es.outbox set lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
where tenant_id = %(tenant_id)s and effect_key = %(effect_key)s and lease_token = %(token)s and state = 0
"""
MARK_DONE = """
update es.outbox
set state = 1, done_at = clock_timestamp(), lease_until = null, last_error = null
where tenant_id = %(tenant_id)s and effect_key = %(effect_key)s and lease_token = %(token)s and state = 0
"""
MARK_FAILED = """
update es.outbox
set state = %(state)s, due_at = clock_timestamp() + make_interval(secs => %(pause_s)s), lease_until = null,
    last_error = %(error)s
where tenant_id = %(tenant_id)s and effect_key = %(effect_key)s and lease_token = %(token)s and state = 0
"""
REVIVE = """
update es.outbox set state = 0, attempts = 0, due_at = clock_timestamp(), lease_until = null
where tenant_id = %s and effect_key = %s and state = 2
"""
DUE, GIVEN_UP = 0, 2


@dataclass(frozen=True)
class EffectContext:
    """What a performer is told. It renders its text from the event, now; `effect_key` deduplicates.

    Who needs longer than a lease calls `renew` on the way; False means that another performs it now.
    """

    tenant_id: UUID
    effect_key: str
    kind: str
    event: DomainEvent
    attempt: int
    renew: Callable[[], bool] = lambda: True


Performer = Callable[[EffectContext], None]


@dataclass(frozen=True)
class Leased:
    """One outbox row in our hands, until its lease runs out."""

    tenant_id: UUID
    effect_key: str
    kind: str
    position: int
    attempt: int
    token: int


class OutboxDispatcher:
    """Performs the due effects of one tenant at a time, as the dispatcher role."""

    def __init__(
        self,
        *,
        pool: ConnectionPool,
        log_pool: ConnectionPool,
        feed: Feed,
        performers: Mapping[str, Performer],
        lease_s: float = LEASE_S,
        back_off_s: Sequence[float] = BACK_OFF_S,
        on_given_up: Callable[[Leased, str], None] = lambda leased, error: None,
    ) -> None:
        self._pool = pool
        self._log_pool = log_pool
        self._feed = feed
        self._performers = performers
        self._lease_s = lease_s
        self._back_off_s = tuple(back_off_s)
        self._on_given_up = on_given_up

    def dispatch(self, tenant_id: UUID, *, budget_s: float = BUDGET_S) -> int:
        """Performs what is due; the number of effects done."""
        deadline = monotonic() + budget_s
        done = 0
        while monotonic() < deadline and (leased := self.take(tenant_id)) is not None:
            done += self.perform(leased)
        return done

    def take(self, tenant_id: UUID) -> Leased | None:
        """Leases the tenant's next due row; None when there is none."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            row = connection.execute(TAKE, {"tenant_id": tenant_id, "lease_s": self._lease_s}).fetchone()
        return None if row is None else Leased(tenant_id, *row)

    def perform(self, leased: Leased) -> bool:
        """Performs one leased effect and marks it; False when it failed or the lease was lost."""
        if leased.attempt > len(self._back_off_s) + 1:
            # Every earlier attempt died without an answer.
            return self._failed(leased, "no attempt ever came to an end")
        try:
            performer = self._performers[leased.kind]
        except KeyError:
            return self._failed(leased, f"nobody performs {leased.kind}")
        try:
            event = self._feed.event_at(self._log_pool, leased.tenant_id, leased.position)
            performer(
                EffectContext(
                    leased.tenant_id,
                    leased.effect_key,
                    leased.kind,
                    event,
                    leased.attempt,
                    renew=lambda: self._mark(leased, RENEW, lease_s=self._lease_s),
                )
            )
        except Exception as error:
            return self._failed(leased, describe(error))
        return self._mark(leased, MARK_DONE)

    def revive(self, tenant_id: UUID, effect_key: str) -> bool:
        """Makes an effect that was given up due again."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            return connection.execute(REVIVE, (tenant_id, effect_key)).rowcount == 1

    def _failed(self, leased: Leased, error: str) -> bool:
        gives_up = leased.attempt > len(self._back_off_s)
        pause_s = 0.0 if gives_up else self._back_off_s[leased.attempt - 1]
        state = GIVEN_UP if gives_up else DUE
        if self._mark(leased, MARK_FAILED, state=state, pause_s=pause_s, error=error):
            names = {"tenant_id": str(leased.tenant_id), "effect_key": leased.effect_key, "error": error}
            if gives_up:
                log.error("effect_given_up", **names, attempts=leased.attempt)
                self._on_given_up(leased, error)
            else:
                log.warning("effect_failed", **names, attempt=leased.attempt, again_in_s=pause_s)
        return False

    def _mark(self, leased: Leased, statement: str, **values: Any) -> bool:
        parameters = {
            "tenant_id": leased.tenant_id,
            "effect_key": leased.effect_key,
            "token": leased.token,
            **values,
        }
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (leased.tenant_id,))
            marked = connection.execute(statement.encode(), parameters).rowcount == 1
        if not marked:
            log.warning("effect_lease_lost", tenant_id=str(leased.tenant_id), effect_key=leased.effect_key)
        return marked
