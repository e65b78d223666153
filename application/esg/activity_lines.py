"""What does a line of a file of activities say? One bill, vehicle use, fuel, leak, commuting or purchase."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from application.kernel.csv_table import CsvFormat, CsvRecord, is_formula
from domain.esg.activity import Sha256
from domain.esg.activity_details import ActivityDetails
from domain.kernel.text import Code

MAX_LINES = 2_000
# Columns that name something of the company by its code, and the field the thing's id goes to.
BY_CODE = {"meter": "meter_id", "vehicle": "vehicle_id", "site": "site_id"}
ACCOUNTS = {"department": "department_id", "cost_centre": "cost_centre_id"}
INTEGERS = ("people", "working_days")
DECIMALS = ("kwh", "km", "litres", "quantity", "kg", "km_per_day")
PLAIN = ("start", "end", "day", "fuel", "unit", "gas", "mode", "category", "what")
FACTOR = {
    "factor_reference": "reference",
    "factor_kg_per_unit": "kg_per_unit",
    "factor_publisher": "publisher",
    "factor_source": "source",
    "factor_year": "year",
}
FORMAT = CsvFormat(
    columns=(
        *("external_id", "kind", "start", "end", "day", "meter", "vehicle", "site"),
        *("kwh", "km", "litres", "fuel", "quantity", "unit", "gas", "kg"),
        *("mode", "people", "working_days", "km_per_day", "category", "what", "spend_eur"),
        *("contract", *FACTOR, "department", "cost_centre", "evidence_sha256"),
    ),
    required=("external_id", "kind"),
    max_lines=MAX_LINES,
)
TEMPLATE = FORMAT.template(
    {
        "external_id": "EDF-2029-02",
        "kind": "energy_bill",
        "start": "2029-02-01",
        "end": "2029-03-01",
        "meter": "PDL-0417",
        "kwh": "12400",
        "contract": "guarantee_of_origin",
        "factor_reference": "GO-2029-118",
        "factor_kg_per_unit": "0",
        "factor_publisher": "Vent du Nord",
        "factor_source": "Cancelled guarantees of origin 2029",
        "factor_year": "2029",
    },
    {
        "external_id": "FLEET-2029-02-C3",
        "kind": "vehicle_use",
        "start": "2029-02-01",
        "end": "2029-03-01",
        "vehicle": "C3",
        "km": "1840.5",
    },
    {
        "external_id": "COLD-2029-1",
        "kind": "refrigerant",
        "day": "2029-02-14",
        "site": "PARIS",
        "gas": "R-410A",
        "kg": "1.2",
    },
)
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?")
MONEY = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
DECIMAL_COMMA = re.compile(r"-?[0-9. ]*,[0-9]+")
DETAILS: TypeAdapter[ActivityDetails] = TypeAdapter(ActivityDetails)
A_CODE, A_DIGEST = TypeAdapter(Code), TypeAdapter(Sha256)


class ActivityLineFaulty(Exception):
    """The line cannot be entered: why, and which column of it."""

    def __init__(self, code: str, column: str | None = None) -> None:
        self.code = code
        self.column = column
        super().__init__(code)


@dataclass(frozen=True)
class WrittenActivity:
    """What a line says, before the company is asked whether it knows the things named."""

    external_id: str
    facts: Mapping[str, Any]
    codes: Mapping[str, str]
    accounts: Mapping[str, str]
    evidence: tuple[str, ...]

    def details(self, ids: Mapping[str, Any]) -> ActivityDetails:
        """The activity, once the codes have become ids. Refuses ActivityLineFaulty."""
        try:
            return DETAILS.validate_python({**self.facts, **ids})
        except ValidationError as error:
            _refuse(error)


def reference_of(record: CsvRecord) -> str | None:
    """The id in the system it came from, where it has the form of one."""
    try:
        return A_CODE.validate_python(record.cells.get("external_id"))
    except ValidationError:
        return None


def written(record: CsvRecord) -> WrittenActivity:
    """The line as facts. Refuses ActivityLineFaulty."""
    if record.fault is not None:
        raise ActivityLineFaulty(record.fault)
    cells = record.cells
    for name, cell in cells.items():
        if is_formula(cell) and not NUMBER.fullmatch(cell):
            raise ActivityLineFaulty("formula", name)
    external_id = reference_of(record)
    if external_id is None:
        raise ActivityLineFaulty("invalid" if "external_id" in cells else "missing", "external_id")
    if "kind" not in cells:
        raise ActivityLineFaulty("missing", "kind")
    facts: dict[str, Any] = {"kind": cells["kind"]}
    facts |= {name: cells[name] for name in PLAIN if name in cells}
    facts |= {name: _number(cells[name], name) for name in DECIMALS if name in cells}
    facts |= {name: _integer(cells[name], name) for name in INTEGERS if name in cells}
    if "spend_eur" in cells:
        facts["spend_eur_cents"] = _cents(cells["spend_eur"])
    facts |= _factor(cells)
    return WrittenActivity(
        external_id=external_id,
        facts=facts,
        codes={name: _code(cells, name) for name in BY_CODE if name in cells},
        accounts={name: _code(cells, name) for name in ACCOUNTS if name in cells},
        evidence=_evidence(cells),
    )


def column_at(pointer: str) -> str | None:
    """Which column a pointer of the command means."""
    last = pointer.rstrip("/").rpartition("/")[2]
    named = {field: column for column, field in {**BY_CODE, **ACCOUNTS}.items()}
    named |= {field: column for column, field in FACTOR.items()} | {"spend_eur_cents": "spend_eur"}
    column = named.get(last, last)
    return column if column in FORMAT.columns else None


def _factor(cells: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {FACTOR[name]: cells[name] for name in FACTOR if name in cells}
    if "kg_per_unit" in given:
        given["kg_per_unit"] = _number(given["kg_per_unit"], "factor_kg_per_unit")
    if "year" in given:
        given["year"] = _integer(given["year"], "factor_year")
    if "contract" in cells:
        return {"contract": {"basis": cells["contract"], "factor": given}}
    return {"factor": given} if given else {}


def _number(cell: str, name: str) -> Decimal:
    if DECIMAL_COMMA.fullmatch(cell):
        raise ActivityLineFaulty("decimal_comma", name)
    if not NUMBER.fullmatch(cell):
        raise ActivityLineFaulty("not_a_number", name)
    return Decimal(cell)


def _integer(cell: str, name: str) -> int:
    if not cell.isascii() or not cell.isdecimal() or len(cell) > 9:
        raise ActivityLineFaulty("not_a_number", name)
    return int(cell)


def _cents(cell: str) -> int:
    if DECIMAL_COMMA.fullmatch(cell):
        raise ActivityLineFaulty("decimal_comma", "spend_eur")
    if not MONEY.fullmatch(cell):
        raise ActivityLineFaulty("not_a_number", "spend_eur")
    return int(Decimal(cell) * 100)


def _code(cells: Mapping[str, str], name: str) -> str:
    try:
        return A_CODE.validate_python(cells[name])
    except ValidationError:
        raise ActivityLineFaulty("invalid", name) from None


def _evidence(cells: Mapping[str, str]) -> tuple[str, ...]:
    if "evidence_sha256" not in cells:
        return ()
    try:
        return (A_DIGEST.validate_python(cells["evidence_sha256"].lower()),)
    except ValidationError:
        raise ActivityLineFaulty("invalid", "evidence_sha256") from None


def _refuse(error: ValidationError) -> NoReturn:
    """The first fault; what the union says of the kind is left out."""
    first = error.errors()[0]
    places = [str(place) for place in first["loc"]]
    column = column_at("/".join(places[1:])) if len(places) > 1 else None
    match first["type"]:
        case "union_tag_invalid":
            raise ActivityLineFaulty("invalid", "kind")
        case "missing":
            raise ActivityLineFaulty("missing", column)
        case "extra_forbidden":
            raise ActivityLineFaulty("does_not_belong", column)
        case _:
            raise ActivityLineFaulty("invalid", column)
