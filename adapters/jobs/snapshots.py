"""Which streams have grown long enough to be worth a snapshot? Kept by the worker, never in a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from eventsourcing.persistence import IntegrityError
from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.store import folding
from adapters.jobs.checkpoints import ENTER, Checkpoints, Enrolment, Overtaken, Standing, Unit, advance
from adapters.jobs.failures import describe, is_transient
from adapters.postgres.errors import translated_errors
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent

CONSUMER = "snapshots"
EVERY = 100  # events of one stream
STEP = 5_000  # events of the log at once; hardly any is worth a look, and none is read
DUE = f"""
select originator_id, originator_version, topic from es.event
where tenant_id = %s and position > %s and position <= %s and originator_version %% {EVERY} = 0
order by position
"""  # noqa: S608 a constant of this module
PRUNE = "delete from es.snapshot where tenant_id = %s and originator_id = %s and originator_version < %s"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Due:
    """A stream at a version of which a snapshot is kept."""

    stream: UUID
    version: int
    topic: str


class SnapshotKeeper:
    """Follows a tenant's log and keeps a snapshot of every stream that passes a hundred events."""

    def __init__(
        self,
        *,
        pool: ConnectionPool,
        engine: Engine,
        aggregate_of: Mapping[type[DomainEvent], type[Aggregate]],
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._aggregate_of = aggregate_of
        self._checkpoints = Checkpoints(pool)
        self.enrolments = (Enrolment(CONSUMER),)

    def drain(self, tenant_id: UUID) -> None:
        """Goes on from the checkpoint to the head; another worker's progress is as good as ours."""
        standing = self._standing(tenant_id)
        if standing is None:
            return
        unit = standing.units[CONSUMER]
        position = unit.position
        while unit.runs and position < standing.head:
            upto = min(position + STEP, standing.head)
            try:
                if due := self._due(tenant_id, unit, position, upto):
                    self._keep(tenant_id, due)
                    self._advance(tenant_id, unit, position, upto)
            except Overtaken:
                return
            position = upto

    def _due(self, tenant_id: UUID, unit: Unit, position: int, upto: int) -> list[Due]:
        """What is to be kept; where there is nothing, the checkpoint moves at once."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            due = [Due(*row) for row in connection.execute(DUE, (tenant_id, position, upto))]
            if not due:
                self._move(connection, tenant_id, unit, position, upto)
        return due

    def _standing(self, tenant_id: UUID) -> Standing | None:
        standing = self._checkpoints.enrolled(tenant_id, self.enrolments)
        if standing is None or standing.units[CONSUMER].epoch == standing.epoch:
            return standing
        self._checkpoints.adopt_epoch(tenant_id, standing.units[CONSUMER], standing)
        return self._checkpoints.standing(tenant_id)

    def _keep(self, tenant_id: UUID, due: list[Due]) -> None:
        for one in due:
            try:
                self._take(tenant_id, one)
            except Exception as error:
                if is_transient(error):
                    raise
                # A snapshot is never the truth: a stream that cannot be kept is read from its events.
                log.warning("snapshot_not_taken", tenant_id=str(tenant_id), error=describe(error))

    def _take(self, tenant_id: UUID, due: Due) -> None:
        kind = self._aggregate_of[self._engine.topics.event_class(due.topic)]
        application = TenantApplication(self._engine, tenant_id)
        aggregate: Aggregate = application.repository.get(
            due.stream, version=due.version, projector_func=folding(kind)
        )
        try:
            application.take_snapshot_of(aggregate)
        except IntegrityError:
            return  # another worker kept it a moment ago
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            connection.execute(PRUNE, (tenant_id, due.stream, aggregate.version))

    def _advance(self, tenant_id: UUID, unit: Unit, position: int, upto: int) -> None:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            self._move(connection, tenant_id, unit, position, upto)

    def _move(
        self, connection: Connection[Any], tenant_id: UUID, unit: Unit, position: int, upto: int
    ) -> None:
        versions = {CONSUMER: unit.version}
        advance(connection, tenant_id, versions, position=position, upto=upto, epoch=unit.epoch)
