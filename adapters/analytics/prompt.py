"""What is answered to a statement typed at a terminal? What an analyst of the tenant would be told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg

from adapters.analytics.logins import SqlLogins
from domain.kernel.refusals import Malformed

LIFETIME = timedelta(minutes=5)
# One snapshot for the position and the rows, so that the answer is true at that position.
SNAPSHOT = "set transaction isolation level repeatable read, read only"
POSITION = "select coalesce(min(position), 0), coalesce(max(head), 0) from analytics.position"


class StatementRefused(Malformed):
    """PostgreSQL refuses the statement."""


@dataclass(frozen=True)
class SqlAnswer:
    """Rows, and how far the tables were: they include every event up to `position`, the log stood at `head`."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    has_more: bool
    position: int
    head: int


class SqlPrompt:
    """Signs in as a short-lived analyst of one tenant, asks once and leaves nothing behind."""

    def __init__(self, logins: SqlLogins, url: str, clock: Callable[[], datetime]) -> None:
        self._logins = logins
        self._url = url
        self._clock = clock

    def ask(self, tenant_id: UUID, statement: str, *, limit: int) -> SqlAnswer:
        """The first rows of the answer. Refuses with StatementRefused."""
        with self._logins.opened(tenant_id, until=self._clock() + LIFETIME) as login:
            try:
                with psycopg.connect(login.conninfo(self._url), connect_timeout=5) as connection:
                    return _answer(connection, statement, limit)
            except psycopg.Error as error:
                raise StatementRefused(_sentence(error)) from None


def _answer(connection: psycopg.Connection[Any], statement: str, limit: int) -> SqlAnswer:
    connection.execute(SNAPSHOT)
    position, head = connection.execute(POSITION).fetchone() or (0, 0)
    cursor = connection.cursor()
    rows = list(islice(cursor.stream(statement.encode()), limit + 1))
    columns = tuple(column.name for column in cursor.description or ())
    return SqlAnswer(columns, rows[:limit], len(rows) > limit, position, head)


def _sentence(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error) or "PostgreSQL refuses the statement"
    return f"{said[:1].upper()}{said[1:]}."
