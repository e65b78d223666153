"""API and worker are killed between a violation and its delivery: is every client told once, wherever it comes back?

And whoever follows all events of the company, or subscribed to its violations in GraphQL: each of them, exactly once,
in order.
"""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest

from tests.journeys.test_graceful_stop import await_ready, escale, surroundings
from tests.kit.house import Place, a_flight, opened_place
from tests.kit.started import Started
from tests.kit.streaming import Follower, free_port
from tests.kit.subscriber import Subscriber

ENTERPRISE = "/api/v1/enterprise"
EVENTS = "/api/v1/events"
VIOLATIONS = (
    "subscription($after: String) {"
    " violations(after: $after) { cursor event { type position } violation { id rule } } }"
)
FLAGGED = "violation.flagged.v2"
ROUNDS = 3
BOOKINGS = 3


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        policy = {"name": "Strict", "max_daily_budget_eur": 1, "max_flight_class": "economy"}
        answer = opened.client.post(f"{ENTERPRISE}/policies", json=policy, headers=opened.north.owner.headers)
        assert answer.status_code == 201, answer.text
        yield opened


class Processes:
    """An API and a worker of the product, killed and started again at will."""

    def __init__(self, stack: ExitStack, environment: dict[str, str], folder: Path) -> None:
        self._stack, self._environment, self._folder = stack, environment, folder
        self._started = 0

    def api(self) -> tuple[Started, int]:
        port = free_port()
        process, log = self._start("api", ESCALE_PORT=str(port))
        await_ready(port, log)
        return process, port

    def worker(self) -> Started:
        return self._start("worker")[0]

    def scheduler(self) -> None:
        """Finds the work of the killed again: their jobs may lie unfinished in Redis."""
        self._start("scheduler")

    def _start(self, name: str, **environment: str) -> tuple[Started, Path]:
        self._started += 1
        log = self._folder / f"{name}-{self._started}.log"
        started = escale(name, log=log, **self._environment, **environment)
        return self._stack.enter_context(started), log


def kill(*processes: Started) -> None:
    for process in processes:
        process.send_signal(signal.SIGKILL)
        process.wait()


def violate(place: Place) -> None:
    """Books a trip that breaks two rules, through a process that is not killed."""
    trip = place.plan(place.north, a_flight(cabin="first"))["id"]
    booked = place.client.post(f"{ENTERPRISE}/trips/{trip}/book", headers=place.north.owner.headers)
    assert booked.status_code == 200, booked.text


def told_after(place: Place, client: Follower) -> float:
    """Seconds from the order to book until the client was told of both violations."""
    trip = place.plan(place.north, a_flight(cabin="first"))["id"]
    before, started = len(client.ids), monotonic()
    place.client.post(f"{ENTERPRISE}/trips/{trip}/book", headers=place.north.owner.headers)
    client.wait(lambda: len(client.ids) >= before + 2, within_s=60)
    return monotonic() - started


def everything(database_url: str, place: Place) -> list[str]:
    """The ids of all events of the company, in order."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute(
            "select event_id from es.event where tenant_id = %s order by position", (place.north.id,)
        )
        return [str(row[0]) for row in rows]


def in_the_log(database_url: str, place: Place, after: int) -> list[str]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute(
            "select position from es.event where tenant_id = %s and topic = %s and position > %s order by position",
            (place.north.id, FLAGGED, after),
        )
        return [str(row[0]) for row in rows]


def test_each_violation_is_told_once_whoever_was_killed(
    place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path
) -> None:
    owner = place.north.owner.headers
    told: list[Any] = []
    heard: list[Any]
    subscribed: list[dict[str, Any]] = []

    def subscriber(port: int, after: str | None = None) -> Subscriber:
        return Subscriber(port, owner["Authorization"], VIOLATIONS, "violations", after)

    with ExitStack() as stack:
        processes = Processes(stack, surroundings(database_url, redis_url, master_key), tmp_path)
        processes.scheduler()
        api, port = processes.api()
        worker = processes.worker()
        client = Follower(port, owner)
        first = int(client.last_id or 0)
        listener = Follower(port, owner, path=EVENTS, kind="message")
        in_graphql = subscriber(port)
        begun, heard = len(everything(database_url, place)), []
        for round_number in range(ROUNDS):
            violate(place)
            client.wait(lambda follower=client: len(follower.ids) >= 2, within_s=60)
            # Booked, perhaps flagged, not delivered: the worker and the API die in turn before each other.
            if round_number % 2:
                kill(worker)
                violate(place)
                kill(api)
            else:
                violate(place)
                kill(api, worker)
            client.wait(lambda follower=client: follower.is_over, within_s=60)
            told += client.ids
            listener.wait(lambda follower=listener: follower.is_over, within_s=60)
            heard += listener.told
            in_graphql.wait(lambda follower=in_graphql: follower.is_over, within_s=60)
            subscribed += in_graphql.told
            api, port = processes.api()
            worker = processes.worker()
            client = Follower(port, owner, last_id=client.last_id)
            listener = Follower(port, owner, path=EVENTS, kind="message", last_id=listener.last_id)
            in_graphql = subscriber(port, in_graphql.after)
        expected = 4 * ROUNDS
        client.wait(lambda: len(told) + len(client.ids) >= expected, within_s=90)
        violate(place)
        client.wait(lambda: len(told) + len(client.ids) >= expected + 2, within_s=60)
        taken_s = [told_after(place, client) for _ in range(BOOKINGS)]
        client.close()
        told += client.ids
        listener.wait(lambda: len(everything(database_url, place)) - begun <= len(heard) + len(listener.ids))
        listener.close()
        heard += listener.told
        in_graphql.wait(lambda: len(subscribed) + len(in_graphql.told) >= len(told))
        in_graphql.close()
        subscribed += in_graphql.told
    assert [each.data["id"] for each in heard] == everything(database_url, place)[begun:]
    assert told == in_the_log(database_url, place, first)
    # The GraphQL subscriber was told the same ones, each with what it is about, and is refused nothing.
    assert {each["event"]["type"] for each in subscribed} == {FLAGGED}
    assert [str(each["event"]["position"]) for each in subscribed] == told
    assert all(each["violation"] is not None for each in subscribed)
    assert len(told) == len(set(told)) == expected + 2 + 2 * BOOKINGS
    # The tests share their machine with others; `make bench` holds the 95th percentile to the same second.
    assert min(taken_s) < 1.0, taken_s
