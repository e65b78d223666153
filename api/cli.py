"""The command line: bring the house up, look after it, look into it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Annotated
from uuid import UUID

from api.terminal.interruption import quietly_interruptible

with quietly_interruptible():  # what follows takes a second or two
    import typer
    from pydantic import ValidationError
    from rich.console import Console
    from rich.markup import escape

    from adapters import bootstrap
    from adapters.bootstrap import Settings
    from api.terminal import (
        analysing,
        appointing,
        arrival,
        auditing,
        importing,
        maintenance,
        operations,
        trying,
    )
    from api.terminal.tours import catalog as tours
    from api.terminal.tours.step import Language

app = typer.Typer(
    help="Escale: event-sourced backend for companies that travel, book and bill.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
projections = typer.Typer(help="Read models: where they stand, rebuild them, check them against a replay.")
app.add_typer(projections, name="projections")
audit = typer.Typer(help="The log: seal it, export it, verify an export anywhere, replay it.")
app.add_typer(audit, name="audit")
trips = typer.Typer(help="Trips of a company: bring them in from a file.")
app.add_typer(trips, name="trips")
policies = typer.Typer(help="Travel policies: try one on the past before it is put in force.")
app.add_typer(policies, name="policies")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

DataDir = Annotated[
    Path | None, typer.Option(help="Where the embedded PostgreSQL and Redis keep their data.")
]
Port = Annotated[int | None, typer.Option(help="The port of the API on the loopback address.")]

Tenant = Annotated[UUID, typer.Argument(help="Whose log.")]
Consumer = Annotated[str, typer.Argument(help="As `escale projections paused` names it.")]
ParkedEvent = Annotated[int, typer.Argument(help="The position of the event it could not take.", min=1)]
Reason = Annotated[str, typer.Option(help="Why; it stays in the platform's log.")]


@app.command()
def up(data_dir: DataDir = None, port: Port = None) -> None:
    """Start everything on embedded PostgreSQL and Redis: API, worker and scheduler, with two demo companies."""
    _serve_all(_settings(data_dir, port), trips=0)


@app.command()
def demo(
    data_dir: DataDir = None,
    port: Port = None,
    trips: Annotated[int, typer.Option(min=1, max=20_000, help="How many trips to live through.")] = 2_000,
    max_daily_budget_eur: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="The daily budget of both travel policies, chosen when they are founded; halve it and watch.",
            show_default=str(arrival.DAILY_BUDGET_EUR),
        ),
    ] = None,
    once: Annotated[bool, typer.Option(help="Stop after the history is in and projected.")] = False,
) -> None:
    """The same as `up`, with ninety days of history entering through the handlers."""
    _serve_all(_settings(data_dir, port), trips=trips, budget_eur=max_daily_budget_eur, once=once)


@app.command()
def tour(
    name: Annotated[
        str | None, typer.Argument(help="Whose questions: client or auditor; nothing lists the tours.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Run through without waiting for Enter.")] = False,
    lang: Annotated[
        Language | None, typer.Option(help="The language of the sentences.", show_default="from LANG")
    ] = None,
    data_dir: DataDir = None,
    port: Port = None,
) -> None:
    """Show the product by its own commands, against the running demo; exit status 1 when an answer is wrong."""
    language = lang or tours.language_of_the_terminal()
    if name is None:
        tours.show_tours(console, language)
        return
    with _refusals():
        chosen = tours.named(name)
        demo_access = bootstrap.demo_access(_settings(data_dir, port), port)
    if not tours.take(chosen, demo_access, console, language, waits=not yes and console.is_terminal):
        raise typer.Exit(1)


@app.command()
def migrate(
    citus: Annotated[
        bool, typer.Option(help="Distribute every table by tenant, on a Citus cluster.")
    ] = False,
) -> None:
    """Bring the database named by DATABASE_URL to the current shape and give the service roles their passwords."""
    with _refusals():
        bootstrap.migrate_database(_environment(), citus=citus, announce=_say)
        _say("The database is up to date.")


@app.command()
def api(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None, port: Port = None
) -> None:
    """Serve REST and pages."""
    from api.server import serve

    settings = _settings(None, port)
    with _refusals():
        serve(settings.model_copy(update={"host": host}) if host else settings)


@app.command()
def worker() -> None:
    """Run projections, processes and the outbox from the queues."""
    with _refusals():
        bootstrap.run_worker(_environment(), until=_until_told())


@app.command()
def scheduler() -> None:
    """Sweep for work whose wake-up was lost; one acts at a time, under a lease."""
    with _refusals():
        bootstrap.run_scheduler(_environment(), until=_until_told())


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of findings.")] = False,
    data_dir: DataDir = None,
    port: Port = None,
) -> None:
    """Look for what is wrong here, with a remedy for each finding; exit status 1 when something fails."""
    with _refusals():
        findings = bootstrap.examined(_settings(data_dir, port))
        if operations.show_findings(findings, console, as_json=as_json):
            raise typer.Exit(1)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder for the copy.")], data_dir: DataDir = None
) -> None:
    """Copy everything, as of one instant, while the installation goes on; the keys of people lie apart."""
    with _refusals():
        operations.show_backup(bootstrap.back_up_to(_settings(data_dir, None), folder, _say), folder, console)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="What `escale backup` made.")],
    keys: Annotated[
        Path | None, typer.Option(help="The folder with the keys of people, kept elsewhere.")
    ] = None,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Go without: personal fields stay unreadable.")
    ] = False,
    nothing_lost: Annotated[
        bool,
        typer.Option("--nothing-lost", help="Nothing was committed after the backup: cursors stay valid."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Fill an empty database from a backup and verify it: every chain, every read model; exit status 1 if not."""
    with _refusals():
        restored = bootstrap.restore_from(
            _settings(data_dir, None),
            folder,
            keys=keys,
            without_keys=without_keys,
            nothing_lost=nothing_lost,
            announce=_say,
        )
        if operations.show_restored(restored, console):
            raise typer.Exit(1)


@app.command()
def admin(
    email: Annotated[str, typer.Argument(help="The address they will sign in with.")],
    name: Annotated[str, typer.Option(help="How they are called.")] = "Platform administrator",
    data_dir: DataDir = None,
    port: Port = None,
) -> None:
    """Appoint a platform administrator and print their invitation; repeating it is calm."""
    settings = _settings(data_dir, port)
    with _refusals(), bootstrap.visit(settings) as house:
        appointment = house.appoint_platform_admin(email, name)
        appointing.show(console, appointment, f"http://{settings.host}:{settings.port}")


@app.command()
def tables(
    name: Annotated[str | None, typer.Argument(help="One table, with its columns.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with every column.")] = False,
) -> None:
    """What an analyst can read: the views of schema analytics and what their columns mean."""
    with _refusals():
        analysing.show_tables(name, console, as_json=as_json)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help='SQL over schema analytics: "select * from trip".')],
    tenant: Annotated[str, typer.Option(help="The company, by its slug.")] = "aurore",
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many rows at most.")] = 1_000,
    data_dir: DataDir = None,
) -> None:
    """Ask as an analyst of one company, who can read and nothing else."""
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
        answer = house.ask_sql(analysing.tenant_of(house, tenant), statement, limit=limit)
        if as_json:
            analysing.show_json(answer)
        elif as_csv:
            analysing.show_csv(answer, errors)
        else:
            analysing.show_table(answer, console)


@projections.command("status")
def projections_status(data_dir: DataDir = None) -> None:
    """Where every projection of every tenant stands."""
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
        maintenance.show_status(house, console)


@projections.command("paused")
def projections_paused(data_dir: DataDir = None) -> None:
    """Which consumers stand still at an event, and wait for a decision."""
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
        maintenance.show_paused(house, console)


@projections.command("retry")
def projections_retry(
    tenant: Tenant, consumer: Consumer, event: ParkedEvent, reason: Reason, data_dir: DataDir = None
) -> None:
    """Let a paused consumer try its event again, after the cause was mended; recorded with its reason."""
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
        maintenance.decide(house, tenant, consumer, event, reason, console, skipping=False)


@projections.command("skip")
def projections_skip(
    tenant: Tenant, consumer: Consumer, event: ParkedEvent, reason: Reason, data_dir: DataDir = None
) -> None:
    """Let a paused consumer go on without its event, now and in every replay; recorded with its reason."""
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
        maintenance.decide(house, tenant, consumer, event, reason, console, skipping=True)


@projections.command("rebuild")
def projections_rebuild(
    name: Annotated[str, typer.Argument(help="The projection, or `all`.")] = "all",
    tenant: Annotated[UUID | None, typer.Option(help="Only this tenant.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Replay history into a projection, tenant by tenant; readers see the old rows until each is done."""
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
        maintenance.rebuild(house, name, tenant, console)


@projections.command("check")
def projections_check(
    name: Annotated[str, typer.Argument(help="The projection, or `all`.")] = "all",
    tenant: Annotated[UUID | None, typer.Option(help="Only this tenant.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Replay into scratch tables and report every row that differs; exit status 1 when one does."""
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
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
    """Plan the trips of a file; the same file again changes nothing. Exit status 1 when a trip is rejected."""
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
        if not importing.import_trips(house, importing.tenant_of(house, tenant), file, console):
            raise typer.Exit(1)


@audit.command("verify")
def audit_verify(
    file: Annotated[Path, typer.Argument(help="An export, or the proof of one event.")],
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
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
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
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
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
    data_dir: DataDir = None,
) -> None:
    """Build fresh read models from an export and list every difference from the published figures."""
    with _refusals():
        replayed = bootstrap.replay_export(
            _settings(data_dir, None), file, scratch_url=scratch, with_keys=not without_keys, announce=_say
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
    with _refusals(), bootstrap.visit(_settings(data_dir, None)) as house:
        if trying.dry_run(house, tenant, file, console):
            raise typer.Exit(1)


def _serve_all(settings: Settings, *, trips: int, budget_eur: int | None = None, once: bool = False) -> None:
    stop = _until_told()
    budget = Decimal(budget_eur or arrival.DAILY_BUDGET_EUR)
    with _refusals():
        bootstrap.refuse_taken_port(settings.host, settings.port)
        with (
            bootstrap.prepared(settings, _say) as installation,
            bootstrap.demo_house(installation, budget) as demo_house,
        ):
            _say("preparing the platform and two demo companies")
            companies = demo_house.open_companies(date.today())
            if budget_eur is not None:
                demo_house.refuse_another_budget(companies)
            crew = bootstrap.Crew(installation, _say)
            try:
                for name in ("api", "worker", "scheduler"):
                    crew.start(name)
                crew.wait_until_ready(f"http://{settings.host}:{settings.port}/ready", stop)
                if not stop.is_set():
                    _welcome(settings, demo_house, companies, crew, stop, trips=trips, once=once)
            finally:
                _say("stopping")
                crew.stop()
    _say("Stopped. The data stays; the next start uses it again.")


def _welcome(
    settings: Settings,
    demo_house: bootstrap.DemoHouse,
    companies: list[bootstrap.OpenCompany],
    crew: bootstrap.Crew,
    stop: Event,
    *,
    trips: int,
    once: bool,
) -> None:
    arrival.greet(console, settings, demo_house, companies)
    if trips:
        arrival.load(console, demo_house, companies, trips, crew, stop)
    if not once:
        arrival.stay(console, crew, stop)


def _settings(data_dir: Path | None, port: int | None) -> Settings:
    chosen = {name: value for name, value in (("data_dir", data_dir), ("port", port)) if value is not None}
    return _environment().model_copy(update=chosen)


def _environment() -> Settings:
    try:
        return Settings()
    except ValidationError as invalid:
        for error in invalid.errors():
            name = str(error["loc"][0])
            named = name if name.isupper() else f"ESCALE_{name.upper()}"
            errors.print(f"[red]Escale cannot do this:[/] {named}: {escape(error['msg'])}", soft_wrap=True)
        raise typer.Exit(2) from None


def _until_told() -> Event:
    """Set by Ctrl-C or SIGTERM; the second Ctrl-C ends at once."""
    told = Event()

    def tell(number: int, frame: object) -> None:
        if told.is_set():
            raise SystemExit(130)
        told.set()

    signal.signal(signal.SIGINT, tell)
    signal.signal(signal.SIGTERM, tell)
    return told


@contextmanager
def _refusals() -> Iterator[None]:
    """Shows a sentence instead of a traceback when the house says no."""
    try:
        yield
    except bootstrap.REFUSALS as refusal:
        errors.print(f"[red]Escale cannot do this:[/] {escape(str(refusal))}")
        raise typer.Exit(2) from None


def _say(line: str) -> None:
    console.print(f"[dim]·[/] {escape(line)}", soft_wrap=True)


def main() -> None:
    """The entry point of `escale`."""
    app()


if __name__ == "__main__":
    main()
