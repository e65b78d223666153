"""Which tours are there, and how does one begin?"""

import os
import secrets
import shlex
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.bootstrap import DemoAccess
from api.terminal.tours.analyst import ANALYST
from api.terminal.tours.auditor import AUDITOR
from api.terminal.tours.client import CLIENT
from api.terminal.tours.guide import Guide
from api.terminal.tours.payer import BILLED
from api.terminal.tours.step import Language, Tour, Visit
from domain.kernel.refusals import NotFound

TOURS: dict[str, Tour] = {tour.name: tour for tour in (CLIENT, AUDITOR, ANALYST, BILLED)}


def show_tours(console: Console, language: Language) -> None:
    """What there is to see."""
    table = Table.grid(padding=(0, 2))
    for tour in TOURS.values():
        table.add_row(Text(f"escale tour {tour.name}", style="bold"), tour.about.to(language))
    console.print(table)


def named(name: str) -> Tour:
    """The tour of this name."""
    if name not in TOURS:
        raise NotFound(f"There is no such tour; there are {', '.join(TOURS)}.")
    return TOURS[name]


def take(tour: Tour, demo: DemoAccess, console: Console, language: Language, *, waits: bool) -> bool:
    """Leads through a tour, with a folder of its own for the files; answers whether all was as promised."""
    visit = Visit(
        demo=demo,
        folder=Path(tempfile.mkdtemp(prefix=f"escale-{tour.name}-")),
        at=datetime.now(UTC),
        run=secrets.token_hex(4),
        escale=_as_started(),
    )
    try:
        return Guide(console, language, waits=waits).lead(tour, visit)
    finally:
        if not any(visit.folder.iterdir()):
            visit.folder.rmdir()


def language_of_the_terminal() -> Language:
    """French where the environment asks for it, English elsewhere."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "fr" if named.lower().startswith("fr") else "en"


def _as_started() -> str:
    """How this reader starts the command line, so that what is printed can be pasted."""
    started = Path(sys.argv[0])
    if started.name != "escale":
        return f"{shlex.quote(sys.executable)} -m api.cli"
    found = shutil.which("escale")
    if found and Path(found).samefile(started):
        return "escale"
    path = started.absolute()
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))
