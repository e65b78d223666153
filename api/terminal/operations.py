"""What does an operator read after a check-up, a backup or a restore?"""

import json
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from adapters.bootstrap import Finding, Manifest, Restored

COLOURS = {"ok": "green", "warning": "yellow", "failure": "red"}


def show_findings(findings: list[Finding], console: Console, *, as_json: bool) -> int:
    """A line per finding; answers how many are failures."""
    if as_json:
        console.print_json(json.dumps([vars(finding) for finding in findings]))
    else:
        for each in findings:
            status = f"[{COLOURS[each.status]}]{each.status:<8}[/]"
            console.print(f"{status} [bold]{each.name}[/]: {escape(each.found)}", soft_wrap=True)
            if each.remedy:
                console.print(f"         remedy: {escape(each.remedy)}", soft_wrap=True)
    return sum(finding.status == "failure" for finding in findings)


def show_backup(manifest: Manifest, folder: Path, console: Console) -> None:
    """What was copied, and what to do with the keys."""
    console.print(
        f"{len(manifest.heads)} tenants with {manifest.events} events in {folder}, as of {manifest.made_at}."
    )
    console.print(
        f"Move {folder / 'keys'} elsewhere and destroy it after 30 days: these are the keys of people."
    )


def show_restored(restored: Restored, console: Console) -> int:
    """What came back; answers how many findings there are."""
    console.print(f"{restored.tenants} tenants with {restored.events} events are back.")
    if restored.epochs_raised:
        console.print("Cursors and consumers of the history after the backup are refused from now on.")
        console.print(
            "Where seals outside reach further than this backup, no new one is made (seals_disagree):"
            " `escale doctor` names the files to move away."
        )
    if not restored.findings:
        console.print("Every chain verifies, and every row equals a replay.", style="green")
    for finding in restored.findings:
        console.print(finding, style="red", markup=False)
    return len(restored.findings)
