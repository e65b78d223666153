"""How far has each consumer of a tenant's log come, and which of them stand still?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from psycopg import Connection
from psycopg_pool import ConnectionPool
from pydantic_core import from_json

from adapters.postgres.array_text import integers, texts
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from adapters.postgres.row_table import BY_INDEX

log = structlog.get_logger(__name__)

ENTER = "select es.enter_tenant(%s)"
# Before rows are looked up by key.
ENTER_BY_INDEX = f"select es.enter_tenant(%s), {BY_INDEX}"
# For many rows. A plan kept from when the table was small goes through all of a tenant's rows for every key
# while the table grows: each page is planned for what is there.
ENTER_IN_BULK = f"{ENTER_BY_INDEX}, set_config('plan_cache_mode', 'force_custom_plan', true)"
# The consumers as one text: the driver takes as long over sixty rows as the rest of a small drain.
STANDING = """
select position, epoch,
       coalesce(json_agg(json_build_array(consumer, version, consumer_epoch, consumer_position, status, last_error))
                filter (where consumer is not null), '[]')::text
from es.standing(%s)
group by position, epoch
"""
# A process that starts now leaves the past alone, except for a tenant nobody has read yet:
# there it is as old as the tenant.
ENROL = """
insert into es.checkpoint (tenant_id, consumer, version, epoch, position)
select h.tenant_id, w.consumer, w.version, h.epoch,
       case when w.from_now and exists (
              select from es.checkpoint c
              where c.tenant_id = %(tenant_id)s and c.consumer >= 'process:' and c.consumer < 'process;')
            then h.position else 0 end
from es.tenant_head h
cross join unnest(%(consumers)s::text[], %(versions)s::int[], %(from_now)s::bool[])
  as w (consumer, version, from_now)
where h.tenant_id = %(tenant_id)s
on conflict (tenant_id, consumer) do nothing
"""
TAKE = """
select consumer, version from es.checkpoint
where tenant_id = %s and consumer = any (%s::text[]) and position = %s and epoch = %s and status = 'running'
order by consumer
for update skip locked
"""
MOVE = """
with free as (
  select c.consumer
  from es.checkpoint c
  join unnest(%(consumers)s::text[], %(versions)s::int[]) as w (consumer, version)
    on c.consumer = w.consumer and c.version = w.version
  where c.tenant_id = %(tenant_id)s and c.position = %(position)s and c.epoch = %(epoch)s and c.status = 'running'
  for update of c skip locked
)
update es.checkpoint c
set position = %(upto)s, attempts = 0, last_error = null, updated_at = clock_timestamp()
from free
where c.tenant_id = %(tenant_id)s and c.consumer = free.consumer
returning c.consumer
"""
ADVANCE = """
update es.checkpoint c
set position = %(upto)s, attempts = 0, last_error = null, updated_at = clock_timestamp()
from unnest(%(consumers)s::text[], %(versions)s::int[]) as w (consumer, version)
where c.tenant_id = %(tenant_id)s and c.consumer = w.consumer and c.version = w.version
  and c.position = %(position)s and c.epoch = %(epoch)s and c.status = 'running'
"""
PAUSE = """
update es.checkpoint
set status = 'paused', position = %(position)s, attempts = attempts + 1, last_error = %(error)s,
    updated_at = clock_timestamp()
where tenant_id = %(tenant_id)s and consumer = %(consumer)s and position = %(expected)s and status = 'running'
"""
PARK = """
insert into es.parked_event as p (tenant_id, consumer, position, error) values (%s, %s, %s, %s)
on conflict (tenant_id, consumer, position)
do update set error = excluded.error, parked_at = clock_timestamp(), skipped_at = null
"""
UNPARK = "delete from es.parked_event where tenant_id = %s and consumer = %s and skipped_at is null"
TAKE_BACK = """
delete from es.parked_event
where tenant_id = %(tenant_id)s and consumer = %(consumer)s and skipped_at is null
  and position = coalesce(%(position)s, position) and parked_at <= coalesce(%(decided_at)s, parked_at)
returning position
"""
MARK_SKIPPED = """
update es.parked_event set skipped_at = clock_timestamp()
where tenant_id = %(tenant_id)s and consumer = %(consumer)s and skipped_at is null
  and position = coalesce(%(position)s, position) and parked_at <= coalesce(%(decided_at)s, parked_at)
returning position
"""
# Before the parked event: a rebuild holds the checkpoint first and forgets what was parked last.
LOCK = "select from es.checkpoint where tenant_id = %(tenant_id)s and consumer = %(consumer)s for update"
RESUME = """
update es.checkpoint
set status = 'running', last_error = null, updated_at = clock_timestamp(),
    position = case when position = %(skipped)s - 1 then %(skipped)s else position end
where tenant_id = %(tenant_id)s and consumer = %(consumer)s and status = 'paused'
"""
IS_PARKED = """
select from es.parked_event p join es.checkpoint c using (tenant_id, consumer)
where p.tenant_id = %s and p.consumer = %s and p.position = %s and p.skipped_at is null and c.status = 'paused'
"""
SKIPPED = """
select position from es.parked_event where tenant_id = %s and consumer = %s and skipped_at is not null
"""

# After a restore the log may be shorter than what the process saw; repeating is harmless.
ADOPT_EPOCH = """
update es.checkpoint
set epoch = %(epoch)s, position = least(position, %(head)s), updated_at = clock_timestamp()
where tenant_id = %(tenant_id)s and consumer = %(consumer)s and epoch = %(seen)s
"""


@dataclass(frozen=True)
class Unit:
    """One consumer of one tenant: the unit of failure."""

    consumer: str
    version: int
    epoch: int
    position: int
    status: str
    last_error: str | None = None

    @property
    def runs(self) -> bool:
        return self.status == "running"


@dataclass(frozen=True)
class Standing:
    """A tenant's head, and where its consumers are."""

    head: int
    epoch: int
    units: Mapping[str, Unit]


@dataclass(frozen=True)
class Enrolment:
    """A consumer that should have a checkpoint."""

    consumer: str
    version: int = 1
    from_now: bool = False


@dataclass(frozen=True)
class Parked:
    """A unit that stopped, and the event that stopped it."""

    tenant_id: UUID
    consumer: str
    position: int
    error: str


@dataclass(frozen=True)
class Decision:
    """Which parked event an operator meant, and when: made twice, it does not concern what was parked later."""

    position: int | None = None
    decided_at: datetime | None = None


WHATEVER_IS_PARKED = Decision()
HISTORY_FORKED = (
    "the log ends before this position: it was restored to an earlier time; raise the tenant's epoch to go on"
)
OnParked = Callable[[Parked], None]


class Overtaken(Exception):
    """Another worker moved the checkpoint; its work counts, ours is rolled back."""


class Checkpoints:
    """The checkpoints of all tenants, one tenant at a time, as the projector role."""

    def __init__(
        self,
        pool: ConnectionPool,
        wake_up: Callable[[UUID], None] = lambda tenant_id: None,
        on_parked: OnParked = lambda parked: None,
    ) -> None:
        self._pool = pool
        self._wake_up = wake_up
        self._on_parked = on_parked

    def standing(self, tenant_id: UUID) -> Standing | None:
        """Head and consumers; None for a tenant without a log."""
        with translated_errors(), borrowed(self._pool) as connection:
            found = connection.execute(STANDING, (tenant_id,)).fetchone()
        if found is None:
            return None
        head, epoch, units = found
        return Standing(head, epoch, {unit[0]: Unit(*unit) for unit in from_json(units)})

    def enrolled(self, tenant_id: UUID, enrolments: Sequence[Enrolment]) -> Standing | None:
        """The standing, after giving every consumer seen for the first time its checkpoint."""
        standing = self.standing(tenant_id)
        if standing is None or all(each.consumer in standing.units for each in enrolments):
            return standing if standing is None else self._without_forked(tenant_id, standing)
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            enrol(connection, tenant_id, enrolments)
        return self.standing(tenant_id)

    def _without_forked(self, tenant_id: UUID, standing: Standing) -> Standing | None:
        """Pauses consumers that have read further than the log reaches: it was restored, an operator decides."""
        forked = [
            unit
            for unit in standing.units.values()
            if unit.runs and unit.epoch == standing.epoch and unit.position > standing.head
        ]
        for unit in forked:
            parked = Parked(tenant_id, unit.consumer, unit.position, HISTORY_FORKED)
            self.park(parked, expected=unit.position, position=unit.position, on_parked=self._on_parked)
        return self.standing(tenant_id) if forked else standing

    def adopt_epoch(self, tenant_id: UUID, unit: Unit, standing: Standing) -> None:
        """Goes on in the log's new epoch, from where both agree at the latest."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            connection.execute(
                ADOPT_EPOCH,
                {
                    "tenant_id": tenant_id,
                    "consumer": unit.consumer,
                    "epoch": standing.epoch,
                    "head": standing.head,
                    "seen": unit.epoch,
                },
            )

    def is_parked(self, tenant_id: UUID, consumer: str, position: int) -> bool:
        """Does the unit stand still at exactly this event?"""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            return connection.execute(IS_PARKED, (tenant_id, consumer, position)).fetchone() is not None

    def retry(self, tenant_id: UUID, consumer: str, decision: Decision = WHATEVER_IS_PARKED) -> bool:
        """Lets a paused unit try its parked event again, after the cause was mended."""
        return self._resume(tenant_id, consumer, decision, skipping=False)

    def skip(self, tenant_id: UUID, consumer: str, decision: Decision = WHATEVER_IS_PARKED) -> bool:
        """Lets a paused unit go on without its parked event, in this and in every later replay."""
        return self._resume(tenant_id, consumer, decision, skipping=True)

    def _resume(self, tenant_id: UUID, consumer: str, decision: Decision, *, skipping: bool) -> bool:
        unit = {"tenant_id": tenant_id, "consumer": consumer}
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            connection.execute(LOCK, unit)
            parked = connection.execute(
                MARK_SKIPPED if skipping else TAKE_BACK,
                {**unit, "position": decision.position, "decided_at": decision.decided_at},
            ).fetchall()
            if decision.position is not None and not parked:
                return False
            skipped = max((row[0] for row in parked), default=None) if skipping else None
            resumed = connection.execute(RESUME, {**unit, "skipped": skipped})
        log.info("unit_resumed", tenant_id=str(tenant_id), consumer=consumer, skipped_position=skipped)
        self._wake_up(tenant_id)
        return resumed.rowcount == 1

    def park(self, parked: Parked, *, expected: int, position: int, on_parked: OnParked) -> None:
        """Pauses a unit that stands at `expected` and leaves it at `position`."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (parked.tenant_id,))
            paused = connection.execute(
                PAUSE,
                {
                    "tenant_id": parked.tenant_id,
                    "consumer": parked.consumer,
                    "expected": expected,
                    "position": position,
                    "error": parked.error,
                },
            )
            if paused.rowcount == 0:
                return  # another worker has it; if the event is poison, that worker will say so
            connection.execute(PARK, (parked.tenant_id, parked.consumer, parked.position, parked.error))
        log.error(
            "unit_paused",
            tenant_id=str(parked.tenant_id),
            consumer=parked.consumer,
            position=parked.position,
            error=parked.error,
        )
        on_parked(parked)


def enrol(connection: Connection[Any], tenant_id: UUID, enrolments: Sequence[Enrolment]) -> None:
    """Creates the missing checkpoints."""
    connection.execute(
        ENROL,
        {
            "tenant_id": tenant_id,
            "consumers": [each.consumer for each in enrolments],
            "versions": [each.version for each in enrolments],
            "from_now": [each.from_now for each in enrolments],
        },
    )


def take(
    connection: Connection[Any], tenant_id: UUID, consumers: Sequence[str], *, position: int, epoch: int
) -> dict[str, int]:
    """Locks those of the consumers that stand at the position and nobody else holds; their versions."""
    rows = connection.execute(TAKE, (tenant_id, texts(consumers), position, epoch)).fetchall()
    return {row[0]: row[1] for row in rows}


def move(
    connection: Connection[Any],
    tenant_id: UUID,
    versions: Mapping[str, int],
    *,
    position: int,
    upto: int,
    epoch: int,
) -> Callable[[], set[str]]:
    """Moves those of the consumers that stand at the position and nobody else holds.

    Who they are is waited for when it is called for.
    """
    cursor = connection.execute(
        MOVE,
        {
            "tenant_id": tenant_id,
            "consumers": texts(versions),
            "versions": integers(versions.values()),
            "position": position,
            "upto": upto,
            "epoch": epoch,
        },
    )
    return lambda: {row[0] for row in cursor.fetchall()}


def advance(
    connection: Connection[Any],
    tenant_id: UUID,
    versions: Mapping[str, int],
    *,
    position: int,
    upto: int,
    epoch: int,
) -> None:
    """Moves the consumers together, from exactly `position`; raises Overtaken when one stood elsewhere."""
    moved = connection.execute(
        ADVANCE,
        {
            "tenant_id": tenant_id,
            "consumers": texts(versions),
            "versions": integers(versions.values()),
            "position": position,
            "upto": upto,
            "epoch": epoch,
        },
    )
    if moved.rowcount != len(versions):
        raise Overtaken


def skipped_positions(connection: Connection[Any], tenant_id: UUID, consumer: str) -> frozenset[int]:
    """The events an operator decided to do without."""
    return frozenset(row[0] for row in connection.execute(SKIPPED, (tenant_id, consumer)))
