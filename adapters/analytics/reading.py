"""What does a table say, and up to which position? Both are read in one snapshot."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from threading import Condition
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool

from adapters.analytics.dictionary import TABLES, AnalyticsTable
from adapters.analytics.questions import QueryInvalid, Question, parsed, shown
from adapters.analytics.statements import figures_of, kinds_of, paging_order, rows_of
from adapters.postgres.errors import Busy, translated_errors
from adapters.postgres.scoped_sql import ENTER_READING, ScopedSql
from domain.kernel.refusals import Malformed, NotFound
from projections.catalog import PROJECTORS

SNAPSHOT = "set transaction isolation level repeatable read"
LIMITS = "select set_config('statement_timeout', %s, true), set_config('idle_in_transaction_session_timeout', %s, true)"
HEAD = "select position from es.tenant_head where tenant_id = %(tenant_id)s"
PROJECTED = "select position from es.checkpoint where tenant_id = %(tenant_id)s and consumer = %(consumer)s"

TIME_LIMIT_MS = 5_000
IDLE_LIMIT_MS = 5_000
AT_ONCE = 4
WAIT_S = 2.0

CONSUMERS = {projector.row.TABLE: f"projection:{projector.name}" for projector in PROJECTORS}


class QueryTooExpensive(Malformed):
    """This question takes longer than five seconds; narrow it with filters, or export the table."""


@dataclass(frozen=True)
class Answer:
    """Rows of a table as they stood at a position, and the place after which there are more."""

    position: int
    rows: list[dict[str, Any]]
    has_more: bool
    next_after: tuple[str, ...] | None = None


def table_named(name: str) -> AnalyticsTable:
    """The table. Refuses with NotFound."""
    for table in TABLES:
        if table.name == name:
            return table
    raise NotFound


def consumer_of(table: AnalyticsTable) -> str | None:
    """Whose progress says how far the table is; None for the log itself."""
    return CONSUMERS.get(table.name)


def position_of(sql: ScopedSql, table: AnalyticsTable) -> int:
    """The position up to which the table includes every event, in the snapshot of `sql`."""
    consumer = consumer_of(table)
    row = sql.row(HEAD) if consumer is None else sql.row(PROJECTED, consumer=consumer)
    return 0 if row is None else int(row["position"])


@contextmanager
def snapshot(
    pool: ConnectionPool, tenant_id: UUID, *, time_limit_ms: int, idle_limit_ms: int = IDLE_LIMIT_MS
) -> Iterator[ScopedSql]:
    """A read-only transaction inside one tenant in which nothing moves."""
    with translated_errors(), pool.connection() as connection, connection.transaction():
        connection.execute(SNAPSHOT)
        connection.execute(ENTER_READING, (tenant_id,))
        connection.execute(LIMITS, (str(time_limit_ms), str(idle_limit_ms)))
        yield ScopedSql(connection, tenant_id)


class Seats:
    """So many questions at a time; at most half of them are one company's."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._each = max(1, count // 2)
        self._taken: Counter[UUID] = Counter()
        self._changed = Condition()

    @contextmanager
    def of(self, tenant_id: UUID) -> Iterator[None]:
        """A seat for one question. Refuses with Busy after two seconds of waiting."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room(tenant_id), WAIT_S):
                raise Busy(retry_after_s=1)
            self._taken[tenant_id] += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken -= Counter([tenant_id])
                self._changed.notify_all()

    def _has_room(self, tenant_id: UUID) -> bool:
        return self._taken[tenant_id] < self._each and self._taken.total() < self._count


class AnalyticsReader:
    """Answers questions, a few at a time: nobody's report may take the connections of everybody else."""

    def __init__(
        self, pool: ConnectionPool, *, time_limit_ms: int = TIME_LIMIT_MS, at_once: int = AT_ONCE
    ) -> None:
        self._pool = pool
        self._time_limit_ms = time_limit_ms
        self._seats = Seats(at_once)

    def positions(self, tenant_id: UUID) -> dict[str, int]:
        """How far each table is, in one snapshot."""
        with self._snapshot(tenant_id) as sql:
            return {table.name: position_of(sql, table) for table in TABLES}

    def answer(
        self, tenant_id: UUID, question: Question, *, limit: int, after: Sequence[str] | None = None
    ) -> Answer:
        """The rows or the figures, and the position they were read at."""
        place = None if after is None else _place(question, after)
        if question.is_grouped:
            statement = figures_of(question, limit=limit + 1)
        else:
            statement = rows_of(question, after=place, limit=limit + 1)
        with self._snapshot(tenant_id) as sql:
            position = position_of(sql, question.table)
            found = sql.rows(statement.text, **statement.values)
        kinds = kinds_of(question)
        rows = [{name: plain(kind, row[name]) for name, kind in kinds} for row in found[:limit]]
        has_more = len(found) > limit
        if question.is_grouped or not has_more:
            return Answer(position, rows, has_more)
        last = found[limit - 1]
        return Answer(position, rows, True, tuple(_word(last[each.name]) for each in paging_order(question)))

    @contextmanager
    def _snapshot(self, tenant_id: UUID) -> Iterator[ScopedSql]:
        with (
            self._seats.of(tenant_id),
            snapshot(self._pool, tenant_id, time_limit_ms=self._time_limit_ms) as sql,
            _refused_by_limits(),
        ):
            yield sql


@contextmanager
def _refused_by_limits() -> Iterator[None]:
    try:
        yield
    except errors.QueryCanceled:
        raise QueryTooExpensive from None
    except psycopg.DataError:
        raise QueryInvalid("A value of the query is beyond what the column can hold.") from None


def plain(kind: str, value: Any) -> Any:
    """The value as JSON has it: integers exact at any size, numbers as text, times in UTC."""
    match value:
        case Decimal():
            return int(value) if kind == "integer" else f"{value:f}"
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
    return value


def _word(value: Any) -> str:
    """A value in a cursor; nothing stands for no value."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(plain("number", value))


def _place(question: Question, words: Sequence[str]) -> list[Any]:
    kinds = {column.name: column.kind for column in shown(question.table)}
    order = paging_order(question)
    return [parsed(kinds[each.name], word) if word else None for each, word in zip(order, words, strict=True)]
