"""How many webhook deliveries a second reach fifty endpoints, one of which is dead?"""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import Any
from uuid import UUID

from adapters.bootstrap import House, Settings, build
from application.developer.webhook_endpoints import (
    PauseWebhookEndpoint,
    RegisterWebhookEndpoint,
    ResumeWebhookEndpoint,
)
from application.travel.units import OpenUnit
from domain.travel.unit import UnitKind
from tests.bench.figures import Figure, Sizes, at_least
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Company, Founder

LIVE = 49
EVENT = "unit.opened.v1"
PATIENCE_S = 300.0
SHARED = multiprocessing.get_context("spawn")


def webhook_deliveries_50_endpoints(place: Place, sizes: Sizes) -> Figure:
    events = 60 if sizes.rounds > 2 else 4
    rates: dict[bool, list[float]] = {False: [], True: []}
    with receivers() as (live_port, dead_port, arrived), place.database() as url:
        house = build(
            Settings(master_key=MASTER_KEY.hex(), webhook_loopback=True),
            database_url=url,
            redis_url=place.services.redis_url,
        )
        try:
            founder = Founder(house)
            founder.platform()
            company = founder.company("bench")
            for number in range(LIVE):
                register(founder, company, f"http://127.0.0.1:{live_port}/{number}")
            dead = register(founder, company, f"http://127.0.0.1:{dead_port}/dead")
            for turn in range(2 * sizes.rounds):
                is_dead = turn % 2 == 1
                order = ResumeWebhookEndpoint if is_dead else PauseWebhookEndpoint
                founder.execute(company.id, order(endpoint_id=dead))
                rates[is_dead].append(rate(house, founder, company, arrived, events, turn))
        finally:
            house.close()
    return at_least(
        "webhook_deliveries_50_endpoints",
        f"webhook deliveries per second, {events} events to {LIVE} endpoints that answer and one that hangs, against"
        " the same without the one that hangs",
        median(rates[True]),
        median(rates[False]),
        unit="deliveries/s",
        target=0.9,
        method="one courier in one process, receivers in another, loopback without TLS, bodies signed and told in full;"
        " from the moment the courier starts on the deliveries in line until the last of those that can arrive has"
        f" been answered; medians of {sizes.rounds} rounds in turn",
    )


def rate(house: House, founder: Founder, company: Company, arrived: Any, events: int, turn: int) -> float:
    """Deliveries per second of what happens now."""
    for number in range(events):
        code = f"T{turn}-{number}"
        founder.execute(company.id, OpenUnit(kind=UnitKind.DEPARTMENT, code=code, name="Bench"))
    house.jobs.processes.drain(company.id)
    expected = arrived.value + events * LIVE
    deadline = monotonic() + PATIENCE_S
    started = perf_counter()
    house.webhooks.courier.start()
    while arrived.value < expected:
        if monotonic() > deadline:
            raise RuntimeError(f"{expected - arrived.value} deliveries did not arrive")
        sleep(0.005)
    took_s = perf_counter() - started
    house.webhooks.courier.stop()
    return events * LIVE / took_s


def register(founder: Founder, company: Company, url: str) -> UUID:
    """An endpoint for the one type of event that is measured."""
    command = RegisterWebhookEndpoint(url=url, event_types=(EVENT,), allows_http=True)
    return founder.execute(company.id, command).saved.stream_id


@contextmanager
def receivers() -> Iterator[tuple[int, int, Any]]:
    """A port that answers, one that does not, and how many requests were answered."""
    arrived = SHARED.Value("L", 0)
    ours, theirs = SHARED.Pipe()
    process = SHARED.Process(target=receive, args=(theirs, arrived), daemon=True)
    process.start()
    try:
        live_port, dead_port = ours.recv()
        yield live_port, dead_port, arrived
    finally:
        process.kill()
        process.join()


def receive(line: Connection, arrived: Any) -> None:
    """Answers whatever comes to one port, and takes what comes to the other without a word."""

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport, self.held = transport, b""

        def data_received(self, data: bytes) -> None:
            self.held += data
            while (end := self.held.find(b"\r\n\r\n")) >= 0:
                head = self.held[:end].lower()
                length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                if len(self.held) < end + 4 + length:
                    return
                self.held = self.held[end + 4 + length :]
                with arrived.get_lock():
                    arrived.value += 1
                self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        live = await loop.create_server(Answering, "127.0.0.1", 0, backlog=512)
        dead = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        line.send([server.sockets[0].getsockname()[1] for server in (live, dead)])
        await asyncio.gather(live.serve_forever(), dead.serve_forever())

    asyncio.run(serve())
