"""What does somebody read who fetches a report of emissions at a terminal?"""

from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.bootstrap import FileFormat, House
from domain.esg.esg_report import EsgReport
from projections.esg import esg_reports

FORMATS: dict[str, FileFormat] = {"pdf": "pdf", "csv": "csv", "xlsx": "xlsx"}


def show(house: House, tenant_id: UUID, console: Console) -> None:
    """The latest reports of a company."""
    with house.reading(tenant_id) as sql:
        rows = esg_reports.page(sql, limit=100).rows
    table = Table("report", "period", "status", "t CO2e, market-based", "position")
    for row in rows:
        tonnes = "" if row.market_g is None else f"{row.market_g / 1_000_000:,.3f}"
        at = "" if row.snapshot_position is None else str(row.snapshot_position)
        table.add_row(str(row.report_id), f"{row.starts_on} to {row.ends_on}", row.status.value, tonnes, at)
    console.print(table)


def write(
    house: House, tenant_id: UUID, report_id: UUID, file: Path, language: Any, console: Console
) -> None:
    """A published report's file; the ending of the name says which."""
    made = house.reports.file(tenant_id, report_id, FORMATS[file.suffix.removeprefix(".").lower()], language)
    file.write_bytes(made.read_bytes())
    report = house.streams(tenant_id).load(EsgReport, report_id)
    known = report.content.position if report.content else 0
    console.print(f"{escape(str(file))}: {report.start} to {report.end}, as known at position {known}.")
    if file.suffix == ".pdf":
        console.print(f"Verify it anywhere: escale audit verify {escape(str(file))}")
