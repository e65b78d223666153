"""How does a company come to a report of its emissions that it stands by?"""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from pydantic import Field

from application.esg.report_frames import frame_of
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.carbon_cuts import CarbonCuts
from application.ports.store import Saved
from domain.esg.carbon_targets import Ambition, CarbonTargets, carbon_targets_id
from domain.esg.esg_report import (
    EsgReport,
    EsgReportExists,
    EsgReportReviewedLater,
    kind_of,
    report_id,
)
from domain.esg.report_composition import Frame, compose
from domain.esg.report_content import ReportContent
from domain.esg.reporting_line import ReportLine
from domain.kernel.instants import Day
from domain.kernel.refusals import Conflict, NotFound
from domain.kernel.text import Title


class SetCarbonTargets(Ambition, Command):
    """State base year, targets and schedule, as a whole."""


class DraftEsgReport(Command):
    """Begin a report of whole months: `start <= day < end`, twelve months at most."""

    start: Day
    end: Day


class ReviewEsgReport(Command):
    """Stand by the figures as the ledger knows them now, or as it knew them at a position."""

    report_id: UUID
    position: int | None = Field(None, ge=1)


class ApproveEsgReport(Command):
    """Stand by figures that somebody else reviewed."""

    report_id: UUID


class PublishEsgReport(Command):
    """Make an approved report final; the one it restates gives way."""

    report_id: UUID


class RestateEsgReport(Command):
    """Begin the report that will replace a published one."""

    report_id: UUID
    reason: Title


def set_carbon_targets(command: SetCarbonTargets, context: Context) -> Saved:
    stream_id = carbon_targets_id(context.tenant_id)

    def decide() -> tuple[CarbonTargets, ...]:
        targets = context.store.read(CarbonTargets, stream_id) or CarbonTargets.new(stream_id)
        targets.set(Ambition(**command.model_dump()), at=context.now)
        return (targets,)

    return context.store.save_all(decide)


def draft_esg_report(command: DraftEsgReport, context: Context) -> Saved:
    new_id = report_id(context.tenant_id, command.start, command.end)
    kind_of(command.start, command.end)

    def draft() -> EsgReport:
        by = context.actor.id if context.source == "client" else None
        return EsgReport.draft(new_id, start=command.start, end=command.end, drafted_by=by, at=context.now)

    try:
        return context.store.add(draft)
    except Conflict as refusal:
        raise EsgReportExists(report_id=str(new_id)) from refusal


def review_esg_report(command: ReviewEsgReport, context: Context) -> Saved:
    report = context.store.load(EsgReport, command.report_id)
    cuts = context.ports.carbon_cuts
    known = cuts.position()
    if command.position is not None and command.position > known:
        raise EsgReportReviewedLater(pointer="/position")
    # Outside the decision: the cut is the same however often the decision runs, and may be long.
    content = content_of(frame_of(report, context, command.position or known), cuts)

    def review(current: EsgReport) -> None:
        current.review(content, by=context.actor.id, at=context.now)

    return context.store.change(EsgReport, command.report_id, review)


def approve_esg_report(command: ApproveEsgReport, context: Context) -> Saved:
    def approve(report: EsgReport) -> None:
        report.approve(by=context.actor.id, at=context.now)

    return context.store.change(EsgReport, command.report_id, approve)


def publish_esg_report(command: PublishEsgReport, context: Context) -> Saved:
    def decide() -> tuple[EsgReport, ...]:
        report = _read(context, command.report_id)
        report.publish(by=context.actor.id, at=context.now)
        if report.restates is None:
            return (report,)
        former = _read(context, report.restates)
        former.be_restated(report, at=context.now)
        return report, former

    return context.store.save_all(decide)


def restate_esg_report(command: RestateEsgReport, context: Context) -> Saved:
    former = context.store.load(EsgReport, command.report_id)

    def draft() -> EsgReport:
        return former.begin_restatement(command.reason, by=context.actor.id, at=context.now)

    try:
        return context.store.add(draft)
    except Conflict as refusal:
        raise EsgReportExists(report_id=str(draft().id)) from refusal


def content_of(frame: Frame, cuts: CarbonCuts) -> ReportContent:
    """The figures of a frame from the ledger: the same at any time."""
    previous = compared_lines(frame, -1, cuts)
    base = iter(()) if frame.base_shift in (None, -1) else compared_lines(frame, frame.base_shift or 0, cuts)
    lines = cuts.lines(start=frame.start, end=frame.end, position=frame.position)
    return compose(frame, lines, previous=previous, base=base)


def compared_lines(frame: Frame, years: int, cuts: CarbonCuts) -> Iterator[ReportLine]:
    """The lines of the same months of another year."""
    start, end = frame.shifted(years)
    return cuts.lines(start=start, end=end, position=frame.position)


def period_of(year: int, month: int | None) -> tuple[date, date]:
    """A year, or one month of it."""
    if month is None:
        return date(year, 1, 1), date(year + 1, 1, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following


def _read(context: Context, stream_id: UUID) -> EsgReport:
    report = context.store.read(EsgReport, stream_id)
    if report is None:
        raise NotFound
    return report


HANDLERS: Handlers = {
    SetCarbonTargets: set_carbon_targets,
    DraftEsgReport: draft_esg_report,
    ReviewEsgReport: review_esg_report,
    ApproveEsgReport: approve_esg_report,
    PublishEsgReport: publish_esg_report,
    RestateEsgReport: restate_esg_report,
}
