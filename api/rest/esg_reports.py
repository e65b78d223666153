"""Reports of emissions: from the draft to the file somebody signs, and why a number changed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Query
from fastapi.responses import FileResponse
from pydantic import Field

from adapters.bootstrap import FileFormat
from api.rest import language
from api.rest.conventions import Listing, Resource, View, answer_headers
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.esg.esg_reports import (
    ApproveEsgReport,
    DraftEsgReport,
    PublishEsgReport,
    RestateEsgReport,
    ReviewEsgReport,
    SetCarbonTargets,
)
from application.kernel.command import Command
from domain.esg.carbon_targets import CarbonTargets, carbon_targets_id
from domain.esg.esg_report import EsgReport, EsgReportNotReviewed, ReportKind, ReportStatus
from domain.esg.report_content import Amount, ReportContent
from domain.esg.report_difference import CauseRow, Change, difference
from domain.kernel.text import Title
from projections.esg import esg_reports
from projections.esg.esg_reports import EsgReportRow

router = Shelf(prefix="/api/v1/enterprise", tags=["esg-reports"], route_class=StrictRoute)
PLACE = "/api/v1/enterprise/esg-reports/{id}"
MEDIA_TYPES: Mapping[FileFormat, str] = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Words = Annotated[
    str | None, Query(pattern="^(en|fr)$", description="`en` or `fr`; without it, Accept-Language decides")
]


class CarbonTargetsView(Resource):
    """Base year, targets and schedule; version 0 until the company has said anything."""

    base_year: int | None
    declared_base: dict[str, Any] | None
    targets: list[dict[str, Any]]
    drafts_monthly: bool
    drafts_yearly: bool

    @classmethod
    def of(cls, targets: CarbonTargets, position: int | None = None) -> Self:
        """The targets as they stand."""
        stated = targets.ambition.model_dump(mode="json")
        return cls(version=targets.version, position=position, **stated)


class ReportSummary(Resource):
    """A report and how far it is. Amounts are those reviewed last; null before the first review."""

    id: UUID
    kind: ReportKind
    start: date
    end: date = Field(description="the first day that is not part of it")
    status: ReportStatus
    restates: UUID | None = Field(description="the published report it is to replace")
    successor_id: UUID | None = Field(description="the report that replaced it")
    total: Amount | None
    snapshot_position: int | None = Field(description="the position of the log at which the figures were cut")
    content_sha256: str | None
    drafted_by: UUID | None = Field(description="null for the schedule")
    reviewed_by: UUID | None
    approved_by: UUID | None
    published_by: UUID | None
    published_at: datetime | None

    @classmethod
    def of_row(cls, row: EsgReportRow) -> Self:
        """The report as its read model has it."""
        total = None
        if row.location_g is not None and row.market_g is not None:
            total = Amount(location_g=row.location_g, market_g=row.market_g)
        own = {"report_id", "starts_on", "ends_on", "location_g", "market_g"}
        rest = row.model_dump(exclude=own | {"drafted_at", "created_position", "position"})
        return cls(id=row.report_id, start=row.starts_on, end=row.ends_on, total=total, **rest)


class ReportList(Listing[ReportSummary]):
    """One page of reports."""


class ReportView(ReportSummary):
    """A report with its figures, in whole grams; every table adds up to the total."""

    reason: str | None = Field(description="why it restates another")
    drafted_at: datetime
    reviewed_at: datetime | None
    approved_at: datetime | None
    content: ReportContent | None = Field(description="null before the first review")

    @classmethod
    def of(cls, report: EsgReport, position: int | None = None) -> Self:
        """The report as it stands."""
        content = report.content
        return cls(
            id=report.id,
            version=report.version,
            position=position,
            kind=report.kind,
            start=report.start,
            end=report.end,
            status=report.status,
            restates=report.restates,
            successor_id=report.successor_id,
            total=None if content is None else Amount(**content.total.model_dump()),
            snapshot_position=None if content is None else content.position,
            content_sha256=report.content_sha256,
            drafted_by=report.drafted_by,
            reviewed_by=report.reviewed_by,
            approved_by=report.approved_by,
            published_by=report.published_by,
            published_at=report.published_at,
            reason=report.reason,
            drafted_at=report.drafted_at,
            reviewed_at=report.reviewed_at,
            approved_at=report.approved_at,
            content=content,
        )


class Review(Command):
    """At which position of the log to cut the ledger; as far as it has come, if left out."""

    position: int | None = Field(None, ge=1, lt=2**63)


class Restatement(Command):
    """Why a published report is replaced."""

    reason: Title


class ChangeView(Change):
    """One change, and where to open the events behind it."""

    events: list[str] = Field(description="addresses of the events before and after, in the audit feed")


class DifferenceView(View):
    """From one cut to another: `before` and the sum of `causes` are `after`, to the gram."""

    report_id: UUID
    from_position: int
    to_position: int
    before: Amount
    after: Amount
    causes: list[CauseRow]
    changes_in_all: int
    changes: list[ChangeView] = Field(
        description="the largest first, a hundred at most unless limit says less"
    )


@router.get(
    "/carbon/targets",
    operation_id="get_carbon_targets",
    summary="Get the carbon targets",
    dependencies=[AtLeast],
)
def get_carbon_targets(session: SessionDep) -> CarbonTargetsView:
    """Base year, reduction targets and the schedule of drafts."""
    stream_id = carbon_targets_id(session.tenant_id)
    known = session.house.streams(session.tenant_id).find(CarbonTargets, stream_id)
    return session.show(CarbonTargetsView.of(known or CarbonTargets.new(stream_id)))


@router.put("/carbon/targets", operation_id="set_carbon_targets", summary="Set the carbon targets")
def set_carbon_targets(body: SetCarbonTargets, session: SessionDep) -> CarbonTargetsView:
    """States base year, targets and schedule as a whole. A target is a reduction in percent against the base year,
    market-based; reports measure the company against the straight line to it."""
    targets, answer = session.change(body, CarbonTargets, carbon_targets_id(session.tenant_id))
    return CarbonTargetsView.of(targets, answer.saved.position)


@router.post("/esg-reports", operation_id="draft_esg_report", status_code=201, summary="Draft a report")
def draft_esg_report(body: DraftEsgReport, session: SessionDep) -> ReportView:
    """Begins the report of whole months, twelve at most. There is one first report of a period, whoever begins it;
    the schedule begins those of months and years that are over, if the company wants them."""
    report, answer, _ = session.create(body, EsgReport, location=PLACE)
    return ReportView.of(report, answer.saved.position)


@router.get(
    "/esg-reports",
    operation_id="list_esg_reports",
    summary="List reports",
    dependencies=[caught_up("esg-reports")],
)
def list_esg_reports(
    session: SessionDep,
    status: Annotated[ReportStatus | None, Query(description="how far they are")] = None,
    kind: Annotated[ReportKind | None, Query(description="what they cover")] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ReportList:
    """Reports, the latest begun first, restated ones included."""
    filters = {"status": status, "kind": kind}
    page = session.page(esg_reports.page, ReportSummary.of_row, limit=limit, cursor=cursor, filters=filters)
    return ReportList(**dict(page))


@router.get(
    "/esg-reports/{report_id}", operation_id="get_esg_report", summary="Get a report", dependencies=[AtLeast]
)
def get_esg_report(report_id: UUID, session: SessionDep) -> ReportView:
    """A report with its figures. Those of a published one never change, whatever the ledger learns later."""
    return session.show(ReportView.of(session.stream(EsgReport, report_id)))


@router.post("/esg-reports/{report_id}/review", operation_id="review_esg_report", summary="Review a report")
def review_esg_report(report_id: UUID, session: SessionDep, body: Review | None = None) -> ReportView:
    """Cuts the ledger and stands by the figures. Until publication a report can be reviewed again, which takes the
    approval back."""
    position = body.position if body else None
    return _changed(session, report_id, ReviewEsgReport(report_id=report_id, position=position))


@router.post(
    "/esg-reports/{report_id}/approve", operation_id="approve_esg_report", summary="Approve a report"
)
def approve_esg_report(report_id: UUID, session: SessionDep) -> ReportView:
    """Stands by the reviewed figures. Whoever drafted or reviewed the report does not approve it."""
    return _changed(session, report_id, ApproveEsgReport(report_id=report_id))


@router.post(
    "/esg-reports/{report_id}/publish", operation_id="publish_esg_report", summary="Publish a report"
)
def publish_esg_report(report_id: UUID, session: SessionDep) -> ReportView:
    """Makes an approved report final, once its period is over. The report it restates gives way, and stays."""
    return _changed(session, report_id, PublishEsgReport(report_id=report_id))


@router.post(
    "/esg-reports/{report_id}/restate",
    operation_id="restate_esg_report",
    status_code=201,
    summary="Restate a report",
)
def restate_esg_report(report_id: UUID, body: Restatement, session: SessionDep) -> ReportView:
    """Begins the report that will replace a published one. It is reviewed, approved and published like any other."""
    command = RestateEsgReport(report_id=report_id, reason=body.reason)
    report, answer, _ = session.create(command, EsgReport, location=PLACE)
    return ReportView.of(report, answer.saved.position)


class Download(FileResponse):
    """A file as it is, in parts if the client asks for a range."""

    media_type = None


FILES: dict[str, Any] = {
    MEDIA_TYPES["csv"]: {"schema": {"type": "string"}},
    MEDIA_TYPES["pdf"]: {"schema": {"type": "string", "format": "binary"}},
    MEDIA_TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
}


@router.get(
    "/esg-reports/{report_id}/report.{format}",
    operation_id="download_esg_report",
    summary="Download a report",
    response_class=Download,
    responses={200: {"description": "The file, in the format asked for.", "content": FILES}},
)
def download_esg_report(
    report_id: UUID, format: FileFormat, session: SessionDep, lang: Words = None
) -> Download:
    """The published report as PDF, CSV or XLSX, in English or French. Made again it is the same, byte for byte.

    The PDF carries its ledger lines, factors and positions, and its way to a seal; `escale audit verify FILE.pdf`
    adds up every figure again without a database.
    """
    spoken: Any = lang or language.current.get()
    house = session.house
    path = house.reports.file(session.tenant_id, report_id, format, spoken)
    report = session.stream(EsgReport, report_id)
    position = report.content.position if report.content else 0
    answer_headers(session.request)["Escale-Position"] = str(position)
    name = f"esg-report-{report.start}-{report.end}-at-{position}-{spoken}.{format}"
    return Download(path, media_type=MEDIA_TYPES[format], filename=name)


@router.get(
    "/esg-reports/{report_id}/difference",
    operation_id="get_esg_report_difference",
    summary="Why did this number change?",
)
def get_esg_report_difference(
    report_id: UUID,
    session: SessionDep,
    to_report: Annotated[UUID | None, Query(description="compare with this report's cut")] = None,
    to_position: Annotated[
        int | None,
        Query(ge=1, lt=2**63, description="or with what the ledger knew at this position; or with now"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="how many changes at most")] = 100,
) -> DifferenceView:
    """The difference between a reviewed report's cut of the ledger and another, to the gram, by cause: late entries,
    corrections, factor sets and methods. Each change names the events before and after."""
    content = _reviewed(session, report_id)
    cuts = session.house.carbon_cuts(session.tenant_id)
    position = (
        _reviewed(session, to_report).position if to_report else min(to_position or 2**62, cuts.position())
    )
    period = {"start": content.start, "end": content.end}
    found = difference(
        cuts.lines(**period, position=content.position), cuts.lines(**period, position=position)
    )
    largest = sorted(found.changes, key=lambda change: (-abs(change.market_g), change.subject, change.cause))
    return DifferenceView(
        report_id=report_id,
        from_position=content.position,
        to_position=position,
        before=found.before,
        after=found.after,
        causes=list(found.causes),
        changes_in_all=len(found.changes),
        changes=[_with_events(change) for change in largest[:limit]],
    )


def _with_events(change: Change) -> ChangeView:
    positions = sorted({*change.positions_before, *change.positions_after})
    addresses = [f"/api/v1/audit/events/{position}/proof" for position in positions]
    return ChangeView(**change.model_dump(), events=addresses)


def _reviewed(session: Session, report_id: UUID) -> ReportContent:
    content = session.stream(EsgReport, report_id).content
    if content is None:
        raise EsgReportNotReviewed
    return content


def _changed(session: Session, report_id: UUID, command: Command) -> ReportView:
    report, answer = session.change(command, EsgReport, report_id)
    return ReportView.of(report, answer.saved.position)
