"""Do the views of schema analytics keep the contract of the data dictionary?"""

import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.analytics.dictionary import SCHEMA, VIEWS, AnalyticsTable, described
from tests.kit.every import every

SNAPSHOT = Path(__file__).parents[2] / "snapshots" / "analytics.json"
COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), col_description(a.attrelid, a.attnum)
from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 order by a.attnum
"""
EVERY_VIEW = every("view", VIEWS, called=lambda one: one.name)


@pytest.fixture
def superuser(database_url: str) -> Any:
    """Whoever reads the catalogue."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_every_read_model_has_a_view_and_nothing_else_has(superuser: psycopg.Connection[Any]) -> None:
    found = superuser.execute("select viewname from pg_views where schemaname = %s", (SCHEMA,)).fetchall()
    assert {name for (name,) in found} == {view.name for view in VIEWS}, (
        "a read model and its view come together: add the view in a new revision"
    )


@EVERY_VIEW
def test_a_view_has_the_columns_types_and_words_of_the_dictionary(
    superuser: psycopg.Connection[Any], view: AnalyticsTable
) -> None:
    found = superuser.execute(COLUMNS, (f"{SCHEMA}.{view.name}",)).fetchall()
    assert found == [(column.name, column.sql_type, column.description) for column in view.columns]


@EVERY_VIEW
def test_a_view_says_what_it_shows(superuser: psycopg.Connection[Any], view: AnalyticsTable) -> None:
    ((comment,),) = superuser.execute("select obj_description(%s::regclass)", (f"{SCHEMA}.{view.name}",))
    assert comment == view.summary


def test_the_columns_are_a_public_contract() -> None:
    text = json.dumps(described(), indent=2) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(text)
    assert text == SNAPSHOT.read_text(), "the public contract changed; UPDATE_SNAPSHOTS=1 accepts it"
