"""What did a company try on its own past, on whose word, and what came of it?"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, assert_never

from pydantic import Field, StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.period import Period
from domain.kernel.personal import Impersonal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code, Title

# JSON in the words of the kind's own model: this stream carries every kind of draft and of summary.
Written = Annotated[str, StringConstraints(min_length=2, max_length=20_000), Impersonal()]
Position = Annotated[int, Field(strict=True, ge=1)]


class ExperimentStatus(StrEnum):
    """Where an experiment stands."""

    REQUESTED = "requested"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExperimentRequested(DomainEvent):
    """Someone asked what would have been. `forked_at` is the position where the past is left; None is this request.

    `period`: the decisions the draft is tried on; None is all of them.
    """

    TOPIC: ClassVar[str] = "experiment.requested.v1"

    kind: Code
    draft: Written
    forked_at: Position | None
    period: Period | None


class ExperimentCompleted(DomainEvent):
    """The past was lived through again, up to this position, and so many decisions came out otherwise."""

    TOPIC: ClassVar[str] = "experiment.completed.v1"

    forked_at: int
    differences: int
    summary: Written


class ExperimentFailed(DomainEvent):
    """The past could not be lived through again."""

    TOPIC: ClassVar[str] = "experiment.failed.v1"

    reason: Title


class ExperimentCancelled(DomainEvent):
    """Nobody waits for the answer any more."""

    TOPIC: ClassVar[str] = "experiment.cancelled.v1"


ExperimentEvent = ExperimentRequested | ExperimentCompleted | ExperimentFailed | ExperimentCancelled


class ExperimentIsOver(RuleBroken):
    """The experiment has come to an end; it can no longer be cancelled."""


class Experiment(Aggregate):
    """One question to the past.  requested -> completed | failed | cancelled."""

    CATEGORY: ClassVar[str] = "experiment"

    kind: Code
    draft: Written
    forked_at: int | None = None
    period: Period | None = None
    status: ExperimentStatus = ExperimentStatus.REQUESTED
    differences: int = 0
    summary: Written | None = None
    failure: Title | None = None

    def request(
        self, *, kind: str, draft: str, forked_at: int | None, period: Period | None, at: datetime
    ) -> None:
        """Asks."""
        if not self.version:
            self.record(
                ExperimentRequested, at=at, kind=kind, draft=draft, forked_at=forked_at, period=period
            )

    def complete(self, *, forked_at: int, differences: int, summary: str, at: datetime) -> None:
        """Keeps the answer; one that nobody waits for any more is dropped."""
        if self.is_open:
            self.record(
                ExperimentCompleted, at=at, forked_at=forked_at, differences=differences, summary=summary
            )

    def fail(self, *, reason: str, at: datetime) -> None:
        """Says why there is no answer."""
        if self.is_open:
            self.record(ExperimentFailed, at=at, reason=reason)

    def cancel(self, *, at: datetime) -> None:
        """Stops the search."""
        if self.status is ExperimentStatus.CANCELLED:
            return
        if not self.is_open:
            raise ExperimentIsOver
        self.record(ExperimentCancelled, at=at)

    @property
    def is_open(self) -> bool:
        """Is the answer still awaited?"""
        return self.status is ExperimentStatus.REQUESTED

    def evolve(self, event: ExperimentEvent) -> None:
        match event:
            case ExperimentRequested():
                self.kind = event.kind
                self.draft = event.draft
                self.forked_at = event.forked_at
                self.period = event.period
            case ExperimentCompleted():
                self.status = ExperimentStatus.COMPLETED
                self.forked_at = event.forked_at
                self.differences = event.differences
                self.summary = event.summary
            case ExperimentFailed():
                self.status = ExperimentStatus.FAILED
                self.failure = event.reason
            case ExperimentCancelled():
                self.status = ExperimentStatus.CANCELLED
            case _:
                assert_never(event)
