"""A gate before a server's socket: open, silent (nothing passes and nothing is closed) or gone."""

import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import ioctl
from pathlib import Path
from struct import unpack
from termios import FIONREAD
from threading import Event, Lock, Thread
from urllib.parse import unquote, urlsplit

import pytest
from psycopg.conninfo import conninfo_to_dict

PIECE = 65_536
TICK_S = 0.002


class Gate:
    """Forwards every connection made at `path` to the server's own socket, for as long as it stands open."""

    def __init__(self, path: Path, server: str) -> None:
        self.path = path
        self.connections = 0
        self._server = server
        self._listener: socket.socket | None = None
        self._peers: dict[socket.socket, socket.socket] = {}
        self._fallen_silent: list[socket.socket] = []
        self._silent, self._ended, self._lock = Event(), Event(), Lock()
        self._thread = Thread(target=self._forward, daemon=True)
        self._thread.start()

    def open(self) -> None:
        """Whoever knocks now gets through; what fell silent stays silent."""
        if self._listener is None:
            self._listener = self._bound()
        with self._lock:
            if self._silent.is_set():
                self._fallen_silent.extend(self._peers)
                self._peers.clear()
                # What was waiting to be accepted in the silence is silent for ever as well.
                while (arrived := self._arrived()) is not None:
                    self._fallen_silent.append(arrived)
            self._silent.clear()

    def fall_silent(self) -> None:
        """From now on nothing passes, and nobody is told."""
        with self._lock:
            self._silent.set()

    def go(self) -> None:
        """The socket disappears, and every connection through it breaks."""
        with self._lock:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
                self.path.unlink()
            for each in list(self._peers):
                self._part(each)

    def unheard(self) -> int:
        """Connections on which a client has said something in the silence."""
        with self._lock:
            sides = (*self._peers, *self._fallen_silent)
            return sum(each.getsockname() == str(self.path) and _unread(each) > 0 for each in sides)

    def end(self) -> None:
        """Gives everything back."""
        self._ended.set()
        self._thread.join()
        self.go()
        for each in self._fallen_silent:
            each.close()

    def _bound(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen(512)
        listener.setblocking(False)
        return listener

    def _forward(self) -> None:
        while not self._ended.wait(0):
            with self._lock:
                ready = [] if self._silent.is_set() else self._ready()
                for one in ready:
                    self._pass_on(one)
            if not ready:
                self._ended.wait(TICK_S)

    def _ready(self) -> list[socket.socket]:
        while (arrived := self._arrived()) is not None:
            self._let_in(arrived)
        with selectors.DefaultSelector() as selector:
            for each in self._peers:
                selector.register(each, selectors.EVENT_READ)
            return [key.fileobj for key, _ in selector.select(0)]  # type: ignore[misc]

    def _arrived(self) -> socket.socket | None:
        with suppress(OSError):
            return self._listener.accept()[0] if self._listener else None
        return None

    def _let_in(self, client: socket.socket) -> None:
        client.setblocking(True)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._server)
        self._peers[client], self._peers[server] = server, client
        self.connections += 1

    def _pass_on(self, one: socket.socket) -> None:
        if one not in self._peers:
            return
        try:
            piece = one.recv(PIECE)
            self._peers[one].sendall(piece)
        except OSError:
            piece = b""
        if not piece:
            self._part(one)

    def _part(self, one: socket.socket) -> None:
        other = self._peers.pop(one, None)
        if other is not None:
            self._peers.pop(other, None)
            other.close()
        one.close()


def _unread(one: socket.socket) -> int:
    return int(unpack("i", ioctl(one, FIONREAD, b"\0\0\0\0"))[0])


@contextmanager
def gate_to_postgres(folder: Path, database_url: str) -> Iterator[tuple[Gate, str]]:
    """A gate that is still gone, and the database's URL through it."""
    where = {name: str(value) for name, value in conninfo_to_dict(database_url).items()}
    if not where["host"].startswith("/"):
        pytest.skip("the gate stands before Unix sockets, and DATABASE_URL names a server on TCP")
    name = f".s.PGSQL.{where.get('port', '5432')}"
    gate = Gate(folder / name, f"{where['host']}/{name}")
    try:
        yield (
            gate,
            f"postgresql://{where['user']}:{where['password']}@/{where['dbname']}"
            f"?host={folder}&port={where.get('port', '5432')}",
        )
    finally:
        gate.end()


@contextmanager
def gate_to_redis(folder: Path, redis_url: str) -> Iterator[tuple[Gate, str]]:
    """The same for Redis."""
    if not redis_url.startswith("unix:"):
        pytest.skip("the gate stands before Unix sockets, and REDIS_URL names a server on TCP")
    gate = Gate(folder / "redis.sock", unquote(urlsplit(redis_url).path))
    try:
        yield gate, f"unix://{gate.path}?db=0"
    finally:
        gate.end()
