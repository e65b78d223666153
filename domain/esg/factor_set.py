"""May these rows become a factor set, and what would they change? Supersede, never edit."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from domain.kernel.emissions import EmissionFactor, GhgScope
from domain.kernel.factor_table import FactorTable, PublishedFactor
from domain.kernel.text import Code, Title
from domain.kernel.value import Value

COLUMNS = (
    *("source", "publisher", "year", "scope", "category", "activity", "variant", "unit"),
    *("kg_co2e_per_unit", "row_id", "verification", "note"),
)
UNITS = frozenset(
    {"passenger-km", "vehicle-km", "tonne-km", "room-night", "kWh", "litre", "kg", "kg fuel", "EUR"}
)
HIGH_GRID = Decimal("0.9")
TAILPIPE, BATTERY = "owned_or_controlled_vehicles", "bev"

KgCo2e = Annotated[Decimal, Field(max_digits=18, decimal_places=12, allow_inf_nan=False)]
Key = tuple[str, int, str]


class FactorRow(Value):
    """One line of a file of factors. The id is the publisher's own; for publishers without ids a key
    derived from source, year, activity, variant and country."""

    source: Title
    publisher: Title
    year: Annotated[int, Field(ge=2000, le=2199)]
    scope: GhgScope
    category: Title
    activity: Title
    variant: Title
    unit: Title
    kg_co2e_per_unit: KgCo2e
    row_id: Code
    verification: Title
    note: Annotated[str, StringConstraints(max_length=1_000)] = ""

    @property
    def key(self) -> Key:
        """What names the row for ever."""
        return (self.publisher, self.year, self.row_id)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a line is refused, or what has to be confirmed."""

    line: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that would take another's place."""

    before: EmissionFactor
    after: EmissionFactor


@dataclass(frozen=True, slots=True)
class FactorSet:
    """A set about to be put in force: rows not known before, and rows in the place of older ones."""

    title: str
    file_sha256: str
    reference_year: int
    added: tuple[PublishedFactor, ...]
    superseding: tuple[PublishedFactor, ...]

    @property
    def rows(self) -> tuple[PublishedFactor, ...]:
        """All of them."""
        return self.added + self.superseding


@dataclass(frozen=True, slots=True)
class SetLoaded:
    """A set that was put in force."""

    number: int
    title: str
    file_sha256: str
    reference_year: int
    rows_added: int
    rows_superseded: int
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file would do to the factors in force."""

    added: tuple[PublishedFactor, ...]
    superseding: tuple[PublishedFactor, ...]
    differences: tuple[Difference, ...]
    unchanged: int
    problems: tuple[RowProblem, ...]
    to_confirm: tuple[RowProblem, ...]

    @property
    def changes_nothing(self) -> bool:
        """Is everything known already?"""
        return not self.added and not self.superseding


def examine(
    lines: Iterable[tuple[int, Mapping[str, str]]], in_force: FactorTable, *, this_year: int
) -> Examined:
    """Judges every line; one bad line is named, and refuses the file."""
    rows, problems = _read(lines, this_year)
    problems += _twice(rows)
    to_confirm = [
        RowProblem(line, "above_900_g", f"{row.kg_co2e_per_unit * 1000:f} g per kWh in {row.variant}")
        for line, row in rows
        if row.unit == "kWh" and row.kg_co2e_per_unit > HIGH_GRID
    ]
    known = {_key(row): row for row in in_force.rows}
    added, superseding, differences, unchanged = [], [], [], 0
    for _, row in rows:
        wanted, before = _published(row), known.get(row.key)
        if before is None:
            added.append(wanted)
        elif _same(before, wanted):
            unchanged += 1
        else:
            superseding.append(wanted)
            differences.append(Difference(before.factor, wanted.factor))
    return Examined(
        tuple(added), tuple(superseding), tuple(differences), unchanged, tuple(problems), tuple(to_confirm)
    )


def problem_of(row: FactorRow, *, this_year: int) -> tuple[str, str] | None:
    """Rule 12: negatives never; zero only from the tailpipe of a battery vehicle."""
    if row.kg_co2e_per_unit < 0:
        return "negative", "a factor is never negative"
    is_tailpipe = row.scope is GhgScope.DIRECT and row.category == TAILPIPE and row.variant == BATTERY
    if row.kg_co2e_per_unit == 0 and not is_tailpipe:
        return "zero", "only the tailpipe of a battery vehicle emits nothing"
    if row.unit not in UNITS:
        return "unknown_unit", f"the unit must be one of {', '.join(sorted(UNITS))}"
    if row.year > this_year:
        return "future_year", "no publication is from the future"
    return None


def _read(
    lines: Iterable[tuple[int, Mapping[str, str]]], this_year: int
) -> tuple[list[tuple[int, FactorRow]], list[RowProblem]]:
    rows, problems = [], []
    for line, cells in lines:
        try:
            row = FactorRow.model_validate({name: cells.get(name, "") for name in COLUMNS})
        except ValidationError as invalid:
            fields = sorted({str(error["loc"][0]) for error in invalid.errors()})
            problems.append(RowProblem(line, "malformed", f"missing or malformed: {', '.join(fields)}"))
            continue
        problem = problem_of(row, this_year=this_year)
        if problem is None:
            rows.append((line, row))
        else:
            problems.append(RowProblem(line, *problem))
    return rows, problems


def _twice(rows: Sequence[tuple[int, FactorRow]]) -> list[RowProblem]:
    counts = Counter(row.key for _, row in rows)
    return [
        RowProblem(line, "twice", "another line has the same publisher, year and row id")
        for line, row in rows
        if counts[row.key] > 1
    ]


def _published(row: FactorRow) -> PublishedFactor:
    factor = EmissionFactor(
        factor_id=row.row_id,
        source=row.source,
        publisher=row.publisher,
        year=row.year,
        activity=row.activity,
        variant=row.variant,
        unit=row.unit,
        value=row.kg_co2e_per_unit,
    )
    return PublishedFactor(factor, row.scope, row.category, row.verification, row.note, 0)


def _key(row: PublishedFactor) -> Key:
    return (row.factor.publisher, row.factor.year, row.factor.factor_id)


def _same(one: PublishedFactor, other: PublishedFactor) -> bool:
    """The same statement; a better check of the same value is no new factor."""
    return (one.factor, one.scope, one.category) == (other.factor, other.scope, other.category)
