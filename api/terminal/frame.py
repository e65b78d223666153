"""What have all commands in common: their options, two consoles, settings, and how the house says no?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from adapters import bootstrap
from adapters.bootstrap import Settings

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

DataDir = Annotated[
    Path | None, typer.Option(help="Where the embedded PostgreSQL and Redis keep their data.")
]
Port = Annotated[int | None, typer.Option(help="The port of the API on the loopback address.")]


def settings_of(data_dir: Path | None, port: int | None) -> Settings:
    """The configuration, with what the command's options choose instead."""
    chosen = {name: value for name, value in (("data_dir", data_dir), ("port", port)) if value is not None}
    return environment().model_copy(update=chosen)


def environment() -> Settings:
    """The configuration by the environment; ends with a sentence for each name that is wrong."""
    try:
        return Settings()
    except ValidationError as invalid:
        for error in invalid.errors():
            name = str(error["loc"][0])
            named = name if name.isupper() else f"ESCALE_{name.upper()}"
            errors.print(f"[red]Escale cannot do this:[/] {named}: {escape(error['msg'])}", soft_wrap=True)
        raise typer.Exit(2) from None


@contextmanager
def refusals() -> Iterator[None]:
    """Shows a sentence instead of a traceback when the house says no."""
    try:
        yield
    except bootstrap.REFUSALS as refusal:
        errors.print(f"[red]Escale cannot do this:[/] {escape(str(refusal))}")
        raise typer.Exit(2) from None


def say(line: str) -> None:
    """One line about what is going on."""
    console.print(f"[dim]·[/] {escape(line)}", soft_wrap=True)
