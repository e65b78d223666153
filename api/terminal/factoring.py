"""How does somebody at a terminal put a publication of emission factors in force, after seeing what it changes?"""

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.bootstrap import House
from application.kernel.csv_table import CsvFormat, records
from domain.esg.factor_set import COLUMNS, Examined, FactorSet, RowProblem, examine
from domain.kernel.factor_table import FactorTable, PublishedFactor
from domain.kernel.refusals import Malformed

SHOWN = 40
FORMAT = CsvFormat(columns=COLUMNS, required=COLUMNS[:-1], max_lines=50_000)


class FactorFileRefused(Malformed):
    """The file cannot become a factor set; every line that is wrong is named above."""


class HighFactorsUnconfirmed(Malformed):
    """Some grids are above 900 g per kWh; look them up and repeat with --confirm-high."""


class ReferenceYearUnpublished(Malformed):
    """No factors of this year are published; choose another with --reference-year."""


def load(
    house: House,
    file: Path,
    console: Console,
    *,
    title: str | None,
    reference_year: int | None,
    dry_run: bool,
    confirmed: bool,
) -> None:
    """Shows what the file changes and, unless it is a dry run, puts it in force on top of what is."""
    factors, content = house.carbon.factors, file.read_bytes()
    while True:
        table = factors.in_force()
        found = examined(content, table, this_year=house.clock().year)
        _show(found, console)
        if found.problems:
            raise FactorFileRefused
        year = reference_year or table.reference_year
        if not table.publishes(year) and year not in {row.factor.year for row in found.added}:
            raise ReferenceYearUnpublished
        if found.to_confirm and not (confirmed or _asked(found.to_confirm, console, dry_run)):
            raise HighFactorsUnconfirmed
        if dry_run:
            console.print("A dry run: nothing was changed.")
            return
        if found.changes_nothing and year == table.reference_year:
            console.print(f"Everything is known already; set {table.number} stays in force.")
            return
        wanted = FactorSet(
            title or file.name, sha256(content).hexdigest(), year, found.added, found.superseding
        )
        number = factors.publish(wanted, on_top_of=table.number)
        if number is not None:
            console.print(f"Set {number} is in force, with the publication of {year} as its reference.")
            return
        console.print("Another set came first; the file is compared again.")


def examined(content: bytes, table: FactorTable, *, this_year: int) -> Examined:
    """What the file would change. A record that cannot be read is a problem of its line."""
    read = list(records(BytesIO(content), FORMAT))
    faults = tuple(RowProblem(one.line, "malformed", one.fault) for one in read if one.fault)
    found = examine(((one.line, one.cells) for one in read if not one.fault), table, this_year=this_year)
    return Examined(
        found.added,
        found.superseding,
        found.differences,
        found.unchanged,
        faults + found.problems,
        found.to_confirm,
    )


def search(table: FactorTable, words: list[str], console: Console) -> None:
    """The rows in force that hold every word."""
    wanted = [word.casefold() for word in words]
    rows = [row for row in table.rows if all(word in _text(row) for word in wanted)]
    shown = _table("publisher", "year", "row id", "activity", "variant", "kg CO2e", "per", "checked")
    for row in sorted(rows, key=lambda row: (row.factor.publisher, row.factor.year, row.factor.factor_id))[
        :SHOWN
    ]:
        one = row.factor
        shown.add_row(
            one.publisher, str(one.year), one.factor_id, one.activity, one.variant, f"{one.value:f}", one.unit,
            row.verification,
        )  # fmt: skip
    console.print(shown)
    console.print(f"{len(rows)} of {len(table.rows)} rows of set {table.number}.")


def show_sets(house: House, console: Console) -> None:
    """Every set that was ever in force."""
    shown = _table("set", "loaded", "reference year", "new", "superseding", "title")
    for one in house.carbon.factors.sets():
        shown.add_row(
            str(one.number), f"{one.loaded_at:%Y-%m-%d %H:%M}", str(one.reference_year), str(one.rows_added),
            str(one.rows_superseded), escape(one.title),
        )  # fmt: skip
    console.print(shown)


def _show(found: Examined, console: Console) -> None:
    counts = f"{len(found.added)} new, {len(found.superseding)} superseding, {found.unchanged} unchanged"
    console.print(f"{counts}, {len(found.problems)} refused.")
    _list("refused", found.problems, console)
    if found.differences:
        shown = _table("publisher", "year", "row id", "activity", "variant", "before", "after", "change")
        for one in found.differences[:SHOWN]:
            before, after = one.before.value, one.after.value
            change = f"{(after - before) / before:+.1%}" if before else ""
            shown.add_row(
                one.after.publisher, str(one.after.year), escape(one.after.factor_id), escape(one.after.activity),
                escape(one.after.variant), f"{before:f}", f"{after:f}", change,
            )  # fmt: skip
        console.print(shown)
        _rest(len(found.differences), console)


def _asked(problems: tuple[RowProblem, ...], console: Console, dry_run: bool) -> bool:
    _list("to be confirmed", problems, console)
    return dry_run or (console.is_terminal and typer.confirm("Are these values right?"))


def _list(heading: str, problems: tuple[RowProblem, ...], console: Console) -> None:
    if problems:
        shown = _table("line", heading, "why")
        for one in problems[:SHOWN]:
            shown.add_row(str(one.line), one.code, escape(one.text))
        console.print(shown)
        _rest(len(problems), console)


def _rest(count: int, console: Console) -> None:
    if count > SHOWN:
        console.print(f"... and {count - SHOWN} more.")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _text(row: PublishedFactor) -> str:
    one = row.factor
    return f"{one.publisher} {one.year} {one.factor_id} {one.activity} {one.variant} {one.unit}".casefold()
