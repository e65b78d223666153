"""What does somebody do every day from a terminal, with a key and an address? Through the Python library."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.terminal import profiles
from api.terminal.everyday_words import COLUMNS, SENTENCES
from api.terminal.frame import console, errors
from api.terminal.groups import trips
from api.terminal.tours.catalog import language_of_the_terminal

if TYPE_CHECKING:
    from escale_client import Answered, Escale

REFUSED, UNREACHABLE = 1, 2

violations = typer.Typer(help="Rules that were broken: list them.")
budgets = typer.Typer(help="What is set apart for a year, and what is left of it.")
bookings = typer.Typer(help="Appointments: free times, book one, list the book, cancel.")
invoices = typer.Typer(help="Invoices: list them, preview the next, fetch one.")
usage = typer.Typer(help="What was used: read a meter, report events.")
EVERYDAY = {
    "violations": violations,
    "budgets": budgets,
    "bookings": bookings,
    "invoices": invoices,
    "usage": usage,
}

AsJson = Annotated[bool, typer.Option("--json", help="The API's own document, for programs.")]
ProfileName = Annotated[str | None, typer.Option("--profile", help="As `escale login` named it.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]
Trip = Annotated[str, typer.Argument(help="The id of the trip.")]
Key = Annotated[
    str | None, typer.Option("--idempotency-key", help="Repeating a command under it changes nothing.")
]
IfMatch = Annotated[int | None, typer.Option(help="Only if the trip still has this version.")]
Body = Annotated[Path | None, typer.Option(help="A file with the API's whole body in JSON.", exists=True)]


def login(
    url: Annotated[str, typer.Option(prompt=True, help="Where the API answers.")] = "http://127.0.0.1:8000",
    api_key: Annotated[str, typer.Option(prompt=True, hide_input=True, help="A key: esk_...")] = "",
    profile: Annotated[str, typer.Option(help="A name for this address and key.")] = profiles.DEFAULT,
) -> None:
    """Try an API key and keep it for the everyday commands; ESCALE_URL and ESCALE_API_KEY go before it."""
    given = profiles.Profile(url, api_key)
    with at(given) as escale:
        me = escale.get_me().data
    path = profiles.keep(profile, given)
    console.print(said("kept", name=me["member"]["display_name"], url=url, path=str(path)), soft_wrap=True)


@trips.command("plan")
def plan_trip(
    purpose: Annotated[str | None, typer.Argument(help="What it is for.")] = None,
    traveller: Annotated[str | None, typer.Option(help="Whose trip; oneself by default.")] = None,
    flight: Annotated[str | None, typer.Option(help="From and to by IATA code: CDG-JFK.")] = None,
    departs: Annotated[str | None, typer.Option(help="When: 2030-05-02T08:00:00Z.")] = None,
    cabin: Annotated[str, typer.Option(help="economy, premium_economy, business or first.")] = "economy",
    price_minor: Annotated[int, typer.Option(min=0, help="The price in the smallest unit.")] = 0,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "EUR",
    body: Body = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """Plan a trip, with one flight or with whatever the file says."""
    with signed_in(profile) as escale:
        given: Any = json.loads(body.read_text()) if body else {"purpose": purpose or ""}
        given.setdefault("traveller_id", traveller or escale.get_me().data["member"]["id"])
        if flight is not None:
            origin, _, destination = flight.partition("-")
            price = {"amount_minor": price_minor, "currency": currency}
            leg = {"kind": "flight", "origin": origin, "destination": destination, "cabin": cabin}
            given.setdefault("segments", []).append({**leg, "departs_at": departs or "", "price": price})
        show(escale.plan_trip(given, idempotency_key=idempotency_key).data, "trip", as_json=as_json)


@trips.command("list")
def list_trips(
    status: Annotated[str | None, typer.Option(help="planned, submitted, booked, ...")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """List trips, the latest first."""
    with signed_in(profile) as escale:
        rows = escale.every_trips(status=status, limit=min(limit, 100))  # type: ignore[arg-type]
        show_rows(islice(rows, limit), "trips", as_json=as_json)


@trips.command("show")
def show_trip(trip: Trip, as_json: AsJson = False, profile: ProfileName = None) -> None:
    """Show one trip."""
    with signed_in(profile) as escale:
        show(escale.get_trip(trip).data, "trip", as_json=as_json)


@trips.command("submit")
def submit_trip(
    trip: Trip,
    if_match: IfMatch = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """Submit a trip to the policy."""
    _on_trip("submit_trip", trip, None, if_match, idempotency_key, profile, as_json=as_json)


@trips.command("book")
def book_trip(
    trip: Trip,
    if_match: IfMatch = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """Book a trip that may be booked."""
    _on_trip("book_trip", trip, None, if_match, idempotency_key, profile, as_json=as_json)


@trips.command("cancel")
def cancel_trip(
    trip: Trip,
    reason: Annotated[str, typer.Option(help="Why; it stays in the log.")],
    if_match: IfMatch = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """Cancel a trip."""
    _on_trip("cancel_trip", trip, {"reason": reason}, if_match, idempotency_key, profile, as_json=as_json)


@violations.command("list")
def list_violations(
    trip: Annotated[str | None, typer.Option(help="Of this trip only.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """List violations, the latest first."""
    with signed_in(profile) as escale:
        rows = escale.every_violations(trip_id=trip, limit=min(limit, 100))
        show_rows(islice(rows, limit), "violations", as_json=as_json)


@budgets.command("list")
def list_budgets(
    year: Annotated[int | None, typer.Option(help="The year; this one by default.")] = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """List budgets with what is left of them, exact at this moment."""
    with signed_in(profile) as escale:
        rows = escale.every_budgets(year=year or datetime.now(UTC).year)
        show_rows(rows, "budgets", as_json=as_json)


@bookings.command("slots")
def list_slots(
    service: Annotated[str, typer.Option(help="The id of the service.")],
    site: Annotated[str, typer.Option(help="The id of the site.")],
    since: Annotated[str | None, typer.Option(help="From: 2030-05-02T08:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Before.")] = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """List free times."""
    with signed_in(profile) as escale:
        found = escale.list_slots(service_id=service, site_id=site, since=since, until=until)
        show_rows(found.data["data"], "slots", as_json=as_json)


@bookings.command("book")
def book_appointment(
    service: Annotated[str, typer.Option(help="The id of the service.")],
    site: Annotated[str, typer.Option(help="The id of the site.")],
    starts: Annotated[str, typer.Option(help="A free time, as `slots` shows it.")],
    name: Annotated[str, typer.Option(help="Who comes.")],
    email: Annotated[str | None, typer.Option(help="Their address.")] = None,
    phone: Annotated[str | None, typer.Option(help="Their number.")] = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """Book a visit."""
    client = {key: value for key, value in (("name", name), ("email", email), ("phone", phone)) if value}
    given: Any = {"service_id": service, "site_id": site, "starts_at": starts, "client": client}
    with signed_in(profile) as escale:
        answer = escale.book_appointment(given, idempotency_key=idempotency_key)
        show(answer.data, "appointment", as_json=as_json)


@bookings.command("list")
def list_bookings(
    since: Annotated[str | None, typer.Option(help="From: 2030-05-02T00:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Before.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """List the book."""
    with signed_in(profile) as escale:
        rows = escale.every_agenda(since=since, until=until, limit=min(limit, 100))
        show_rows(islice(rows, limit), "bookings", as_json=as_json)


@bookings.command("cancel")
def cancel_appointment(
    appointment: Annotated[str, typer.Argument(help="The id of the visit.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    idempotency_key: Key = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """Cancel a visit by its terms."""
    with signed_in(profile) as escale:
        given: Any = {"reason": reason}
        answer = escale.cancel_appointment(appointment, given, idempotency_key=idempotency_key)
        show(answer.data, "appointment", as_json=as_json)


@usage.command("show")
def show_usage(
    meter: Annotated[str, typer.Argument(help="The name of the meter, such as trips.")],
    since: Annotated[str, typer.Option("--from", help="From: 2030-05-01T00:00:00Z.")],
    until: Annotated[str, typer.Option("--to", help="Before.")],
    window: Annotated[str, typer.Option(help="hour, day or month.")] = "day",
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """Read a meter at a cut of the log."""
    with signed_in(profile) as escale:
        found = escale.call("get_usage", query={"meter": meter, "from": since, "to": until, "window": window})
        show_rows(found.data["data"], "usage", as_json=as_json)


@usage.command("meters")
def list_meters(as_json: AsJson = False, profile: ProfileName = None) -> None:
    """List what is counted."""
    with signed_in(profile) as escale:
        show_rows(escale.list_usage_meters().data["data"], "meters", as_json=as_json)


@invoices.command("list")
def list_invoices(as_json: AsJson = False, profile: ProfileName = None) -> None:
    """List the invoices, the latest first."""
    with signed_in(profile) as escale:
        show_rows(escale.list_invoices().data["data"], "invoices", as_json=as_json)


@invoices.command("preview")
def preview_invoice(
    month: Annotated[str | None, typer.Option(help="Such as 2030-05; the next one by default.")] = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
) -> None:
    """What would be billed now."""
    with signed_in(profile) as escale:
        show(escale.get_invoice_preview(month=month).data, "preview", as_json=as_json)


@invoices.command("fetch")
def fetch_invoice(
    invoice: Annotated[str, typer.Argument(help="The id of the invoice.")],
    to: Annotated[Path, typer.Option(help="The file to write, .pdf or .xml.")],
    profile: ProfileName = None,
) -> None:
    """Fetch the document of an invoice."""
    with signed_in(profile) as escale:
        kind = "xml" if to.suffix == ".xml" else "pdf"
        to.write_bytes(escale.download_invoice(invoice, kind).data)  # type: ignore[arg-type]
        console.print(said("written", path=str(to)), soft_wrap=True)


@contextmanager
def signed_in(profile: str | None) -> "Iterator[Escale]":
    """A client by the chosen profile."""
    try:
        found = profiles.chosen(profile)
    except profiles.NoProfile:
        errors.print(f"[red]{said('nobody')}[/]", soft_wrap=True)
        raise typer.Exit(UNREACHABLE) from None
    with at(found) as escale:
        yield escale


@contextmanager
def at(profile: profiles.Profile) -> "Iterator[Escale]":
    """A client that says no in a sentence, with an exit status for programs."""
    from escale_client import Problem, Unreachable

    try:
        with profiles.client_of(profile) as escale:
            yield escale
    except Problem as problem:
        errors.print(
            f"[red]{said('refused')}[/] {escape(str(problem))} [dim]({problem.code})[/]", soft_wrap=True
        )
        for one in problem.errors:
            errors.print(f"  {escape(one['pointer'])}: {escape(one['detail'])}", soft_wrap=True)
        raise typer.Exit(REFUSED) from None
    except Unreachable:
        errors.print(f"[red]{said('unreachable', url=profile.url)}[/]", soft_wrap=True)
        raise typer.Exit(UNREACHABLE) from None


def said(name: str, /, **facts: str) -> str:
    """A sentence in the reader's language."""
    return (
        SENTENCES[name]
        .to(language_of_the_terminal())
        .format(**{key: escape(text) for key, text in facts.items()})
    )


def show(document: Mapping[str, Any], name: str, *, as_json: bool) -> None:
    """One thing: as the API says it, or its main facts one below the other."""
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    table = Table.grid(padding=(0, 2))
    language = language_of_the_terminal()
    for place, title in COLUMNS[name]:
        table.add_row(f"[dim]{title.to(language)}[/]", escape(found_at(document, place)))
    console.print(table)


def show_rows(rows: Iterable[Mapping[str, Any]], name: str, *, as_json: bool) -> None:
    """Many things: as a JSON list, or as a table."""
    if as_json:
        typer.echo(json.dumps(list(rows), indent=2, ensure_ascii=False))
        return
    language = language_of_the_terminal()
    table = Table(box=None, header_style="dim", pad_edge=False)
    for place, title in COLUMNS[name]:
        # An id is there to be pasted.
        table.add_column(title.to(language), overflow="fold", no_wrap=place.endswith("id"))
    lines = [[escape(found_at(row, place)) for place, _ in COLUMNS[name]] for row in rows]
    for line in lines:
        table.add_row(*line)
    console.print(table if lines else said("none"))


def found_at(document: Mapping[str, Any], place: str) -> str:
    """What stands at `a.b` in the document; a dash where nothing does."""
    value: Any = document
    for part in place.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _on_trip(
    operation: str,
    trip: str,
    body: Any,
    if_match: int | None,
    idempotency_key: str | None,
    profile: str | None,
    *,
    as_json: bool,
) -> None:
    with signed_in(profile) as escale:
        send: Callable[..., Answered[Any]] = escale.call
        chosen = {"if_match": if_match, "idempotency_key": idempotency_key}
        show(send(operation, {"trip_id": trip}, body=body, **chosen).data, "trip", as_json=as_json)
