"""How are the rows of one read model read and written in bulk?

The database expands a JSON document into rows of the table's own type, so one statement
carries any number of rows and no column type is named twice.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any, Generic
from uuid import UUID

from psycopg import Connection, Cursor, sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from pydantic_core import to_json

from projections.kernel.row import Row
from projections.kernel.rows import Key, R

# LATERAL with LIMIT keeps the look-up one index probe per key, also on a table never analysed. The range with its
# order asks for the key's own index: of a tenant that is newer than the statistics the planner expects no rows, holds
# every index for as good, and would go through all of the tenant's rows for every key. BY_INDEX makes it decide so.
SELECT_BY_KEYS = """
select {columns_t}
from jsonb_populate_recordset(null::{table}, %(keys)s) as k
cross join lateral (
  select * from {table} as i where i.tenant_id = %(tenant_id)s and {i_is_k} order by {i_key} limit 1
) as t
"""
SELECT_BY_COLUMN = (
    "select {columns} from {table} where tenant_id = %(tenant_id)s and {column} = any (%(values)s)"
)
UPSERT = """
insert into {table} (tenant_id, {columns})
select %(tenant_id)s, {columns} from jsonb_populate_recordset(null::{table}, %(rows)s)
on conflict (tenant_id, {keys}) do {resolution}
"""
DELETE = """
delete from {table} as t using jsonb_populate_recordset(null::{table}, %(keys)s) as k
where t.tenant_id = %(tenant_id)s and {t_matches_k}
"""
# Whoever reads many keys says it in its transaction: a sort is no way to an order.
BY_INDEX = "set_config('enable_sort', 'off', true)"
CLEAR = "delete from {table} where tenant_id = %(tenant_id)s"


class RowTable(Generic[R]):
    """The rows of one tenant in `<schema>.<TABLE>`. Implements the Table port of the projectors.

    The caller owns the transaction and has entered the tenant.
    """

    def __init__(
        self, connection: Connection[Any], tenant_id: UUID, row: type[R], *, schema: str = "read"
    ) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._row = row
        self._schema = schema

    def by_keys(self, keys: Iterable[Key]) -> Iterable[R]:
        return self._select(SELECT_BY_KEYS, keys=self._key_rows(keys))

    def by_column(self, column: str, values: Collection[Any]) -> Iterable[R]:
        if column not in self._row.model_fields:
            raise LookupError(f"{self._row.__name__} has no column {column}")
        return self._select(SELECT_BY_COLUMN, column=column, values=list(values))

    def write(self, changed: Iterable[R], removed: Iterable[Key]) -> None:
        if rows := list(changed):
            self._execute(UPSERT, rows=Jsonb(rows, dumps=to_json))
        if gone := list(removed):
            self._execute(DELETE, keys=self._key_rows(gone))

    def clear(self) -> None:
        """Drops every row of the tenant."""
        self._execute(CLEAR)

    def _key_rows(self, keys: Iterable[Key]) -> Jsonb:
        return Jsonb([dict(zip(self._row.KEY, key, strict=True)) for key in keys], dumps=to_json)

    def _select(self, template: str, *, column: str = "tenant_id", **values: Any) -> Iterator[R]:
        cursor = self._connection.cursor(row_factory=dict_row)
        cursor.execute(
            statement(self._row, self._schema, template, column), {**values, "tenant_id": self._tenant_id}
        )
        return self._arriving(cursor)

    def _arriving(self, cursor: Cursor[DictRow]) -> Iterator[R]:
        """The rows once somebody looks: in a pipeline the question is sent, and nobody has waited yet."""
        with cursor:
            for row in cursor.fetchall():
                yield self._row.model_validate(row)

    def _execute(self, template: str, **values: Any) -> None:
        self._connection.execute(
            statement(self._row, self._schema, template), {**values, "tenant_id": self._tenant_id}
        )


@cache
def statement(row: type[Row], schema: str, template: str, column: str = "tenant_id") -> bytes:
    """One of the templates above for one table. Rendering costs as much as asking, so it is done once."""
    names = tuple(row.model_fields)
    values = [name for name in names if name not in row.KEY]
    return (
        sql.SQL(template)
        .format(
            table=sql.Identifier(schema, row.TABLE),
            column=sql.Identifier(column),
            columns=listed(names),
            columns_t=listed(names, "t"),
            keys=listed(row.KEY),
            i_is_k=sql.SQL("({i}) >= ({k}) and ({i}) <= ({k})").format(
                i=listed(row.KEY, "i"), k=listed(row.KEY, "k")
            ),
            i_key=listed(row.KEY, "i"),
            t_matches_k=matching(row.KEY, "t", "k"),
            resolution=update_of(values) if values else sql.SQL("nothing"),
        )
        .as_bytes()
    )


def listed(names: Iterable[str], alias: str | None = None) -> sql.Composed:
    """Columns with commas between them."""
    prefix = () if alias is None else (alias,)
    return sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in names)


def matching(names: Iterable[str], left: str, right: str) -> sql.Composed:
    """Equality of the same columns on both sides."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(left, name), sql.Identifier(right, name)) for name in names
    )


def update_of(names: Iterable[str]) -> sql.Composed:
    """What an upsert does with a row that is there already."""
    return sql.SQL("update set ") + sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names
    )
