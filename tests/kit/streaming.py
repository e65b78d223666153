"""A client of server-sent events as the HTML standard describes one, and a server on a socket to follow."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Condition, Thread
from time import monotonic, sleep
from typing import Any

from adapters.bootstrap import House
from api.server import server_of

STREAM = "/api/v1/enterprise/violations/stream"


@dataclass(frozen=True)
class Told:
    """One event that a client dispatched."""

    kind: str
    data: Any
    id: str | None


@dataclass
class Follower:
    """Follows one stream in a thread until it breaks; keeps everything it was told, doubles included."""

    port: int
    headers: dict[str, str]
    path: str = STREAM
    last_id: str | None = None
    kind: str = "violation"
    told: list[Told] = field(default_factory=list)
    comments: int = 0
    is_over: bool = False
    has_opened: bool = False

    def __post_init__(self) -> None:
        self._changed = Condition()
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {**self.headers, **({"Last-Event-ID": self.last_id} if self.last_id else {})}
        self._connection.request("GET", self.path, headers=headers)
        self._socket = self._connection.sock  # an answer that ends with its connection takes it away
        self.answer: HTTPResponse = self._connection.getresponse()
        self._thread = Thread(target=self._read, daemon=True)
        if self.answer.status == 200:
            self._thread.start()
            self.wait(lambda: self.has_opened or self.is_over)

    def problem(self) -> dict[str, Any]:
        """Why there is no stream."""
        told: dict[str, Any] = json.loads(self.answer.read())
        return told

    @property
    def ids(self) -> list[str | None]:
        """The ids of the violations told, or of what else is followed, in order, none left out."""
        return [each.id for each in self.told if each.kind == self.kind]

    def wait(self, until: Any, *, within_s: float = 20.0) -> None:
        """Waits until a condition on this follower holds."""
        with self._changed:
            assert self._changed.wait_for(until, within_s), (self.told, self.is_over)

    def close(self) -> None:
        """Hangs up. The reading thread is told: it holds the answer until something comes, a heartbeat at last."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        self.answer.close()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for raw in self.answer:
                self._take(raw.decode().rstrip("\n"), fields)
        except (OSError, HTTPException, ValueError, AttributeError):
            pass  # the server was killed, or we hung up
        with self._changed:
            self.is_over = True
            self._changed.notify_all()

    def _take(self, line: str, fields: dict[str, str]) -> None:
        with self._changed:
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
            else:
                self._dispatch(fields)
                fields.clear()
            self._changed.notify_all()

    def _dispatch(self, fields: dict[str, str]) -> None:
        self.has_opened = True
        self.last_id = fields.get("id", self.last_id)
        if "data" in fields:
            self.told.append(
                Told(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id"))
            )


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(house: House) -> Iterator[int]:
    """The house behind a socket, in a thread; the port."""
    port = free_port()
    server = server_of(house, host="127.0.0.1", port=port)
    # Signals belong to the main thread; there is nobody here to send any.
    thread = Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = monotonic() + 20
    while not server.started:
        assert monotonic() < deadline, "the server did not start"
        sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(20)
        house.live.is_stopping = house.feed.hub.is_stopping = False
