"""What does an auditor, or whoever helps one, do at a terminal?"""

import os
from pathlib import Path
from tempfile import mkstemp
from uuid import UUID

from rich.console import Console
from rich.table import Table

from adapters.bootstrap import House, Replayed, line_of_seal


def seal(house: House, tenant: UUID | None, console: Console) -> None:
    """Seals what is not sealed yet, tenant by tenant."""
    for tenant_id in house.tenants(tenant):
        if house.auditing.head(tenant_id):
            made = line_of_seal(house.auditing.sealer.seal(tenant_id))
            console.print(f"{tenant_id}: sealed up to position {made['to_position']}, root {made['root']}")


def export(house: House, tenant: UUID, file: Path, console: Console, *, sealed: bool) -> None:
    """Writes a tenant's log to a file; seals it before, so that every event in it can be proven."""
    (tenant_id,) = house.tenants(tenant)
    if sealed and house.auditing.head(tenant_id):
        house.auditing.sealer.seal(tenant_id)
    # Made by mkstemp: readable by us only, and under a name that nobody can have laid a link at.
    descriptor, name = mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as lines:
            count = sum(1 for line in house.auditing.export(tenant_id) if lines.write(line))
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    console.print(f"{file}: {count} lines. Verify them anywhere: escale audit verify {file}")


def show_replay(replayed: Replayed, console: Console) -> int:
    """What a replay found; answers how many differences and gaps there are."""
    fields = "opened with the vault's keys" if replayed.is_opened else "compared in their erased form"
    console.print(
        f"{replayed.events} events of tenant {replayed.tenant_id} replayed; personal fields {fields}."
    )
    if replayed.followed:
        console.print(f"The log has taken in {replayed.followed} events since; those were read from it.")
    for sentence in replayed.behind:
        console.print(f"not compared: {sentence}", style="yellow")
    if replayed.differences:
        table = Table("projection", "row", "column", "published", "replayed")
        for each in replayed.differences:
            table.add_row(
                each.projection, str(each.key), each.column, str(each.published), str(each.replayed)
            )
        console.print(table)
    style = "red" if replayed.differences else "green"
    console.print(f"{replayed.rows} published rows, {len(replayed.differences)} differences.", style=style)
    return len(replayed.differences) + len(replayed.behind)
