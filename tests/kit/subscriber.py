"""A client of graphql-transport-ws, written from its specification over a plain WebSocket."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PROTOCOL = "graphql-transport-ws"


def address(port: int) -> str:
    """Where it listens."""
    return f"ws://127.0.0.1:{port}/api/v2/graphql"


@contextmanager
def raw(port: int, *, protocol: str | None = PROTOCOL, **options: Any) -> Iterator[ClientConnection]:
    """A connection on which anything may be said."""
    protocols: Any = None if protocol is None else [protocol]
    with connect(address(port), subprotocols=protocols, open_timeout=60, **options) as socket:
        yield socket


def say(socket: ClientConnection, kind: str, **fields: Any) -> None:
    """Sends one message."""
    socket.send(json.dumps({"type": kind, **fields}))


def heard(socket: ClientConnection, *, within_s: float = 60.0) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(socket.recv(timeout=within_s))
    return message


def ended(socket: ClientConnection, *, within_s: float = 60.0) -> int:
    """The code with which the server ended the connection, whatever it said before."""
    try:
        while True:
            socket.recv(timeout=within_s)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


@dataclass
class Subscriber:
    """Follows one subscription in a thread until the connection breaks; keeps everything it was told."""

    port: int
    authorization: str
    query: str
    field: str
    after: str | None = None
    told: list[dict[str, Any]] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)
    is_over: bool = False

    def __post_init__(self) -> None:
        self._changed = Condition()
        self._opened = ExitStack()
        self._socket = self._opened.enter_context(raw(self.port))
        say(self._socket, "connection_init", payload={"authorization": self.authorization})
        assert heard(self._socket)["type"] == "connection_ack"
        payload = {"query": self.query, "variables": {"after": self.after}}
        say(self._socket, "subscribe", id="1", payload=payload)
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()
        if self.after is None:
            self.wait(lambda: self.after is not None or self.errors)

    def wait(self, until: Any, *, within_s: float = 60.0) -> None:
        """Waits until a condition on this client holds."""
        with self._changed:
            assert self._changed.wait_for(until, within_s), (self.told, self.errors, self.is_over)

    def close(self) -> None:
        """Hangs up."""
        self._opened.close()
        self._thread.join(10)

    def _read(self) -> None:
        try:
            while True:
                self._take(json.loads(self._socket.recv()))
        except (ConnectionClosed, OSError):
            pass  # the server was killed, or we hung up
        with self._changed:
            self.is_over = True
            self._changed.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        with self._changed:
            if message["type"] == "next" and "errors" not in message["payload"]:
                news = message["payload"]["data"][self.field]
                self.after = news["cursor"]
                if news["event"] is not None:
                    self.told.append(news)
            elif message["type"] in ("next", "error"):
                payload = message["payload"]
                self.errors.append(payload["errors"] if message["type"] == "next" else payload)
            self._changed.notify_all()
