"""Which reports of its emissions does a company have, and how far is each?"""

from datetime import date, datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.esg.esg_report import (
    EsgReportApproved,
    EsgReportDrafted,
    EsgReportPublished,
    EsgReportRestated,
    EsgReportReviewed,
    ReportKind,
    ReportStatus,
)
from domain.kernel.event import DomainEvent
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class EsgReportRow(Row):
    """One report of emissions as it stands; a restated one stays with its figures."""

    TABLE: ClassVar[str] = "esg_report"
    KEY: ClassVar[tuple[str, ...]] = ("report_id",)

    report_id: UUID
    """The report."""
    kind: ReportKind
    """Month, year (any twelve months) or period."""
    starts_on: date
    """First day of the period."""
    ends_on: date
    """The day after the last one."""
    status: ReportStatus
    """Draft, reviewed, approved, published or restated."""
    restates: UUID | None
    """The published report it is to replace."""
    successor_id: UUID | None
    """The report that replaced it."""
    location_g: int | None
    """Grams CO2e in all, scope 2 by location, as reviewed last; null before the first review."""
    market_g: int | None
    """Grams CO2e in all, scope 2 by market, as reviewed last; null before the first review."""
    snapshot_position: int | None
    """Place in the tenant's log at which the figures were cut; null before the first review."""
    content_sha256: str | None
    """Digest of the figures."""
    drafted_by: UUID | None
    """The member who began it; null for the schedule."""
    reviewed_by: UUID | None
    """The member who reviewed it last."""
    approved_by: UUID | None
    """The member who approved what was reviewed last."""
    published_by: UUID | None
    """The member who published it."""
    published_at: datetime | None
    """When it was published (occurred_at of the event)."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    drafted_at: datetime
    """When it was begun (occurred_at of the event)."""
    created_position: int
    """Place of the draft in the tenant's log; the order of lists, newest first."""
    position: int
    """Place of the latest fact about it."""


ReportEvent = (
    EsgReportDrafted | EsgReportReviewed | EsgReportApproved | EsgReportPublished | EsgReportRestated
)


class EsgReports(Projector[EsgReportRow]):
    """One row per report, changed by every step of its life."""

    name: ClassVar[str] = "esg-reports"
    row: ClassVar[type[EsgReportRow]] = EsgReportRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        EsgReportDrafted,
        EsgReportReviewed,
        EsgReportApproved,
        EsgReportPublished,
        EsgReportRestated,
    )

    def project(self, event: ReportEvent, rows: Rows[EsgReportRow]) -> None:
        match event:
            case EsgReportDrafted():
                rows.put(_drafted(event))
            case EsgReportReviewed():
                total = event.content.total
                _change(
                    event, rows, status=ReportStatus.REVIEWED, reviewed_by=event.reviewed_by, approved_by=None,
                    location_g=total.location_g, market_g=total.market_g,
                    snapshot_position=event.content.position, content_sha256=event.content_sha256,
                )  # fmt: skip
            case EsgReportApproved():
                _change(event, rows, status=ReportStatus.APPROVED, approved_by=event.approved_by)
            case EsgReportPublished():
                _change(
                    event, rows, status=ReportStatus.PUBLISHED, published_by=event.published_by,
                    published_at=event.occurred_at,
                )  # fmt: skip
            case EsgReportRestated():
                _change(event, rows, status=ReportStatus.RESTATED, successor_id=event.successor_id)
            case _:
                assert_never(event)


def _drafted(event: EsgReportDrafted) -> EsgReportRow:
    return EsgReportRow(
        report_id=event.originator_id,
        kind=event.kind,
        starts_on=event.start,
        ends_on=event.end,
        status=ReportStatus.DRAFT,
        restates=event.restates,
        successor_id=None,
        location_g=None,
        market_g=None,
        snapshot_position=None,
        content_sha256=None,
        drafted_by=event.drafted_by,
        reviewed_by=None,
        approved_by=None,
        published_by=None,
        published_at=None,
        version=event.originator_version,
        drafted_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


def _change(event: DomainEvent, rows: Rows[EsgReportRow], **values: Any) -> None:
    rows.change(event.originator_id, version=event.originator_version, position=event.position, **values)


SELECT_REPORTS = """
select report_id, kind, starts_on, ends_on, status, restates, successor_id, location_g, market_g, snapshot_position,
       content_sha256, drafted_by, reviewed_by, approved_by, published_by, published_at, version, drafted_at,
       created_position, position
from read.esg_report
where tenant_id = %(tenant_id)s
"""
FILTERS = {
    "status": "and status = %(status)s",
    "kind": "and kind = %(kind)s",
    "after": "and created_position < %(after)s",
}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def page(
    sql: Sql,
    *,
    status: ReportStatus | None = None,
    kind: ReportKind | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[EsgReportRow]:
    """Reports, the latest begun first."""
    limit = min(limit, LIMIT)
    asked = {"status": status, "kind": kind, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_REPORTS, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [EsgReportRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
