"""An installation of our own, whose every process may be killed at any moment and comes back."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any, Literal
from urllib.request import urlopen

from redis import Redis, RedisError

from adapters.embedded.restarts import Restarts
from adapters.embedded.services import EmbeddedServices
from adapters.installation import without_credentials
from adapters.postgres.migrate import migrate
from tests.kit.house import Place, opened_place
from tests.reliability.callers import Ports
from tests.reliability.processes import schedule, serve_api, start, work
from tests.reliability.sink import SentTo, Sink

Kind = Literal["api", "worker", "scheduler", "postgres", "redis"]
APIS, WORKERS, SCHEDULERS = 3, 2, 2
LEASE_S = 2.0
READY_WITHIN_S = 60.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.12


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], *, within_s: float, what: Callable[[], object]) -> None:
    """Waits, and says what it saw last when it waited in vain."""
    deadline = monotonic() + within_s
    while not condition():
        assert monotonic() < deadline, what()
        sleep(0.005)


class Ground:
    """Embedded servers, three doors, two workers, two schedulers; and who knows how to end each of them."""

    def __init__(self, services: EmbeddedServices, place: Place, sink: Sink, master_key: bytes) -> None:
        self.services, self.place, self.sink = services, place, sink
        self.ports = Ports([free_port() for _ in range(APIS)])
        self.kills = dict.fromkeys(("api", "worker", "scheduler", "postgres", "redis"), 0)
        self.logs = services.data_dir / "crew"
        self.logs.mkdir()
        self._surroundings = {
            "DATABASE_URL": without_credentials(services.database_url),
            "REDIS_URL": services.redis_url,
            "ESCALE_MASTER_KEY": master_key.hex(),
            "ESCALE_DATA_DIR": str(services.data_dir),
            "ESCALE_OUTBOX_LEASE_S": str(LEASE_S),
        }
        self._processes: dict[str, list[Any]] = {"api": [], "worker": [], "scheduler": []}
        # Whoever is killed thirty times a minute by us is not beyond help.
        for kept in services._servers:
            kept.restarts = Restarts(10_000)

    def open(self) -> None:
        """Starts everybody and waits until every door is open."""
        for kind, number in (("api", APIS), ("worker", WORKERS), ("scheduler", SCHEDULERS)):
            self._processes[kind] = [self._start(kind, index) for index in range(number)]
        self.heal()

    def close(self) -> None:
        """Ends everybody but the servers."""
        for process in (each for crew in self._processes.values() for each in crew):
            process.kill()
            process.join()

    def heal(self) -> None:
        """Nothing more is broken: returns when all is up."""
        self.services.revive()
        for port in self.ports.all:
            until(lambda port=port: self._is_ready(port), within_s=READY_WITHIN_S, what=self.last_words)
        # Our own house looks only now and then; its idle connections may be those of a dead server.
        for pool in self.place.house.pools._all():
            pool.check()

    def kill(self, kind: Kind, dice: Random, *, wiping: bool = False) -> None:
        """SIGKILL at a random instant with work in flight; then whoever died starts again."""
        sleep(dice.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S))
        match kind:
            case "postgres" | "redis":
                self._kill_server(kind, wiping)
            case "api":
                index = dice.randrange(APIS)
                port = self.ports.all[index]
                until(lambda: self._is_open(port), **self._patience())
                until(lambda: self.ports.under_way[port], **self._patience())
                self._kill(kind, index)
            case "worker":
                until(self.has_lag, **self._patience())
                self._kill(kind, dice.randrange(WORKERS))
            case "scheduler":
                until(lambda: self.ports.busy, **self._patience())
                self._kill(kind, dice.randrange(SCHEDULERS))
        self.kills[kind] += 1

    def has_lag(self) -> bool:
        """Is there an event that some consumer has not seen?"""
        return any(unit.lag for unit in self.place.house.units())

    def last_words(self) -> str:
        """The end of every log."""
        return "\n".join(f"{log.name}: {log.read_text()[-1_500:]}" for log in sorted(self.logs.glob("*.log")))

    @contextmanager
    def redis_stopped(self) -> Iterator[None]:
        """Redis takes connections and answers nobody."""
        pid = self._server("Redis").child.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def _kill_server(self, kind: Kind, wiping: bool) -> None:
        kept = self._server("PostgreSQL" if kind == "postgres" else "Redis")
        if wiping:
            # The last one killed may still be on its way back.
            until(self._is_flushed, **self._patience())
        until(lambda: self.ports.busy, **self._patience())
        os.kill(kept.child.pid, signal.SIGKILL)
        kept.child.wait()
        if wiping:
            for path in (self.services.postgres_dir.parent / "redis").iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.services.revive()

    def _is_flushed(self) -> bool:
        try:
            with Redis.from_url(self.services.redis_url) as client:
                return bool(client.flushall())
        except RedisError:
            return False

    def _server(self, name: str) -> Any:
        return next(kept for kept in self.services._servers if kept.child.name == name)

    def _kill(self, kind: str, index: int) -> None:
        process = self._processes[kind][index]
        assert process.is_alive(), self.last_words()
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        self._processes[kind][index] = self._start(kind, index)

    def _start(self, kind: str, index: int) -> Any:
        log = str(self.logs / f"{kind}-{index}.log")
        match kind:
            case "api":
                return start(serve_api, self._surroundings, self.ports.all[index], log)
            case "worker":
                return start(work, self._surroundings, self.sink.url, log)
            case _:
                return start(schedule, self._surroundings, log)

    def _is_open(self, port: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    def _is_ready(self, port: int) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/ready", timeout=5):
                return True
        except OSError:
            return False

    def _patience(self) -> dict[str, Any]:
        return {"within_s": READY_WITHIN_S, "what": self.last_words}


@contextmanager
def opened_ground(sink: Sink, master_key: bytes) -> Iterator[Ground]:
    """Everything up, with a policy that a business cabin breaks."""
    with tempfile.TemporaryDirectory(prefix="escale-ground-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        with EmbeddedServices.start(Path(folder) / "data", announce=lambda line: None) as services:
            migrate(services.database_url, master_key=master_key, simulation=False)
            address = without_credentials(services.database_url)
            with opened_place(address, services.redis_url, master_key, messages=SentTo(sink.url)) as place:
                forbid_business(place)
                ground = Ground(services, place, sink, master_key)
                try:
                    ground.open()
                    yield ground
                finally:
                    ground.close()


def forbid_business(place: Place) -> None:
    """From now on every flight in business class is a violation, and an alert."""
    rules = {"name": "Economy only", "max_flight_class": "economy"}
    for company in (place.north, place.south):
        headers = company.owner.headers
        answer = place.client.post("/api/v1/enterprise/policies", json=rules, headers=headers)
        assert answer.status_code == 201, answer.text
    place.house_at_rest()
