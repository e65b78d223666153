"""How is a table written to a file? By a worker, in one snapshot, a batch at a time.

The effect's lease is renewed while rows are written, so an export of any length has one
worker, and that of a dead worker is taken up again a minute later.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4, uuid5

import structlog
from psycopg_pool import ConnectionPool

from adapters.analytics.export_files import ExportFiles, Progress
from adapters.analytics.formats import WRITERS, Origin, TooManyRows
from adapters.analytics.questions import Question, columns_of, filters_of
from adapters.analytics.reading import position_of, snapshot, table_named
from adapters.analytics.statements import count_of, rows_of
from adapters.event_store.commands import Commands
from adapters.jobs.failures import describe, is_transient
from adapters.jobs.outbox import EffectContext
from adapters.jobs.processes import PROCESSES
from adapters.postgres.scoped_sql import ScopedSql
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.platform.exports import CompleteExport, ExpireExport, FailExport
from domain.kernel.refusals import Malformed, NotFound, TenantClosed, TenantReadOnly
from domain.platform.export import Export
from domain.platform.tenant import Tenant

BATCH = 2_000
MOST_ATTEMPTS = 4
RENEW_EVERY_S, NOTE_EVERY_S = 15.0, 0.5
STATEMENT_LIMIT_MS = 600_000
IDLE_LIMIT_MS = 120_000
SWEEP_EVERY_S = 60.0
ACTOR = Actor(id=uuid5(PROCESSES, "exporting"), kind="process")

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another worker makes this export now."""


class Exporter:
    """Performs the effect `make_export`."""

    def __init__(
        self,
        pool: ConnectionPool,
        commands: Commands,
        files: ExportFiles,
        clock: Callable[[], datetime],
        *,
        batch: int = BATCH,
    ) -> None:
        self._pool = pool
        self._commands = commands
        self._files = files
        self._clock = clock
        self._batch = batch

    def __call__(self, effect: EffectContext) -> None:
        export = self._commands.reading(effect.tenant_id).load(Export, effect.event.originator_id)
        if export.is_settled:
            return
        if effect.attempt > MOST_ATTEMPTS:
            self._fail(effect, export, "never_finished")
            return
        try:
            self._make(effect, export)
        except TooManyRows:
            self._fail(effect, export, "too_many_rows_for_this_format")
        except (Malformed, NotFound):
            self._fail(effect, export, "the_dictionary_has_changed")
        except Exception as error:
            if is_transient(error) or isinstance(error, LeaseLost) or effect.attempt < MOST_ATTEMPTS:
                raise
            log.error("export_failed", tenant_id=str(effect.tenant_id), error=describe(error))
            self._fail(effect, export, "could_not_be_written")

    def _make(self, effect: EffectContext, export: Export) -> None:
        part = self._files.begin(effect.tenant_id, export.id)
        try:
            origin = self._written(effect, export, part)
            finished = self._files.finish(effect.tenant_id, export.id, part, export.format)
        finally:
            part.unlink(missing_ok=True)
        completion = CompleteExport(
            export_id=export.id,
            read_at_position=origin.position,
            rows=origin.rows,
            size_bytes=finished.size_bytes,
            sha256=finished.sha256,
        )
        self._tell(effect, completion)
        self._files.forget_progress(effect.tenant_id, export.id)

    def _written(self, effect: EffectContext, export: Export, part: Path) -> Origin:
        question = question_of(export)
        limits = {"time_limit_ms": STATEMENT_LIMIT_MS, "idle_limit_ms": IDLE_LIMIT_MS}
        with snapshot(self._pool, effect.tenant_id, **limits) as sql:
            origin = self._origin(sql, export, question)
            writer = WRITERS[export.format](part, origin)
            try:
                self._write_all(effect, sql, question, origin, writer.write)
            finally:
                writer.close()
        return origin

    def _origin(self, sql: ScopedSql, export: Export, question: Question) -> Origin:
        counted = count_of(question)
        found = sql.row(counted.text, **counted.values)
        tenant = self._commands.reading(sql.tenant_id).find(Tenant, sql.tenant_id)
        return Origin(
            table=question.table,
            columns=question.columns,
            tenant=tenant.slug if tenant else str(sql.tenant_id),
            position=position_of(sql, question.table),
            rows=found["count"] if found else 0,
            filters=filters_in(export),
            read_at=self._clock(),
        )

    def _write_all(
        self,
        effect: EffectContext,
        sql: ScopedSql,
        question: Question,
        origin: Origin,
        write: Callable[[Sequence[Mapping[str, Any]]], None],
    ) -> None:
        statement = rows_of(question)
        progress = Progress(0, origin.rows)
        renewed = noted = monotonic()
        self._files.note(sql.tenant_id, effect.event.originator_id, progress)
        for rows in sql.batches(statement.text, self._batch, **statement.values):
            write(rows)
            progress = replace(progress, rows=progress.rows + len(rows))
            if monotonic() - noted > NOTE_EVERY_S:
                self._files.note(sql.tenant_id, effect.event.originator_id, progress)
                noted = monotonic()
            if monotonic() - renewed > RENEW_EVERY_S:
                if not effect.renew():
                    raise LeaseLost
                renewed = monotonic()

    def _fail(self, effect: EffectContext, export: Export, reason: str) -> None:
        self._tell(effect, FailExport(export_id=export.id, reason=reason))
        self._files.forget_progress(effect.tenant_id, export.id)

    def _tell(self, effect: EffectContext, command: Command) -> None:
        content = f"{type(command).__name__}:{command.model_dump_json()}"
        recorded = effect.event.recorded
        self._commands.execute(
            Order(
                tenant_id=effect.tenant_id,
                command=command,
                actor=ACTOR,
                # The same statement about the same file is one command, however often it is made.
                id=CommandId(
                    uuid5(effect.event.originator_id, content), hashlib.sha256(content.encode()).digest()
                ),
                at=self._clock(),
                source="process",
                correlation_id=recorded.correlation_id if recorded else None,
                causation_id=recorded.event_id if recorded else None,
            )
        )


def question_of(export: Export) -> Question:
    """Every row the export asks for, in the order of the table's key."""
    table = table_named(export.table)
    return Question(table, columns_of(table, export.columns), filters_of(table, filters_in(export)))


def filters_in(export: Export) -> tuple[str, ...]:
    """The filters as they were asked for."""
    return tuple(export.filters.split("\n")) if export.filters else ()


class ExportSweep:
    """An action of the scheduler: what is a day old ends, and its file goes."""

    def __init__(self, commands: Commands, files: ExportFiles, clock: Callable[[], datetime]) -> None:
        self._commands = commands
        self._files = files
        self._clock = clock
        self._look_at = 0.0

    def act(self, token: int) -> int:
        """Looks once a minute; the number of files removed."""
        if monotonic() < self._look_at:
            return 0
        self._look_at = monotonic() + SWEEP_EVERY_S
        return self.sweep()

    def sweep(self) -> int:
        """Records the end before the file goes, so that none disappears unexplained."""
        removed = 0
        for tenant_id, export_id, path in self._files.outlived(self._clock().timestamp()):
            if export_id is not None:
                with suppress(NotFound, TenantReadOnly, TenantClosed):
                    self._expire(tenant_id, export_id)
            path.unlink(missing_ok=True)
            removed += 1
        return removed

    def _expire(self, tenant_id: UUID, export_id: UUID) -> None:
        command_id = CommandId(uuid4(), hashlib.sha256(export_id.bytes).digest())
        self._commands.execute(
            Order(
                tenant_id,
                ExpireExport(export_id=export_id),
                ACTOR,
                command_id,
                self._clock(),
                source="process",
            )
        )
