"""Do the published rows equal a fresh replay of the log? Whoever asks gets both values."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from adapters.jobs.checkpoints import ENTER, skipped_positions
from adapters.jobs.rebuilding import Progress, replay
from adapters.postgres.errors import translated_errors
from adapters.postgres.row_table import RowTable, listed
from projections.kernel.projector import Projector
from projections.kernel.row import Row

WHOLE_ROW = "*"
POSITION = "select position from es.checkpoint where tenant_id = %s and consumer = %s"
TOPICS = "select distinct topic from es.event where tenant_id = %s"
IS_EMPTY = "select not exists (select from {published} where tenant_id = %s)"
SCRATCH = "create temporary table {name} (like {published} including all excluding comments) on commit drop"
COMPARE = """
select to_jsonb(p) - 'tenant_id' as published, to_jsonb(r) - 'tenant_id' as replayed
from (select * from {published} where tenant_id = %(tenant_id)s) as p
full join (select * from {scratch} where tenant_id = %(tenant_id)s) as r using ({keys})
where to_jsonb(p) is distinct from to_jsonb(r)
order by {keys}
"""


@dataclass(frozen=True)
class Difference:
    """One published value that a replay does not confirm. Column `*`: the row as such."""

    projection: str
    key: dict[str, Any]
    column: str
    published: Any
    replayed: Any


def topics_of(pool: ConnectionPool, tenant_id: UUID) -> frozenset[str]:
    """The kinds of events in the tenant's log."""
    with translated_errors(), pool.connection() as connection, connection.transaction():
        connection.execute(ENTER, (tenant_id,))
        return frozenset(topic for (topic,) in connection.execute(TOPICS, (tenant_id,)))


def check(
    pool: ConnectionPool,
    feed: Any,
    tenant_id: UUID,
    projector: Projector[Any],
    progress: Progress | None = None,
    *,
    topics: Collection[str],
) -> Iterator[Difference]:
    """Replays up to the projector's checkpoint, in one snapshot of the database; leaves nothing behind."""
    row: type[Row] = projector.row
    names: dict[str, sql.Composable] = {
        "name": sql.Identifier(row.TABLE),
        "published": sql.Identifier("read", row.TABLE),
        "scratch": sql.Identifier("pg_temp", row.TABLE),
        "keys": listed(row.KEY),
    }
    consumer = f"projection:{projector.name}"
    with (
        translated_errors(),
        pool.connection() as connection,
        connection.transaction(force_rollback=True),
    ):
        connection.execute("set transaction isolation level repeatable read")
        connection.execute(ENTER, (tenant_id,))
        found = connection.execute(POSITION, (tenant_id, consumer)).fetchone()
        upto = 0 if found is None else found[0]
        if not feed.may_concern(topics, projector.handles) and _is_empty(connection, tenant_id, names):
            # Most read models of a young tenant: a table for what is not there costs more than all the rest.
            if progress is not None:
                progress(projector.name, upto, upto)
            return
        connection.execute(sql.SQL(SCRATCH).format(**names))
        scratch = RowTable(connection, tenant_id, row, schema="pg_temp")
        skipped = skipped_positions(connection, tenant_id, consumer)
        replay(connection, feed, tenant_id, projector, scratch, upto=upto, skipped=skipped, progress=progress)
        with connection.cursor(name="differences", row_factory=dict_row) as cursor:
            cursor.execute(sql.SQL(COMPARE).format(**names), {"tenant_id": tenant_id})
            for pair in cursor:
                yield from differences(projector.name, row, pair["published"], pair["replayed"])


def _is_empty(connection: Connection[Any], tenant_id: UUID, names: dict[str, sql.Composable]) -> bool:
    row = connection.execute(sql.SQL(IS_EMPTY).format(**names), (tenant_id,)).fetchone()
    return row is not None and bool(row[0])


def differences(
    projection: str, row: type[Row], published: dict[str, Any] | None, replayed: dict[str, Any] | None
) -> Iterator[Difference]:
    """What two versions of a row disagree about, column by column."""
    present = published or replayed or {}
    key = {column: present.get(column) for column in row.KEY}
    if published is None or replayed is None:
        yield Difference(projection, key, WHOLE_ROW, published, replayed)
        return
    for column, value in published.items():
        if value != replayed.get(column):
            yield Difference(projection, key, column, value, replayed.get(column))
