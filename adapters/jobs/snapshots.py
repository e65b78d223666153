"""Which streams have grown long enough to be worth a snapshot? Kept by the worker, never in a request."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog
from eventsourcing.persistence import IntegrityError
from psycopg_pool import ConnectionPool

from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.store import folding
from adapters.event_store.stored import TenantNotification
from adapters.jobs.checkpoints import ENTER, Checkpoints, Enrolment, Overtaken, Standing, Unit, advance
from adapters.jobs.failures import describe, is_transient
from adapters.jobs.feed import Feed
from adapters.postgres.errors import translated_errors
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent

CONSUMER = "snapshots"
EVERY = 100  # events of one stream
PRUNE = "delete from es.snapshot where tenant_id = %s and originator_id = %s and originator_version < %s"

log = structlog.get_logger(__name__)


class SnapshotKeeper:
    """Follows a tenant's log and keeps a snapshot of every stream that passes a hundred events."""

    def __init__(
        self,
        *,
        pool: ConnectionPool,
        engine: Engine,
        feed: Feed,
        aggregate_of: Mapping[type[DomainEvent], type[Aggregate]],
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._feed = feed
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
            with translated_errors(), self._pool.connection() as connection:
                page = self._feed.page(connection, tenant_id, after=position, upto=standing.head)
            self._keep(tenant_id, page)
            try:
                self._advance(tenant_id, unit, position, page[-1].id)
            except Overtaken:
                return
            position = page[-1].id

    def _standing(self, tenant_id: UUID) -> Standing | None:
        standing = self._checkpoints.enrolled(tenant_id, self.enrolments)
        if standing is None or standing.units[CONSUMER].epoch == standing.epoch:
            return standing
        self._checkpoints.adopt_epoch(tenant_id, standing.units[CONSUMER], standing)
        return self._checkpoints.standing(tenant_id)

    def _keep(self, tenant_id: UUID, page: Sequence[TenantNotification]) -> None:
        for stored in page:
            if stored.originator_version % EVERY == 0:
                try:
                    self._take(tenant_id, stored)
                except Exception as error:
                    if is_transient(error):
                        raise
                    # A snapshot is never the truth: a stream that cannot be kept is read from its events.
                    log.warning("snapshot_not_taken", tenant_id=str(tenant_id), error=describe(error))

    def _take(self, tenant_id: UUID, stored: TenantNotification) -> None:
        kind = self._aggregate_of[self._engine.topics.event_class(stored.topic)]
        application = TenantApplication(self._engine, tenant_id)
        stream = UUID(str(stored.originator_id))
        aggregate: Aggregate = application.repository.get(
            stream, version=stored.originator_version, projector_func=folding(kind)
        )
        try:
            application.take_snapshot_of(aggregate)
        except IntegrityError:
            return  # another worker kept it a moment ago
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            connection.execute(PRUNE, (tenant_id, stream, aggregate.version))

    def _advance(self, tenant_id: UUID, unit: Unit, position: int, upto: int) -> None:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            advance(
                connection,
                tenant_id,
                {CONSUMER: unit.version},
                position=position,
                upto=upto,
                epoch=unit.epoch,
            )
