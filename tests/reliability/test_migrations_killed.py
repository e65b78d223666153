"""Each revision killed at each of its statements, then run again: the same schema, as if nothing had happened."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from adapters.postgres.migrate import alembic_config, migrate, schema_version
from adapters.postgres.migrations import building
from tests.conftest import Services, at_database, fresh_database
from tests.kit.house import opened_place
from tests.reliability.house_processes import ROOT, eventually

SCRIPTS = ScriptDirectory.from_config(alembic_config("postgresql://nowhere/"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
BEFORE = dict(zip(REVISIONS, [None, *REVISIONS], strict=False))
KILL_OWN = "select pg_terminate_backend(pg_backend_pid())"
# Everything a revision can leave behind, by name: objects, columns, keys, bodies of functions, policies and rights.
CATALOGUE = """
select 'schema ' || nspname || coalesce(array_to_string(nspacl, ' '), '') from pg_namespace
where nspname in ('es', 'read', 'vault', 'public')
union all
select format('%%s %%s.%%s of %%s %%s %%s %%s', relkind, nspname, relname, relowner::regrole, relacl, relrowsecurity,
              relforcerowsecurity)
from pg_class c join pg_namespace n on n.oid = relnamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select format('%%s.%%s %%s %%s %%s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attacl)
from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
where nspname in ('es', 'read', 'vault', 'public') and attnum > 0 and relkind in ('r', 'p', 'v')
union all
select format('%%s on %%s: %%s', conname, conrelid::regclass, pg_get_constraintdef(c.oid))
from pg_constraint c join pg_namespace n on n.oid = connamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select pg_get_indexdef(indexrelid) from pg_index i join pg_class c on c.oid = indexrelid
join pg_namespace n on n.oid = relnamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select format('%%s %%s %%s', proowner::regrole, proacl, pg_get_functiondef(p.oid)) from pg_proc p
join pg_namespace n on n.oid = pronamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select format('%%s.%%s %%s %%s %%s %%s %%s', schemaname, tablename, policyname, roles, cmd, qual, with_check)
from pg_policies
union all
select format('%%s: %%s', c.oid::regclass, description) from pg_description join pg_class c on c.oid = objoid
join pg_namespace n on n.oid = relnamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select 'revision ' || %(revision)s
order by 1
""".replace("%%", "%")


@pytest.fixture
def empty(services: Services, template: str) -> Iterator[str]:
    """A database that nobody has migrated. The template comes first: roles belong to the whole server."""
    with fresh_database(services, "template1") as url:
        yield url


def catalogue(url: str) -> list[str]:
    """What is there, in a form that two databases can be compared by."""
    revision = schema_version(url) or "none"
    with psycopg.connect(url, autocommit=True) as superuser:
        statement = CATALOGUE.replace("%(revision)s", f"'{revision}'")
        return [str(row[0]) for row in superuser.execute(statement.encode())]


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch, before_each: Callable[[int, Any], None]) -> Iterator[list[str]]:
    """Every statement a revision sends; `before_each` is told its number and the connection it is about to use."""
    sent: list[str] = []
    send = building.execute

    def execute(statement: str) -> None:
        sent.append(statement)
        before_each(len(sent), building.op.get_bind().connection.driver_connection)
        send(statement)

    with monkeypatch.context() as patch:
        patch.setattr(building, "execute", execute)
        yield sent


def killing_at(number: int) -> Callable[[int, Any], None]:
    """The server ends the migration's own session just before this statement."""

    def kill(count: int, connection: Any) -> None:
        if count == number:
            with suppress(psycopg.OperationalError):
                connection.execute(KILL_OWN)

    return kill


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_killed_at_each_statement_is_run_again(
    revision: str, empty: str, master_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (earlier := BEFORE[revision]) is not None:
        migrate(empty, master_key=master_key, to=earlier)
    before = catalogue(empty)

    number, killed = 0, 0
    while True:
        number += 1
        with statements(monkeypatch, killing_at(number)) as sent:
            try:
                migrate(empty, master_key=master_key, to=revision)
                break
            except (psycopg.OperationalError, OperationalError):
                assert len(sent) == number
                killed += 1
        # Nothing of it stayed, and nothing stands in the way of the next attempt.
        assert schema_version(empty) == earlier
        if number == 1 or number % 10 == 0:
            assert catalogue(empty) == before

    assert killed == len(sent) > 0
    assert schema_version(empty) == revision
    assert catalogue(empty) != before
