"""How are rows written to a file: CSV, NDJSON, Parquet, XLSX?"""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import pyarrow as pa
from pyarrow import parquet

from adapters.analytics.dictionary import AnalyticsTable, Column
from adapters.analytics.reading import plain
from domain.platform.export import Format

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Row = Mapping[str, Any]

# What a spreadsheet takes for a formula when a text begins so: some pass over blanks first, and some read
# the full-width signs of East Asian keyboards as the plain ones.
FORMULA = re.compile(r"[\t\r\n]|[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
SPREADSHEET_ROWS = 1_048_575  # under the line of names
SPREADSHEET_TEXT = 32_767
SHORTENED = " [shortened]"
EXACT = 2**53  # a spreadsheet counts in doubles
EXACT_DIGITS = 15
FIRST_YEAR = 1900

PARQUET_TYPES: Mapping[str, pa.DataType] = {
    "uuid": pa.string(),
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.decimal128(38, 9),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "json": pa.string(),
}


class TooManyRows(Exception):
    """The format has no room for this many rows."""


@dataclass(frozen=True)
class Origin:
    """What a file was read from, as far as its format can say it."""

    table: AnalyticsTable
    columns: tuple[Column, ...]
    tenant: str
    position: int
    rows: int
    filters: tuple[str, ...]
    read_at: datetime


class Writer(Protocol):
    """Takes the rows in batches; the file is whole once it is closed."""

    def write(self, rows: Sequence[Row]) -> None:
        """Appends rows."""
        ...

    def close(self) -> None:
        """Finishes the file."""
        ...


class CsvWriter:
    """RFC 4180 in UTF-8. Text that a spreadsheet would run as a formula gets an apostrophe in front."""

    def __init__(self, path: Path, origin: Origin) -> None:
        self._columns = origin.columns
        self._file = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self._csv.writerow([column.name for column in origin.columns])

    def write(self, rows: Sequence[Row]) -> None:
        self._csv.writerows([_cell(column, row[column.name]) for column in self._columns] for row in rows)

    def close(self) -> None:
        self._file.close()


def _cell(column: Column, value: Any) -> Any:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case _ if column.kind in ("text", "json"):
            text = _as_text(column.kind, value)
            return f"'{text}" if FORMULA.match(text) else text
    return plain(column.kind, value)


class NdjsonWriter:
    """One JSON object per line, with the values as the REST door writes them."""

    def __init__(self, path: Path, origin: Origin) -> None:
        self._columns = origin.columns
        self._file = path.open("w", encoding="utf-8", newline="")

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            shown = {column.name: plain(column.kind, row[column.name]) for column in self._columns}
            self._file.write(json.dumps(shown, ensure_ascii=False, separators=(",", ":")) + "\n")

    def close(self) -> None:
        self._file.close()


class ParquetWriter:
    """Typed columns with their descriptions; the file says where it was read."""

    def __init__(self, path: Path, origin: Origin) -> None:
        self._columns = origin.columns
        fields = [
            pa.field(column.name, PARQUET_TYPES[column.kind], metadata={"description": column.description})
            for column in origin.columns
        ]
        self._schema = pa.schema(fields, metadata=_told(origin))
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        arrays = [
            pa.array([_typed(column.kind, row[column.name]) for row in rows], PARQUET_TYPES[column.kind])
            for column in self._columns
        ]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


def _told(origin: Origin) -> dict[str, str]:
    return {
        "escale.table": origin.table.name,
        "escale.summary": origin.table.summary,
        "escale.tenant": origin.tenant,
        "escale.position": str(origin.position),
        "escale.filters": json.dumps(origin.filters),
        "escale.read_at": plain("timestamp", origin.read_at),
    }


def _typed(kind: str, value: Any) -> Any:
    if value is None or kind not in ("uuid", "text", "json"):
        return value
    return _as_text(kind, value)


class XlsxWriter:
    """Two sheets: where the rows come from, and the rows. Text stays text, whatever it begins with."""

    def __init__(self, path: Path, origin: Origin) -> None:
        if origin.rows > SPREADSHEET_ROWS:
            raise TooManyRows
        # Read here: most processes never write a spreadsheet, and all of them would start later for it.
        from xlsxwriter import Workbook

        self._book = Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "use_zip64": True,
            },
        )
        self._formats = {
            "timestamp": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"}),
            "date": self._book.add_format({"num_format": "yyyy-mm-dd"}),
            "name": self._book.add_format({"bold": True}),
        }
        self._about = self._book.add_worksheet("about")
        self._sheet = self._book.add_worksheet("rows")
        self._columns = origin.columns
        self._shortened = 0
        self._line = 0
        self._about_line = self._tell(origin)
        self._names(origin)

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._line += 1
            for number, column in enumerate(self._columns):
                self._put(self._sheet, self._line, number, column.kind, row[column.name])

    def close(self) -> None:
        if self._shortened:
            self._about.write_string(self._about_line, 0, "shortened cells", self._formats["name"])
            self._about.write_number(self._about_line, 1, self._shortened)
        self._book.close()

    def _tell(self, origin: Origin) -> int:
        lines = [
            ("table", origin.table.name),
            ("summary", origin.table.summary),
            ("company", origin.tenant),
            ("position", str(origin.position)),
            ("rows", str(origin.rows)),
            ("read at", plain("timestamp", origin.read_at)),
            ("times", "in UTC"),
            *(("filter", text) for text in origin.filters),
            *((f"column {column.name}", column.description) for column in origin.columns),
        ]
        for number, (name, text) in enumerate(lines):
            self._about.write_string(number, 0, name, self._formats["name"])
            self._about.write_string(number, 1, text)
        return len(lines)

    def _names(self, origin: Origin) -> None:
        self._sheet.freeze_panes(1, 0)
        for number, column in enumerate(origin.columns):
            self._sheet.write_string(0, number, column.name, self._formats["name"])

    def _put(self, sheet: "Worksheet", line: int, number: int, kind: str, value: Any) -> None:
        match value:
            case None:
                return
            case bool():
                sheet.write_boolean(line, number, value)
            case int() if abs(value) <= EXACT:
                sheet.write_number(line, number, value)
            case Decimal() if len(value.as_tuple().digits) <= EXACT_DIGITS:
                sheet.write_number(line, number, float(value))
            case datetime() if value.year >= FIRST_YEAR:
                sheet.write_datetime(line, number, value.replace(tzinfo=None), self._formats["timestamp"])
            case date() if not isinstance(value, datetime) and value.year >= FIRST_YEAR:
                sheet.write_datetime(line, number, value, self._formats["date"])
            case _:
                sheet.write_string(line, number, self._fitting(_as_text(kind, value)))

    def _fitting(self, text: str) -> str:
        if len(text.encode("utf-16-le")) // 2 <= SPREADSHEET_TEXT:
            return text
        self._shortened += 1
        room = (SPREADSHEET_TEXT - len(SHORTENED)) * 2
        return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + SHORTENED


def _as_text(kind: str, value: Any) -> str:
    match value:
        case str() if kind != "json":
            return value
        case UUID() | int() | Decimal() | date() if kind != "json":
            return str(plain(kind, value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


WRITERS: Mapping[Format, Callable[[Path, Origin], Writer]] = {
    Format.CSV: CsvWriter,
    Format.NDJSON: NdjsonWriter,
    Format.PARQUET: ParquetWriter,
    Format.XLSX: XlsxWriter,
}
