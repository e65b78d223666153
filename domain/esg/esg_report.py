"""Which report of its emissions does a company stand by, and who says so?"""

from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Literal, Self, assert_never
from uuid import UUID, uuid5

from domain.esg.report_content import Digest, ReportContent
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Day
from domain.kernel.refusals import Conflict, Forbidden, Malformed, RuleBroken
from domain.kernel.text import Title

MOST_MONTHS = 12


class ReportStatus(StrEnum):
    """How far a report is."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    PUBLISHED = "published"
    RESTATED = "restated"


ReportKind = Literal["month", "year", "period"]


class EsgReportDrafted(DomainEvent):
    """A report of a period was begun, by a member or (None) by the schedule. `restates` is the one it will replace."""

    TOPIC = "esg-report.drafted.v1"

    kind: ReportKind
    start: Day
    end: Day
    drafted_by: UUID | None
    restates: UUID | None = None
    reason: Title | None = None


class EsgReportReviewed(DomainEvent):
    """Somebody looked at these very figures, known at one position, and found them right."""

    TOPIC = "esg-report.reviewed.v1"

    reviewed_by: UUID
    content: ReportContent
    content_sha256: Digest


class EsgReportApproved(DomainEvent):
    """Somebody else stands by the figures that were reviewed."""

    TOPIC = "esg-report.approved.v1"

    approved_by: UUID
    content_sha256: Digest


class EsgReportPublished(DomainEvent):
    """The company published the figures that were approved. They never change; every file says what they are."""

    TOPIC = "esg-report.published.v1"

    published_by: UUID
    snapshot_position: int
    content_sha256: Digest
    lines: int
    lines_sha256: Digest


class EsgReportRestated(DomainEvent):
    """A later report of the same period was published; this one stays as it was."""

    TOPIC = "esg-report.restated.v1"

    successor_id: UUID
    reason: Title


class ReportPeriodMalformed(Malformed):
    """A report covers whole months, from the first day of one to the first day of another, twelve at most."""


class EsgReportReviewedLater(Malformed):
    """The ledger has not come to this position yet; take one it has passed."""


class EsgReportExists(Conflict):
    """There is a report of this period; review it, or restate it once it is published."""


class EsgReportIsPublished(RuleBroken):
    """The report is published and never changes; restate it to correct it."""


class EsgReportNotReviewed(RuleBroken):
    """Nobody has reviewed these figures yet; review the report first."""


class EsgReportNotApproved(RuleBroken):
    """The report is not approved; have it approved before it is published."""


class EsgReportNotPublished(RuleBroken):
    """Only a published report is restated; this one can simply be reviewed again."""


class EsgPeriodNotOver(RuleBroken):
    """The period of the report is not over; it can be drafted and reviewed, not published."""


class ApproverNotIndependent(Forbidden):
    """Whoever drafted or reviewed a report does not approve it; ask somebody else."""


class EsgReport(Aggregate):
    """One report, from its draft to the one that replaces it.

    At least two people stand behind a published report: the approver is neither who drafted nor who reviewed it.
    Publishing is no judgement: whoever may publish does.
    """

    CATEGORY = "esg-report"

    kind: ReportKind
    start: Day
    end: Day
    drafted_at: datetime
    drafted_by: UUID | None = None
    restates: UUID | None = None
    reason: Title | None = None
    content: ReportContent | None = None
    content_sha256: Digest | None = None
    reviewed_by: UUID | None = None
    reviewed_at: datetime | None = None
    approved_by: UUID | None = None
    approved_at: datetime | None = None
    published_by: UUID | None = None
    published_at: datetime | None = None
    successor_id: UUID | None = None

    @property
    def status(self) -> ReportStatus:
        """How far it is."""
        if self.successor_id is not None:
            return ReportStatus.RESTATED
        if self.published_at is not None:
            return ReportStatus.PUBLISHED
        if self.approved_at is not None:
            return ReportStatus.APPROVED
        return ReportStatus.REVIEWED if self.reviewed_at is not None else ReportStatus.DRAFT

    @classmethod
    def draft(
        cls,
        report_id: UUID,
        *,
        start: date,
        end: date,
        drafted_by: UUID | None,
        at: datetime,
        restates: UUID | None = None,
        reason: str | None = None,
    ) -> Self:
        """Begins a report."""
        report = cls.new(report_id)
        report.record(
            EsgReportDrafted,
            at=at,
            kind=kind_of(start, end),
            start=start,
            end=end,
            drafted_by=drafted_by,
            restates=restates,
            reason=reason,
        )
        return report

    def review(self, content: ReportContent, *, by: UUID, at: datetime) -> None:
        """Stands by the figures as they are known now. Until publication, anew takes the approval back."""
        if self.published_at is not None:
            raise EsgReportIsPublished
        digest = digest_of(content)
        if digest == self.content_sha256 and by == self.reviewed_by:
            return
        self.record(EsgReportReviewed, at=at, reviewed_by=by, content=content, content_sha256=digest)

    def approve(self, *, by: UUID, at: datetime) -> None:
        """Stands by what was reviewed."""
        if self.published_at is not None:
            raise EsgReportIsPublished
        if self.content_sha256 is None:
            raise EsgReportNotReviewed
        if by in (self.drafted_by, self.reviewed_by):
            raise ApproverNotIndependent
        if self.approved_by is None:
            self.record(EsgReportApproved, at=at, approved_by=by, content_sha256=self.content_sha256)

    def publish(self, *, by: UUID, at: datetime) -> None:
        """Makes it final."""
        if self.published_at is not None:
            return
        if self.content is None or self.approved_at is None:
            raise EsgReportNotApproved
        if at.date() < self.end:
            raise EsgPeriodNotOver
        self.record(
            EsgReportPublished,
            at=at,
            published_by=by,
            snapshot_position=self.content.position,
            content_sha256=self.content_sha256,
            lines=self.content.lines,
            lines_sha256=self.content.lines_sha256,
        )

    def begin_restatement(self, reason: str, *, by: UUID, at: datetime) -> "EsgReport":
        """A new draft of the same period, linked to this one. Asking twice is the same draft."""
        if self.published_at is None:
            raise EsgReportNotPublished
        return EsgReport.draft(
            restatement_id(self.id),
            start=self.start,
            end=self.end,
            drafted_by=by,
            at=at,
            restates=self.id,
            reason=reason,
        )

    def be_restated(self, successor: "EsgReport", *, at: datetime) -> None:
        """Gives way to its successor, and stays readable."""
        if self.successor_id is None:
            reason = successor.reason or "restated"
            self.record(EsgReportRestated, at=at, successor_id=successor.id, reason=reason)

    def evolve(self, event: "EsgReportEvent") -> None:
        match event:
            case EsgReportDrafted():
                self.kind = event.kind
                self.start, self.end = event.start, event.end
                self.drafted_at = event.occurred_at
                self.drafted_by = event.drafted_by
                self.restates, self.reason = event.restates, event.reason
            case EsgReportReviewed():
                self.content, self.content_sha256 = event.content, event.content_sha256
                self.reviewed_by, self.reviewed_at = event.reviewed_by, event.occurred_at
                self.approved_by = self.approved_at = None
            case EsgReportApproved():
                self.approved_by, self.approved_at = event.approved_by, event.occurred_at
            case EsgReportPublished():
                self.published_by, self.published_at = event.published_by, event.occurred_at
            case EsgReportRestated():
                self.successor_id = event.successor_id
            case _:
                assert_never(event)


EsgReportEvent = (
    EsgReportDrafted | EsgReportReviewed | EsgReportApproved | EsgReportPublished | EsgReportRestated
)


def report_id(tenant_id: UUID, start: date, end: date) -> UUID:
    """The first report of a period: the same, whoever begins it, so that the schedule and a member meet."""
    return uuid5(tenant_id, f"esg-report:{start}:{end}")


def restatement_id(report: UUID) -> UUID:
    """The report that replaces another."""
    return uuid5(report, "restatement")


def kind_of(start: date, end: date) -> ReportKind:
    """A month, a year (any twelve months) or something between. Refuses ReportPeriodMalformed."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if start.day != 1 or end.day != 1 or not 1 <= months <= MOST_MONTHS:
        raise ReportPeriodMalformed
    return "month" if months == 1 else "year" if months == MOST_MONTHS else "period"


def digest_of(content: ReportContent) -> str:
    """What the events name the figures by."""
    return sha256(content.written().encode()).hexdigest()
