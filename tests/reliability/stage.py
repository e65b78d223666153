"""On what does a storm rage? Several processes of ours, as the database sees them, over test ledgers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.commands import Commands
from adapters.event_store.engine import build_engine
from adapters.postgres.pools import Pools
from tests.kit.ledger import EVENTS, Ledger
from tests.reliability.ledgers import HANDLERS

CONNECTIONS = 4  # of each process, for commands


@dataclass(frozen=True)
class Process:
    """Pools, line and commands of one process of ours."""

    pools: Pools
    engine: Engine
    commands: Commands

    def log(self, tenant_id: UUID) -> Any:
        """The tenant's recorder, as consumers of the feed read it."""
        return TenantApplication(self.engine, tenant_id).recorder


@dataclass(frozen=True)
class Stage:
    """The processes, and the superuser's way into the same database."""

    processes: list[Process]
    url: str

    def tenant(self, tenant_id: UUID, *, process: int = 0) -> UUID:
        """Opens the tenant's line."""
        self.processes[process].commands.open_head(tenant_id)
        return tenant_id

    def superuser(self) -> psycopg.Connection[Any]:
        """Sees everything, and does not go through any proxy."""
        return psycopg.connect(self.url, autocommit=True)


@contextmanager
def opened_stage(
    url: str,
    master_key: bytes,
    *,
    processes: int = 3,
    through: str | None = None,
    connections: int = CONNECTIONS,
) -> Iterator[Stage]:
    """Opens the processes, on `through` when they are to reach the database another way."""
    sizes = {"commands": connections}
    all_pools = [Pools(through or url, master_key, sizes).open() for _ in range(processes)]
    try:
        yield Stage([_process(pools, master_key) for pools in all_pools], url)
    finally:
        for pools in all_pools:
            pools.close()


def _process(pools: Pools, master_key: bytes) -> Process:
    engine = build_engine(pools, master_key, events=EVENTS, aggregates=(Ledger,))
    no_ports: Any = lambda store: None  # noqa: E731
    return Process(pools, engine, Commands(engine, HANDLERS, no_ports, on_commit=lambda tenant_id: None))
