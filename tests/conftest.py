"""Real PostgreSQL and Redis for every test that asks: embedded, unless the environment names others."""

import gc
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import hypothesis
import psycopg
import pytest
import structlog
from psycopg import sql

from adapters.embedded.services import EmbeddedServices
from adapters.postgres.migrate import migrate
from adapters.postgres.pools import Pools

MASTER_KEY = bytes(range(32))

# A run in the background inherits an ignored SIGINT and would hand it on: no test could interrupt its child.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What a house logs is nobody's printed answer.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))

# A developer's run looks for new counter-examples; continuous integration repeats the known ones.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


# These wait more than they reckon: a worker that runs them leaves its core to one that runs the others.
WAITING = ("tests/reliability/", "tests/journeys/")
# By then the last of them has begun, so that none is left alone at the end.
BEGUN_BY = 0.6


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of a run: waiting files evenly among the busy ones, and none of them late."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    waiting = [name for name in files if name.startswith(WAITING)]
    busy = [name for name in files if not name.startswith(WAITING)]
    between = BEGUN_BY * len(busy) / max(1, len(waiting))
    places = {name: number * between for number, name in enumerate(waiting)}
    places.update({name: float(number) for number, name in enumerate(busy)})
    items[:] = [item for name in sorted(places, key=places.__getitem__) for item in files[name]]


def pytest_collection_finish() -> None:
    """Thousands of tests and every module stay to the end of a run: nobody needs to look through them again."""
    gc.freeze()


@dataclass(frozen=True)
class Services:
    """Where the test run's PostgreSQL (as superuser) and Redis answer."""

    database_url: str
    redis_url: str
    data_dir: Path | None = None  # of the embedded ones
    # A dropped database waits for the disk most of a second; the next tests need not.
    leavers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """The servers of this run."""
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        named = Services(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
        yield named
        named.leavers.shutdown()
        return
    with tempfile.TemporaryDirectory(prefix="escale-tests-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        with EmbeddedServices.start(Path(folder), announce=lambda line: None) as embedded:
            started = Services(embedded.database_url, embedded.redis_url, Path(folder))
            yield started
            # What is left of them goes with the folder.
            started.leavers.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def master_key() -> bytes:
    """The key everything else is derived from."""
    return MASTER_KEY


@pytest.fixture(scope="session")
def template(services: Services, master_key: bytes) -> Iterator[str]:
    """A migrated database to copy from: a copy costs 50 ms."""
    name = f"escale_template_{uuid4().hex[:8]}"
    create_database(services.database_url, name)
    migrate(at_database(services.database_url, name), master_key=master_key, simulation=False)
    yield name
    _drop(services.database_url, name)


@contextmanager
def fresh_database(services: Services, template: str) -> Iterator[str]:
    """A fresh, never analysed database; the superuser's URL."""
    name = f"escale_{uuid4().hex[:12]}"
    create_database(services.database_url, name, template)
    yield at_database(services.database_url, name)
    _drop(services.database_url, name)


@pytest.fixture(scope="module")
def database_url(services: Services, template: str) -> Iterator[str]:
    """A fresh database for one test module."""
    name = f"escale_{uuid4().hex[:12]}"
    create_database(services.database_url, name, template)
    yield at_database(services.database_url, name)
    services.leavers.submit(_drop, services.database_url, name)


@pytest.fixture(scope="session")
def redis_url(services: Services) -> str:
    """The run's Redis."""
    return services.redis_url


@pytest.fixture(scope="module")
def pools(database_url: str, master_key: bytes) -> Iterator[Pools]:
    """The service roles' pools on the module's database."""
    opened = Pools(database_url, master_key, sizes={"commands": 12}).open()
    yield opened
    opened.close()


def at_database(url: str, name: str) -> str:
    """The same server, another database."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    user, password, host = parts.get("user", ""), parts.get("password", ""), parts.get("host", "")
    port = parts.get("port", "5432")
    return f"postgresql://{user}:{password}@/{name}?host={host}&port={port}"


def create_database(url: str, name: str, template: str = "template1") -> None:
    """A new database, empty unless a template is named."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        # A copy does not carry the rights on the database itself, so they are given again as the migration gives them.
        connection.execute(
            sql.SQL("revoke temporary on database {} from public").format(sql.Identifier(name))
        )
        if template != "template1":
            connection.execute(
                sql.SQL("grant temporary on database {} to escale_projector").format(sql.Identifier(name))
            )


def _drop(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
