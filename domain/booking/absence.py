"""Who asked to be away, and who said yes?"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, assert_never
from uuid import UUID

from domain.booking.schedule import Away
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.period import Period
from domain.kernel.personal import Personal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Line


class AbsenceKind(StrEnum):
    """Why somebody is away."""

    LEAVE = "leave"
    SICKNESS = "sickness"
    TRAINING = "training"
    PERSONAL = "personal"
    MAINTENANCE = "maintenance"


class AbsenceStatus(StrEnum):
    """Where the request stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


AbsenceReason = Annotated[Line | None, Personal(subject="subject_id")]


class AbsenceRequested(DomainEvent):
    """Somebody asks to be away; it blocks nothing yet."""

    TOPIC: ClassVar[str] = "absence.requested.v1"

    subject_id: UUID
    is_resource: bool
    kind: AbsenceKind
    period: Period
    reason: AbsenceReason = None


class AbsenceApproved(DomainEvent):
    """The absence is entered in the schedule; `affected` are the visits booked into it by then."""

    TOPIC: ClassVar[str] = "absence.approved.v1"

    affected: tuple[UUID, ...]


class AbsenceRejected(DomainEvent):
    """The absence was not agreed to."""

    TOPIC: ClassVar[str] = "absence.rejected.v1"


class AbsenceCancelled(DomainEvent):
    """Nobody is away after all."""

    TOPIC: ClassVar[str] = "absence.cancelled.v1"


AbsenceEvent = AbsenceRequested | AbsenceApproved | AbsenceRejected | AbsenceCancelled


class AbsenceDecided(RuleBroken):
    """This absence has been decided already."""


class Absence(Aggregate):
    """One absence, from the request to its end."""

    CATEGORY: ClassVar[str] = "absence"

    subject_id: UUID
    is_resource: bool = False
    kind: AbsenceKind = AbsenceKind.LEAVE
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    reason: AbsenceReason = None
    status: AbsenceStatus = AbsenceStatus.REQUESTED
    affected: tuple[UUID, ...] = ()

    def request(
        self, *, subject_id: UUID, is_resource: bool, kind: AbsenceKind, period: Period, reason: str | None,
        at: datetime,
    ) -> None:  # fmt: skip
        """Asks for it."""
        if not self.version:
            self.record(
                AbsenceRequested,
                at=at,
                subject_id=subject_id,
                is_resource=is_resource,
                kind=kind,
                period=period,
                reason=reason,
            )

    def approve(self, affected: tuple[UUID, ...], *, at: datetime) -> None:
        """Agrees; whoever is affected is listed, not moved."""
        if self.status != AbsenceStatus.APPROVED:
            self._require_open()
            self.record(AbsenceApproved, at=at, affected=affected)

    def reject(self, *, at: datetime) -> None:
        """Does not agree."""
        if self.status != AbsenceStatus.REJECTED:
            self._require_open()
            self.record(AbsenceRejected, at=at)

    def cancel(self, *, at: datetime) -> None:
        """Calls it off, approved or not."""
        if self.status == AbsenceStatus.REJECTED:
            raise AbsenceDecided
        if self.status != AbsenceStatus.CANCELLED:
            self.record(AbsenceCancelled, at=at)

    @property
    def away(self) -> Away:
        """What the schedule keeps of it."""
        assert self.starts_at is not None
        assert self.ends_at is not None
        return Away(absence_id=self.id, starts_at=self.starts_at, ends_at=self.ends_at)

    def evolve(self, event: AbsenceEvent) -> None:
        match event:
            case AbsenceRequested():
                self.subject_id = event.subject_id
                self.is_resource = event.is_resource
                self.kind = event.kind
                self.starts_at = event.period.start
                self.ends_at = event.period.end
                self.reason = event.reason
            case AbsenceApproved():
                self.status = AbsenceStatus.APPROVED
                self.affected = event.affected
            case AbsenceRejected():
                self.status = AbsenceStatus.REJECTED
            case AbsenceCancelled():
                self.status = AbsenceStatus.CANCELLED
            case _:
                assert_never(event)

    def _require_open(self) -> None:
        if self.status != AbsenceStatus.REQUESTED:
            raise AbsenceDecided
