"""Can a database be brought up by two at once, and by nothing but Alembic?"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.migrate import migrate, schema_version
from adapters.postgres.pools import Pools
from tests.conftest import Services, at_database
from tests.kit.crowd import all_at_once

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty(services: Services, template: str) -> Iterator[str]:
    """A new database that nobody has migrated. The template comes first: roles belong to the whole server."""
    name = f"escale_{uuid4().hex[:12]}"
    with psycopg.connect(services.database_url, autocommit=True) as superuser:
        superuser.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield at_database(services.database_url, name)
        superuser.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_two_at_once_both_succeed(empty: str, template: str, services: Services, master_key: bytes) -> None:
    assert all_at_once(2, lambda n: migrate(empty, master_key=master_key)) == [None, None]
    assert schema_version(empty) == schema_version(at_database(services.database_url, template))
    pools = Pools(empty, master_key).open()
    with pools.commands.connection() as connection:
        assert connection.execute("select es.open_head(%s)", (uuid4(),)).fetchone() == (True,)
    pools.close()


def test_bare_alembic_takes_the_database_from_the_command_line(
    empty: str, template: str, services: Services
) -> None:
    url = empty.replace("postgresql://", "postgresql+psycopg://")
    alembic = [sys.executable, "-m", "alembic", "-x", f"url={url}"]
    upgraded = subprocess.run([*alembic, "upgrade", "head"], cwd=ROOT, capture_output=True, text=True)
    assert upgraded.returncode == 0, upgraded.stderr
    assert schema_version(empty) == schema_version(at_database(services.database_url, template))


def test_bare_alembic_without_a_database_says_how_to_name_one() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, capture_output=True, text=True
    )
    assert asked.returncode == 1
    assert "alembic -x url=" in asked.stderr
