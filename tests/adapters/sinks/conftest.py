"""A house with two companies, and brokers beside it: NATS's own server, and the one in Kafka's client library."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.kit.house import Place, opened_place

NATS_SERVER = shutil.which("nats-server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs NATS's server is left out where there is none; `make test` says so in its last line."""
    if NATS_SERVER is None:
        out = [item for item in items if "nats" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@dataclass
class NatsServer:
    """A server that can be killed, and started again on what it had stored."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it answers."""
        command = [str(NATS_SERVER), "-js", "-sd", str(self.folder), "-a", "127.0.0.1", "-p", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise TimeoutError("nats-server does not answer")

    def kill(self) -> None:
        """As a power cut would, but for the disk."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """Two companies whose logs have begun."""
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """An empty server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = NatsServer(tmp_path / "jetstream", port)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def kafka() -> Iterator[str]:
    """The broker that librdkafka keeps for tests: it speaks the protocol over a socket, and stores in memory."""
    broker = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (one,) = broker.list_topics(timeout=5).brokers.values()
    yield f"{one.host}:{one.port}"
    del broker
