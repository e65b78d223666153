"""How do many clients reach several doors at the same instant? Processes of their own, released by a barrier."""

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier, Thread
from time import monotonic
from typing import Any

from tests.reliability.ground import free_port, until
from tests.reliability.house_processes import ask
from tests.reliability.processes import serve_api, start

DOORS, CLIENTS = 2, 4
PATIENCE_S = 60.0
SPAWNED = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Shot:
    """One request of a race."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True)
class Hit:
    """What became of it, and when it was under way."""

    status: int
    body: dict[str, Any]
    began: float
    ended: float


@contextmanager
def doors(folder: Path, *, database_url: str, redis_url: str, master_key: bytes) -> Iterator[list[int]]:
    """API processes on the same database; answers their ports."""
    surroundings = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ESCALE_MASTER_KEY": master_key.hex(),
        "ESCALE_DATA_DIR": str(folder),
    }
    ports = [free_port() for _ in range(DOORS)]
    with ExitStack() as stack:
        for port in ports:
            process = start(serve_api, surroundings, port, str(folder / f"api-{port}.log"))
            stack.callback(process.join)
            stack.callback(process.kill)
        for port in ports:
            until(lambda port=port: _is_open(port), within_s=PATIENCE_S, what=lambda: "an API did not start")
        yield ports


def race(ports: Sequence[int], shots: Sequence[Shot]) -> list[Hit]:
    """Fires every shot at once, spread over the doors, from several processes; answers in the order of the shots."""
    barrier = SPAWNED.Barrier(CLIENTS)
    queue = SPAWNED.Queue()
    numbered = [(number, ports[number % len(ports)], shot) for number, shot in enumerate(shots)]
    clients = [
        SPAWNED.Process(target=_client, args=(barrier, queue, numbered[one::CLIENTS]), daemon=True)
        for one in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    found: dict[int, Hit] = dict(queue.get(timeout=PATIENCE_S) for _ in shots)
    for client in clients:
        client.join()
    return [found[number] for number in range(len(shots))]


def most_at_once(hits: Sequence[Hit]) -> int:
    """How many requests were under way together at the busiest instant."""
    steps = sorted([(hit.began, 1) for hit in hits] + [(hit.ended, -1) for hit in hits])
    running = most = 0
    for _, step in steps:
        running += step
        most = max(most, running)
    return most


def _client(barrier: Any, queue: Any, mine: Sequence[tuple[int, int, Shot]]) -> None:
    local = Barrier(len(mine) + 1)
    threads = [Thread(target=_fire, args=(local, queue, *each), daemon=True) for each in mine]
    for thread in threads:
        thread.start()
    barrier.wait(PATIENCE_S)
    local.wait(PATIENCE_S)
    for thread in threads:
        thread.join()


def _fire(local: Barrier, queue: Any, number: int, port: int, shot: Shot) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.connect()
    headers = {"Content-Type": "application/json", **shot.headers}
    local.wait(PATIENCE_S)
    began = monotonic()
    connection.request("POST", shot.path, json.dumps(shot.body), headers)
    answer = connection.getresponse()
    text = answer.read()
    queue.put((number, Hit(answer.status, json.loads(text), began, monotonic())))
    connection.close()


def _is_open(port: int) -> bool:
    try:
        return ask(port, "/ready").status in (200, 503)
    except OSError:
        return False
