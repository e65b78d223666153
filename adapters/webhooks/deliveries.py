"""What was sent to an endpoint, and what became of it? For the doors, as the app role."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors

ENTER = "select es.enter_tenant(%s)"
DeliveryState = Literal["waiting", "delivered", "given_up"]
STATES: tuple[DeliveryState, ...] = ("waiting", "delivered", "given_up")

DELIVERY = """
select d.delivery_id, d.endpoint_id, d.number, d.event_id, d.position, d.topic, d.stream_id, d.queued_at, d.due_at,
  d.state, d.attempts, d.replays, d.last_status, d.last_error, d.done_at
from es.webhook_delivery d
where d.tenant_id = %(tenant_id)s
"""
FIND = DELIVERY + " and d.delivery_id = %(delivery_id)s"
PAGE = (
    DELIVERY
    + """
  and (%(endpoint_id)s::uuid is null or d.endpoint_id = %(endpoint_id)s)
  and (%(state)s::int is null or d.state = %(state)s)
  and (%(event_type)s::text is null or d.topic = %(event_type)s)
  and (%(before)s::bigint is null or (d.position, d.delivery_id) < (%(before)s, %(before_id)s))
order by d.position desc, d.delivery_id desc
limit %(limit)s
"""
)
ATTEMPTS = """
select attempt, at, duration_ms, status, error, answer from es.webhook_attempt
where tenant_id = %s and delivery_id = %s order by attempt desc limit 100
"""
LANES = """
select l.endpoint_id, l.blocked_until, l.failing_since, l.failures, l.last_attempt_at, l.last_success_at,
  (select count(*) from (select from es.webhook_delivery d where d.tenant_id = %(tenant_id)s
     and d.endpoint_id = l.endpoint_id and d.state = 0 limit 10000) w) as waiting
from es.webhook_lane l where l.tenant_id = %(tenant_id)s
"""
HEAD = "select position from es.tenant_head where tenant_id = %s"
RECORDED_AT = "select recorded_at from es.event where tenant_id = %s and position = %s"


@dataclass(frozen=True)
class Delivery:
    """One event for one endpoint."""

    delivery_id: UUID
    endpoint_id: UUID
    number: int
    event_id: UUID
    position: int
    topic: str
    stream_id: UUID
    queued_at: datetime
    due_at: datetime
    state: int
    attempts: int
    replays: int
    last_status: int | None
    last_error: str | None
    done_at: datetime | None

    @property
    def state_name(self) -> DeliveryState:
        return STATES[self.state]


@dataclass(frozen=True)
class Attempt:
    """One try, and what came back."""

    attempt: int
    at: datetime
    duration_ms: int
    status: int | None
    error: str | None
    answer: str | None


@dataclass(frozen=True)
class LaneState:
    """How an endpoint's receiver does."""

    endpoint_id: UUID
    blocked_until: datetime | None
    failing_since: datetime | None
    failures: int
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    waiting: int


@dataclass(frozen=True)
class DeliveryPage:
    """Some deliveries, the newest first, and where the page after them begins."""

    rows: list[Delivery]
    next_before: tuple[int, UUID] | None


class DeliveryLog:
    """The deliveries of one tenant at a time."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def page(
        self,
        tenant_id: UUID,
        *,
        endpoint_id: UUID | None,
        state: DeliveryState | None,
        event_type: str | None,
        before: tuple[int, UUID] | None,
        limit: int,
    ) -> DeliveryPage:
        """One page, the newest events first."""
        asked = {
            "tenant_id": tenant_id,
            "endpoint_id": endpoint_id,
            "state": None if state is None else STATES.index(state),
            "event_type": event_type,
            "before": before[0] if before else None,
            "before_id": before[1] if before else None,
            "limit": limit + 1,
        }
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            with connection.cursor(row_factory=class_row(Delivery)) as cursor:
                rows = cursor.execute(PAGE, asked).fetchall()
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        return DeliveryPage(rows[:limit], (last.position, last.delivery_id) if last else None)

    def find(self, tenant_id: UUID, delivery_id: UUID) -> Delivery | None:
        """One delivery."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            with connection.cursor(row_factory=class_row(Delivery)) as cursor:
                return cursor.execute(FIND, {"tenant_id": tenant_id, "delivery_id": delivery_id}).fetchone()

    def attempts(self, tenant_id: UUID, delivery_id: UUID) -> list[Attempt]:
        """The tries of one delivery, the latest first."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            with connection.cursor(row_factory=class_row(Attempt)) as cursor:
                return cursor.execute(ATTEMPTS, (tenant_id, delivery_id)).fetchall()

    def lanes(self, tenant_id: UUID) -> dict[UUID, LaneState]:
        """How each endpoint's receiver does."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            with connection.cursor(row_factory=class_row(LaneState)) as cursor:
                rows = cursor.execute(LANES, {"tenant_id": tenant_id}).fetchall()
        return {row.endpoint_id: row for row in rows}

    def first_position_since(self, tenant_id: UUID, at: datetime) -> int:
        """The first event recorded at that time or later; one past the end where there is none.

        The log is in the order of its times, so that a few looks at it find the place.
        """
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            head = connection.execute(HEAD, (tenant_id,)).fetchone()

            def recorded_at(position: int) -> datetime:
                row = connection.execute(RECORDED_AT, (tenant_id, position)).fetchone()
                assert row is not None
                found: datetime = row[0]
                return found

            return first_true(lambda position: recorded_at(position) >= at, upto=head[0] if head else 0)


def first_true(holds: Callable[[int], bool], *, upto: int) -> int:
    """The first of 1..upto for which it holds, given that it holds for all after it; else upto + 1."""
    low, high = 1, upto + 1
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
