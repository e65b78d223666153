"""What belongs to no tenant is read by every service, added to by one, and changed by nobody."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.architecture.rights import REFERENCE_RIGHTS, ROLES

LETTERS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "D": "TRUNCATE", "x": "REFERENCES"}
TABLES = """
select 'ref.' || c.relname, pg_get_userbyid(c.relowner) from pg_class c
join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'ref' and c.relkind in ('r', 'p') order by 1
"""


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that is always rolled back."""
    with psycopg.connect(database_url) as connection:
        yield connection
        connection.rollback()


def test_every_table_is_listed_and_owned_by_the_owner(superuser: psycopg.Connection[Any]) -> None:
    found = superuser.execute(TABLES).fetchall()
    assert found == [(name, "escale_owner") for name in sorted(REFERENCE_RIGHTS)]


@pytest.mark.parametrize("table", REFERENCE_RIGHTS)
def test_rights_are_exactly_the_listed_ones(superuser: psycopg.Connection[Any], table: str) -> None:
    for role in ROLES:
        for letter, right in LETTERS.items():
            row = superuser.execute("select has_table_privilege(%s, %s, %s)", (role, table, right)).fetchone()
            assert row == (letter in REFERENCE_RIGHTS[table].get(role, ""),), f"{role} {right} {table}"


@pytest.mark.parametrize("table", REFERENCE_RIGHTS)
def test_every_service_reads_it_without_a_tenant(superuser: psycopg.Connection[Any], table: str) -> None:
    counting = sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".")))
    for role in REFERENCE_RIGHTS[table]:
        superuser.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        row = superuser.execute(counting).fetchone()
        assert row is not None
        assert row[0] > 0, f"{role} sees nothing of {table}"
        superuser.execute("reset role")


def test_nothing_hangs_on_a_tenant_or_runs_by_itself(superuser: psycopg.Connection[Any]) -> None:
    tenants = superuser.execute(
        "select 1 from information_schema.columns where table_schema = 'ref' and column_name = 'tenant_id'"
    )
    assert tenants.fetchall() == []
    triggers = superuser.execute(
        "select 1 from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where c.relnamespace = 'ref'::regnamespace and not t.tgisinternal"
    )
    assert triggers.fetchall() == []


def test_a_factor_without_provenance_is_refused_by_the_table_itself(
    superuser: psycopg.Connection[Any],
) -> None:
    for column, wrong in (("factor_id", ""), ("source", ""), ("publisher", ""), ("kg_co2e_per_unit", -1)):
        change = sql.SQL("update ref.emission_factor set {} = %s").format(sql.Identifier(column))
        with pytest.raises(psycopg.errors.CheckViolation), superuser.transaction():
            superuser.execute(change, (wrong,))
    with pytest.raises(psycopg.errors.NotNullViolation), superuser.transaction():
        superuser.execute("update ref.emission_factor set year = null")
