"""Where is the file of a published report? Kept once made; made again, byte for byte, when it is gone."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from adapters.audit.auditing import Auditing
from adapters.audit.sealing import NotSealedYet, line_of_seal
from adapters.documents.publication import Publication, Step
from adapters.documents.writing import LANGUAGES, Language
from adapters.event_store.store import TenantStore
from adapters.jobs.outbox import EffectContext
from application.esg.esg_reports import compared_lines
from application.ports.carbon_cuts import CarbonCuts
from domain.esg.esg_report import (
    EsgReport,
    EsgReportApproved,
    EsgReportDrafted,
    EsgReportNotPublished,
    EsgReportPublished,
    EsgReportReviewed,
)
from domain.esg.report_composition import Frame
from domain.esg.report_content import ReportContent
from domain.esg.report_evidence import evidence
from domain.esg.reporting_line import ReportLine
from domain.kernel.refusals import RuleBroken

FileFormat = Literal["pdf", "csv", "xlsx"]
FORMATS: tuple[FileFormat, ...] = ("pdf", "csv", "xlsx")
MOST_EVENTS = 1_000


class ReportLinesDiffer(RuleBroken):
    """The ledger does not give the lines this report was published with; verify the log before trusting either."""


class ReportFiles:
    """The files of every tenant, under names that say what is in them."""

    def __init__(
        self,
        folder: Path,
        streams: Callable[[UUID], TenantStore],
        cuts: Callable[[TenantStore], CarbonCuts],
        auditing: Auditing,
    ) -> None:
        self._folder = folder
        self._streams, self._cuts, self._auditing = streams, cuts, auditing

    def perform(self, effect: EffectContext) -> None:
        """Makes every file of a report that was just published."""
        for format in FORMATS:
            for language in LANGUAGES:
                self.file(effect.tenant_id, effect.event.originator_id, format, language)
                effect.renew()

    def file(self, tenant_id: UUID, report_id: UUID, format: FileFormat, language: Language) -> Path:
        """The file, made now if it is not there. Refuses NotFound, EsgReportNotPublished and ReportLinesDiffer."""
        streams = self._streams(tenant_id)
        report = streams.load(EsgReport, report_id)
        if report.published_at is None or report.content_sha256 is None:
            raise EsgReportNotPublished("A report has files once it is published.")
        name = f"{report_id}-{report.content_sha256[:16]}-{language}.{format}"
        path = self._folder / str(tenant_id) / name
        if not path.exists():
            self._make(streams, report, format, language, path)
        return path

    def _make(
        self, streams: TenantStore, report: EsgReport, format: FileFormat, language: Language, path: Path
    ) -> None:
        publication = self._publication(streams, report)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            self._write(streams, publication, format, language, part)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def _write(
        self,
        streams: TenantStore,
        publication: Publication,
        format: FileFormat,
        language: Language,
        part: Path,
    ) -> None:
        # Read here: a process that never draws a page would carry the drawing libraries from its start on.
        from adapters.documents.report_pdf import pdf_of
        from adapters.documents.report_sheets import csv_of, xlsx_of

        cuts, content = self._cuts(streams), publication.content
        lines = _Checked(cuts.lines(start=content.start, end=content.end, position=content.position))
        match format:
            case "pdf":
                part.write_bytes(pdf_of(publication, language, self._evidence(cuts, publication, lines)))
            case "csv":
                with part.open("wb") as file:
                    file.writelines(csv_of(publication, language, lines))
            case "xlsx":
                xlsx_of(publication, language, lines, part)
        if lines.digest.hexdigest() != content.lines_sha256:
            raise ReportLinesDiffer

    def _evidence(
        self, cuts: CarbonCuts, publication: Publication, lines: Iterator[ReportLine]
    ) -> Iterator[str]:
        content = publication.content
        return evidence(
            tenant_id=publication.tenant_id,
            report_id=publication.report_id,
            content=content,
            proof=publication.proof,
            lines=lines,
            previous=_compared(content, content.previous, cuts),
            base=_compared(content, None if _is_previous(content) else content.base, cuts),
        )

    def _publication(self, streams: TenantStore, report: EsgReport) -> Publication:
        steps, position = _steps(streams, report)
        if report.content is None or report.published_at is None or report.content_sha256 is None:
            raise EsgReportNotPublished
        return Publication(
            tenant_id=streams.tenant_id,
            report_id=report.id,
            kind=report.kind,
            content=report.content,
            content_sha256=report.content_sha256,
            published_at=report.published_at,
            steps=steps,
            restates=report.restates,
            reason=report.reason,
            proof=self._proof(streams.tenant_id, position),
        )

    def _proof(self, tenant_id: UUID, position: int) -> dict[str, Any]:
        """The publication's way to its seal. Once sealed it is the same for ever; before, it is sealed now."""
        try:
            proof = self._auditing.proof(tenant_id, position)
        except NotSealedYet:
            self._auditing.sealer.seal(tenant_id)
            proof = self._auditing.proof(tenant_id, position)
        return {
            "kind": "proof",
            "event": proof.event,
            "previous_hash": proof.previous_hash.hex(),
            "path": [sibling.hex() for sibling in proof.path],
            "seal": line_of_seal(proof.seal),
        }


class _Checked(Iterator[ReportLine]):
    """Takes the digest of what passes by."""

    def __init__(self, lines: Iterator[ReportLine]) -> None:
        self._lines = lines
        self.digest = sha256()

    def __next__(self) -> ReportLine:
        line = next(self._lines)
        self.digest.update(line.written().encode() + b"\n")
        return line


def _compared(content: ReportContent, compared: Any, cuts: CarbonCuts) -> Iterator[ReportLine]:
    if compared is None or compared.is_declared:
        return iter(())
    frame = Frame(content.cover, content.start, content.end, content.position)
    return compared_lines(frame, compared.year - content.start.year, cuts)


def _is_previous(content: ReportContent) -> bool:
    return (
        content.base is not None
        and content.previous is not None
        and content.base.year == content.previous.year
    )


def _steps(streams: TenantStore, report: EsgReport) -> tuple[tuple[Step, ...], int]:
    """The steps that count: the last review and approval before the publication; and where that stands."""
    latest: dict[str, Step] = {}
    position = 0
    for event in streams.events_of(report.id, after=0, limit=MOST_EVENTS):
        match event:
            case EsgReportDrafted():
                latest["drafted"] = Step("drafted", event.occurred_at, event.drafted_by)
            case EsgReportReviewed():
                latest["reviewed"] = Step("reviewed", event.occurred_at, event.reviewed_by)
            case EsgReportApproved():
                latest["approved"] = Step("approved", event.occurred_at, event.approved_by)
            case EsgReportPublished():
                latest["published"] = Step("published", event.occurred_at, event.published_by)
                position = event.position
    order = ("drafted", "reviewed", "approved", "published")
    return tuple(latest[name] for name in order if name in latest), position
