"""How far is a file of trips, and what became of each of them?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self, assert_never
from uuid import UUID

from pydantic import Field, StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.personal import Impersonal
from domain.kernel.text import Code
from domain.kernel.value import Value

MAX_LINES = 100_000
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Impersonal()]
Count = Annotated[int, Field(ge=0)]


class TripOutcome(StrEnum):
    """Created by this file, imported before, or rejected."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class ImportedState(StrEnum):
    """How far a trip of a file is taken: planned only, submitted for approval, or booked."""

    PLANNED = "planned"
    SUBMITTED = "submitted"
    BOOKED = "booked"


class TripResult(Value):
    """One trip of the file; `line` is the one that is wrong, or the first one of the trip.

    A trip that is there, but was refused the submission or the booking the file asks for, has
    an id, the state it stays in and the code of the refusal.
    The words of the file are not repeated, but for a reference that has the form of a code.
    """

    line: int
    reference: Code | None
    outcome: TripOutcome
    trip_id: UUID | None = None
    code: Code | None = None
    column: Code | None = None
    state: ImportedState | None = None

    @property
    def is_held_back(self) -> bool:
        """Is the trip there, but not as far as the file asks?"""
        return self.trip_id is not None and self.code is not None


class ImportStatus(StrEnum):
    """Where an import stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class TripImportRequested(DomainEvent):
    """A file of trips was taken in, to be read by a worker."""

    TOPIC: ClassVar[str] = "trip-import.requested.v1"

    requested_by: UUID
    sha256: Sha256
    lines: Count


def _planned_only(payload: Payload) -> Payload:
    """Before a file could ask for more, its trips were planned."""
    results = [
        result | {"state": None if result["trip_id"] is None else "planned"} for result in payload["results"]
    ]
    return payload | {"results": results}


class TripsImported(DomainEvent):
    """The next trips of the file were planned, submitted or booked, or not; it was read up to this line."""

    TOPIC: ClassVar[str] = "trip-import.trips-imported.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"trip-import.trips-imported.v1": _planned_only}

    read_up_to: Count
    results: tuple[TripResult, ...]


class TripImportCompleted(DomainEvent):
    """The file was read to its end."""

    TOPIC: ClassVar[str] = "trip-import.completed.v1"


class TripImportFailed(DomainEvent):
    """The rest of the file cannot be read; what was imported stays."""

    TOPIC: ClassVar[str] = "trip-import.failed.v1"

    reason: Code


TripImportEvent = TripImportRequested | TripsImported | TripImportCompleted | TripImportFailed


class TripImport(Aggregate):
    """One file of trips.  running -> completed | failed. The results stay in its events."""

    CATEGORY: ClassVar[str] = "trip-import"
    SNAPSHOT_VERSION: ClassVar[int] = 2

    requested_by: UUID
    sha256: Sha256
    lines: Count
    status: ImportStatus = ImportStatus.RUNNING
    read_up_to: Count = 0
    created: Count = 0
    duplicate: Count = 0
    rejected: Count = 0
    held_back: Count = 0
    reason: Code | None = None

    @property
    def noted(self) -> int:
        """Of how many trips is it known what became of them?"""
        return self.created + self.duplicate + self.rejected

    @classmethod
    def request(cls, import_id: UUID, *, requested_by: UUID, sha256: str, lines: int, at: datetime) -> Self:
        """Takes a file in."""
        made = cls.new(import_id)
        made.record(TripImportRequested, at=at, requested_by=requested_by, sha256=sha256, lines=lines)
        return made

    def note(self, after: int, results: Sequence[TripResult], *, read_up_to: int, at: datetime) -> None:
        """Writes down the results that follow the first `after` ones; a repeat says nothing new."""
        if self.status is ImportStatus.RUNNING and after == self.noted and results:
            self.record(TripsImported, at=at, read_up_to=read_up_to, results=tuple(results))

    def complete(self, *, at: datetime) -> None:
        """Ends it well."""
        if self.status is ImportStatus.RUNNING:
            self.record(TripImportCompleted, at=at)

    def fail(self, reason: str, *, at: datetime) -> None:
        """Ends it early."""
        if self.status is ImportStatus.RUNNING:
            self.record(TripImportFailed, at=at, reason=reason)

    def evolve(self, event: TripImportEvent) -> None:
        match event:
            case TripImportRequested():
                self.requested_by = event.requested_by
                self.sha256 = event.sha256
                self.lines = event.lines
            case TripsImported():
                outcomes = [result.outcome for result in event.results]
                self.read_up_to = event.read_up_to
                self.created += outcomes.count(TripOutcome.CREATED)
                self.duplicate += outcomes.count(TripOutcome.DUPLICATE)
                self.rejected += outcomes.count(TripOutcome.REJECTED)
                self.held_back += sum(result.is_held_back for result in event.results)
            case TripImportCompleted():
                self.status = ImportStatus.COMPLETED
            case TripImportFailed():
                self.status = ImportStatus.FAILED
                self.reason = event.reason
            case _:
                assert_never(event)
