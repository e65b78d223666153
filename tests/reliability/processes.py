"""Which processes are killed? Real ones, forked from one that has imported everything: a start costs milliseconds."""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import uvicorn

from adapters.bootstrap import House, Settings, build, configure
from adapters.failpoints import arm, arm_from, hits
from adapters.forks import READ_BEFOREHAND
from adapters.installation import database_of, redis_of
from adapters.jobs.worker import run_scheduler, run_worker
from adapters.messaging.messages import Messages
from api.main import create_app
from api.performing import door_of
from tests.kit.client import TestClient
from tests.kit.house import GENEROUS
from tests.reliability.sink import SentTo

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload([READ_BEFOREHAND, "tests.reliability.processes"])
# Many processes share one small server.
SIZES = {"commands": 4, "queries": 4, "projector": 4, "rebuild": 1}
TRY_AGAIN_S = 0.05
WORK_S = 10.0
SETTLE_S = 0.1

Surroundings = Mapping[str, str]


def start(target: Any, *arguments: Any) -> Any:
    """A child process that runs the target."""
    process = FORKED.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def stands_still(pid: int) -> bool:
    """Has the process been stopped, to go on at SIGCONT?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


def serve_api(surroundings: Surroundings, port: int, log: str) -> None:
    """`escale api`, without its limit on requests per minute."""
    settings = _begin(surroundings, log, port=port)
    house = _house(settings)
    uvicorn.run(
        create_app(house, limits=GENEROUS),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
    )


def work(surroundings: Surroundings, sink: str, log: str) -> None:
    """`escale worker`, with a relay for its messages."""
    settings = _begin(surroundings, log)
    house = _house(settings, SentTo(sink))
    house.deferred.door = door_of(house)
    run_worker(house.jobs)
    signal.pause()


def schedule(surroundings: Surroundings, log: str) -> None:
    """`escale scheduler`."""
    settings = _begin(surroundings, log)
    house = _house(settings)
    run_scheduler(house.jobs)
    signal.pause()


def victim(surroundings: Surroundings, sink: str, log: str, orders: Connection) -> None:
    """Door and worker in one process, which does one thing at a time under one armed failpoint."""
    settings = _begin(surroundings, log)
    house = _house(settings, SentTo(sink))
    client = TestClient(create_app(house, limits=GENEROUS), raise_server_exceptions=False)
    run_worker(house.jobs)
    while True:
        tenant_id, path, headers, spec, seed = orders.recv()
        arm(spec, seed=seed)
        deadline = monotonic() + WORK_S
        status = 0
        while not (200 <= status < 300 and hits()) and monotonic() < deadline:
            if not 200 <= status < 300:
                status = client.post(path, headers=headers).status_code
            house.jobs.wake_ups.wake_up(UUID(tenant_id))
            house.jobs.wake_ups.wake_outbox(UUID(tenant_id))
            sleep(TRY_AGAIN_S)
        sleep(SETTLE_S)
        struck = hits()
        arm("")
        orders.send((status, struck))


def _house(settings: Settings, messages: Messages | None = None) -> House:
    return build(
        settings,
        database_url=database_of(settings),
        redis_url=redis_of(settings),
        sizes=SIZES,
        messages=messages,
    )


def _begin(surroundings: Surroundings, log: str, **chosen: Any) -> Settings:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(surroundings)
    configure()
    arm_from(os.environ)
    return Settings().model_copy(update=chosen)
