"""The runners over test ledgers, on the module's database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.commands import Commands
from adapters.event_store.engine import build_engine
from adapters.event_store.store import TenantStore
from adapters.jobs.checkpoints import Checkpoints, Parked
from adapters.jobs.feed import Feed
from adapters.jobs.outbox import OutboxDispatcher, Performer
from adapters.jobs.processes import ProcessRunner
from adapters.jobs.projections import ProjectionRunner
from adapters.postgres.migrations.building import TENANT_ONLY
from adapters.postgres.pools import Pools
from tests.adapters.jobs.ledger_views import HANDLERS, TABLES, TENANT_TABLES, Bonus, Counts, Ledgers
from tests.kit.ledger import EVENTS, Ledger


@dataclass
class Bench:
    """Store, feed and runners of one test module."""

    pools: Pools
    engine: Engine
    url: str
    parked: list[Parked] = field(default_factory=list)

    @property
    def feed(self) -> Feed:
        return Feed(self.engine.topics, self.engine.keys)

    @property
    def checkpoints(self) -> Checkpoints:
        return Checkpoints(self.pools.projector)

    def tenant(self) -> UUID:
        tenant_id = uuid4()
        with self.pools.commands.connection() as connection:
            connection.execute("select es.open_head(%s)", (tenant_id,))
        return tenant_id

    def store(self, tenant_id: UUID) -> TenantStore:
        return TenantStore(TenantApplication(self.engine, tenant_id))

    def ledger(self, tenant_id: UUID, *amounts: int) -> UUID:
        """A new ledger with these amounts: one event each, and the opening."""
        ledger_id = uuid4()
        self.store(tenant_id).add(lambda: Ledger.open(ledger_id, owner_id=uuid4()))
        self.put(tenant_id, ledger_id, *amounts)
        return ledger_id

    def put(self, tenant_id: UUID, ledger_id: UUID, *amounts: int) -> int:
        """Adds amounts in one command; the position of the last."""

        def put_all(ledger: Ledger) -> None:
            for amount in amounts:
                ledger.put(amount)

        return self.store(tenant_id).change(Ledger, ledger_id, put_all).position

    def projections(self, *projectors: Any, **options: Any) -> ProjectionRunner:
        return ProjectionRunner(
            pool=options.pop("pool", self.pools.projector),
            rebuild_pool=self.pools.rebuild,
            feed=options.pop("feed", self.feed),
            projectors=projectors or (Ledgers(), Counts()),
            on_parked=self.parked.append,
            **options,
        )

    def commands(self, on_commit: Callable[[UUID], None] = lambda tenant_id: None) -> Commands:
        no_ports: Any = lambda store: None  # noqa: E731
        return Commands(self.engine, HANDLERS, no_ports, on_commit=on_commit)

    def processes(self, *processes: Any, **options: Any) -> ProcessRunner:
        return ProcessRunner(
            pool=self.pools.projector,
            feed=self.feed,
            commands=options.pop("commands", None) or self.commands(),
            processes=processes or (Bonus(),),
            on_parked=self.parked.append,
            **options,
        )

    def outbox(self, performers: dict[str, Performer], **options: Any) -> OutboxDispatcher:
        return OutboxDispatcher(
            pool=self.pools.dispatcher,
            log_pool=self.pools.projector,
            feed=self.feed,
            performers=performers,
            **options,
        )

    def sql(self, statement: str, *parameters: Any) -> Sequence[Any]:
        """As the superuser, who sees everything."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def positions(self, tenant_id: UUID) -> dict[str, tuple[int, str]]:
        rows = self.sql(
            "select consumer, position, status from es.checkpoint where tenant_id = %s", tenant_id
        )
        return {consumer: (position, status) for consumer, position, status in rows}

    def totals(self, tenant_id: UUID) -> dict[UUID, int]:
        return dict(self.sql("select ledger_id, total from read.test_ledger where tenant_id = %s", tenant_id))

    def count(self, tenant_id: UUID) -> int:
        rows = self.sql(
            "select coalesce(sum(events), 0)::int from read.test_count where tenant_id = %s", tenant_id
        )
        return int(rows[0][0])


@pytest.fixture(scope="module")
def module_bench(pools: Pools, master_key: bytes, database_url: str) -> Bench:
    engine = build_engine(pools, master_key, events=EVENTS, aggregates=(Ledger,))
    bench = Bench(pools, engine, database_url)
    bench.sql(TABLES)
    for table in TENANT_TABLES:
        bench.sql(f"alter table {table} enable row level security")
        bench.sql(f"alter table {table} force row level security")
        bench.sql(
            f"create policy tenant_rows on {table} to escale_projector, escale_app"
            f" using ({TENANT_ONLY}) with check ({TENANT_ONLY})"
        )
        bench.sql(f"grant select, insert, update, delete on {table} to escale_projector")
        bench.sql(f"grant select on {table} to escale_app")
    return bench


@pytest.fixture
def bench(module_bench: Bench) -> Bench:
    module_bench.parked.clear()
    return module_bench


@pytest.fixture
def tenant_id(bench: Bench) -> UUID:
    return bench.tenant()
