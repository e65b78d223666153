"""A store of test ledgers on the module's database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID, uuid4

import pytest

from adapters.event_store.appending import Appender
from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.engine import build_engine
from adapters.event_store.line import TenantLine
from adapters.event_store.store import TenantStore
from adapters.postgres.pools import Pools
from tests.kit.ledger import EVENTS, Ledger

PROCESSES = 10


@dataclass(frozen=True)
class Bench:
    """Everything a store test needs, in one hand."""

    engine: Engine
    pools: Pools

    def tenant(self) -> UUID:
        """A new tenant with an open head."""
        tenant_id = uuid4()
        with self.pools.commands.connection() as connection:
            connection.execute("select es.open_head(%s)", (tenant_id,))
        return tenant_id

    def store(self, tenant_id: UUID, **options: object) -> TenantStore:
        """The tenant's streams."""
        return TenantStore(TenantApplication(self.engine, tenant_id), **options)  # type: ignore[arg-type]

    @cached_property
    def engines(self) -> list[Engine]:
        """Ten processes as the database sees them: a line each, so that they meet at the tenant's lock only."""
        lines = [TenantLine(Appender(self.pools.commands, self.engine.claim_keys)) for _ in range(PROCESSES)]
        return [replace(self.engine, line=line) for line in lines]

    def client(self, number: int, tenant_id: UUID, **options: object) -> TenantStore:
        """The tenant's streams, as one of many clients of many processes has them."""
        engine = self.engines[number % PROCESSES]
        return TenantStore(TenantApplication(engine, tenant_id), **options)  # type: ignore[arg-type]

    def ledger(self, tenant_id: UUID, ledger_id: UUID | None = None) -> UUID:
        """A new, open ledger."""
        new_id = ledger_id or uuid4()
        return self.store(tenant_id).add(lambda: Ledger.open(new_id, owner_id=uuid4())).stream_id

    def ledgers(self, tenant_id: UUID, count: int) -> list[UUID]:
        """So many of them, opened in one append."""
        new_ids = [uuid4() for _ in range(count)]
        self.store(tenant_id).save_all(
            lambda: tuple(Ledger.open(new_id, owner_id=uuid4()) for new_id in new_ids)
        )
        return new_ids


@pytest.fixture(scope="module")
def bench(pools: Pools, master_key: bytes) -> Bench:
    """The engine on the module's database."""
    return Bench(build_engine(pools, master_key, events=EVENTS, aggregates=(Ledger,)), pools)


@pytest.fixture
def tenant_id(bench: Bench) -> UUID:
    """A new tenant."""
    return bench.tenant()


StoreFor = Callable[[UUID], TenantStore]
