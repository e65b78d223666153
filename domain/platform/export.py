"""Who took which of the company's data out of the house, and how long does the file exist?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self, assert_never
from uuid import UUID

from pydantic import Field, StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.personal import Impersonal, Personal
from domain.kernel.text import Code

LIFETIME = timedelta(hours=24)
MOST_AT_A_TIME = 3

# Names of tables and columns, in the words of the data dictionary.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$"), Impersonal()]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Impersonal()]
# One filter per line. They may name a person, so they are sealed under a key that lives as long as the file.
SealedFilters = Annotated[str, StringConstraints(max_length=20_000), Personal(subject="subject_id")]


class Format(StrEnum):
    """How the rows are written."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    XLSX = "xlsx"


class ExportRequested(DomainEvent):
    """Someone asked for a table as a file. `subject_id` names the key of the filters: the export's own id."""

    TOPIC = "export.requested.v1"

    subject_id: UUID
    requested_by: UUID
    table: Name
    columns: tuple[Name, ...]
    filters: SealedFilters
    format: Format


class ExportCompleted(DomainEvent):
    """The file is whole: the rows of the table as they stood at one position."""

    TOPIC = "export.completed.v1"

    read_at_position: int = Field(ge=0)
    rows: int = Field(ge=0)
    size_bytes: int = Field(ge=0)
    sha256: Sha256
    expires_at: Instant


class ExportFailed(DomainEvent):
    """There will be no file; `reason` says why."""

    TOPIC = "export.failed.v1"

    reason: Code


class ExportExpired(DomainEvent):
    """The file is removed, and the key of the filters goes with it."""

    TOPIC = "export.expired.v1"

    subject_id: UUID


class Export(Aggregate):
    """One file, from the request to its removal. A company makes a few at a time."""

    CATEGORY = "export"

    subject_id: UUID
    requested_by: UUID
    requested_at: datetime
    table: Name
    columns: tuple[Name, ...]
    filters: SealedFilters
    format: Format
    read_at_position: int | None = None
    rows: int | None = None
    size_bytes: int | None = None
    sha256: Sha256 | None = None
    expires_at: datetime | None = None
    reason: Code | None = None
    is_expired: bool = False

    @property
    def is_settled(self) -> bool:
        """Is it known whether there is a file?"""
        return self.sha256 is not None or self.reason is not None or self.is_expired

    def is_gone(self, at: datetime) -> bool:
        """Has the file's time run out at that moment, swept away or not?"""
        return self.is_expired or (self.expires_at is not None and at >= self.expires_at)

    @classmethod
    def request(
        cls,
        export_id: UUID,
        *,
        requested_by: UUID,
        table: str,
        columns: tuple[str, ...],
        filters: Sequence[str],
        format: Format,
        at: datetime,
    ) -> Self:
        """Asks for a file."""
        export = cls.new(export_id)
        export.record(
            ExportRequested,
            at=at,
            subject_id=export_id,
            requested_by=requested_by,
            table=table,
            columns=columns,
            filters="\n".join(filters),
            format=format,
        )
        return export

    def complete(
        self, *, read_at_position: int, rows: int, size_bytes: int, sha256: str, at: datetime
    ) -> None:
        """States what the file holds. The first one to finish says so; another's file is not this one."""
        if self.is_settled:
            return
        self.record(
            ExportCompleted,
            at=at,
            read_at_position=read_at_position,
            rows=rows,
            size_bytes=size_bytes,
            sha256=sha256,
            expires_at=at + LIFETIME,
        )

    def fail(self, reason: str, *, at: datetime) -> None:
        """Gives up, for all to see."""
        if self.is_settled:
            return
        self.record(ExportFailed, at=at, reason=reason)

    def expire(self, *, at: datetime) -> None:
        """Ends what is a day old, or never came to be: the file, and whatever the filters named."""
        ends_at = self.expires_at or self.requested_at + LIFETIME
        if self.is_expired or (self.reason is None and at < ends_at):
            return
        self.record(ExportExpired, at=at, subject_id=self.subject_id)

    def evolve(self, event: "ExportEvent") -> None:
        match event:
            case ExportRequested():
                self.subject_id = event.subject_id
                self.requested_by = event.requested_by
                self.requested_at = event.occurred_at
                self.table = event.table
                self.columns = event.columns
                self.filters = event.filters
                self.format = event.format
            case ExportCompleted():
                self.read_at_position = event.read_at_position
                self.rows = event.rows
                self.size_bytes = event.size_bytes
                self.sha256 = event.sha256
                self.expires_at = event.expires_at
            case ExportFailed():
                self.reason = event.reason
            case ExportExpired():
                self.is_expired = True
            case _:
                assert_never(event)

    def claims(self, event: "ExportEvent") -> Claims:
        match event:
            case ExportRequested():
                place = Claim("export", "in-progress", self.id, capacity=MOST_AT_A_TIME, shape="amount")
                return Claims(taken=(place,))
            case ExportCompleted() | ExportFailed():
                return Claims(released=(Release("export", "in-progress", self.id),))
            case ExportExpired():
                if self.is_settled:
                    return NO_CLAIMS
                return Claims(released=(Release("export", "in-progress", self.id),))
            case _:
                assert_never(event)


ExportEvent = ExportRequested | ExportCompleted | ExportFailed | ExportExpired
