"""How many connections do we hold, as whom, and how long do we wait for one?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from adapters.postgres.durability import refuse_unsafe_durability
from adapters.postgres.errors import ServerSilent
from adapters.postgres.roles import (
    APP,
    DISPATCHER,
    EXPERIMENTER,
    PROJECTOR,
    PUBLIC,
    VAULT,
    refuse_unsafe,
    role_conninfo,
)

WAIT_S = 2.0
MAX_WAITING = 200
CLOSE_S = 2.0
# While the server is away a waiting request asks again this often; with the pool's own doubling pauses, the
# service would stay away for as long again as the server did.
RECONNECT_S = 1.0
# Above every bound the server keeps by itself: who says nothing for so long is not there.
SILENCE_S = 12.0
# Bounds for every statement: a black-holed or stuck database must not hold a request for ever.
SESSION = (
    "-c lock_timeout=2000 -c statement_timeout=10000 -c idle_in_transaction_session_timeout=5000"
    " -c timezone=UTC"
)
BULK_SESSION = (
    "-c lock_timeout=2000 -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c timezone=UTC"
)
NETWORK = {"connect_timeout": "3", "keepalives": "1", "keepalives_idle": "10", "tcp_user_timeout": "10000"}

RV = TypeVar("RV")


class ImpatientConnection(psycopg.Connection[Any]):
    """Gives up on a server that says nothing. Keep-alives do not notice one that is frozen, or a proxy that is."""

    on_silence: Callable[[], object] = staticmethod(lambda: None)

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Waits for the server's answer, but not for ever."""
        try:
            return super().wait(gen, interval, SILENCE_S if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            self.close()
            # The others of the pool lead the same way: they would cost a request's patience each.
            self.on_silence()
            raise ServerSilent("the server says nothing") from error


@dataclass
class Pools:
    """One pool per kind of work, each with its own role; opened on first use, closed once."""

    url: str
    master_key: bytes
    sizes: dict[str, int] = field(default_factory=dict)
    refuse_losses: bool = False  # production: no connection to a server that may lose commits

    def __post_init__(self) -> None:
        self.commands = self._pool("commands", APP, 8)
        self.queries = self._pool("queries", APP, 12)
        self.projector = self._pool("projector", PROJECTOR, 6)
        self.rebuild = self._bulk_pool("rebuild", PROJECTOR, 2)
        self.dispatcher = self._pool("dispatcher", DISPATCHER, 2)
        self.vault = self._pool("vault", VAULT, 2)
        # What companies published, read across them; nobody opens a connection before somebody searches.
        self.public = self._opened_later("public", PUBLIC, 4, SESSION, ImpatientConnection, least=0)
        # One for every thread of a worker; nobody else opens any.
        self.exports = self._bulk_pool("exports", APP, 4, least=0)
        self.experiments = self._bulk_pool("experiments", EXPERIMENTER, 2, least=0)

    def open(self) -> "Pools":
        """Opens every pool and waits for the first connection of those that serve requests."""
        for pool in self._all():
            pool.open(wait=False)
        return self

    def close(self) -> None:
        """Closes every pool, in two seconds altogether even when the database is away; idempotent."""
        deadline = monotonic() + CLOSE_S
        for pool in self._all():
            pool.close(timeout=max(0.05, deadline - monotonic()))

    def stats(self) -> dict[str, dict[str, int]]:
        """How busy every pool is, by name."""
        return {pool.name: dict(pool.get_stats()) for pool in self._all()}

    def _all(self) -> tuple[ConnectionPool, ...]:
        return (
            self.commands,
            self.queries,
            self.projector,
            self.rebuild,
            self.dispatcher,
            self.vault,
            self.public,
            self.exports,
            self.experiments,
        )

    def _pool(self, name: str, role: str, size: int) -> ConnectionPool:
        return self._opened_later(name, role, size, SESSION, ImpatientConnection)

    def _bulk_pool(self, name: str, role: str, size: int, *, least: int = 1) -> ConnectionPool:
        """For statements that may take as long as they need."""
        return self._opened_later(name, role, size, BULK_SESSION, psycopg.Connection, least=least)

    def _opened_later(
        self,
        name: str,
        role: str,
        size: int,
        session: str,
        kind: type[psycopg.Connection[Any]],
        *,
        least: int = 1,
    ) -> ConnectionPool:
        def configure(connection: psycopg.Connection[Any]) -> None:
            self._refuse_unsafe(connection)
            if isinstance(connection, ImpatientConnection):
                connection.on_silence = pool.drain

        pool = ConnectionPool(
            role_conninfo(self.url, role, self.master_key),
            connection_class=kind,
            kwargs={"autocommit": True, "options": session, **NETWORK},
            min_size=least,
            max_size=self.sizes.get(name, size),
            max_waiting=MAX_WAITING,
            timeout=WAIT_S,
            max_idle=60,
            reconnect_timeout=RECONNECT_S,
            configure=configure,
            name=name,
            open=False,
        )
        return pool

    def _refuse_unsafe(self, connection: psycopg.Connection[Any]) -> None:
        refuse_unsafe(connection)
        if self.refuse_losses:
            refuse_unsafe_durability(connection)


@contextmanager
def borrowed(pool: ConnectionPool[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection for a single statement, which is its own transaction.

    `pool.connection()` ends with a commit, of nothing where every statement commits itself, and
    that costs as much as taking the connection. A statement cut short leaves no open transaction
    to the next borrower: the pool looks at what comes back.
    """
    connection = pool.getconn()
    try:
        yield connection
    finally:
        pool.putconn(connection)


@contextmanager
def pipelined(pool: ConnectionPool[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A transaction whose statements are sent one after the other.

    An answer is waited for where it is looked at, and all of them at the end, together with the commit.
    """
    with borrowed(pool) as connection, sending_whole(connection), connection.pipeline() as pipeline:
        connection.execute("begin")
        try:
            yield connection
            connection.execute("commit")
            pipeline.sync()
        except BaseException:
            # The driver would log what else failed on the way, in words that may quote personal text.
            with suppress(psycopg.Error):
                pipeline.sync()
            with suppress(psycopg.Error):
                connection.rollback()
            raise


@contextmanager
def sending_whole(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """What is sent leaves before an answer is waited for.

    The driver sends what the socket takes at once, and in a pipeline it may then wait for the answer to a statement
    of which half is still here: megabytes of rows would never arrive. The library below sends all of it, and reads
    meanwhile what the server says.
    """
    connection.pgconn.nonblocking = 0
    try:
        yield
    finally:
        connection.pgconn.nonblocking = 1
