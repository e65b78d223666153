"""How does a query reach the database, bound to one tenant whatever it says?"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors

TENANT = "%(tenant_id)s"
# One statement, one round trip: nothing in this transaction can write, and the tenant is set.
ENTER_READING = "select set_config('transaction_read_only', 'on', true), es.enter_tenant(%s)"


class UnscopedStatement(Exception):
    """A query must name its tenant: add `tenant_id = %(tenant_id)s`; the handle supplies the value."""


class ScopedSql:
    """Implements the Sql port of the read models on one connection."""

    def __init__(self, connection: Connection[Any], tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._connection = connection

    def rows(self, statement: str, **parameters: Any) -> Sequence[Mapping[str, Any]]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(*self._scoped(statement, parameters)).fetchall()

    def row(self, statement: str, **parameters: Any) -> Mapping[str, Any] | None:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(*self._scoped(statement, parameters)).fetchone()

    def batches(self, statement: str, size: int, **parameters: Any) -> Iterator[Sequence[Mapping[str, Any]]]:
        """All rows of any number, a batch at a time: the database keeps the rest."""
        with self._connection.cursor(name="batches", row_factory=dict_row) as cursor:
            cursor.execute(*self._scoped(statement, parameters))
            while rows := cursor.fetchmany(size):
                yield rows

    def _scoped(self, statement: str, parameters: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
        if TENANT not in statement:
            raise UnscopedStatement(UnscopedStatement.__doc__)
        if "tenant_id" in parameters:
            raise UnscopedStatement("The tenant comes from the handle, never from an argument.")
        return statement.encode(), {**parameters, "tenant_id": self.tenant_id}


@contextmanager
def reading(pool: ConnectionPool, tenant_id: UUID) -> Iterator[ScopedSql]:
    """A read-only transaction inside one tenant."""
    with translated_errors(), pool.connection() as connection, connection.transaction():
        connection.execute(ENTER_READING, (tenant_id,))
        yield ScopedSql(connection, tenant_id)
