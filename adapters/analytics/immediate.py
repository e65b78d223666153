"""How does whoever asks for a file get it at once? It is written in one snapshot, and forgotten when it is read.

Rows go from the database to the disk a batch at a time, whatever their number; the file has no
name any more before its first byte leaves, so that nothing remains of an answer nobody fetched.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from psycopg_pool import ConnectionPool

from adapters.analytics.export_files import ExportFiles
from adapters.analytics.formats import WRITERS, Origin, Row, TooManyRows
from adapters.analytics.questions import Ordering, Question, columns_of, filters_of
from adapters.analytics.reading import Seats, position_of, snapshot, table_named
from adapters.analytics.statements import count_of, rows_of
from adapters.postgres.scoped_sql import ScopedSql
from domain.kernel.refusals import RuleBroken
from domain.platform.export import Format

BATCH = 2_000
AT_ONCE = 2
STATEMENT_LIMIT_MS = 60_000
CHUNK_BYTES = 65_536


class TooManyRowsForFormat(RuleBroken):
    """A spreadsheet has room for 1,048,575 rows; narrow the export, or ask for CSV."""


@dataclass(frozen=True)
class ReadyFile:
    """A whole file that is open for reading, and nowhere else; it includes every event up to `position`."""

    file: BinaryIO
    position: int
    rows: int
    size_bytes: int

    def chunks(self) -> Iterator[bytes]:
        """The file, a piece at a time; closed at its end, or when nobody reads on."""
        with self.file as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


@dataclass(frozen=True)
class AskedFile:
    """Which rows of a table, which of their columns, in which order and format."""

    table: str
    columns: tuple[str, ...]
    filters: tuple[str, ...]
    format: Format
    newest_first: str

    @property
    def question(self) -> Question:
        """The same, understood."""
        table = table_named(self.table)
        return Question(
            table,
            columns_of(table, self.columns),
            filters_of(table, self.filters),
            order=(Ordering(self.newest_first, descending=True),),
        )


class ImmediateFiles:
    """Writes files while somebody waits: two at a time, one of them a company's."""

    def __init__(
        self,
        pool: ConnectionPool,
        files: ExportFiles,
        name_of: Callable[[UUID], str],
        clock: Callable[[], datetime],
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._pool = pool
        self._files = files
        self._name_of = name_of
        self._clock = clock
        self._seats = Seats(at_once)

    def ready(self, tenant_id: UUID, asked: AskedFile) -> ReadyFile:
        """The file. Refuses with Busy, or with TooManyRowsForFormat."""
        part = self._files.begin(tenant_id, uuid4())
        try:
            with self._seats.of(tenant_id):
                origin = self.write(tenant_id, asked, part)
            size_bytes = part.stat().st_size
            return ReadyFile(part.open("rb"), origin.position, origin.rows, size_bytes)
        finally:
            part.unlink(missing_ok=True)

    def write(self, tenant_id: UUID, asked: AskedFile, path: Path) -> Origin:
        """Writes the file there, and says what it was read from."""
        question = asked.question
        with snapshot(self._pool, tenant_id, time_limit_ms=STATEMENT_LIMIT_MS) as sql:
            origin = self._origin(sql, asked.filters, question)
            with _writing(path, asked.format, origin) as write:
                statement = rows_of(question)
                for rows in sql.batches(statement.text, BATCH, **statement.values):
                    write(rows)
        return origin

    def _origin(self, sql: ScopedSql, filters: tuple[str, ...], question: Question) -> Origin:
        counted = count_of(question)
        found = sql.row(counted.text, **counted.values)
        return Origin(
            table=question.table,
            columns=question.columns,
            tenant=self._name_of(sql.tenant_id),
            position=position_of(sql, question.table),
            rows=found["count"] if found else 0,
            filters=filters,
            read_at=self._clock(),
        )


@contextmanager
def _writing(path: Path, format: Format, origin: Origin) -> Iterator[Callable[[Sequence[Row]], None]]:
    try:
        writer = WRITERS[format](path, origin)
    except TooManyRows:
        raise TooManyRowsForFormat from None
    try:
        yield writer.write
    finally:
        writer.close()
