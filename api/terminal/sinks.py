"""A company's events go to a message broker: how is that started at a terminal, and what does it show?"""

from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.markup import escape

from adapters import bootstrap
from api.terminal import analysing
from api.terminal.frame import DataDir, console, errors, refusals, settings_of

PREFIX = "escale"


def sink(
    url: Annotated[
        str,
        typer.Argument(
            envvar="ESCALE_SINK_URL",
            help="nats://host:4222, tls://host:4222 or kafka://host:9092,host:9092; the environment hides a password.",
        ),
    ],
    tenant: Annotated[str, typer.Option(help="The company, by its slug.")],
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what comes, until interrupted.")
    ] = False,
    prefix: Annotated[
        str, typer.Option(help="Subjects are PREFIX.COMPANY.TYPE, and topics PREFIX.COMPANY.")
    ] = PREFIX,
    name: Annotated[
        str | None,
        typer.Option(
            help="Under which name the place is remembered.", show_default="the broker and the prefix"
        ),
    ] = None,
    make_stream: Annotated[
        bool, typer.Option("--make-stream", help="NATS: make the stream if none takes in the subjects.")
    ] = False,
    properties: Annotated[
        Path | None,
        typer.Option(
            help="Kafka: a file of client properties, such as sasl.password.", exists=True, dir_okay=False
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Publish a company's events to NATS JetStream or Kafka, each at least once, from where it last stopped."""
    with refusals(), bootstrap.visit(settings_of(data_dir, None)) as house:
        place = name or bootstrap.sinks.name_of(url, prefix)
        tenant_id = analysing.tenant_of(house, tenant)
        publisher = bootstrap.sinks.publisher_to(
            url, slug=tenant, prefix=prefix, makes_stream=make_stream, properties=properties
        )
        carrying = house.sinks.sink(tenant_id, place)
        try:
            if follow:
                console.print(
                    f"Following {escape(tenant)} to {escape(place)}. Ctrl-C ends it.", soft_wrap=True
                )
                carrying.follow(publisher, until=Event(), told=_told, on_break=_broken)
            else:
                published = carrying.drain(publisher)
                console.print(f"{published} events of {escape(tenant)} published.", soft_wrap=True)
        except KeyboardInterrupt:
            console.print("Ended; the next start goes on from here.")
        finally:
            publisher.close()


def _told(position: int, head: int) -> None:
    console.print(f"published up to position {position} of {head}", soft_wrap=True)


def _broken(why: str) -> None:
    errors.print(f"[dim]{escape(why)} Coming back.[/]", soft_wrap=True)
