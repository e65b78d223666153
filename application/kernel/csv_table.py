"""How does a CSV file from anywhere become records, each with the number of its line?

One broken record is a record with a fault, and those around it are read. Only what makes the
whole file unreadable is refused: another encoding, unknown columns, too many lines.
"""

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from domain.kernel.refusals import Malformed

DELIMITERS = (",", ";")
MAX_LINE_BYTES = 65_536
# What a spreadsheet takes for a formula when a cell begins so.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvNotUtf8(Malformed):
    """The file is not encoded in UTF-8; save it as "CSV UTF-8" and send it again."""


class CsvIsUtf16(CsvNotUtf8):
    """The file is encoded in UTF-16; save it as "CSV UTF-8" and send it again."""


class CsvIsEmpty(Malformed):
    """The file has no line with the names of the columns."""


class CsvColumnUnknown(Malformed):
    """The file has a column that is not expected; the template shows those that are."""


class CsvColumnTwice(Malformed):
    """The file names a column twice."""


class CsvColumnMissing(Malformed):
    """A column that is required is not in the file."""


class CsvTooManyLines(Malformed):
    """The file has too many lines; send it in parts."""


class CsvLineTooLong(Malformed):
    """A line of the file is longer than 64 KiB."""


@dataclass(frozen=True)
class CsvFormat:
    """Which columns a file may have, which it must have, and how many lines."""

    columns: tuple[str, ...]
    required: tuple[str, ...]
    max_lines: int

    def template(self, *rows: Mapping[str, str]) -> str:
        """The line of names, and examples."""
        lines = [self.columns, *([row.get(name, "") for name in self.columns] for row in rows)]
        return "".join(",".join(_quoted(cell) for cell in line) + "\r\n" for line in lines)


@dataclass(frozen=True)
class CsvRecord:
    """One record: `line` is where it begins; cells without text are left out."""

    line: int
    cells: Mapping[str, str]
    fault: str | None = None


def records(file: BinaryIO, format: CsvFormat) -> Iterator[CsvRecord]:
    """The records under the line of names, from a file that stands at its beginning."""
    lines = _Lines(file)
    first = next(iter(lines), "")
    names = _names(first, format)
    delimiter = _delimiter_of(first, format)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    count = 0
    while True:
        line = lines.number + 1
        fault: str | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells, fault = [], "broken_line"
        else:
            if not any(cell.strip() for cell in cells):
                continue
            fault = None if len(cells) == len(names) else "wrong_number_of_cells"
        count += 1
        if count > format.max_lines:
            raise CsvTooManyLines(limit=format.max_lines)
        filled = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()}
        yield CsvRecord(line, {} if fault else filled, fault)


def is_formula(cell: str) -> bool:
    """Would a spreadsheet run this text?"""
    return cell.startswith(FORMULA)


class _Lines:
    """The physical lines of a file as text; counts them, and bounds what is read at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE_BYTES + 1)
        if not line:
            raise StopIteration
        if len(line) > MAX_LINE_BYTES:
            raise CsvLineTooLong(line=self.number + 1)
        if self.number == 0:
            if line.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
                raise CsvIsUtf16
            line = line.removeprefix(BOM_UTF8)
        self.number += 1
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            raise CsvNotUtf8(line=self.number) from None


def _delimiter_of(first: str, format: CsvFormat) -> str:
    """The one that cuts the most known names out of the first line."""
    return max(DELIMITERS, key=lambda one: len(set(_cut(first, one)) & set(format.columns)))


def _names(first: str, format: CsvFormat) -> Sequence[str]:
    if not first.strip():
        raise CsvIsEmpty
    names = _cut(first, _delimiter_of(first, format))
    refuse_first(CsvColumnUnknown, names, lambda name: name not in format.columns)
    refuse_first(CsvColumnTwice, names, lambda name: names.count(name) > 1)
    refuse_first(CsvColumnMissing, format.required, lambda name: name not in names)
    return names


def refuse_first(kind: type[Malformed], names: Sequence[str], is_wrong: Callable[[str], bool]) -> None:
    """Names the place of the first wrong column, and repeats nothing that is not ours."""
    for number, name in enumerate(names, start=1):
        if is_wrong(name):
            told = f"column {name}" if kind is not CsvColumnUnknown else f"column number {number}"
            raise kind(f"{kind.message()} It is {told}.")


def _cut(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        return []


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(one in cell for one in ',;"\r\n') else cell
