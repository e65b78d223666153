"""How does somebody at a terminal bring trips into a company, and watch them come?"""

from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from adapters.bootstrap import House, NoSuchCompany
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from domain.travel.trip_import import ImportStatus, TripImport

# Whoever sits at the machine; the same for every import, so that the log says where it came from.
TERMINAL = Actor(UUID("e5ca1e00-0000-8000-8000-0000000000c1"), "system")
SHOWN = 20
PAGE = 1_000


def tenant_of(house: House, slug: str | None) -> UUID:
    """The company that is meant. Refuses with NoSuchCompany."""
    if slug is not None:
        tenant_id = house.identity.tenant_named(slug)
        if tenant_id is None:
            raise NoSuchCompany(f"There is no company called {slug}.")
        return tenant_id
    companies = house.companies()
    if len(companies) != 1:
        raise NoSuchCompany(f"There are {len(companies)} companies; say which with --tenant.")
    return companies[0]


def import_trips(house: House, tenant_id: UUID, file: Path, console: Console) -> bool:
    """Plans the trips of a file, and more where it says so; True when all of it was done."""
    with file.open("rb") as lines:
        command = house.imports.examined(lines)
        order = Order(
            tenant_id=tenant_id,
            command=command,
            actor=TERMINAL,
            id=CommandId(uuid4(), sha256(command.model_dump_json().encode()).digest()),
            at=house.clock(),
            source="import",
        )
        import_id = house.imports.accept(order, lines).saved.stream_id
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as bar:
        task = bar.add_task(f"lines of {file.name}", total=command.lines)
        done = house.imports.importer.run(
            tenant_id, import_id, progress=lambda one: bar.update(task, completed=one.read_up_to)
        )
    _show(house, tenant_id, done, console)
    return done.status is ImportStatus.COMPLETED and not (done.rejected or done.held_back)


def _show(house: House, tenant_id: UUID, done: TripImport, console: Console) -> None:
    console.print(f"{done.created} created, {done.duplicate} known already, {done.rejected} rejected.")
    if done.held_back:
        console.print(f"{done.held_back} planned, but taken no further.")
    if done.reason:
        console.print(f"The rest could not be read: {done.reason}", style="red")
    refused = _refused(house, tenant_id, done)
    if not refused:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("line", "trip", "state", "why", "column"):
        table.add_column(heading)
    for line in refused[:SHOWN]:
        table.add_row(*line)
    console.print(table)
    if len(refused) > SHOWN:
        console.print(f"... and {len(refused) - SHOWN} more: GET /api/v1/enterprise/trips/imports/{done.id}")


def _refused(house: House, tenant_id: UUID, done: TripImport) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for after in range(0, done.noted, PAGE):
        for one in house.imports.results(tenant_id, done.id, after=after, limit=PAGE):
            if one.code is not None:
                state = one.state or one.outcome
                found.append((str(one.line), one.reference or "", state, one.code, one.column or ""))
    return found
