"""What does a line of a file of trips say? One line per segment; lines of one trip share its reference."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from application.kernel.csv_table import CsvFormat, CsvRecord, is_formula
from application.travel.segments import SegmentRequest
from domain.kernel.money import CURRENCIES, minor_digits
from domain.kernel.text import Code, EmailText, Line
from domain.travel.trip import MAX_SEGMENTS
from domain.travel.trip_import import MAX_LINES, ImportedState

# What a line says of the whole trip; every line of a trip says the same, or leaves it out after the first.
OF_THE_TRIP = ("traveller", "purpose", "department", "cost_centre", "state")
SEGMENT = (
    "kind",
    "origin",
    "destination",
    "cabin",
    "departs_at",
    "arrives_at",
    "flight_number",
    "mode",
    "distance_km",
    "vehicle",
    "country",
    "city",
    "hotel",
    "stars",
    "check_in",
    "check_out",
    "time_zone",
    "supplier",
)
FORMAT = CsvFormat(
    columns=("trip_reference", *OF_THE_TRIP, *SEGMENT, "price", "currency"),
    required=("trip_reference", "traveller", "purpose", "kind", "price", "currency"),
    max_lines=MAX_LINES,
)
TEMPLATE = FORMAT.template(
    {
        "trip_reference": "2030-0417",
        "traveller": "camille@northwind.example",
        "purpose": "Client visit",
        "kind": "flight",
        "origin": "CDG",
        "destination": "JFK",
        "cabin": "economy",
        "departs_at": "2030-05-02T08:00:00Z",
        "flight_number": "AF006",
        "price": "400.00",
        "currency": "EUR",
    },
    {
        "trip_reference": "2030-0417",
        "kind": "hotel",
        "country": "US",
        "city": "New York",
        "hotel": "Harbour Inn",
        "stars": "4",
        "check_in": "2030-05-02",
        "check_out": "2030-05-05",
        "time_zone": "America/New_York",
        "price": "600.00",
        "currency": "USD",
    },
    {
        "trip_reference": "2030-0418",
        "traveller": "camille@northwind.example",
        "purpose": "Trade fair",
        "state": "booked",
        "kind": "ground",
        "mode": "rail",
        "origin": "Paris Gare de Lyon",
        "destination": "Lyon Part-Dieu",
        "distance_km": "427",
        "departs_at": "2030-06-11T08:00:00Z",
        "time_zone": "Europe/Paris",
        "price": "80.00",
        "currency": "EUR",
    },
)
DECIMAL = re.compile(r"[0-9]{1,13}(\.[0-9]{1,3})?")
DECIMAL_COMMA = re.compile(r"-?[0-9. ]*,[0-9]+")
NEGATIVE = re.compile(r"-[0-9]+([.,][0-9]+)?")
ONE_SEGMENT: TypeAdapter[Any] = TypeAdapter(SegmentRequest)
A_CODE, A_LINE, AN_EMAIL = TypeAdapter(Code), TypeAdapter(Line), TypeAdapter(EmailText)
# Columns that are called otherwise in a request.
COLUMN_OF = {"name": "hotel", "amount_minor": "price"}


class LineFaulty(Exception):
    """The trip cannot be planned: which line, and which column of it."""

    def __init__(self, line: int, code: str, column: str | None = None) -> None:
        self.line = line
        self.code = code
        self.column = column
        super().__init__(code)


@dataclass(frozen=True)
class TripLines:
    """The lines of one trip, as they stand in the file one after the other."""

    reference: str | None
    records: Sequence[CsvRecord]

    @property
    def line(self) -> int:
        """Where the trip begins."""
        return self.records[0].line


@dataclass(frozen=True)
class WrittenTrip:
    """What the lines say, before the company is asked whether it knows the people and accounts named."""

    traveller: str
    purpose: str
    department: str | None
    cost_centre: str | None
    state: ImportedState
    segments: tuple[Any, ...]
    lines: tuple[int, ...]


def trips_in(found: Iterable[CsvRecord]) -> Iterator[TripLines]:
    """Neighbouring lines with the same reference, together. A line without one stands alone."""
    for reference, together in groupby(found, key=_reference_of):
        if isinstance(reference, str):
            yield TripLines(reference, list(together))
        else:
            yield from (TripLines(None, [record]) for record in together)


def written(trip: TripLines) -> WrittenTrip:
    """The trip as a request. Refuses LineFaulty."""
    for record in trip.records:
        _refuse_broken(record)
    if trip.reference is None:
        record = trip.records[0]
        given = "trip_reference" in record.cells
        raise LineFaulty(record.line, "invalid" if given else "missing", "trip_reference")
    if len(trip.records) > MAX_SEGMENTS:
        raise LineFaulty(trip.records[MAX_SEGMENTS].line, "too_many_segments")
    facts = {name: _same_on_every_line(trip.records, name) for name in OF_THE_TRIP}
    return WrittenTrip(
        traveller=_checked(AN_EMAIL, trip, facts, "traveller"),
        purpose=_checked(A_LINE, trip, facts, "purpose"),
        department=_checked(A_CODE, trip, facts, "department") if facts["department"] else None,
        cost_centre=_checked(A_CODE, trip, facts, "cost_centre") if facts["cost_centre"] else None,
        state=_state(trip, facts["state"]),
        segments=tuple(_segment(record) for record in trip.records),
        lines=tuple(record.line for record in trip.records),
    )


def column_at(pointer: str) -> tuple[int, str | None]:
    """Which segment and which column a pointer of the command means."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "segments" and len(parts) > 1 and parts[1].isdigit():
        last = parts[-1] if len(parts) > 2 else None
        return int(parts[1]), COLUMN_OF.get(last, last) if last else None
    named = {"traveller_id": "traveller", "department_id": "department", "cost_centre_id": "cost_centre"}
    return 0, named.get(parts[0], parts[0] or None)


def _reference_of(record: CsvRecord) -> str | int:
    """A code, or the line itself where there is none."""
    try:
        return A_CODE.validate_python(record.cells.get("trip_reference"))
    except ValidationError:
        return record.line


def _refuse_broken(record: CsvRecord) -> None:
    if record.fault is not None:
        raise LineFaulty(record.line, record.fault)
    for name, cell in record.cells.items():
        if name != "price" and is_formula(cell):
            raise LineFaulty(record.line, "formula", name)


def _same_on_every_line(found: Sequence[CsvRecord], name: str) -> str | None:
    first = found[0].cells.get(name)
    for record in found[1:]:
        if record.cells.get(name, first) != first:
            raise LineFaulty(record.line, "differs_within_trip", name)
    return first


def _checked(kind: TypeAdapter[str], trip: TripLines, facts: Mapping[str, str | None], name: str) -> str:
    if facts[name] is None:
        raise LineFaulty(trip.line, "missing", name)
    try:
        return kind.validate_python(facts[name])
    except ValidationError:
        raise LineFaulty(trip.line, "invalid", name) from None


def _state(trip: TripLines, given: str | None) -> ImportedState:
    try:
        return ImportedState(given or ImportedState.PLANNED)
    except ValueError:
        raise LineFaulty(trip.line, "invalid", "state") from None


def _segment(record: CsvRecord) -> Any:
    cells = record.cells
    asked: dict[str, Any] = {name: cells[name] for name in SEGMENT if name in cells}
    if "hotel" in asked:
        asked["name"] = asked.pop("hotel")
    asked["price"] = _price(record)
    try:
        return ONE_SEGMENT.validate_python(asked)
    except ValidationError as error:
        _refuse(record, error)


def _refuse(record: CsvRecord, error: ValidationError) -> NoReturn:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    names = [part for part in first["loc"] if isinstance(part, str)]
    # The first part is the kind that was chosen; a rule between columns names none of them.
    column = names[-1] if len(names) > 1 else None
    if first["type"].startswith("union_tag"):
        raise LineFaulty(record.line, "invalid" if "kind" in record.cells else "missing", "kind")
    code = {"missing": "missing", "extra_forbidden": "not_for_this_kind"}.get(first["type"], "invalid")
    if column is None:
        column = next((name for name in ("arrives_at", "check_out", "vehicle") if name in first["msg"]), None)
    raise LineFaulty(record.line, code, COLUMN_OF.get(column, column) if column else None)


def _price(record: CsvRecord) -> dict[str, Any]:
    """Minor units, exactly: nothing is rounded, and a comma is not guessed at."""
    text, currency = record.cells.get("price"), record.cells.get("currency")
    if text is None or currency is None:
        raise LineFaulty(record.line, "missing", "price" if text is None else "currency")
    if currency not in CURRENCIES:
        raise LineFaulty(record.line, "unknown_currency", "currency")
    if NEGATIVE.fullmatch(text):
        raise LineFaulty(record.line, "negative", "price")
    if DECIMAL_COMMA.fullmatch(text):
        raise LineFaulty(record.line, "decimal_comma", "price")
    if not DECIMAL.fullmatch(text):
        raise LineFaulty(record.line, "formula" if is_formula(text) else "invalid", "price")
    minor = Decimal(text).scaleb(minor_digits(currency))
    if minor != int(minor):
        raise LineFaulty(record.line, "too_many_digits", "price")
    return {"amount_minor": int(minor), "currency": currency}
