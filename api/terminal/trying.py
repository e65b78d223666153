"""What does an operator see of a draft that is tried on the past?"""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from adapters.bootstrap import House
from application.travel.policy_trial import PolicyTrialSummary, ThenAndNow
from application.travel.policy_trials import DryRunPolicy
from domain.kernel.refusals import Malformed, NotFound
from domain.platform.experiment import Experiment, ExperimentStatus

SHOWN = 20


class DraftUnreadable(Malformed):
    """The file is no draft of a policy: JSON with the fields of POST /api/v1/enterprise/policies/dry-run."""


def dry_run(house: House, slug: str, file: Path, console: Console) -> int:
    """Tries the file's rules on the company's past; answers 1 when there is no answer."""
    tenant_id = house.identity.tenant_named(slug)
    if tenant_id is None:
        raise NotFound("There is no company of this name.")
    command = draft_in(file)
    with Progress(
        TextColumn("trying the draft on the past"), BarColumn(), MofNCompleteColumn(), console=console
    ) as progress:
        bar = progress.add_task("", total=None)
        experiment = house.try_out(
            tenant_id, command, lambda at, upto: progress.update(bar, completed=at, total=upto)
        )
    if experiment.status is not ExperimentStatus.COMPLETED or experiment.summary is None:
        console.print(f"The experiment ended {experiment.status}: {experiment.failure or 'no answer'}")
        return 1
    _show(console, PolicyTrialSummary.model_validate_json(experiment.summary))
    _list(console, house, experiment, tenant_id)
    return 0


def draft_in(file: Path) -> DryRunPolicy:
    """The draft as clients of the API would send it. Refuses with DraftUnreadable."""
    try:
        return DryRunPolicy.model_validate(json.loads(file.read_text()))
    except OSError as error:
        raise DraftUnreadable(f"{file} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        wrong = [f"{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise DraftUnreadable(f"{DraftUnreadable.message()} {'; '.join(wrong)}") from None
    except ValueError:
        raise DraftUnreadable from None


def _show(console: Console, summary: PolicyTrialSummary) -> None:
    table = Table("trips", "then", "now", box=None, pad_edge=False)
    rows: list[tuple[str, ThenAndNow]] = [
        ("flagged", summary.flagged_trips),
        ("refused", summary.refused_trips),
        ("asking for approval", summary.approval_trips),
        *((f"breaking {count.rule.value}", count) for count in summary.violations),
    ]
    for name, count in rows:
        table.add_row(name, str(count.then), str(count.now))
    console.print(f"{summary.decisions} decisions on {summary.trips} trips were judged again.")
    console.print(table)
    console.print(
        f"Would have flagged {summary.flagged_trips.now}: {summary.newly_flagged_trips} newly,"
        f" {summary.no_longer_flagged_trips} no longer."
    )
    console.print(f"Not spent: {summary.not_spent_eur} EUR. Not emitted: {summary.not_emitted_kg} kg.")


def _list(console: Console, house: House, experiment: Experiment, tenant_id: Any) -> None:
    with house.reading(tenant_id) as sql:
        page = house.experiments.page(sql, experiment_id=experiment.id, limit=SHOWN)
    if not page.rows:
        console.print("No decision would have come out otherwise.")
        return
    table = Table("position", "trip", "rule", "observed", "limit", "then", "now", box=None, pad_edge=False)
    for row in page.rows:
        figures = (row.observed or "", row.limit or "", row.before, row.after)
        table.add_row(str(row.position), str(row.stream_id), row.subject, *figures)
    console.print(table)
    more = experiment.differences - len(page.rows)
    if more > 0:
        console.print(f"{more} more: GET /api/v1/enterprise/experiments/{experiment.id}/differences")
