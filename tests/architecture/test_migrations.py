"""Does the migrated database keep the rules of tenancy, table by table and role by role?"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg import sql

from adapters.postgres.migrate import alembic_config, migrate
from tests.architecture import catalogue
from tests.architecture.catalogue import CHECKS, Check
from tests.architecture.filling import fill
from tests.architecture.rights import FUNCTIONS, LOGIN_FUNCTIONS, RIGHTS
from tests.conftest import Services, at_database

# DDL that each check must notice, and the thing its sentence must name.
WRONG: list[tuple[Check, str, str]] = [
    (catalogue.tables_not_listed, "create table read.fresh (tenant_id uuid primary key)", "read.fresh"),
    (catalogue.tables_not_listed, "drop table read.trip cascade", "read.trip"),
    (catalogue.unexpected_rights, "grant truncate on es.event to escale_app", "TRUNCATE on es.event"),
    (catalogue.unexpected_rights, "grant insert on es.event to escale_app", "INSERT on es.event"),
    (catalogue.unexpected_rights, "grant maintain on es.event to escale_app", "MAINTAIN on es.event"),
    (catalogue.unexpected_rights, "grant select on es.event_00 to escale_app", "es.event_00"),
    (catalogue.unexpected_rights, "grant select on read.trip to public", "public has SELECT on read.trip"),
    (catalogue.unexpected_rights, "revoke select on read.trip from escale_app", "escale_app lacks SELECT"),
    (catalogue.unexpected_column_rights, "grant select (state) on es.event to escale_dispatcher", "es.event"),
    (catalogue.unprotected_tables, "alter table read.trip no force row level security", "read.trip"),
    (catalogue.unprotected_tables, "alter table es.event_03 disable row level security", "es.event_03"),
    (catalogue.wrong_policies, "drop policy tenant_rows on read.trip", "read.trip"),
    (catalogue.wrong_policies, "create policy more on read.trip using (true)", "read.trip"),
    (
        catalogue.wrong_policies,
        "create policy more on read.trip for select to escale_app using (true)",
        "read.trip",
    ),
    (catalogue.wrong_policies, "alter policy tenant_rows on read.trip with check (true)", "read.trip"),
    (
        catalogue.wrong_policies,
        "alter policy tenant_rows on read.trip using (tenant_id = current_setting('app.tenant_id')::uuid)",
        "read.trip",
    ),
    (
        catalogue.subqueries_in_policies,
        "create policy sub on read.trip using (tenant_id in (select tenant_id from es.tenant_head))",
        "read.trip",
    ),
    (catalogue.foreign_owners, "create table read.fresh (tenant_id uuid primary key)", "read.fresh"),
    (
        catalogue.foreign_owners,
        "alter function es.enter_tenant(uuid) owner to current_user",
        "es.enter_tenant",
    ),
    (catalogue.open_views, "create view read.everything as select * from read.trip", "read.everything"),
    (catalogue.open_views, "create materialized view read.copy as select * from read.trip", "read.copy"),
    (
        catalogue.views_for_others,
        "grant select on analytics.trip to escale_dispatcher",
        "analytics.trip is read by",
    ),
    (
        catalogue.views_for_others,
        "create view read.mine with (security_invoker = true) as select * from read.trip",
        "read.mine",
    ),
    (catalogue.schemas_of_analysts, "grant usage on schema es to es_analyst", "es_analyst uses schema es"),
    (catalogue.schemas_of_analysts, "grant create on schema analytics to es_analyst", "may create in"),
    (catalogue.wrong_policies, "alter policy tenant_rows on read.trip to es_analyst", "es_analyst"),
    (catalogue.wrong_policies, "drop policy analyst_rows on read.trip", "read.trip lacks"),
    (catalogue.powerful_roles, "grant escale_owner to escale_logins", "escale_logins is a member of"),
    (
        catalogue.powerful_functions,
        "create function es.everything() returns bigint language sql security definer"
        " as $$ select count(*) from es.event $$",
        "es.everything",
    ),
    (catalogue.powerful_functions, "alter function es.open_head(uuid) reset search_path", "es.open_head"),
    (catalogue.powerful_functions, "alter function es.open_head(uuid) owner to current_user", "es.open_head"),
    (
        catalogue.unexpected_callers,
        "grant execute on function es.open_head(uuid) to escale_projector",
        "open_head",
    ),
    (
        catalogue.unexpected_callers,
        "create function read.fresh() returns int language sql as $$ select 1 $$",
        "read.fresh",
    ),
    (catalogue.keys_without_tenant, "create index wrong on read.trip (traveller_id)", "wrong"),
    (catalogue.keys_without_tenant, "create unique index wrong on read.member (email)", "wrong"),
    (
        catalogue.keys_without_tenant,
        "create table read.fresh (tenant_id uuid, id uuid references read.fresh, primary key (id))",
        "read.fresh",
    ),
    (catalogue.tables_without_tenant, "create table read.fresh (id uuid primary key)", "read.fresh"),
    (catalogue.keys_by_language, "create index wrong on read.trip (tenant_id, (purpose))", "purpose"),
    (catalogue.leaking_operators, "create index wrong on read.tenant (tenant_id, sla_level)", "wrong"),
    (catalogue.forbidden_machinery, "create sequence es.counter", "es.counter"),
    (
        catalogue.forbidden_machinery,
        "create table read.fresh (tenant_id uuid, n int generated always as identity)",
        "read.fresh",
    ),
    (
        catalogue.forbidden_machinery,
        "create function es.f() returns trigger language plpgsql as $$ begin return new; end $$;"
        "create trigger late before insert on read.trip for each row execute function es.f()",
        "read.trip",
    ),
    (
        catalogue.forbidden_machinery,
        "create table read.fresh (tenant_id uuid, p int4range, exclude using gist (p with &&))",
        "read.fresh",
    ),
    (catalogue.powerful_roles, "alter role escale_app bypassrls", "escale_app"),
    (catalogue.powerful_roles, "alter role escale_app superuser", "escale_app"),
    (catalogue.powerful_roles, "alter role escale_owner login", "escale_owner"),
    (catalogue.powerful_roles, "grant escale_owner to escale_app", "escale_app is a member of escale_owner"),
    (catalogue.powerful_roles, "create role escale_new", "escale_new"),
]


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that is always rolled back."""
    with psycopg.connect(database_url) as connection:
        yield connection
        connection.rollback()


class TestCatalogue:
    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_finds_nothing(self, superuser: psycopg.Connection[Any], check: Check) -> None:
        assert list(check(superuser)) == []

    @pytest.mark.parametrize(
        ("check", "change", "named"), WRONG, ids=[f"{w[0].__name__}: {w[1][:60]}" for w in WRONG]
    )
    def test_notices(self, superuser: psycopg.Connection[Any], check: Check, change: str, named: str) -> None:
        superuser.execute(change)
        assert [sentence for sentence in check(superuser) if named in sentence]

    def test_every_check_has_been_seen_to_fail(self) -> None:
        assert {check for check, _, _ in WRONG} == set(CHECKS)


class TestHotReads:
    """Under row-level security every column of the condition reaches the index."""

    STATEMENTS = [
        (
            "select * from es.event where tenant_id = %(t)s and originator_id = %(t)s and originator_version > 1",
            {"tenant_id", "originator_id", "originator_version"},
        ),
        (
            "select * from es.event where tenant_id = %(t)s and position > 5 order by position",
            {"tenant_id", "position"},
        ),
        (
            "select * from es.command_log where tenant_id = %(t)s and command_id = %(t)s",
            {"tenant_id", "command_id"},
        ),
        (
            "select * from es.claim where tenant_id = %(t)s and kind = 'k' and key = 'x' and ends_at > now()",
            {"tenant_id", "kind", "key", "ends_at"},
        ),
        (
            "select * from es.claim_total where tenant_id = %(t)s and kind = 'k' and key = 'x'",
            {"tenant_id", "kind", "key"},
        ),
        ("select * from es.checkpoint where tenant_id = %(t)s and consumer = 'c'", {"tenant_id", "consumer"}),
        ("select * from read.trip where tenant_id = %(t)s and trip_id = %(t)s", {"tenant_id", "trip_id"}),
        (
            "select * from read.trip where tenant_id = %(t)s and status = 'planned' and created_position < 9",
            {"tenant_id", "status", "created_position"},
        ),
        (
            "select * from read.violation where tenant_id = %(t)s and rule = 'r' and position < 9",
            {"tenant_id", "rule", "position"},
        ),
    ]

    @pytest.mark.parametrize(("statement", "columns"), STATEMENTS)
    def test_reach_the_index(
        self, superuser: psycopg.Connection[Any], statement: str, columns: set[str]
    ) -> None:
        tenant, table = uuid4(), statement.split()[3]
        fill(superuser, table, [tenant, uuid4(), uuid4()], rows_each=500)
        superuser.execute(sql.SQL("analyze {}").format(sql.Identifier(*table.split("."))))
        superuser.execute("set local role escale_app")
        superuser.execute("set local enable_seqscan = off")
        superuser.execute("set local enable_bitmapscan = off")
        superuser.execute("select set_config('app.tenant_id', %s, true)", (str(tenant),))
        plan = [row[0] for row in superuser.execute(f"explain {statement}", {"t": tenant})]
        conditions = " ".join(line for line in plan if "Index Cond" in line)
        assert columns <= set(re.findall(r"\w+", conditions)), "\n".join(plan)


class TestRevisions:
    def test_form_one_line(self) -> None:
        heads = ScriptDirectory.from_config(alembic_config("postgresql://nowhere/")).get_heads()
        assert len(heads) == 1, f"two revisions follow the same one: {heads}"

    def test_carry_schema_only(self) -> None:
        """FORCE RLS makes a data migration silently touch nothing."""
        folder = ScriptDirectory.from_config(alembic_config("postgresql://nowhere/")).dir
        for script in ScriptDirectory(folder).walk_revisions():
            text = Path(script.path).read_text()
            assert not re.search(r"\b(insert into|update \w+\.\w+ set|delete from)\b", text, re.IGNORECASE), (
                script.path
            )


# Citus, as far as plain PostgreSQL can play it: the two calls are written down with what they were asked.
CITUS = """
create table public.distributed (name text, keyed_by text, colocated text);
create table public.delegated (name text, keyed_by text, colocated text);
create function public.create_distributed_table(
  table_name regclass, distribution_column text, distribution_type text default 'hash',
  colocate_with text default 'default', shard_count int default null)
returns void language sql as $$
  insert into public.distributed values (table_name::text, distribution_column, colocate_with) $$;
create function public.create_reference_table(table_name regclass) returns void language sql as $$ select $$;
create function public.create_distributed_function(
  function_name regprocedure, distribution_arg_name text, colocate_with text default 'default',
  force_delegation boolean default null)
returns void language sql as $$
  insert into public.delegated
  select pronamespace::regnamespace || '.' || proname, distribution_arg_name, colocate_with
  from pg_proc where oid = function_name $$;
"""


@pytest.fixture(scope="module")
def citus(services: Services, master_key: bytes) -> Iterator[psycopg.Connection[Any]]:
    """A database drawn for Citus."""
    name = sql.Identifier(f"escale_citus_{uuid4().hex[:8]}")
    url = at_database(services.database_url, name.as_string().strip('"'))
    with psycopg.connect(services.database_url, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(name))
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(CITUS)
                migrate(url, master_key=master_key, citus=True)
                yield connection
        finally:
            server.execute(sql.SQL("drop database if exists {} with (force)").format(name))


class TestCitus:
    """The same revisions, drawn for Citus."""

    def test_distributes_every_table_by_tenant(self, citus: psycopg.Connection[Any]) -> None:
        rows = citus.execute("select name, keyed_by, colocated from public.distributed").fetchall()
        assert {name for name, _, _ in rows} == set(RIGHTS)
        assert len(rows) == len(RIGHTS)
        for name, keyed_by, colocated in rows:
            assert keyed_by == "tenant_id"
            assert colocated == ("default" if name == "es.tenant_head" else "es.tenant_head")
        assert rows[0][0] == "es.tenant_head"  # what the others are placed beside comes first

    def test_has_no_native_partitions(self, citus: psycopg.Connection[Any]) -> None:
        assert not citus.execute("select 1 from pg_class where relispartition or relkind = 'p'").fetchall()

    def test_runs_functions_beside_the_tenant(self, citus: psycopg.Connection[Any]) -> None:
        rows = citus.execute("select name, keyed_by, colocated from public.delegated").fetchall()
        assert {name for name, _, _ in rows} == (
            set(FUNCTIONS) - LOGIN_FUNCTIONS - {"es.enter_tenant", "es.simulation_allowed"}
        )
        assert {(keyed_by, colocated) for _, keyed_by, colocated in rows} == {("p_tenant", "es.tenant_head")}

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_keeps_the_same_rules(self, citus: psycopg.Connection[Any], check: Check) -> None:
        assert list(check(citus)) == []

    def test_gives_temporary_tables_to_the_checker_alone(self, citus: psycopg.Connection[Any]) -> None:
        """Granted on the database itself, which a copy of a template does not inherit."""
        allowed = citus.execute(
            "select rolname from pg_roles where rolname like 'escale\\_%' and not rolsuper"
            " and has_database_privilege(rolname, current_database(), 'temporary')"
        ).fetchall()
        assert allowed == [("escale_projector",)]

    def test_is_migrated_to_the_end(self, citus: psycopg.Connection[Any]) -> None:
        heads = ScriptDirectory.from_config(alembic_config("postgresql://nowhere/")).get_heads()
        assert citus.execute("select version_num from public.escale_migration").fetchall() == [(heads[0],)]
