"""What may the doors ask about tables and files?"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from adapters.analytics.dictionary import TABLES, AnalyticsTable
from adapters.analytics.export_files import ExportFiles
from adapters.analytics.export_files import Progress as ExportProgress
from adapters.analytics.questions import Asked, QueryInvalid, columns_of, filters_of, understood
from adapters.analytics.reading import AnalyticsReader, Answer, consumer_of, table_named
from adapters.analytics.statements import kinds_of
from domain.kernel.refusals import NotFound, RuleBroken
from domain.platform.export import Export

ExportState = Literal["queued", "running", "done", "failed", "expired"]

__all__ = ["Analytics", "Answer", "Asked", "ExportProgress", "ExportState"]


class ExportNotDone(RuleBroken):
    """The file of this export is not there yet, or never will be; its state says which."""


class ExportGone(NotFound):
    """The file of this export has been removed; ask for it again."""


@dataclass(frozen=True)
class Analytics:
    """Tables, questions to them, and exports of them."""

    reader: AnalyticsReader
    files: ExportFiles

    def tables(self) -> tuple[AnalyticsTable, ...]:
        """The data dictionary."""
        return TABLES

    def table(self, name: str) -> AnalyticsTable:
        """One table. Refuses with NotFound."""
        return table_named(name)

    def consumer(self, name: str) -> str | None:
        """Whose progress a reader of the table waits for; None for the log itself."""
        return consumer_of(table_named(name))

    def positions(self, tenant_id: UUID) -> dict[str, int]:
        """How far each table is."""
        return self.reader.positions(tenant_id)

    def ask(
        self, tenant_id: UUID, table: str, asked: Asked, *, limit: int, after: tuple[str, ...] | None
    ) -> tuple[list[tuple[str, str]], Answer]:
        """Name and kind of the values, and the rows. Refuses with NotFound, QueryInvalid, QueryTooExpensive."""
        question = understood(table_named(table), asked)
        answer = self.reader.answer(tenant_id, question, limit=limit, after=after)
        return kinds_of(question), answer

    def columns_to_export(
        self, table: str, columns: tuple[str, ...] | None, filters: tuple[str, ...]
    ) -> tuple[str, ...]:
        """The columns of a file that can be made. Refuses QueryInvalid with a pointer into the body."""
        try:
            described = table_named(table)
        except NotFound:
            detail = "There is no such table; see /api/v1/analytics/tables."
            raise QueryInvalid(detail, pointer="/table", location="body") from None
        try:
            filters_of(described, filters, pointer="filters")
            return tuple(column.name for column in columns_of(described, columns))
        except QueryInvalid as refusal:
            refusal.facts["location"] = "body"
            raise

    def state(
        self, tenant_id: UUID, export: Export, at: datetime
    ) -> tuple[ExportState, ExportProgress | None]:
        """How far the export is."""
        if export.reason is not None:
            return "failed", None
        if export.is_gone(at):
            return "expired", None
        if export.sha256 is not None and export.rows is not None:
            return "done", ExportProgress(export.rows, export.rows)
        progress = self.files.progress(tenant_id, export.id)
        return ("queued" if progress is None else "running"), progress

    def file(self, tenant_id: UUID, export: Export, at: datetime) -> Path:
        """The whole file. Refuses with ExportNotDone, or with ExportGone once its day is over."""
        if export.reason is not None:
            raise ExportNotDone
        if export.is_gone(at):
            raise ExportGone
        if export.sha256 is None:
            raise ExportNotDone
        path = self.files.of(tenant_id, export)
        if path is None:
            raise ExportGone
        return path
