"""Does every projector have the table its row describes, keyed, explained and protected?"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from projections.catalog import PROJECTORS
from projections.kernel.projector import Projector
from tests.kit.every import every

COLUMNS = """
select a.attname, a.attnotnull, col_description(a.attrelid, a.attnum) as words, c.collname,
       format_type(a.atttypid, null) as type
from pg_attribute a left join pg_collation c on c.oid = a.attcollation
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
LISTED = """
select column_name from information_schema.columns
where table_schema = 'read' and table_name = %s order by ordinal_position
"""
KEY_COLUMNS = """
select i.indisprimary,
       array(select a.attname::text from unnest(i.indkey::int2[]) with ordinality as k (attnum, at)
             join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum order by k.at) as columns
from pg_index i where i.indrelid = %s::regclass
"""
TABLES_IN_READ = "select tablename from pg_tables where schemaname = 'read'"
RIGHTS = """
select grantee, array_agg(privilege_type::text order by privilege_type::text)
from information_schema.role_table_grants
where table_schema = 'read' and table_name = %s and grantee <> 'escale_owner' group by grantee
"""

every_projector = every("projector", PROJECTORS, called=lambda one: one.name)


@pytest.fixture(scope="module")
def catalogue(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_every_table_belongs_to_one_projector(catalogue: psycopg.Connection[Any]) -> None:
    tables = [name for (name,) in catalogue.execute(TABLES_IN_READ)]
    assert sorted(tables) == sorted(projector.row.TABLE for projector in PROJECTORS)


def test_every_projector_has_a_name_of_its_own() -> None:
    assert len({projector.name for projector in PROJECTORS}) == len(PROJECTORS)


@every_projector
def test_columns_are_the_fields_of_the_row(
    projector: Projector[Any], catalogue: psycopg.Connection[Any]
) -> None:
    columns = [name for (name,) in catalogue.execute(LISTED, (projector.row.TABLE,))]
    assert columns == ["tenant_id", *projector.row.model_fields]


@every_projector
def test_every_column_may_be_null_exactly_when_its_field_may(
    projector: Projector[Any], catalogue: psycopg.Connection[Any]
) -> None:
    found = catalogue.execute(COLUMNS, (f"read.{projector.row.TABLE}",)).fetchall()
    optional = {name for name, not_null, *_ in found if not not_null}
    assert optional == {
        name
        for name, field in projector.row.model_fields.items()
        if type(None) in getattr(field.annotation, "__args__", ())
    }


@every_projector
def test_table_and_columns_are_explained(
    projector: Projector[Any], catalogue: psycopg.Connection[Any]
) -> None:
    table = f"read.{projector.row.TABLE}"
    said = catalogue.execute("select obj_description(%s::regclass, 'pg_class')", (table,)).fetchone()
    assert said is not None
    assert said[0]
    unexplained = [name for name, _, words, *_ in catalogue.execute(COLUMNS, (table,)) if not words]
    assert unexplained == []


@every_projector
def test_keys_and_indexes_start_with_the_tenant(
    projector: Projector[Any], catalogue: psycopg.Connection[Any]
) -> None:
    table = f"read.{projector.row.TABLE}"
    indexes = catalogue.execute(KEY_COLUMNS, (table,)).fetchall()
    assert {columns[0] for _, columns in indexes} == {"tenant_id"}
    assert [columns[1:] for primary, columns in indexes if primary] == [list(projector.row.KEY)]
    # Under row-level security only leakproof comparisons reach an index, and text must compare bytewise.
    kinds = {name: (kind, collation) for name, _, _, collation, kind in catalogue.execute(COLUMNS, (table,))}
    for name in {column for _, columns in indexes for column in columns}:
        assert kinds[name] in {
            ("uuid", None),
            ("bigint", None),
            ("date", None),
            ("timestamp with time zone", None),
            ("text", "C"),
        }


@every_projector
def test_only_the_projector_writes(projector: Projector[Any], catalogue: psycopg.Connection[Any]) -> None:
    rights = catalogue.execute(RIGHTS, (projector.row.TABLE,)).fetchall()
    assert dict(rights) == {
        "es_analyst": ["SELECT"],
        "escale_app": ["SELECT"],
        "escale_auditor": ["SELECT"],
        "escale_backup": ["SELECT"],
        "escale_projector": ["DELETE", "INSERT", "SELECT", "UPDATE"],
    }


@every_projector
def test_no_query_leaves_out_the_tenant(projector: Projector[Any]) -> None:
    """Row-level security would hide the rows anyway; the predicate is the first belt."""
    module = __import__(type(projector).__module__, fromlist=["*"])
    selects = [
        text
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and "from read." in text
    ]
    assert selects
    assert all("tenant_id = %(tenant_id)s" in text for text in selects)
