"""Where is everything measured? One PostgreSQL and one Redis of our own, a database per figure."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import ApplicationRecorder, InfrastructureFactory
from eventsourcing.utils import Environment
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from adapters.embedded.services import EmbeddedServices
from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.engine import build_engine
from adapters.event_store.store import TenantStore
from adapters.postgres.migrate import migrate
from adapters.postgres.pools import Pools
from application.catalog import AGGREGATES, EVENTS
from tests.conftest import MASTER_KEY, Services, at_database, fresh_database
from tests.kit.ledger import EVENTS as LEDGER_EVENTS
from tests.kit.ledger import Ledger

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Ours:
    """Our store on a database of its own, with the pools the product opens."""

    pools: Pools
    engine: Engine
    url: str

    def tenant(self) -> UUID:
        """A new tenant with an open head."""
        tenant_id = uuid4()
        with self.pools.commands.connection() as connection:
            connection.execute("select es.open_head(%s)", (tenant_id,))
        return tenant_id

    def application(self, tenant_id: UUID) -> TenantApplication:
        """The library's application, bound to the tenant."""
        return TenantApplication(self.engine, tenant_id)

    def streams(self, tenant_id: UUID) -> TenantStore:
        """The tenant's streams."""
        return TenantStore(self.application(tenant_id))

    def as_superuser(self, *statements: str) -> None:
        """Runs statements that no role of the product may run."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@dataclass(frozen=True)
class Place:
    """The servers, and a migrated database to copy from."""

    services: Services
    template: str

    @contextmanager
    def ours(self) -> Iterator[Ours]:
        """Our store on a fresh, never analysed database."""
        with self.database() as url:
            pools = Pools(url, MASTER_KEY).open()
            try:
                engine = build_engine(
                    pools, MASTER_KEY, events=(*EVENTS, *LEDGER_EVENTS), aggregates=(*AGGREGATES, Ledger)
                )
                yield Ours(pools, engine, url)
            finally:
                pools.close()

    @contextmanager
    def database(self) -> Iterator[str]:
        """A copy of the migrated database; the superuser's URL."""
        with fresh_database(self.services, self.template) as url:
            yield url

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """A database without any of our tables, on the same server."""
        with fresh_database(self.services, "template1") as url:
            yield url

    @contextmanager
    def library(self) -> Iterator[ApplicationRecorder]:
        """The library's own recorder with the settings it comes with, in a database of its own."""
        with self.empty_database() as url:
            factory = InfrastructureFactory.construct(Environment("bench", library_settings(url)))
            try:
                yield factory.application_recorder()
            finally:
                factory.close()


def library_settings(url: str) -> dict[str, str]:
    """How the library is told where its database is; all else stays as it comes."""
    where = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(where["dbname"]),
        "POSTGRES_HOST": str(where["host"]),
        "POSTGRES_PORT": str(where["port"]),
        "POSTGRES_USER": str(where["user"]),
        "POSTGRES_PASSWORD": str(where["password"]),
    }


@contextmanager
def opened_place() -> Iterator[Place]:
    """Starts the servers in a temporary directory, and stops them again."""
    with tempfile.TemporaryDirectory(prefix="escale-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServices.start(Path(folder), announce=lambda line: None) as embedded:
            refuse_unsafe_durability(embedded.database_url)
            name = f"escale_bench_{uuid4().hex[:8]}"
            with psycopg.connect(embedded.database_url, autocommit=True) as connection:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            migrate(at_database(embedded.database_url, name), master_key=MASTER_KEY)
            yield Place(Services(embedded.database_url, embedded.redis_url, Path(folder)), name)


def refuse_unsafe_durability(url: str) -> None:
    """A figure reached by giving up durability is no figure."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name in DURABLE:
            row = connection.execute("select current_setting(%s)", (name,)).fetchone()
            if row != ("on",):
                raise RuntimeError(f"{name} is {row}; nothing is measured without it")


def rate(writers: int, seconds: float, act_of: Callable[[int], Callable[[], object]]) -> float:
    """How often per second all writers together perform their act."""
    counts = [0] * writers
    failures: list[BaseException] = []
    barrier = Barrier(writers + 1)

    def write(number: int) -> None:
        act = act_of(number)
        barrier.wait()
        deadline = perf_counter() + seconds
        try:
            while perf_counter() < deadline:
                act()
                counts[number] += 1
        except BaseException as failure:
            failures.append(failure)

    threads = [Thread(target=write, args=(number,), daemon=True) for number in range(writers)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts) / (perf_counter() - started)
