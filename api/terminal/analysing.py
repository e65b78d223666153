"""What does an analyst see at a terminal: the tables there are, and the answer to a statement?"""

import csv
import json
import sys
from decimal import Decimal
from typing import Any
from uuid import UUID

import typer
from pydantic_core import to_json, to_jsonable_python
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.bootstrap import VIEWS, AnalyticsTable, House, SqlAnswer, described
from domain.kernel.refusals import NotFound
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from projections.platform import registrations


def show_tables(name: str | None, console: Console, *, as_json: bool) -> None:
    """The data dictionary, or one table of it."""
    views = [view for view in VIEWS if name in (None, view.name)]
    if not views:
        raise NotFound(f"There is no such table; there are {', '.join(view.name for view in VIEWS)}.")
    if as_json:
        typer.echo(json.dumps(described(views), indent=2))
    elif name is None:
        console.print(_overview(views))
        console.print("Columns: escale tables NAME", style="dim")
    else:
        console.print(f"[bold]analytics.{name}[/]  {escape(views[0].summary)}")
        console.print(_columns(views[0]))


def tenant_of(house: House, slug: str) -> UUID:
    """The company of that name. Refuses with NotFound."""
    with house.reading(PLATFORM_TENANT_ID) as sql:
        registration = registrations.find_by_slug(sql, slug)
    if registration is None:
        raise NotFound(f"There is no company {slug}.")
    return registration.registration_id


def show_table(answer: SqlAnswer, console: Console) -> None:
    """The rows for a person's eye."""
    table = Table(*(escape(column) for column in answer.columns), box=None, header_style="bold")
    for row in answer.rows:
        table.add_row(*(escape(_word(value)) for value in row))
    console.print(table)
    console.print(_stated(answer), soft_wrap=True)


def show_json(answer: SqlAnswer) -> None:
    """One document: rows, and the position they were read at."""
    rows = [dict(zip(answer.columns, map(_exact, row), strict=True)) for row in answer.rows]
    facts = {"position": answer.position, "head": answer.head, "has_more": answer.has_more, "rows": rows}
    typer.echo(to_json(facts, indent=2).decode())


def show_csv(answer: SqlAnswer, console: Console) -> None:
    """RFC 4180; the position goes beside it, to the console of errors."""
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(answer.columns)
    writer.writerows([_word(value) for value in row] for row in answer.rows)
    console.print(_stated(answer), soft_wrap=True)


def _stated(answer: SqlAnswer) -> str:
    count = f"{len(answer.rows)} row{'' if len(answer.rows) == 1 else 's'}"
    more = ", more with --limit" if answer.has_more else ""
    behind = "" if answer.position == answer.head else f"; the log stands at {answer.head}"
    return f"{count}{more}, read at position {answer.position}{behind}"


def _exact(value: Any) -> Any:
    """A sum of integers is an integer, whatever PostgreSQL calls its type."""
    return int(value) if isinstance(value, Decimal) and value.as_tuple().exponent == 0 else value


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        return value.hex()
    return str(to_jsonable_python(value))


def _overview(views: list[AnalyticsTable]) -> Table:
    table = Table("table", "columns", "what it shows", box=None, header_style="bold")
    for view in views:
        table.add_row(f"analytics.{view.name}", str(len(view.columns)), escape(view.summary))
    return table


def _columns(view: AnalyticsTable) -> Table:
    table = Table("column", "type", "meaning", box=None, header_style="bold")
    for column in view.columns:
        table.add_row(column.name, column.sql_type, escape(column.description))
    return table
