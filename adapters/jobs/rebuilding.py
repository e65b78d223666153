"""How does a read model start afresh while people go on reading it?"""

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

import structlog
from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.event_store.stored import TenantNotification
from adapters.jobs.checkpoints import ENTER_IN_BULK, UNPARK, skipped_positions
from adapters.jobs.failures import describe, is_transient
from adapters.jobs.feed import PAGE, Feed
from adapters.postgres.errors import translated_errors
from adapters.postgres.row_table import RowTable
from projections.kernel.projector import Projector
from projections.kernel.rows import Rows

log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int], None]  # projection, position reached, position aimed at

LOCK = "select position from es.checkpoint where tenant_id = %s and consumer = %s for update"
HEAD = "select position, epoch from es.tenant_head where tenant_id = %s"
FINISH = """
update es.checkpoint
set version = %(version)s, epoch = %(epoch)s, position = %(position)s, status = 'running', attempts = 0,
    last_error = null, updated_at = clock_timestamp()
where tenant_id = %(tenant_id)s and consumer = %(consumer)s
"""


class ReplayFailed(Exception):
    """An event cannot be projected; nothing was changed."""

    def __init__(self, projection: str, position: int, error: str) -> None:
        self.position = position
        self.error = error
        super().__init__(f"{projection} cannot project the event at position {position}: {error}")


def rebuild(
    pool: ConnectionPool,
    feed: Feed,
    tenant_id: UUID,
    projector: Projector[Any],
    progress: Progress | None = None,
) -> None:
    """One transaction: the tenant's rows go, the log is replayed to a position fixed now, the new rows come.

    The lock on the checkpoint takes the projector out of the live group; the live worker
    catches up from the fixed position afterwards.
    """
    consumer = f"projection:{projector.name}"
    with translated_errors(), pool.connection() as connection, connection.transaction():
        connection.execute(ENTER_IN_BULK, (tenant_id,))
        connection.execute(LOCK, (tenant_id, consumer))
        head = connection.execute(HEAD, (tenant_id,)).fetchone()
        if head is None:
            return
        position, epoch = head
        table = RowTable(connection, tenant_id, projector.row)
        table.clear()
        skipped = skipped_positions(connection, tenant_id, consumer)
        replay(
            connection, feed, tenant_id, projector, table, upto=position, skipped=skipped, progress=progress
        )
        connection.execute(
            FINISH,
            {
                "tenant_id": tenant_id,
                "consumer": consumer,
                "version": projector.version,
                "epoch": epoch,
                "position": position,
            },
        )
        connection.execute(UNPARK, (tenant_id, consumer))
    log.info("projection_rebuilt", tenant_id=str(tenant_id), projection=projector.name, position=position)


def replay(
    connection: Connection[Any],
    feed: Feed,
    tenant_id: UUID,
    projector: Projector[Any],
    table: RowTable[Any],
    *,
    upto: int,
    skipped: Collection[int],
    progress: Progress | None,
) -> None:
    """Folds the log from its first event up to a position into the table, page by page."""
    after = 0
    while after < upto:
        page = feed.page(connection, tenant_id, after=after, upto=upto, limit=PAGE)
        after = page[-1].id
        stored = [each for each in page if each.id not in skipped]
        try:
            _fold(connection, feed, tenant_id, projector, table, stored)
        except Exception as error:
            if is_transient(error):
                raise
            _name_the_guilty(connection, feed, tenant_id, projector, table, stored)
        if progress is not None:
            progress(projector.name, after, upto)


def _fold(
    connection: Connection[Any],
    feed: Feed,
    tenant_id: UUID,
    projector: Projector[Any],
    table: RowTable[Any],
    stored: Sequence[TenantNotification],
) -> None:
    with connection.transaction():  # a savepoint, so that a failed page can be repeated
        projector.project_all(feed.decode(tenant_id, stored, projector.handles), Rows(table))


def _name_the_guilty(
    connection: Connection[Any],
    feed: Feed,
    tenant_id: UUID,
    projector: Projector[Any],
    table: RowTable[Any],
    stored: Sequence[TenantNotification],
) -> None:
    for each in stored:
        try:
            _fold(connection, feed, tenant_id, projector, table, [each])
        except Exception as error:
            if is_transient(error):
                raise
            raise ReplayFailed(projector.name, each.id, describe(error)) from None
