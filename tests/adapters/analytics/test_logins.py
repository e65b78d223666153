"""What does a person with a SQL login reach, however hard they try?"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from adapters.analytics.dictionary import VIEWS
from adapters.analytics.logins import OpenedLogin, SqlLogins, login_name
from adapters.jobs.analysts import AnalystTending
from projections.catalog import PROJECTORS
from tests.kit.house import Place, opened_place

REFUSED = (
    errors.InsufficientPrivilege,
    errors.UndefinedTable,
    errors.UndefinedFunction,
    errors.ReadOnlySqlTransaction,
    errors.UndefinedObject,
    errors.InvalidSchemaName,
    errors.FeatureNotSupported,
)


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """Two companies that planned a trip each, projected."""
    with opened_place(database_url, redis_url, master_key) as opened:
        opened.plan(opened.north)
        opened.plan(opened.south)
        opened.plan(opened.south)
        opened.house_at_rest()
        yield opened


@pytest.fixture(scope="module")
def logins(place: Place) -> SqlLogins:
    """The maker of logins, on the role of the API."""
    return place.house.sql_logins


@pytest.fixture(scope="module")
def north(place: Place, logins: SqlLogins) -> Iterator[OpenedLogin]:
    """A login of company north."""
    with logins.opened(place.north.id, until=in_days(1)) as login:
        yield login


@pytest.fixture
def analyst(database_url: str, north: OpenedLogin) -> Iterator[psycopg.Connection[Any]]:
    """An analyst of company north at a prompt."""
    with signed_in(database_url, north) as connection:
        yield connection


@contextmanager
def signed_in(database_url: str, login: OpenedLogin) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(login.conninfo(database_url), autocommit=True) as connection:
        yield connection


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def tenants_seen(connection: psycopg.Connection[Any]) -> set[Any]:
    """The tenants in every view."""
    return {
        tenant
        for view in VIEWS
        for (tenant,) in connection.execute(f"select distinct tenant_id from analytics.{view.name}")  # noqa: S608
    }


class TestReading:
    def test_shows_the_own_company_in_every_view(
        self, place: Place, analyst: psycopg.Connection[Any]
    ) -> None:
        assert tenants_seen(analyst) == {place.north.id}
        assert analyst.execute("select count(*) from trip").fetchone() == (1,)

    def test_the_log_is_whole_and_shows_no_person(
        self, place: Place, analyst: psycopg.Connection[Any]
    ) -> None:
        head = place.heads()[place.north.id]
        assert analyst.execute("select count(*), max(position) from event").fetchone() == (head, head)
        everything = analyst.execute("select string_agg(payload::text, ' ') from event").fetchone()
        assert everything is not None
        assert "trip.planned.v1" in {topic for (topic,) in analyst.execute("select topic from event")}
        for secret in ("Client visit", place.north.owner.email, "secret_hash", "password_hash", "argon2"):
            assert secret not in everything[0]

    def test_the_log_says_who_did_it(self, place: Place, analyst: psycopg.Connection[Any]) -> None:
        statement = (
            "select actor_id, actor_kind, source, occurred_at <= recorded_at from event"
            " where topic = 'trip.planned.v1'"
        )
        assert analyst.execute(statement).fetchall() == [(place.north.owner.id, "member", "client", True)]

    def test_says_how_far_each_table_is(self, place: Place, analyst: psycopg.Connection[Any]) -> None:
        head = place.heads()[place.north.id]
        rows = analyst.execute("select table_name, position, head, is_paused from position").fetchall()
        expected = {projector.row.TABLE for projector in PROJECTORS} | {"event"}
        assert sorted(rows) == sorted((name, head, head, False) for name in expected)

    def test_reads_one_partition_by_its_index(self, analyst: psycopg.Connection[Any]) -> None:
        analyst.execute("set enable_seqscan = off")
        plan = analyst.execute(
            "explain (analyze, costs off) select * from event where position = 1"
        ).fetchall()
        text = "\n".join(line for (line,) in plan)
        assert "Index Cond: ((tenant_id = " in text
        assert text.count("never executed") == 15 or "Subplans Removed: 15" in text, text


class TestOtherCompanies:
    @pytest.mark.parametrize(
        "attempt",
        [
            "set app.tenant_id = '{south}'",
            "select set_config('app.tenant_id', '{south}', false)",
            "set role es_analyst",
            "set row_security = off",
            "set search_path = read, es, vault, public",
            "do $$ begin perform set_config('app.tenant_id', '{south}', false); end $$",
        ],
    )
    def test_stay_hidden(self, place: Place, database_url: str, north: OpenedLogin, attempt: str) -> None:
        with signed_in(database_url, north) as connection:
            connection.execute(attempt.format(south=place.south.id))
            try:
                assert tenants_seen(connection) <= {place.north.id}
            except errors.InsufficientPrivilege:
                assert "row_security" in attempt

    def test_the_group_alone_sees_nobody(self, analyst: psycopg.Connection[Any]) -> None:
        analyst.execute("set role es_analyst")
        assert tenants_seen(analyst) == set()

    def test_statements_of_others_are_hidden(self, place: Place, analyst: psycopg.Connection[Any]) -> None:
        place.house_at_rest()
        texts = analyst.execute(
            "select distinct query from pg_stat_activity where usename <> current_user"
        ).fetchall()
        assert texts
        assert {text for (text,) in texts} <= {"<insufficient privilege>", ""}


ATTEMPTS = (
    # Becoming somebody else.
    "set role escale_app",
    "set role escale_owner",
    "set session authorization escale_app",
    "reset session authorization; set role escale_logins",
    "alter role {login} rename to an_00000000000000000000000000000000_x",
    "alter role current_user valid until 'infinity'",
    "alter role current_user connection limit 100",
    "alter role current_user bypassrls",
    "alter role current_user superuser",
    "create role somebody",
    "grant escale_app to current_user",
    "grant es_analyst to escale_app",
    # Tables behind the views.
    "select * from read.trip",
    "select * from es.event",
    "select * from es.event_00",
    "select * from es.command_log",
    "select * from es.tenant_head",
    "select * from vault.subject_key",
    "select * from pg_authid",
    "select * from pg_statistic",
    "select * from public.escale_migration",
    "create policy mine on analytics.trip using (true)",
    # Functions.
    "select es.append_events(null, null, null, null, null, null, null, null, null, null, null, null)",
    "select es.enter_tenant('{south}')",
    "select * from es.read_feed('{south}', 0, 10, 10)",
    "select es.create_analyst('{south}', 'an_x', 'x', now())",
    "select es.drop_analyst('{south}', 'an_x')",
    "select es.tend_analysts('{south}', '30 s')",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "select lo_import('/etc/passwd')",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('.')",
    "select * from dblink('', 'select 1') as t(a int)",
    "select pg_reload_conf()",
    "select query_to_xml('select * from es.event', true, true, '')",
    "create extension dblink",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/escale-analyst'",
    "copy analytics.trip from program 'true'",
    # Writing.
    "create temporary table mine (id int)",
    "create table analytics.mine (id int)",
    "create view analytics.mine as select 1",
    "create schema mine",
    "create function analytics.f() returns int language sql as $$ select 1 $$",
    "insert into analytics.trip (trip_id) values (gen_random_uuid())",
    "update analytics.trip set purpose = 'x'",
    "delete from analytics.violation",
    "alter view analytics.trip set (security_invoker = false)",
    "truncate es.event",
    "alter system set work_mem = '1GB'",
    "vacuum es.event",
)


class TestAttempts:
    @pytest.mark.parametrize("attempt", ATTEMPTS)
    def test_are_refused_with_the_read_only_switch_off(
        self, place: Place, analyst: psycopg.Connection[Any], attempt: str
    ) -> None:
        analyst.execute("set default_transaction_read_only = off")
        *before, last = attempt.format(south=place.south.id, login=analyst.info.user).split("; ")
        for part in before:
            analyst.execute(part)
        with pytest.raises(REFUSED):
            analyst.execute(last)

    def test_read_only_unless_switched_off(self, analyst: psycopg.Connection[Any]) -> None:
        shown = [
            analyst.execute(f"show {name}").fetchone()
            for name in ("default_transaction_read_only", "statement_timeout", "search_path")
        ]
        assert shown == [("on",), ("30s",), ("analytics",)]

    def test_the_sessions_of_others_cannot_be_ended(
        self, place: Place, analyst: psycopg.Connection[Any]
    ) -> None:
        with place.house.pools.queries.connection() as other:
            with pytest.raises(errors.InsufficientPrivilege):
                analyst.execute("select pg_terminate_backend(%s)", (other.info.backend_pid,))


class TestLogins:
    def test_a_fourth_connection_is_refused(self, place: Place, database_url: str, logins: SqlLogins) -> None:
        with logins.opened(place.north.id, until=in_days(1)) as login:
            opened = [psycopg.connect(login.conninfo(database_url)) for _ in range(3)]
            with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
                psycopg.connect(login.conninfo(database_url))
            for connection in opened:
                connection.close()

    def test_an_expired_login_opens_nothing_and_goes(
        self, place: Place, database_url: str, logins: SqlLogins
    ) -> None:
        login = logins.open(place.north.id, "expired", until=in_days(-1))
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(login.conninfo(database_url))
        assert AnalystTending(place.house.pools.dispatcher).act(0) == 1
        assert not logins.close(place.north.id, login.name)

    def test_a_closed_login_ends_its_sessions(
        self, place: Place, database_url: str, logins: SqlLogins
    ) -> None:
        login = logins.open(place.north.id, "closed", until=in_days(1))
        with psycopg.connect(login.conninfo(database_url)) as connection:
            assert logins.close(place.north.id, login.name)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("select 1")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(login.conninfo(database_url))

    def test_a_trace_left_in_another_database_holds_up_nobody(
        self, place: Place, database_url: str, logins: SqlLogins
    ) -> None:
        login = logins.open(place.north.id, f"t{uuid4().hex[:8]}", until=in_days(1))
        elsewhere = make_conninfo(login.conninfo(database_url), dbname="postgres")
        with psycopg.connect(elsewhere, autocommit=True) as stray:
            stray.execute("set default_transaction_read_only = off")
            stray.execute("alter default privileges grant select on tables to public")
        try:
            assert logins.close(place.north.id, login.name)
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(login.conninfo(database_url))
            late = logins.open(place.north.id, f"t{uuid4().hex[:8]}", until=in_days(-1))
            assert AnalystTending(place.house.pools.dispatcher).act(0) == 1
            assert not logins.close(place.north.id, late.name)
        finally:
            with psycopg.connect(make_conninfo(database_url, dbname="postgres")) as superuser:
                name = sql.Identifier(login.name)
                superuser.execute(sql.SQL("drop owned by {}").format(name))
                superuser.execute(sql.SQL("drop role if exists {}").format(name))

    def test_the_server_never_gets_the_password(
        self, place: Place, database_url: str, north: OpenedLogin
    ) -> None:
        with psycopg.connect(database_url) as superuser:
            row = superuser.execute(
                "select rolpassword from pg_authid where rolname = %s", (north.name,)
            ).fetchone()
        assert row is not None
        assert row[0].startswith("SCRAM-SHA-256$4096:")
        assert north.password not in repr(north)

    def test_nobody_makes_a_login_for_another_company(self, place: Place) -> None:
        verifier = "SCRAM-SHA-256$4096:" + "A" * 24 + "$" + "A" * 43 + "=:" + "A" * 43 + "="
        for name in (login_name(place.south.id, "x"), "escale_app", login_name(place.north.id, "X'; --")):
            with place.house.pools.commands.connection() as connection:
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(
                        "select es.create_analyst(%s, %s, %s, %s)",
                        (place.north.id, name, verifier, in_days(1)),
                    )

    @pytest.mark.parametrize(("verifier", "days"), [("a clear password", 1.0), (None, 92.0)])
    def test_nothing_but_a_verifier_and_ninety_days_is_taken(
        self, place: Place, logins: SqlLogins, verifier: str | None, days: float
    ) -> None:
        name = login_name(place.north.id, f"n{uuid4().hex[:8]}")
        known = verifier or "SCRAM-SHA-256$4096:" + "A" * 24 + "$" + "A" * 43 + "=:" + "A" * 43 + "="
        with place.house.pools.commands.connection() as connection:
            with pytest.raises(errors.InvalidParameterValue):
                connection.execute(
                    "select es.create_analyst(%s, %s, %s, %s)", (place.north.id, name, known, in_days(days))
                )

    def test_a_lifted_time_limit_is_enforced_from_outside(
        self, place: Place, database_url: str, north: OpenedLogin
    ) -> None:
        """The session lifts its own limit; the scheduler's step ends it all the same, and no idle one."""
        tending = AnalystTending(place.house.pools.dispatcher, longest_s=0)
        with signed_in(database_url, north) as idle, signed_in(database_url, north) as busy:
            busy.execute("set statement_timeout = 0")
            with ThreadPoolExecutor(1) as aside:
                sleeping = aside.submit(busy.execute, "select pg_sleep(600)")
                while not tending.act(0):
                    assert not sleeping.done()
                with pytest.raises(psycopg.OperationalError):
                    sleeping.result()
            assert idle.execute("select 1").fetchone() == (1,)
