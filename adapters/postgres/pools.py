"""How many connections do we hold, as whom, and how long do we wait for one?"""

from dataclasses import dataclass, field
from time import monotonic

import psycopg
from psycopg_pool import ConnectionPool

from adapters.postgres.durability import refuse_unsafe_durability
from adapters.postgres.roles import (
    APP,
    DISPATCHER,
    EXPERIMENTER,
    PROJECTOR,
    VAULT,
    refuse_unsafe,
    role_conninfo,
)

WAIT_S = 2.0
MAX_WAITING = 200
CLOSE_S = 2.0
# Bounds for every statement: a black-holed or stuck database must not hold a request for ever.
SESSION = (
    "-c lock_timeout=2000 -c statement_timeout=10000 -c idle_in_transaction_session_timeout=5000"
    " -c timezone=UTC"
)
BULK_SESSION = (
    "-c lock_timeout=2000 -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c timezone=UTC"
)
NETWORK = {"connect_timeout": "3", "keepalives": "1", "keepalives_idle": "10", "tcp_user_timeout": "10000"}


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
        self.rebuild = self._pool("rebuild", PROJECTOR, 2, session=BULK_SESSION)
        self.dispatcher = self._pool("dispatcher", DISPATCHER, 2)
        self.vault = self._pool("vault", VAULT, 2)
        self.experiments = self._pool("experiments", EXPERIMENTER, 2, session=BULK_SESSION, min_size=0)

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
            self.experiments,
        )

    def _pool(
        self, name: str, role: str, size: int, session: str = SESSION, min_size: int = 1
    ) -> ConnectionPool:
        return ConnectionPool(
            role_conninfo(self.url, role, self.master_key),
            kwargs={"autocommit": True, "options": session, **NETWORK},
            min_size=min_size,
            max_size=self.sizes.get(name, size),
            max_waiting=MAX_WAITING,
            timeout=WAIT_S,
            max_idle=60,
            reconnect_timeout=30,
            configure=self._configure,
            name=name,
            open=False,
        )

    def _configure(self, connection: psycopg.Connection) -> None:
        refuse_unsafe(connection)
        if self.refuse_losses:
            refuse_unsafe_durability(connection)
