"""What does a newcomer see when the house comes up?"""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from threading import Event
from time import monotonic
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from adapters.bootstrap import Crew, DemoHouse, OpenCompany, OpenPractice, Settings

DAILY_BUDGET_EUR = 600
PROJECTED_WITHIN_S = 120.0
LOOK_EVERY_S = 0.25


def greet(
    console: Console,
    settings: Settings,
    demo: DemoHouse,
    companies: list[OpenCompany],
    practices: list[OpenPractice],
) -> None:
    """URL, credentials, an API key, and a curl that works as pasted."""
    url = f"http://{settings.host}:{settings.port}"
    accounts = Table.grid(padding=(0, 2))
    accounts.add_column(style="bold")
    accounts.add_row("company", "e-mail", "password", style="dim")
    known = demo.accounts(companies, practices)
    for company, email, password in known:
        accounts.add_row(company, email, password)
    console.print()
    console.print(
        Panel.fit(f"Escale is serving on [bold]{url}[/]\nDocumentation: {url}/docs", border_style="green")
    )
    console.print(accounts)
    console.print()
    first = companies[0]
    # Right behind the platform's administrator comes the owner of the first company.
    company, email, password = known[1]
    console.print(f"Keys, webhooks and requests: {url}/console", soft_wrap=True, highlight=False)
    console.print(f"  company {company}, e-mail {email}, password {password}", soft_wrap=True, markup=False)
    console.print()
    console.print("Plan a trip, as pasted:", style="dim")
    console.print(
        f"curl -s {url}/api/v1/enterprise/trips \\\n"
        f"  -H 'Authorization: Bearer {first.api_key}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f'  -d \'{{"traveller_id": "{first.traveller_ids[0]}", "purpose": "Réunion client"}}\'',
        soft_wrap=True,
        markup=False,
    )
    console.print()
    console.print("Read the book of the clinic, as pasted:", style="dim")
    console.print(
        f"curl -s {url}/api/v1/booking/agenda \\\n  -H 'Authorization: Bearer {practices[0].api_key}'",
        soft_wrap=True,
        markup=False,
    )
    console.print()
    console.print(
        f"Data in {settings.data_dir}. Ctrl-C stops everything; removing that directory wipes it.",
        style="dim",
    )
    console.print()


def load(
    console: Console,
    demo: DemoHouse,
    companies: list[OpenCompany],
    practices: list[OpenPractice],
    trips: int,
    crew: Crew,
    stop: Event,
) -> None:
    """Ninety days of history, with a progress bar; then the read models catch up."""
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # The history loads in a thread of its own: this one must stay free to start again who has ended.
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(1) as clerk:
        orders = progress.add_task("90 days of commands", total=None)
        loading = clerk.submit(
            demo.load_history,
            companies,
            practices=practices,
            trips=trips,
            today=date.today(),
            advance=lambda done: progress.advance(orders, done),
            announce_total=lambda total: progress.update(orders, total=total),
            stop=stop,
        )
        _tend_until(loading, crew, stop)
        tally = loading.result()
        lag = progress.add_task("read models", total=None)
        is_known = _follow(demo, progress, lag, crew, stop)
        report = demo.publish_report(companies, date.today()) if is_known else None
    console.print(
        f"{tally.applied} commands applied, {tally.refused} refused by a rule, {tally.skipped} left out"
        " because what they needed was refused."
    )
    if report is not None:
        console.print(
            f"{companies[0].company.name} has published its carbon report {report}.", soft_wrap=True
        )


def _tend_until(loading: "Future[Any]", crew: Crew, stop: Event) -> None:
    try:
        while not loading.done():
            crew.tend()
            wait([loading], timeout=LOOK_EVERY_S)
    except BaseException:
        stop.set()  # nobody may wait for a history that cannot be finished
        raise


def _follow(demo: DemoHouse, progress: Progress, task: object, crew: Crew, stop: Event) -> bool:
    deadline = monotonic() + PROJECTED_WITHIN_S
    while not stop.is_set() and monotonic() < deadline:
        crew.tend()
        if behind := demo.standing():
            progress.update(task, total=behind.head, completed=behind.projected)  # type: ignore[arg-type]
            if behind.projected >= behind.head:
                return True
        stop.wait(LOOK_EVERY_S)
    return False


def stay(console: Console, crew: Crew, stop: Event) -> None:
    """Until Ctrl-C, or until a process ends so often that starting it again is no use."""
    console.print(
        "Serving. Ctrl-C stops everything. To see it at work, in another terminal: escale tour client"
    )
    while not stop.wait(LOOK_EVERY_S):
        crew.tend()
