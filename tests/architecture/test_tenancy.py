"""Can one tenant see, change, block or notice another, whatever statement is sent as whatever role?"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from adapters.postgres.roles import APP, LOGIN_ROLES, UnsafeConnection, refuse_unsafe, role_conninfo
from tests.architecture.catalogue import ROUTINES, ask
from tests.architecture.filling import fill
from tests.architecture.rights import BYPASSES_ROWS, COLUMN_RIGHTS, FUNCTIONS, RIGHTS, ROLES, SEES_ALL

A, B = UUID("00000000-0000-7000-8000-0000000000aa"), UUID("00000000-0000-7000-8000-0000000000bb")
ANALYSTS = "es_analyst"
DATABASE_ROLES = tuple(role for role in ROLES if role != "public")
STATEMENTS = ("select", "update", "delete", "truncate")
APPEND = """
select outcome, first_position, last_position, detail
from es.append_events(%s, %s::uuid[], %s::bytea[], array[1], %s::jsonb, array[%s]::uuid[], array[%s]::bigint[],
                      array['test.happened.v1'], array['{}'::bytea], array[gen_random_uuid()], array['{}'])
"""


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that is always rolled back."""
    with psycopg.connect(database_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def app(database_url: str, master_key: bytes) -> Iterator[psycopg.Connection[Any]]:
    """A fresh session of the app role, as the API opens it."""
    with psycopg.connect(role_conninfo(database_url, APP, master_key), autocommit=True) as connection:
        yield connection


def enter(connection: psycopg.Connection[Any], tenant: UUID) -> None:
    """Sets the tenant for the rest of the transaction."""
    connection.execute("select set_config('app.tenant_id', %s, true)", (str(tenant),))


def tenant_ids(connection: psycopg.Connection[Any], table: str) -> list[UUID]:
    """The tenants of the rows that can be seen."""
    statement = sql.SQL("select tenant_id from {}").format(sql.Identifier(*table.split(".")))
    return [row[0] for row in connection.execute(statement)]


def append(
    connection: psycopg.Connection[Any], tenant: UUID, stream: UUID, version: int, extras: Any = None
) -> tuple[Any, ...]:
    """Appends one event through the function."""
    row = connection.execute(
        APPEND, (tenant, [uuid4()], [b"\x00"], Jsonb([extras]) if extras else None, stream, version)
    ).fetchone()
    assert row is not None
    return row


def new_tenant(connection: psycopg.Connection[Any]) -> UUID:
    """A tenant with an open head."""
    tenant = uuid4()
    connection.execute("select es.open_head(%s)", (tenant,))
    return tenant


@pytest.mark.parametrize("table", RIGHTS)
class TestEveryStatementOfEveryRole:
    """Table x role x statement, with rows of two tenants in the table and one tenant in the session."""

    @pytest.fixture(autouse=True)
    def two_tenants(self, superuser: psycopg.Connection[Any], table: str) -> None:
        fill(superuser, table, [A, B])
        enter(superuser, A)

    def test_stays_inside_the_tenant(self, superuser: psycopg.Connection[Any], table: str) -> None:
        for role in DATABASE_ROLES:
            for statement in STATEMENTS:
                answer = attempt(superuser, role, statement_on(table, role, statement))
                cell = f"{role} could {statement} {table}"
                if not may(role, table, statement):
                    assert isinstance(answer, InsufficientPrivilege), cell
                elif statement != "select":
                    assert answer == 1, f"{cell}, rows of another tenant included"
                elif sees_all(role, table):
                    assert set(answer) == {A, B}, cell
                else:
                    assert set(answer) == {A}, f"{cell}, rows of another tenant included"

    def test_writes_nothing_for_another_tenant(self, superuser: psycopg.Connection[Any], table: str) -> None:
        for role in DATABASE_ROLES:
            superuser.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            with pytest.raises(InsufficientPrivilege), superuser.transaction():
                fill(superuser, table, [B], rows_each=2)

    def test_moves_no_row_to_another_tenant(self, superuser: psycopg.Connection[Any], table: str) -> None:
        statement = sql.SQL("update {} set tenant_id = {}").format(
            sql.Identifier(*table.split(".")), sql.Literal(uuid4())
        )
        for role in DATABASE_ROLES:
            assert isinstance(attempt(superuser, role, statement), InsufficientPrivilege), role

    def test_shows_nothing_without_a_tenant(self, superuser: psycopg.Connection[Any], table: str) -> None:
        superuser.execute("select set_config('app.tenant_id', '', true)")
        for role in DATABASE_ROLES:
            if may(role, table, "select") and not sees_all(role, table):
                assert attempt(superuser, role, statement_on(table, role, "select")) == [], role


def may(role: str, table: str, statement: str) -> bool:
    """What the list of rights says. Analysts have theirs for the views' sake: they can name no table."""
    if role == ANALYSTS:
        return False
    letter = {"select": "r", "update": "w", "delete": "d", "truncate": "D"}[statement]
    return letter in RIGHTS[table].get(role, "") or (table, role, statement.upper()) in COLUMN_RIGHTS


def sees_all(role: str, table: str) -> bool:
    """Is the role one of the named readers of every tenant?"""
    return role in SEES_ALL.get(table, set()) | BYPASSES_ROWS


def statement_on(table: str, role: str, statement: str) -> sql.Composed:
    """The simplest statement of its kind on every row in sight."""
    column = min(COLUMN_RIGHTS.get((table, role, "UPDATE"), {"tenant_id"}))
    text = {
        "select": "select tenant_id from {0}",
        "update": "update {0} set {1} = {1}",
        "delete": "delete from {0}",
        "truncate": "truncate {0}",
    }[statement]
    return sql.SQL(text).format(sql.Identifier(*table.split(".")), sql.Identifier(column))  # type: ignore[arg-type]


def attempt(connection: psycopg.Connection[Any], role: str, statement: sql.Composed) -> Any:
    """Runs a statement as the role and takes it back; answers tenants seen, rows touched, or the refusal."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            cursor = connection.execute(statement)
            return [row[0] for row in cursor] if cursor.description else cursor.rowcount
    except InsufficientPrivilege as error:
        return error


class TestSessions:
    READABLE = [table for table, rights in RIGHTS.items() if "r" in rights.get(APP, "")]

    def test_fresh_ones_see_nothing(
        self, database_url: str, app: psycopg.Connection[Any], superuser: psycopg.Connection[Any]
    ) -> None:
        self.with_rows(database_url)
        assert app.execute("select current_setting('app.tenant_id', true)").fetchone() == (None,)
        for table in self.READABLE:
            assert tenant_ids(app, table) == []

    def test_reused_ones_see_nothing(self, database_url: str, app: psycopg.Connection[Any]) -> None:
        self.with_rows(database_url)
        with app.transaction():
            enter(app, A)
            assert tenant_ids(app, "read.trip") != []
        assert app.execute("select current_setting('app.tenant_id', true)").fetchone() == ("",)
        for table in self.READABLE:
            assert tenant_ids(app, table) == []

    def test_a_tenant_does_not_outlive_its_transaction_in_a_pool(
        self, database_url: str, master_key: bytes
    ) -> None:
        self.with_rows(database_url)
        conninfo = role_conninfo(database_url, APP, master_key)
        with ConnectionPool(conninfo, min_size=1, max_size=1, kwargs={"autocommit": True}) as pool:
            sessions = set()
            for tenant in (A, B, A, B):
                with pool.connection() as connection, connection.transaction():
                    sessions.add(connection.info.backend_pid)
                    assert tenant_ids(connection, "read.trip") == []
                    enter(connection, tenant)
                    assert set(tenant_ids(connection, "read.trip")) == {tenant}
                with pytest.raises(ZeroDivisionError):
                    self.fail_inside(pool, tenant)
                with pytest.raises(psycopg.errors.DivisionByZero):
                    self.fail_in_the_database(pool, tenant)
                with pool.connection() as connection:
                    assert tenant_ids(connection, "read.trip") == []
            assert len(sessions) == 1

    @staticmethod
    def fail_inside(pool: ConnectionPool, tenant: UUID) -> None:
        with pool.connection() as connection, connection.transaction():
            enter(connection, tenant)
            raise ZeroDivisionError

    @staticmethod
    def fail_in_the_database(pool: ConnectionPool, tenant: UUID) -> None:
        with pool.connection() as connection, connection.transaction():
            enter(connection, tenant)
            connection.execute("select 1 / 0")

    def test_prepared_statements_look_again(self, database_url: str, app: psycopg.Connection[Any]) -> None:
        self.with_rows(database_url)
        app.prepare_threshold = 0
        for tenant in (A, B):
            for _ in range(8):
                with app.transaction():
                    enter(app, tenant)
                    assert set(tenant_ids(app, "read.trip")) == {tenant}
        prepared = app.execute(
            "select count(*) from pg_prepared_statements where statement like 'select tenant_id%'"
        )
        assert prepared.fetchone() == (1,)

    @staticmethod
    def with_rows(database_url: str) -> None:
        """Rows of two tenants that stay, in the tables the app may read."""
        with psycopg.connect(database_url, autocommit=True) as connection:
            if not tenant_ids(connection, "read.trip"):
                for table in TestSessions.READABLE:
                    fill(connection, table, [A, B])


class TestPartitions:
    @pytest.mark.parametrize("role", DATABASE_ROLES)
    def test_are_out_of_reach(self, superuser: psycopg.Connection[Any], role: str) -> None:
        superuser.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        for part in range(16):
            for statement in ("select * from {}", "truncate {}", "delete from {}"):
                with pytest.raises(InsufficientPrivilege), superuser.transaction():
                    superuser.execute(sql.SQL(statement).format(sql.Identifier("es", f"event_{part:02}")))


class TestTheLog:
    WRITES = (
        "insert into es.event select * from es.event",
        "update es.event set topic = topic",
        "delete from es.event",
        "truncate es.event",
        "update es.tenant_head set position = 0",
        "insert into es.tenant_head (tenant_id) values (gen_random_uuid())",
        "delete from es.command_log",
        "delete from es.claim",
        "update es.claim_total set units = 0",
        "lock table es.event in exclusive mode",
        "alter table es.event disable row level security",
        "drop policy tenant_rows on es.event",
        "set session_replication_role = replica",
        "set role escale_owner",
        "create table es.mine (tenant_id uuid)",
        "create table public.mine (tenant_id uuid)",
    )

    @pytest.mark.parametrize("statement", WRITES)
    def test_takes_nothing_but_appends(self, app: psycopg.Connection[Any], statement: str) -> None:
        tenant = new_tenant(app)
        assert append(app, tenant, uuid4(), 1)[:3] == ("appended", 1, 1)
        with app.transaction():
            enter(app, tenant)
            with pytest.raises(InsufficientPrivilege), app.transaction():
                app.execute(statement)  # type: ignore[arg-type]

    def test_does_not_let_a_tenant_squat_on_anothers_stream(self, app: psycopg.Connection[Any]) -> None:
        owner, squatter, stream = new_tenant(app), new_tenant(app), uuid4()
        assert append(app, owner, stream, 1)[0] == "appended"
        assert append(app, squatter, stream, 2)[:3] == (
            "appended",
            1,
            1,
        )  # a stream of its own, in its own line
        assert append(app, owner, stream, 2)[:3] == ("appended", 2, 2)
        with app.transaction():
            seen = app.execute(
                "select position from es.read_stream(%s, %s, 0, 100)", (owner, stream)
            ).fetchall()
        assert seen == [(1,), (2,)]

    def test_lets_equal_values_of_two_tenants_be(self, app: psycopg.Connection[Any]) -> None:
        one, other = new_tenant(app), new_tenant(app)

        def claim() -> dict[str, Any]:
            fact = {"kind": "member-email", "key": "camille@example.test", "holder": str(uuid4())}
            return {"claims": [{**fact, "units": 1, "capacity": 1, "shape": "interval"}]}

        assert append(app, one, uuid4(), 1, claim())[0] == "appended"
        assert append(app, other, uuid4(), 1, claim())[0] == "appended"
        refused = append(app, one, uuid4(), 1, claim())
        assert refused[0] == "refused"
        assert str(other) not in str(refused)

    def test_lets_equal_rows_of_two_tenants_be(self, superuser: psycopg.Connection[Any]) -> None:
        """Every key starts with the tenant, so a copy under another tenant never collides."""
        one, other = uuid4(), uuid4()
        for table in RIGHTS:
            name = sql.Identifier(*table.split("."))
            fill(superuser, table, [one])
            superuser.execute(
                sql.SQL(
                    "create temporary table copy on commit drop as select * from {} where tenant_id = {}"
                ).format(name, sql.Literal(one))
            )
            superuser.execute("update copy set tenant_id = %s", (other,))
            superuser.execute(sql.SQL("insert into {} select * from copy").format(name))
            superuser.execute("drop table copy")

    def test_shares_no_command_ids(self, app: psycopg.Connection[Any]) -> None:
        one, other = new_tenant(app), new_tenant(app)
        command = uuid4()
        for tenant in (one, other):
            row = app.execute(APPEND, (tenant, [command], [b"\x00"], None, uuid4(), 1)).fetchone()
            assert row is not None
            assert row[0] == "appended"


class TestFunctions:
    def test_refuse_another_tenant_than_the_one_in_context(self, superuser: psycopg.Connection[Any]) -> None:
        called = 0
        enter(superuser, A)
        for name, oid, _, _, _, first_argument in ask(superuser, ROUTINES):
            callers = FUNCTIONS.get(name, set())
            if first_argument != "p_tenant" or not callers:
                continue
            types = superuser.execute(
                "select format_type(t, null) from pg_proc, unnest(proargtypes::oid[]) with ordinality as a (t, n)"
                " where oid = %s order by n",
                (oid,),
            ).fetchall()
            arguments = [sql.Literal(B), *(sql.SQL(f"null::{kind}") for (kind,) in types[1:])]
            statement = sql.SQL("select * from {}({})").format(
                sql.Identifier(*name.split(".")), sql.SQL(", ").join(arguments)
            )
            superuser.execute(
                sql.SQL("set local role {}").format(sql.Identifier(APP if APP in callers else min(callers)))
            )
            with (
                pytest.raises(InsufficientPrivilege, match="another tenant is in context"),
                superuser.transaction(),
            ):
                superuser.execute(statement)
            superuser.execute("reset role")
            called += 1
        assert called >= 8

    def test_leave_no_tenant_behind(self, app: psycopg.Connection[Any]) -> None:
        tenant = new_tenant(app)
        append(app, tenant, uuid4(), 1)
        assert app.execute("select current_setting('app.tenant_id', true)").fetchone() == ("",)

    def test_answer_an_unknown_tenant_without_making_it(self, app: psycopg.Connection[Any]) -> None:
        stranger = uuid4()
        assert append(app, stranger, uuid4(), 1)[0] == "unknown_tenant"
        assert app.execute("select * from es.read_feed(%s, 0, 100, 10)", (stranger,)).fetchall() == []


class TestStartUp:
    def test_refuses_a_superuser(self, superuser: psycopg.Connection[Any]) -> None:
        with pytest.raises(UnsafeConnection, match="superuser"):
            refuse_unsafe(superuser)

    @pytest.mark.parametrize(
        "change", ["alter role {} bypassrls", "grant escale_owner to {}", "alter role {} superuser"]
    )
    def test_refuses_a_role_that_could_do_too_much(
        self, superuser: psycopg.Connection[Any], change: str
    ) -> None:
        superuser.execute("create role strong")
        superuser.execute(sql.SQL(change).format(sql.Identifier("strong")))
        superuser.execute("set local role strong")
        with pytest.raises(UnsafeConnection, match="strong"):
            refuse_unsafe(superuser)

    @pytest.mark.parametrize("role", LOGIN_ROLES)
    def test_accepts_the_service_roles(self, database_url: str, master_key: bytes, role: str) -> None:
        with psycopg.connect(role_conninfo(database_url, role, master_key)) as connection:
            refuse_unsafe(connection)
