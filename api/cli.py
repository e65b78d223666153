"""The command line: bring the house up, look after it, look into it."""

import signal
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Annotated

from api.terminal.loading import loading

with loading():  # what follows takes a second or two
    import typer

    from adapters import bootstrap
    from adapters.bootstrap import Settings
    from api import performing
    from api.terminal import analysing, appointing, arrival, everyday, operations
    from api.terminal.frame import DataDir, Port, console, environment, errors, refusals, say, settings_of
    from api.terminal.groups import GROUPS
    from api.terminal.tours import catalog as tours
    from api.terminal.tours.step import Language

app = typer.Typer(
    help="Escale: event-sourced backend for companies that travel, book and bill.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(everyday.login)
for name, commands in (GROUPS | everyday.EVERYDAY).items():
    app.add_typer(commands, name=name)


@app.command()
def up(data_dir: DataDir = None, port: Port = None) -> None:
    """Start everything on embedded PostgreSQL and Redis: API, worker and scheduler, with the demo companies."""
    _serve_all(settings_of(data_dir, port), trips=0)


@app.command()
def demo(
    data_dir: DataDir = None,
    port: Port = None,
    trips: Annotated[int, typer.Option(min=1, max=20_000, help="How many trips to live through.")] = 300,
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
    _serve_all(settings_of(data_dir, port), trips=trips, budget_eur=max_daily_budget_eur, once=once)


@app.command()
def tour(
    name: Annotated[
        str | None,
        typer.Argument(help="Whose questions: client, auditor or analyst; nothing lists the tours."),
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
    with refusals():
        chosen = tours.named(name)
        demo_access = bootstrap.demo_access(settings_of(data_dir, port), port)
    if not tours.take(chosen, demo_access, console, language, waits=not yes and console.is_terminal):
        raise typer.Exit(1)


@app.command()
def migrate(
    citus: Annotated[
        bool, typer.Option(help="Distribute every table by tenant, on a Citus cluster.")
    ] = False,
) -> None:
    """Bring the database named by DATABASE_URL to the current shape and give the service roles their passwords."""
    with refusals():
        bootstrap.migrate_database(environment(), citus=citus, announce=say)
        say("The database is up to date.")


@app.command()
def api(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None, port: Port = None
) -> None:
    """Serve REST and pages."""
    with loading():
        from api.server import serve

    settings = settings_of(None, port)
    with refusals():
        serve(settings.model_copy(update={"host": host}) if host else settings)


@app.command()
def worker() -> None:
    """Run projections, processes and the outbox from the queues."""
    with refusals():
        bootstrap.run_worker(environment(), until=_until_told(), door=performing.door_of)


@app.command()
def scheduler() -> None:
    """Sweep for work whose wake-up was lost; one acts at a time, under a lease."""
    with refusals():
        bootstrap.run_scheduler(environment(), until=_until_told())


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of findings.")] = False,
    data_dir: DataDir = None,
    port: Port = None,
) -> None:
    """Look for what is wrong here, with a remedy for each finding; exit status 1 when something fails."""
    with refusals():
        findings = bootstrap.examined(settings_of(data_dir, port))
        if operations.show_findings(findings, console, as_json=as_json):
            raise typer.Exit(1)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder for the copy.")], data_dir: DataDir = None
) -> None:
    """Copy everything, as of one instant, while the installation goes on; the keys of people lie apart."""
    with refusals():
        operations.show_backup(
            bootstrap.back_up_to(settings_of(data_dir, None), folder, say), folder, console
        )


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
    with refusals():
        restored = bootstrap.restore_from(
            settings_of(data_dir, None),
            folder,
            keys=keys,
            without_keys=without_keys,
            nothing_lost=nothing_lost,
            announce=say,
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
    settings = settings_of(data_dir, port)
    with refusals(), bootstrap.visit(settings) as house:
        appointment = house.appoint_platform_admin(email, name)
        appointing.show(console, appointment, f"http://{settings.host}:{settings.port}")


@app.command()
def tables(
    name: Annotated[str | None, typer.Argument(help="One table, with its columns.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with every column.")] = False,
) -> None:
    """What an analyst can read: the views of schema analytics and what their columns mean."""
    with refusals():
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
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        answer = house.ask_sql(analysing.tenant_of(house, tenant), statement, limit=limit)
        if as_json:
            analysing.show_json(answer)
        elif as_csv:
            analysing.show_csv(answer, errors)
        else:
            analysing.show_table(answer, console)


def _serve_all(settings: Settings, *, trips: int, budget_eur: int | None = None, once: bool = False) -> None:
    stop = _until_told()
    budget = Decimal(budget_eur or arrival.DAILY_BUDGET_EUR)
    with refusals():
        bootstrap.refuse_taken_port(settings.host, settings.port)
        # They are read while the database comes up.
        bootstrap.read_ahead()
        with (
            bootstrap.prepared(settings, say) as installation,
            bootstrap.demo_house(installation, budget) as demo_house,
        ):
            say("preparing the platform, two companies that travel and two that take appointments")
            companies = demo_house.open_companies(date.today())
            practices = demo_house.open_practices(date.today())
            if budget_eur is not None:
                demo_house.refuse_another_budget(companies)
            crew = bootstrap.Crew(installation, say)
            try:
                for name in ("api", "worker", "scheduler"):
                    crew.start(name)
                crew.wait_until_ready(f"http://{settings.host}:{settings.port}/ready", stop)
                if not stop.is_set():
                    _welcome(settings, demo_house, companies, practices, crew, stop, trips=trips, once=once)
            finally:
                say("stopping")
                crew.stop()
    say("Stopped. The data stays; the next start uses it again.")


def _welcome(
    settings: Settings,
    demo_house: bootstrap.DemoHouse,
    companies: list[bootstrap.OpenCompany],
    practices: list[bootstrap.OpenPractice],
    crew: bootstrap.Crew,
    stop: Event,
    *,
    trips: int,
    once: bool,
) -> None:
    arrival.greet(console, settings, demo_house, companies, practices)
    if trips:
        arrival.load(console, demo_house, companies, practices, trips, crew, stop)
    if not once:
        arrival.stay(console, crew, stop)


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


def main() -> None:
    """The entry point of `escale`."""
    app()


if __name__ == "__main__":
    main()
