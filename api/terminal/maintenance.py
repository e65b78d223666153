"""What does an operator see of the read models?"""

from collections.abc import Callable
from itertools import groupby
from uuid import UUID

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from adapters.bootstrap import House
from application.platform.interventions import RetryParkedEvent, SkipParkedEvent
from domain.kernel.refusals import Malformed


def show_status(house: House, console: Console) -> None:
    """One table per tenant, one line per consumer."""
    for tenant_id, units in groupby(house.units(), key=lambda unit: unit.tenant_id):
        table = Table("consumer", "position", "lag", "status", "last error", title=f"tenant {tenant_id}")
        for unit in units:
            colour = "red" if unit.status != "running" else "yellow" if unit.lag else "green"
            status = f"[{colour}]{unit.status}[/]"
            table.add_row(unit.consumer, str(unit.position), str(unit.lag), status, unit.last_error or "")
        console.print(table)


def show_paused(house: House, console: Console) -> None:
    """Who stands still, at which event, and what lets it go on."""
    paused = house.interventions.paused()
    if not paused:
        console.print("No consumer is paused.", style="green")
        return
    table = Table("tenant", "consumer", "event", "behind", "since", "error")
    for unit in paused:
        behind, since = str(unit.head - unit.position + 1), f"{unit.parked_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(
            str(unit.company_id), unit.consumer, str(unit.position), behind, since, unit.error, style="red"
        )
    console.print(table)
    console.print(
        "Mend the cause, then `escale projections retry`; or go on without the event:"
        " `escale projections skip`, each with tenant, consumer, event and --reason."
    )


def decide(
    house: House, tenant: UUID, consumer: str, event: int, reason: str, console: Console, *, skipping: bool
) -> None:
    """Records the decision and carries it out."""
    kind = SkipParkedEvent if skipping else RetryParkedEvent
    try:
        command = kind(company_id=tenant, consumer=consumer, position=event, reason=reason)
    except ValidationError:
        raise Malformed("Name a consumer as `escale projections paused` does, and a reason.") from None
    house.interventions.decide_as_operator(command, house.clock())
    verb = "goes on without" if skipping else "tries again"
    console.print(f"{consumer} of tenant {tenant} {verb} event {event}.", markup=False)


def rebuild(house: House, name: str, tenant: UUID | None, console: Console) -> None:
    """Replays history into projections, one tenant after another."""
    with _progress(console) as progress:
        for tenant_id in house.tenants(tenant):
            for projection in house.projections(name):
                house.jobs.projections.rebuild(tenant_id, projection, _bar(progress, tenant_id))


def check(house: House, name: str, tenant: UUID | None, console: Console) -> int:
    """Replays into scratch tables; answers how many values differ."""
    differences = []
    with _progress(console) as progress:
        for tenant_id in house.tenants(tenant):
            found = house.jobs.projections.check(
                tenant_id, house.projections(name), _bar(progress, tenant_id)
            )
            differences += [(tenant_id, difference) for difference in found]
    if not differences:
        console.print("Every row equals a replay.", style="green")
        return 0
    table = Table("tenant", "projection", "row", "column", "published", "replayed")
    for tenant_id, each in differences:
        table.add_row(
            str(tenant_id),
            each.projection,
            str(each.key),
            str(each.column),
            str(each.published),
            str(each.replayed),
        )
    console.print(table)
    console.print(f"{len(differences)} values differ from a replay.", style="red")
    return len(differences)


def _bar(progress: Progress, tenant_id: UUID) -> Callable[[str, int, int], None]:
    """One bar per projection, made when its replay begins."""
    tasks: dict[str, TaskID] = {}

    def show(projection: str, reached: int, aimed_at: int) -> None:
        if projection not in tasks:
            tasks[projection] = progress.add_task(f"{projection} …{str(tenant_id)[-12:]}", total=aimed_at)
        progress.update(tasks[projection], completed=reached, total=aimed_at)

    return show


def _progress(console: Console) -> Progress:
    return Progress(TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), console=console)
