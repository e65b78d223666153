"""Each revision killed at each of its statements, then run again: the same schema, as if nothing had happened."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic
from typing import Any

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from adapters.event_store.appending import Appender
from adapters.postgres.migrate import alembic_config, migrate, schema_version
from adapters.postgres.migrations import building
from tests.conftest import Services, fresh_database
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
select format('%s %s.%s of %s %s %s %s', relkind, nspname, relname, relowner::regrole, relacl, relrowsecurity,
              relforcerowsecurity)
from pg_class c join pg_namespace n on n.oid = relnamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select format('%s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attacl)
from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
where nspname in ('es', 'read', 'vault', 'public') and attnum > 0 and relkind in ('r', 'p', 'v')
union all
select format('%s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(c.oid))
from pg_constraint c join pg_namespace n on n.oid = connamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select pg_get_indexdef(indexrelid) from pg_index i join pg_class c on c.oid = indexrelid
join pg_namespace n on n.oid = relnamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select format('%s %s %s', proowner::regrole, proacl, pg_get_functiondef(p.oid)) from pg_proc p
join pg_namespace n on n.oid = pronamespace where nspname in ('es', 'read', 'vault', 'public')
union all
select format('%s.%s %s %s %s %s %s', schemaname, tablename, policyname, roles, cmd, qual, with_check)
from pg_policies
union all
select format('%s: %s', c.oid::regclass, description) from pg_description join pg_class c on c.oid = objoid
join pg_namespace n on n.oid = relnamespace where nspname in ('es', 'read', 'vault', 'public')
order by 1
"""


@pytest.fixture
def empty(services: Services, template: str) -> Iterator[str]:
    """A database that nobody has migrated. The template comes first: roles belong to the whole server."""
    with fresh_database(services, "template1") as url:
        yield url


@pytest.fixture(scope="module")
def carried(services: Services, template: str) -> Iterator[str]:
    """A database that goes from revision to revision, each killed on the way."""
    with fresh_database(services, "template1") as url:
        yield url


@pytest.fixture(scope="module")
def watching(carried: str) -> Iterator[psycopg.Connection[Any]]:
    """Looks at that database from outside, again and again."""
    with psycopg.connect(carried, autocommit=True) as superuser:
        yield superuser


@pytest.fixture(scope="module", autouse=True)
def scripts_read_once() -> Iterator[None]:
    """Alembic reads all revisions from disk for every migration, which is a third of what the short ones cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", lambda config: SCRIPTS)
        yield


def catalogue(superuser: psycopg.Connection[Any]) -> list[str]:
    """What is there, in a form that two databases can be compared by."""
    known = superuser.execute("select to_regclass('public.escale_migration') is not null").fetchone()
    numbers = superuser.execute("table public.escale_migration").fetchall() if known == (True,) else "none"
    return [str(numbers), *(str(row[0]) for row in superuser.execute(CATALOGUE.encode()))]


@contextmanager
def statements(
    monkeypatch: pytest.MonkeyPatch, before_each: Callable[[str, Any], None]
) -> Iterator[list[str]]:
    """Every statement a revision sends; `before_each` is told it, and the connection it is about to use."""
    sent: list[str] = []
    send = building.execute

    def execute(statement: str) -> None:
        sent.append(statement)
        before_each(statement, building.op.get_bind().connection.driver_connection)
        send(statement)

    with monkeypatch.context() as patch:
        for module in (building, *(script.module for script in SCRIPTS.walk_revisions())):
            if hasattr(module, "execute"):
                patch.setattr(module, "execute", execute)
        yield sent


@pytest.fixture(scope="module")
def uninterrupted(services: Services, template: str, master_key: bytes) -> dict[str, list[str]]:
    """What is there after each revision, when nothing goes wrong."""
    found = {}
    with (
        fresh_database(services, "template1") as url,
        psycopg.connect(url, autocommit=True) as superuser,
    ):
        for revision in REVISIONS:
            migrate(url, master_key=master_key, to=revision)
            found[revision] = catalogue(superuser)
    return found


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_killed_at_each_kind_of_statement_is_run_again(
    revision: str,
    carried: str,
    watching: psycopg.Connection[Any],
    master_key: bytes,
    uninterrupted: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    earlier = BEFORE[revision]
    if earlier is not None and schema_version(carried) != earlier:  # this test alone
        migrate(carried, master_key=master_key, to=earlier)
    before = catalogue(watching)
    victims: set[str] = set()

    while True:
        with statements(monkeypatch, killing_the_first_not_in(victims)) as sent:
            try:
                migrate(carried, master_key=master_key, to=revision)
                break
            except (psycopg.OperationalError, OperationalError):
                assert kind_of(sent[-1]) in victims
        # Nothing of it stayed, and nothing stands in the way of the next attempt.
        assert catalogue(watching) == before

    assert victims == {kind_of(statement) for statement in sent}
    assert victims
    assert catalogue(watching) == uninterrupted[revision] != before


def test_a_migration_waits_for_a_lock_no_longer_than_it_may_and_dies_without_trace(
    empty: str, master_key: bytes, uninterrupted: dict[str, list[str]]
) -> None:
    """The last thing a revision does is to write down its own number."""
    newest = REVISIONS[-1]
    earlier = BEFORE[newest]
    assert earlier is not None
    migrate(empty, master_key=master_key, to=earlier)
    with psycopg.connect(empty) as holder:
        holder.execute("lock table public.escale_migration in share row exclusive mode")
        patient = alembic(empty)
        assert patient.wait(timeout=60) == 1
        assert b"lock timeout" in patient.communicate()[1]
        killed = alembic(empty)
        assert eventually(lambda: is_waiting(empty))
        killed.kill()
        killed.communicate()
    assert eventually(lambda: not is_waiting(empty))
    with psycopg.connect(empty, autocommit=True) as superuser:
        assert catalogue(superuser) == uninterrupted[earlier]
        migrate(empty, master_key=master_key)
        assert catalogue(superuser) == uninterrupted[newest]


def test_commands_go_on_while_the_newest_revision_is_made(
    empty: str, redis_url: str, master_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What runs meanwhile is the release before, which knows one way into the log.
    monkeypatch.setattr(Appender, "one_event", lambda *_: None)
    migrate(empty, master_key=master_key, to=BEFORE[REVISIONS[-1]] or "head")
    with opened_place(empty, redis_url, master_key) as place:
        done = Event()
        planned: list[list[float]] = [[], [], []]

        def client(number: int) -> None:
            while not done.is_set():
                place.plan(place.north)  # which insists on 201
                planned[number].append(monotonic())

        clients = [Thread(target=client, args=(number,)) for number in range(len(planned))]
        for each in clients:
            each.start()
        try:
            assert eventually(lambda: all(planned))
            began = monotonic()
            migrate(empty, master_key=master_key)
            ended = monotonic()
            assert eventually(lambda: all(times[-1] > ended for times in planned) or not all_alive(clients))
            assert all_alive(clients)
        finally:
            done.set()
            for each in clients:
                each.join()
        assert any(began < at < ended for times in planned for at in times)
        place.house_at_rest()
        assert list(place.house.jobs.projections.check(place.north.id)) == []


def killing_the_first_not_in(victims: set[str]) -> Callable[[str, Any], None]:
    """The server ends the migration's session just before a kind of statement it was never ended at."""
    is_spent = False

    def kill(statement: str, connection: Any) -> None:
        nonlocal is_spent
        if not is_spent and kind_of(statement) not in victims:
            victims.add(kind_of(statement))
            is_spent = True
            with suppress(psycopg.OperationalError):
                connection.execute(KILL_OWN)

    return kill


def kind_of(statement: str) -> str:
    """The statement without the names of tables and roles: sixteen partitions are made by the same words."""
    return re.sub(r"(es|read|vault|escale)[._]\w+(\(.*?\))?|remainder \d+", "_", statement, flags=re.DOTALL)


def alembic(url: str) -> "subprocess.Popen[bytes]":
    """A migrating process of its own."""
    address = url.replace("postgresql://", "postgresql+psycopg://")
    return subprocess.Popen(
        [sys.executable, "-m", "alembic", "-x", f"url={address}", "upgrade", "head"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def is_waiting(url: str) -> bool:
    """Does a migration stand before a lock?"""
    with psycopg.connect(url, autocommit=True) as superuser:
        row = superuser.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()
        return row is not None and row[0] > 0


def all_alive(threads: list[Thread]) -> bool:
    return all(each.is_alive() for each in threads)
