"""How does a report become a table? CSV and XLSX, the same figures as everywhere, the same bytes every time."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter

from adapters.analytics.formats import EXACT_DIGITS, FORMULA, SPREADSHEET_ROWS, TooManyRows
from adapters.documents.publication import Publication
from adapters.documents.writing import Language, Pen
from domain.esg.report_composition import OTHERS, UNASSIGNED
from domain.esg.report_content import ReportContent
from domain.esg.reporting_line import ReportLine

FIGURES = ("table", "key", "name", "location_kg", "market_kg")
LINES = (
    "line_id occurred_on scope category part mode activity site department route quantity unit factor_publisher "
    "factor_year factor_id factor_kg_per_unit method location_kg market_kg is_estimate grade positions"
).split()
KINDS = {"scopes": "scope", "categories": "category", "modes": "mode"}
# The beginning of the zip calendar: a spreadsheet is a zip, and its files carry times.
EPOCH = (1980, 1, 1, 0, 0, 0)


def csv_of(publication: Publication, language: Language, lines: Iterable[ReportLine]) -> Iterator[bytes]:
    """Two tables under each other, an empty line between: the figures, then every line they stand on."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    pen = Pen("esg_report", language)
    writer.writerow(FIGURES)
    for row in figures_of(publication.content, pen):
        writer.writerow([safe(cell) for cell in row])
    writer.writerow([])
    writer.writerow(LINES)
    for number, line in enumerate(lines, 1):
        writer.writerow([safe(cell) for cell in _cells(line)])
        if number % 1_000 == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def xlsx_of(publication: Publication, language: Language, lines: Iterable[ReportLine], path: Path) -> None:
    """Three sheets: what the report is, its figures, its lines. Written row by row; memory does not grow."""
    if publication.content.lines > SPREADSHEET_ROWS:
        raise TooManyRows
    pen = Pen("esg_report", language)
    with TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / "draft.xlsx"
        book = xlsxwriter.Workbook(
            str(draft),
            {
                "constant_memory": True,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        book.set_properties(
            {
                "title": pen.say("title"),
                "author": "Escale",
                "created": publication.published_at.replace(tzinfo=None),
            }
        )
        _fill(book, publication, pen, lines)
        book.close()
        _with_fixed_times(draft, path)


def figures_of(content: ReportContent, pen: Pen) -> Iterator[tuple[Any, ...]]:
    """Every total in kilograms: table, key, name in the reader's language, by location, by market."""
    yield ("total", "total", pen.say("total"), _kg(content.total.location_g), _kg(content.total.market_g))
    for table, rows in content.tables().items():
        for row in rows:
            name = pen.say(row.key) if row.key in (OTHERS, UNASSIGNED) else row.key
            kind = KINDS.get(table)
            shown = name if kind is None or row.key in (OTHERS, UNASSIGNED) else pen.name(kind, row.key)
            yield (table, row.key, shown, _kg(row.location_g), _kg(row.market_g))
    for compared, table in ((content.previous, "previous"), (content.base, "base")):
        if compared is not None:
            total = compared.total
            yield (table, str(compared.year), str(compared.year), _kg(total.location_g), _kg(total.market_g))


def _fill(book: Any, publication: Publication, pen: Pen, lines: Iterable[ReportLine]) -> None:
    bold = book.add_format({"bold": True})
    kilograms = book.add_format({"num_format": "#,##0.000"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    content = publication.content
    about = book.add_worksheet("about")
    about.set_column(0, 0, 26)
    about.set_column(1, 1, 80)
    facts = [
        ("title", pen.say("title")),
        ("company", content.cover.company_name),
        ("start", str(content.start)),
        ("end (not included)", str(content.end)),
        ("report", str(publication.report_id)),
        ("position", str(content.position)),
        ("published", publication.published_at.isoformat()),
        ("sha256 of the figures", publication.content_sha256),
        ("methods", ", ".join(content.methods)),
    ]
    for number, (name, text) in enumerate(facts):
        about.write_string(number, 0, name, bold)
        about.write_string(number, 1, text)
    _sheet(book, "figures", FIGURES, figures_of(content, pen), bold, kilograms, day)
    _sheet(book, "lines", LINES, (_cells(line) for line in lines), bold, kilograms, day)


def _sheet(
    book: Any,
    name: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    bold: Any,
    kilograms: Any,
    day: Any,
) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, 18)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            match value:
                case None:
                    continue
                case bool():
                    sheet.write_boolean(number, column, value)
                case int():
                    sheet.write_number(number, column, value)
                case Decimal() if len(value.as_tuple().digits) <= EXACT_DIGITS:
                    style = kilograms if heads[column].endswith("_kg") else None
                    sheet.write_number(number, column, float(value), style)
                case date():
                    sheet.write_datetime(number, column, value, day)
                case _:
                    sheet.write_string(number, column, str(value))


def _with_fixed_times(draft: Path, final: Path) -> None:
    with ZipFile(draft) as made, ZipFile(final, "w", ZIP_DEFLATED) as fixed:
        for name in sorted(made.namelist()):
            entry = ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 0, 0
            with made.open(name) as source, fixed.open(entry, "w") as target:
                while piece := source.read(1 << 20):
                    target.write(piece)


def _cells(line: ReportLine) -> list[Any]:
    factor = line.factor
    return [
        line.line_id, line.occurred_on, line.scope, line.category, line.part, line.mode, line.activity, line.site,
        line.department, line.route, line.quantity, line.unit, factor and factor.publisher, factor and factor.year,
        factor and factor.id, factor and factor.value, line.method, _kg(line.location_g), _kg(line.market_g),
        line.is_estimate, line.grade, " ".join(map(str, line.positions)),
    ]  # fmt: skip


def _kg(grams: int) -> Decimal:
    return Decimal(grams).scaleb(-3)


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers are in digits."""
    match cell:
        case bool():
            return str(cell).lower()
        case Decimal():
            return format(cell, "f")
        case str() if FORMULA.match(cell):
            return f"'{cell}"
        case UUID() | date():
            return str(cell)
    return cell


def _taken(buffer: io.StringIO) -> bytes:
    taken = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return taken
