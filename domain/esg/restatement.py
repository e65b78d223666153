"""When was a period of the ledger weighed anew, by which publication, and how far is it?"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self, assert_never
from uuid import UUID

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Personal
from domain.kernel.text import Code, Line

Count = Annotated[int, Field(ge=0)]
FactorYear = Annotated[int, Field(strict=True, ge=1990, le=2199)]


class RestatementStatus(StrEnum):
    """Where a restatement stands."""

    RUNNING = "running"
    COMPLETED = "completed"


class RestatementRequested(DomainEvent):
    """Someone wants the lines of a period weighed by the publications of another year."""

    TOPIC: ClassVar[str] = "restatement.requested.v1"

    requested_by: UUID
    start: date
    end: date
    factor_year: FactorYear
    reason: Annotated[Line, Personal(subject="requested_by")]


class RestatementCompleted(DomainEvent):
    """Every journey and activity of the period was asked. `refused` kept their lines, with the reasons."""

    TOPIC: ClassVar[str] = "restatement.completed.v1"

    restated: Count
    refused: dict[Code, Count]


RestatementEvent = RestatementRequested | RestatementCompleted


class Restatement(Aggregate):
    """One restatement of a period.  running -> completed."""

    CATEGORY: ClassVar[str] = "restatement"

    requested_by: UUID
    start: date
    end: date
    factor_year: int
    status: RestatementStatus = RestatementStatus.RUNNING
    restated: Count = 0
    refused: dict[Code, Count] = {}

    @classmethod
    def request(
        cls,
        restatement_id: UUID,
        *,
        requested_by: UUID,
        start: date,
        end: date,
        factor_year: int,
        reason: str,
        at: datetime,
    ) -> Self:
        """Begins it."""
        made = cls.new(restatement_id)
        made.record(
            RestatementRequested,
            at=at,
            requested_by=requested_by,
            start=start,
            end=end,
            factor_year=factor_year,
            reason=reason,
        )
        return made

    def complete(self, *, restated: int, refused: dict[str, int], at: datetime) -> None:
        """Ends it."""
        if self.status is RestatementStatus.RUNNING:
            self.record(RestatementCompleted, at=at, restated=restated, refused=refused)

    def evolve(self, event: RestatementEvent) -> None:
        match event:
            case RestatementRequested():
                self.requested_by = event.requested_by
                self.start = event.start
                self.end = event.end
                self.factor_year = event.factor_year
            case RestatementCompleted():
                self.status = RestatementStatus.COMPLETED
                self.restated = event.restated
                self.refused = event.refused
            case _:
                assert_never(event)
