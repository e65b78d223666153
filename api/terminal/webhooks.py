"""Webhooks at a terminal: listen on this machine, send a test, look at deliveries, and send them again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from api.terminal.frame import console, errors

webhooks = typer.Typer(help="Webhooks: listen on this machine, test an endpoint, look at deliveries, replay.")

Url = Annotated[str, typer.Option("--api", envvar="ESCALE_API_URL", help="Where the API answers.")]
Key = Annotated[
    str,
    typer.Option(
        envvar="ESCALE_API_KEY", help="An API key: webhooks:read and webhooks:write, or events:read."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
HERE = "http://127.0.0.1:8000"


@webhooks.command("listen")
def listen(
    forward_to: Annotated[str, typer.Option(help="Your program, such as http://localhost:3000/hooks.")],
    key: Key,
    api: Url = HERE,
    type: Annotated[
        list[str] | None, typer.Option(help="Only these types, exactly; may be repeated.")
    ] = None,
    secret: Annotated[
        str | None, typer.Option(envvar="ESCALE_WEBHOOK_SECRET", help="Sign with this secret, not a new one.")
    ] = None,
    personal: Annotated[bool, typer.Option(help="With personal fields; the key needs audit:read.")] = False,
) -> None:
    """Hand everything that happens from now on to a program on this machine, signed as a delivery is."""
    # Read here: nothing else at the terminal speaks to an API.
    from api.terminal.listening import Api, Forwarded, Listening, new_secret

    signing = secret or new_secret()
    listening = Listening(Api(api, key), forward_to, signing, tuple(type or ()), personal)

    def told(forwarded: Forwarded) -> None:
        event, status = forwarded.event, forwarded.status
        colour = "green" if status is not None and status < 300 else "red"
        said = status if status is not None else forwarded.error
        line = (
            f"[{colour}]{said}[/]  {forwarded.duration_ms:>5} ms  {escape(event['type'])}  {event['subject']}"
        )
        console.print(f"{line}  [dim]#{event['position']}[/]", soft_wrap=True)

    console.print(f"Deliveries are signed with [bold]{signing}[/]", soft_wrap=True)
    console.print(f"Listening; everything goes to {escape(forward_to)}. Ctrl-C ends it.", soft_wrap=True)
    with refused():
        try:
            listening.run(told, on_break=lambda why: errors.print(f"[dim]{escape(why)}; coming back[/]"))
        except KeyboardInterrupt:
            console.print("Ended.")


@webhooks.command("list")
def list_deliveries(
    key: Key,
    api: Url = HERE,
    endpoint: Annotated[UUID | None, typer.Option(help="Only of this endpoint.")] = None,
    state: Annotated[str | None, typer.Option(help="waiting, delivered or given_up.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the endpoints and the latest deliveries."""
    from api.terminal.listening import Api

    with refused():
        door = Api(api, key)
        endpoints = door.ask("GET", "/api/v1/webhooks/endpoints")["data"]
        asked: dict[str, Any] = {"endpoint_id": endpoint and str(endpoint), "state": state, "limit": limit}
        deliveries = door.ask("GET", "/api/v1/webhooks/deliveries", **asked)["data"]
    if as_json:
        console.print_json(json.dumps({"endpoints": endpoints, "deliveries": deliveries}))
        return
    console.print(_endpoints(endpoints))
    console.print(_deliveries(deliveries))


@webhooks.command("trigger")
def trigger(
    endpoint: Annotated[UUID, typer.Argument(help="The endpoint.")], key: Key, api: Url = HERE
) -> None:
    """Have a test event delivered to an endpoint."""
    from api.terminal.listening import Api

    with refused():
        sent = Api(api, key).ask("POST", f"/api/v1/webhooks/endpoints/{endpoint}/test")
        console.print(f"A test event is on its way to {escape(sent['url'])}.", soft_wrap=True)


@webhooks.command("replay")
def replay(
    key: Key,
    api: Url = HERE,
    delivery: Annotated[UUID | None, typer.Option(help="One delivery.")] = None,
    endpoint: Annotated[UUID | None, typer.Option(help="A range of this endpoint.")] = None,
    first: Annotated[int | None, typer.Option(min=1, help="The first position of the range.")] = None,
    last: Annotated[
        int | None, typer.Option(min=1, help="The last position; the end of the log if left out.")
    ] = None,
    delivered: Annotated[bool, typer.Option(help="What arrived, too.")] = False,
    missed: Annotated[bool, typer.Option(help="What was never sent, too.")] = False,
) -> None:
    """Send one delivery, or a range of the log, again."""
    from api.terminal.listening import Api

    if (delivery is None) is (endpoint is None):
        raise typer.BadParameter("name --delivery, or --endpoint with --first")
    with refused():
        door = Api(api, key)
        if delivery is not None:
            answer = door.ask("POST", f"/api/v1/webhooks/deliveries/{delivery}/replay")
        else:
            body = {"first_position": first, "last_position": last}
            more = {"also_delivered": delivered, "also_missed": missed}
            answer = door.ask("POST", f"/api/v1/webhooks/endpoints/{endpoint}/replay", {**body, **more})
        console.print(
            f"Positions {answer['first_position']} to {answer['last_position']} are sent again.",
            soft_wrap=True,
        )


@contextmanager
def refused() -> Iterator[None]:
    """Shows the API's own sentence when it says no, and one when it does not answer."""
    from httpx2 import HTTPError

    from api.terminal.listening import ApiSaidNo

    try:
        yield
    except (ApiSaidNo, HTTPError) as refusal:
        errors.print(f"[red]Escale cannot do this:[/] {escape(str(refusal) or type(refusal).__name__)}")
        raise typer.Exit(2) from None


def _endpoints(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("endpoint", "state", "waiting", "failures", "url"):
        table.add_column(heading)
    for row in rows:
        health = row["health"]
        counts = (str(health["waiting"]), str(health["failures"]))
        table.add_row(row["id"], row["state"], *counts, escape(row["url"]))
    return table


def _deliveries(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("delivery", "position", "type", "state", "tries", "last"):
        table.add_column(heading)
    for row in rows:
        last = row["last_error"] or row["last_status"] or ""
        counts = (str(row["position"]), row["event_type"], row["state"], str(row["attempts"]), str(last))
        table.add_row(row["id"], *counts)
    return table
