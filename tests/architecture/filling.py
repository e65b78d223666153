"""How does a table get rows of some tenants, whatever its columns are?"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "'text ' || n",
    "bytea": "'\\x00'::bytea",
    "boolean": "n %% 2 = 0",
    "timestamp with time zone": "now() + n * interval '1 minute'",
    "date": "current_date + n",
    "jsonb": "'[]'::jsonb",
}
# Columns whose checks ask for something particular.
PARTICULAR = {
    ("es.command_log", "outcome"): "1",
    ("vault.subject_key", "wrapped_key"): "'\\x00'::bytea",
    ("read.market_offer", "is_listed"): "true",
    ("es.next_free", "is_public"): "true",
}
COLUMNS = """
select attname, format_type(atttypid, null)
from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped
  and ((attnotnull and not atthasdef) or (attname = any(%s)))
order by attnum
"""


def fill(connection: Connection[Any], table: str, tenants: Sequence[UUID], rows_each: int = 1) -> None:
    """Writes rows for each tenant, as whoever is signed in."""
    particular = [column for name, column in PARTICULAR if name == table]
    columns = connection.execute(COLUMNS, (table, particular)).fetchall()
    values = [
        sql.SQL("tenant")  # type: ignore[arg-type]
        if name == "tenant_id"
        else sql.SQL(PARTICULAR.get((table, name)) or VALUES.get(kind, "n"))
        for name, kind in columns
    ]
    connection.execute(
        sql.SQL(
            "insert into {} ({}) select {} from unnest(%s::uuid[]) as tenant, generate_series(1, %s) as n"
        ).format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
            sql.SQL(", ").join(values),
        ),
        (list(tenants), rows_each),
    )
