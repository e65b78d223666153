"""Which commands belong together: those about read models, the log, trips, policies and factors."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from adapters import bootstrap
from api.terminal import (
    auditing,
    billing,
    explaining,
    exporting,
    factoring,
    importing,
    maintenance,
    reporting,
    trying,
)
from api.terminal.frame import DataDir, console, refusals, say, settings_of
from api.terminal.webhooks import webhooks
from domain.billing.issued import CreditCause
from domain.travel.trip import TripStatus

projections = typer.Typer(help="Read models: where they stand, rebuild them, check them against a replay.")
audit = typer.Typer(help="The log: seal it, export it, verify an export anywhere, replay it.")
trips = typer.Typer(help="Trips of a company: bring them in from a file, take them out into one.")
policies = typer.Typer(help="Travel policies: try one on the past before it is put in force.")
billings = typer.Typer(help="Invoices: bill a month of a company, take a part of an invoice back.")
factors = typer.Typer(
    help="Emission factors: put a publication in force, see which sets there were, look a row up."
)
esg = typer.Typer(help="Reports of emissions: which there are, and their files.")
service = typer.Typer(help="The service level: say what was down, announce what will be.")
INSTANTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
GROUPS = {
    "service": service,
    "projections": projections,
    "audit": audit,
    "trips": trips,
    "policies": policies,
    "billing": billings,
    "factors": factors,
    "esg": esg,
    "webhooks": webhooks,
}

Tenant = Annotated[UUID, typer.Argument(help="Whose log.")]
Consumer = Annotated[str, typer.Argument(help="As `escale projections paused` names it.")]
ParkedEvent = Annotated[int, typer.Argument(help="The position of the event it could not take.", min=1)]
Reason = Annotated[str, typer.Option(help="Why; it stays in the platform's log.")]


Month = Annotated[str, typer.Argument(help="The month, such as 2030-05.", callback=billing.named_month)]


@billings.command("close")
def billing_close(tenant: Tenant, month: Month, data_dir: DataDir = None) -> None:
    """Bill a month that is over, the earliest open one; a month that was billed is shown as it is."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        billing.close(house, tenant, month, console)


@billings.command("credit")
def billing_credit(
    tenant: Tenant,
    month: Month,
    net_minor: Annotated[int, typer.Argument(help="How much, without tax, in the smallest unit.", min=1)],
    reason: Annotated[
        str, typer.Option(help="Why, as the credit note says it.", callback=billing.short_reason)
    ],
    cause: Annotated[CreditCause, typer.Option(help="What for.")] = CreditCause.GOODWILL,
    data_dir: DataDir = None,
) -> None:
    """Take a part of a month's invoice back by a credit note, tax in proportion; the same words count once."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        billing.credit(house, tenant, month, net_minor, cause, reason, console)


@billings.command("preview")
def billing_preview(
    tenant: Tenant,
    month: Annotated[
        str | None,
        typer.Argument(help="The month; the one billed next by default.", callback=billing.maybe_month),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Show a month as it would be billed now; nothing is written."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        billing.preview(house, tenant, month, console)


@billings.command("pay")
def billing_pay(
    tenant: Tenant,
    month: Month,
    amount_minor: Annotated[int, typer.Argument(help="How much came, in the smallest unit.", min=1)],
    reference: Annotated[str, typer.Option(help="The bank's reference; the same one counts once.")],
    on: Annotated[datetime, typer.Option(help="The day it came.", formats=["%Y-%m-%d"])],
    number: Annotated[
        str | None, typer.Option(help="The document, where the month has a correction of its own besides.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Note a bank transfer for a month's invoice."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        billing.pay(house, tenant, month, amount_minor, on.date(), reference, number, console)


@billings.command("explain")
def billing_explain(
    invoice: Annotated[str, typer.Argument(help="Its number or id.")],
    tenant: Annotated[UUID | None, typer.Option(help="Whose; all companies are searched by default.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every event, however many.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Print every line of an invoice back to its source events; status 1 when one does not add up."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        if not explaining.explain(house, invoice, console, tenant_id=tenant, everything=everything):
            raise typer.Exit(1)


@billings.command("reconcile")
def billing_reconcile(
    tenant: Annotated[UUID | None, typer.Option(help="Only this company.")] = None, data_dir: DataDir = None
) -> None:
    """Make every invoice again from the log and compare, numbers and ledgers too; status 1 when one differs."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        if not explaining.reconcile(house, console, tenant_id=tenant):
            raise typer.Exit(1)


@service.command("incident")
def service_incident(
    since: Annotated[datetime, typer.Option(help="When it began, in UTC.", formats=INSTANTS)],
    until: Annotated[datetime, typer.Option(help="When it was over, in UTC.", formats=INSTANTS)],
    about: Annotated[str, typer.Option(help="What it was.", callback=billing.short_reason)],
    data_dir: DataDir = None,
) -> None:
    """Say that the service was down, whether or not a probe saw it."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        billing.incident(house, since, until, about, console)


@service.command("maintenance")
def service_maintenance(
    since: Annotated[datetime, typer.Option(help="When it begins, in UTC.", formats=INSTANTS)],
    until: Annotated[datetime, typer.Option(help="When it is over, in UTC.", formats=INSTANTS)],
    about: Annotated[str, typer.Option(help="What it is.", callback=billing.short_reason)],
    data_dir: DataDir = None,
) -> None:
    """Announce work on the service; five days before, up to four hours a month are no outage."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        billing.maintenance(house, since, until, about, console)


@projections.command("status")
def projections_status(data_dir: DataDir = None) -> None:
    """Where every projection of every tenant stands."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        maintenance.show_status(house, console)


@projections.command("paused")
def projections_paused(data_dir: DataDir = None) -> None:
    """Which consumers stand still at an event, and wait for a decision."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        maintenance.show_paused(house, console)


@projections.command("retry")
def projections_retry(
    tenant: Tenant, consumer: Consumer, event: ParkedEvent, reason: Reason, data_dir: DataDir = None
) -> None:
    """Let a paused consumer try its event again, after the cause was mended; recorded with its reason."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        maintenance.decide(house, tenant, consumer, event, reason, console, skipping=False)


@projections.command("skip")
def projections_skip(
    tenant: Tenant, consumer: Consumer, event: ParkedEvent, reason: Reason, data_dir: DataDir = None
) -> None:
    """Let a paused consumer go on without its event, now and in every replay; recorded with its reason."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        maintenance.decide(house, tenant, consumer, event, reason, console, skipping=True)


@projections.command("rebuild")
def projections_rebuild(
    name: Annotated[str, typer.Argument(help="The projection, or `all`.")] = "all",
    tenant: Annotated[UUID | None, typer.Option(help="Only this tenant.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Replay history into a projection, tenant by tenant; readers see the old rows until each is done."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        maintenance.rebuild(house, name, tenant, console)


@projections.command("check")
def projections_check(
    name: Annotated[str, typer.Argument(help="The projection, or `all`.")] = "all",
    tenant: Annotated[UUID | None, typer.Option(help="Only this tenant.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Replay into scratch tables and report every row that differs; exit status 1 when one does."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        if maintenance.check(house, name, tenant, console):
            raise typer.Exit(1)


@trips.command("import")
def trips_import(
    file: Annotated[
        Path, typer.Argument(help="CSV in UTF-8, one line per segment.", exists=True, dir_okay=False)
    ],
    tenant: Annotated[
        str | None, typer.Option(help="The company's slug; not needed where there is only one.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Plan the trips of a file, and submit or book those it says so of; the same file again plans none twice.

    Exit status 1 when a trip is rejected, or refused what the column `state` asks for.
    """
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        if not importing.import_trips(house, importing.tenant_of(house, tenant), file, console):
            raise typer.Exit(1)


@trips.command("export")
def trips_export(
    file: Annotated[
        Path, typer.Argument(help="Where to write them; .csv or .xlsx says how.", dir_okay=False)
    ],
    tenant: Annotated[
        str | None, typer.Option(help="The company's slug; not needed where there is only one.")
    ] = None,
    status: Annotated[TripStatus | None, typer.Option(help="Only trips that stand there.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a company's trips to a file, the latest planned first, as they stood at one position of its log."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        try:
            exporting.export_trips(house, importing.tenant_of(house, tenant), file, status, console)
        except exporting.UnknownFormat as refusal:
            raise typer.BadParameter(str(refusal), param_hint="FILE") from None


@audit.command("verify")
def audit_verify(
    file: Annotated[Path, typer.Argument(help="An export, the proof of one event, or a report in PDF.")],
    seals: Annotated[list[Path] | None, typer.Option(help="Seals kept outside: files or folders.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A trusted public key, in hexadecimal.")] = None,
) -> None:
    """Verify an export with nothing but this file: status 1 and positions when something was changed."""
    options = [word for path in seals or [] for word in ("--seals", str(path))]
    options += [word for one in key or [] for word in ("--key", one)]
    raise typer.Exit(bootstrap.verifier.main([str(file), *options]))


@audit.command("seal")
def audit_seal(
    tenant: Annotated[UUID | None, typer.Option(help="Only this tenant.")] = None, data_dir: DataDir = None
) -> None:
    """Sign what is not sealed yet, in the database and outside of it; the scheduler does so every hour."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        auditing.seal(house, tenant, console)


@audit.command("export")
def audit_export(
    file: Annotated[Path, typer.Argument(help="Where to write the export.")],
    tenant: Annotated[UUID, typer.Option(help="Whose log.")],
    seal_first: Annotated[
        bool, typer.Option(help="Seal the log before, so that all of it is covered.")
    ] = True,
    data_dir: DataDir = None,
) -> None:
    """Write a tenant's log with its seals to a file; personal fields stay ciphertext."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        auditing.export(house, tenant, file, console, sealed=seal_first)


@audit.command("replay")
def audit_replay(
    file: Annotated[Path, typer.Argument(help="An export.")],
    scratch: Annotated[
        str | None,
        typer.Option(help="A superuser's URL of the server for the scratch database; embedded by default."),
    ] = None,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Leave personal fields closed; compare their erased form.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Read from the log what it has taken in since the export.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Build fresh read models from an export and list every difference from the published figures."""
    with refusals():
        replayed = bootstrap.replay_export(
            settings_of(data_dir, None),
            file,
            scratch_url=scratch,
            with_keys=not without_keys,
            follows=follow,
            announce=say,
        )
        if auditing.show_replay(replayed, console):
            raise typer.Exit(1)


@policies.command("dry-run")
def policies_dry_run(
    file: Annotated[Path, typer.Argument(help="The draft, as JSON: what POST /policies/dry-run takes.")],
    tenant: Annotated[str, typer.Option(help="The company, by its slug.")],
    data_dir: DataDir = None,
) -> None:
    """Judge a company's past trips by draft rules and show what would have been; nothing is put in force."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        if trying.dry_run(house, tenant, file, console):
            raise typer.Exit(1)


@factors.command("load")
def factors_load(
    file: Annotated[
        Path,
        typer.Argument(help="CSV in UTF-8, one row of a publication per line.", exists=True, dir_okay=False),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    title: Annotated[
        str | None, typer.Option(help="What the set brings.", show_default="the file's name")
    ] = None,
    reference_year: Annotated[
        int | None,
        typer.Option(
            help="The publication calculations use from now on.", min=2000, max=2199, show_default="as before"
        ),
    ] = None,
    confirm_high: Annotated[
        bool, typer.Option("--confirm-high", help="Grids above 900 g per kWh were looked up and are right.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Put a publication in force. Rows supersede and are never edited; figures already given keep theirs."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        factoring.load(
            house,
            file,
            console,
            title=title,
            reference_year=reference_year,
            dry_run=dry_run,
            confirmed=confirm_high,
        )


@factors.command("search")
def factors_search(
    words: Annotated[
        list[str], typer.Argument(help="Words of the publisher, activity, variant, unit or id.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Look up rows in force, each with its publisher's id."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        factoring.search(house.carbon.factors.in_force(), words, console)


@factors.command("sets")
def factors_sets(data_dir: DataDir = None) -> None:
    """Which sets were put in force, and when."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        factoring.show_sets(house, console)


@esg.command("report")
def esg_report(
    report: Annotated[UUID | None, typer.Argument(help="The report; without it, all are listed.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="Where to write it: .pdf, .csv or .xlsx.", dir_okay=False)
    ] = None,
    lang: Annotated[str, typer.Option(help="en or fr.")] = "en",
    tenant: Annotated[
        str | None, typer.Option(help="The company's slug; not needed where there is only one.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """List the reports of a company, or write the file of a published one: the same bytes every time."""
    if lang not in ("en", "fr"):
        raise typer.BadParameter("There is English (en) and French (fr).")
    if report is not None and (file is None or file.suffix.lower() not in (".pdf", ".csv", ".xlsx")):
        raise typer.BadParameter("Say with --file where to write it: .pdf, .csv or .xlsx.")
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        tenant_id = importing.tenant_of(house, tenant)
        if report is None or file is None:
            reporting.show(house, tenant_id, console)
        else:
            reporting.write(house, tenant_id, report, file, lang, console)
