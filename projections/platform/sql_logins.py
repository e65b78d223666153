"""Which people have a login for the company's tables in SQL, and until when?"""

from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.platform.sql_login import (
    LoginState,
    SqlLoginEvent,
    SqlLoginExpired,
    SqlLoginIssued,
    SqlLoginRevoked,
)
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class SqlLoginRow(Row):
    """One login for reading these tables in SQL. Its password is kept nowhere."""

    TABLE: ClassVar[str] = "sql_login"
    KEY: ClassVar[tuple[str, ...]] = ("login_id",)

    login_id: UUID
    """The login."""
    member_id: UUID
    """The member whose login it is."""
    name: str
    """What the login is for."""
    user_name: str
    """The name one signs in with; the company is part of it."""
    state: LoginState
    """Where the login stands: issued, revoked before its time, or expired."""
    expires_at: datetime
    """The end of its life: from then on the login opens nothing."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    created_at: datetime
    """When the first fact happened (occurred_at of the event)."""
    updated_at: datetime
    """When the latest fact happened (occurred_at of the event)."""
    created_position: int
    """Place of the first fact in the tenant's log; the order of lists, newest first."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class SqlLogins(Projector[SqlLoginRow]):
    """One row per login; one that ended stays listed."""

    name: ClassVar[str] = "sql-logins"
    row: ClassVar[type[SqlLoginRow]] = SqlLoginRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (SqlLoginIssued, SqlLoginRevoked, SqlLoginExpired)

    def project(self, event: SqlLoginEvent, rows: Rows[SqlLoginRow]) -> None:
        match event:
            case SqlLoginIssued():
                rows.put(_issued(event))
            case SqlLoginRevoked():
                _end(event, LoginState.REVOKED, rows)
            case SqlLoginExpired():
                _end(event, LoginState.EXPIRED, rows)
            case _:
                assert_never(event)


def _issued(event: SqlLoginIssued) -> SqlLoginRow:
    return SqlLoginRow(
        login_id=event.originator_id,
        member_id=event.member_id,
        name=event.name,
        user_name=event.user_name,
        state=LoginState.ISSUED,
        expires_at=event.expires_at,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


def _end(event: SqlLoginRevoked | SqlLoginExpired, state: LoginState, rows: Rows[SqlLoginRow]) -> None:
    rows.change(
        event.originator_id,
        state=state,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
    )


SELECT_SQL_LOGINS = """
select login_id, member_id, name, user_name, state, expires_at, version, created_at, updated_at,
       created_position, position
from read.sql_login
where tenant_id = %(tenant_id)s
"""
FILTERS = {"member_id": "and member_id = %(member_id)s", "after": "and created_position < %(after)s"}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def page(
    sql: Sql, *, member_id: UUID | None = None, after: Key | None = None, limit: int = 50
) -> Page[SqlLoginRow]:
    """Logins, the latest issued first."""
    limit = min(limit, LIMIT)
    asked = {"member_id": member_id, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_SQL_LOGINS, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [SqlLoginRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
