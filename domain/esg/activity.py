"""What did a company do that emits, as it was entered, corrected, restated or withdrawn?

Nothing is overwritten: a correction and a restatement take the posting of before back and enter a new one, with
the factors as they were then.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID

from pydantic import Field, StringConstraints

from domain.esg.activity_details import ActivityDetails, EnergyBill, VehicleUse
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.ledger import LedgerEntry, Posting, PostingRef, anew_within
from domain.kernel.personal import Impersonal, Personal
from domain.kernel.refusals import Conflict, Malformed, RuleBroken
from domain.kernel.text import Code, Line
from domain.kernel.value import Value

METER_PERIOD = "meter-period"
VEHICLE_PERIOD = "vehicle-period"
ACTIVITY_EXTERNAL_ID = "activity-external-id"
MAX_EVIDENCE = 20
# Whose day it is depends on where they are.
SLACK = timedelta(days=2)

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Impersonal()]
Evidence = Annotated[tuple[Sha256, ...], Field(max_length=MAX_EVIDENCE)]


class Account(Value):
    """Where the lines belong: the site, the vehicle, and who bears them."""

    site_id: UUID | None = None
    vehicle_id: UUID | None = None
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None


class ActivityRecorded(DomainEvent):
    """Something that emits was entered, with its lines."""

    TOPIC: ClassVar[str] = "activity.recorded.v1"

    details: ActivityDetails
    account: Account
    posting: Posting
    evidence: Evidence
    external_id: Code | None


class ActivityCorrected(DomainEvent):
    """It was otherwise; the lines of before are taken back, and others entered."""

    TOPIC: ClassVar[str] = "activity.corrected.v1"

    details: ActivityDetails
    account: Account
    posting: Posting
    replaced: PostingRef
    corrected_by: UUID
    reason: Annotated[Line, Personal(subject="corrected_by")]


class ActivityRestated(DomainEvent):
    """The same quantities by other factors: the lines of before are taken back, and others entered. Those outside
    the period that is restated are entered as they stood."""

    TOPIC: ClassVar[str] = "activity.restated.v1"

    posting: Posting
    replaced: PostingRef
    account: Account
    restatement_id: UUID


class ActivityWithdrawn(DomainEvent):
    """It was no activity of the company after all; its lines are taken back."""

    TOPIC: ClassVar[str] = "activity.withdrawn.v1"

    replaced: PostingRef
    withdrawn_by: UUID
    reason: Annotated[Line, Personal(subject="withdrawn_by")]


class EvidenceAttached(DomainEvent):
    """A file that proves it was named by its digest."""

    TOPIC: ClassVar[str] = "activity.evidence-attached.v1"

    sha256: Sha256
    proves: PostingRef


ActivityEvent = ActivityRecorded | ActivityCorrected | ActivityRestated | ActivityWithdrawn | EvidenceAttached


class ActivityInFuture(RuleBroken):
    """What lies in the future cannot be recorded yet."""


class BillsOverlap(Conflict):
    """Another bill of this meter covers some of these days already."""


class VehicleUsesOverlap(Conflict):
    """Another use of this vehicle covers some of these days already."""


class ActivityReportedBefore(Conflict):
    """An activity with this external id was recorded before."""


class ActivityIsWithdrawn(RuleBroken):
    """This activity was withdrawn; record another one."""


class ActivityOfAnotherKind(Malformed):
    """A correction says the same kind of thing again; withdraw the activity and record the other one."""


class TooMuchEvidence(RuleBroken):
    """An activity has at most twenty files of evidence."""


class Activity(Aggregate):
    """One thing that emits.  recorded -> corrected or restated, any number of times -> withdrawn."""

    CATEGORY: ClassVar[str] = "activity"
    SNAPSHOT_VERSION: ClassVar[int] = 2

    details: ActivityDetails
    account: Account
    posting: PostingRef
    entries: tuple[LedgerEntry, ...] = ()
    evidence: Evidence = ()
    external_id: Code | None = None
    is_withdrawn: bool = False

    def enter(
        self,
        details: ActivityDetails,
        entries: Sequence[LedgerEntry],
        *,
        account: Account,
        evidence: Sequence[str] = (),
        external_id: str | None = None,
        at: datetime,
    ) -> None:
        """Enters it with its lines."""
        if self.version:
            return
        _require_past(details, at)
        self.record(
            ActivityRecorded,
            at=at,
            details=details,
            account=account,
            posting=Posting(number=1, entries=tuple(entries)),
            evidence=tuple(dict.fromkeys(evidence)),
            external_id=external_id,
        )

    def correct(
        self,
        details: ActivityDetails,
        entries: Sequence[LedgerEntry],
        *,
        account: Account,
        by: UUID,
        reason: str,
        at: datetime,
    ) -> None:
        """Says it again, rightly."""
        self.require_standing()
        if details.kind != self.details.kind:
            raise ActivityOfAnotherKind(pointer="/details/kind")
        if details == self.details and account == self.account:
            return
        _require_past(details, at)
        self.record(
            ActivityCorrected,
            at=at,
            details=details,
            account=account,
            posting=self._next(entries),
            replaced=self.posting,
            corrected_by=by,
            reason=reason,
        )

    def restate(
        self, entries: Sequence[LedgerEntry], *, start: date, end: date, restatement_id: UUID, at: datetime
    ) -> None:
        """Enters the same quantities by other factors, as far as they fall into the period."""
        self.require_standing()
        self.record(
            ActivityRestated,
            at=at,
            posting=self._next(anew_within(start, end, standing=self.entries, anew=entries)),
            replaced=self.posting,
            account=self.account,
            restatement_id=restatement_id,
        )

    def withdraw(self, *, by: UUID, reason: str, at: datetime) -> None:
        """Takes it back."""
        if not self.is_withdrawn:
            self.record(ActivityWithdrawn, at=at, replaced=self.posting, withdrawn_by=by, reason=reason)

    def attach(self, sha256: str, *, at: datetime) -> None:
        """Names a file that proves it."""
        if sha256 in self.evidence:
            return
        self.require_standing()
        if len(self.evidence) == MAX_EVIDENCE:
            raise TooMuchEvidence
        self.record(EvidenceAttached, at=at, sha256=sha256, proves=self.posting)

    def require_standing(self) -> None:
        """Refuses with ActivityIsWithdrawn."""
        if self.is_withdrawn:
            raise ActivityIsWithdrawn

    def evolve(self, event: ActivityEvent) -> None:
        match event:
            case ActivityRecorded():
                self.details = event.details
                self.account = event.account
                self.posting = event.posting.ref
                self.entries = event.posting.entries
                self.evidence = event.evidence
                self.external_id = event.external_id
            case ActivityCorrected():
                self.details = event.details
                self.account = event.account
                self.posting = event.posting.ref
                self.entries = event.posting.entries
            case ActivityRestated():
                self.posting = event.posting.ref
                self.entries = event.posting.entries
            case ActivityWithdrawn():
                self.is_withdrawn = True
            case EvidenceAttached():
                self.evidence = (*self.evidence, event.sha256)
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """The days of its meter or vehicle, and its external id, until it is withdrawn."""
        match event:
            case ActivityRecorded():
                return Claims(taken=(*self._days_of(event.details), *self._name(event.external_id)))
            case ActivityCorrected():
                return Claims(
                    taken=tuple(self._days_of(event.details)),
                    released=tuple(_given_back(self._days_of(self.details))),
                )
            case ActivityWithdrawn():
                held = (*self._days_of(self.details), *self._name(self.external_id))
                return Claims(released=tuple(_given_back(held)))
            case _:
                return NO_CLAIMS

    def _next(self, entries: Sequence[LedgerEntry]) -> Posting:
        return Posting(number=self.posting.number + 1, entries=tuple(entries))

    def _days_of(self, details: ActivityDetails) -> Iterator[Claim]:
        match details:
            case EnergyBill():
                kind, key = METER_PERIOD, details.meter_id
            case VehicleUse():
                kind, key = VEHICLE_PERIOD, details.vehicle_id
            case _:
                return
        start, end = details.days
        yield Claim(kind, str(key), self.id, starts_at=_midnight(start), ends_at=_midnight(end))

    def _name(self, external_id: str | None) -> Iterator[Claim]:
        if external_id is not None:
            yield Claim(ACTIVITY_EXTERNAL_ID, external_id, self.id)


def _given_back(held: Iterator[Claim] | Sequence[Claim]) -> Iterator[Release]:
    for claim in held:
        yield Release(claim.kind, claim.key, claim.holder)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _require_past(details: ActivityDetails, at: datetime) -> None:
    _, end = details.days
    if end > at.date() + SLACK:
        raise ActivityInFuture(pointer="/details/day" if details.kind == "refrigerant" else "/details/end")
