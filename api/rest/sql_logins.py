"""People with SQL: logins of the database that read the own company's tables, and nothing else."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Listing, Resource, View
from api.rest.session import CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.order import Answer
from application.platform.sql_logins import IssueSqlLogin, RevokeSqlLogin
from domain.platform.sql_login import LoginState, SqlLogin
from projections.platform import sql_logins
from projections.platform.sql_logins import SqlLoginRow

router = Shelf(prefix="/api/v1/enterprise/sql-logins", tags=["sql-logins"], route_class=StrictRoute)

SHOWN_ONCE = "Keep the password now: it is shown in this answer only and kept nowhere."
MADE_LATE = "An earlier request ended before the database had the login; it has it now, with this password."
SHOWN_BEFORE = (
    "The password was shown when the login was made. If it is lost, revoke the login and issue another."
)
IS_OVER = "The login has ended; issue another."


class SqlLoginView(Resource):
    """A person's login of the database."""

    id: UUID
    member_id: UUID
    name: str
    user_name: str = Field(description="what one signs in with")
    state: LoginState
    expires_at: datetime
    is_usable: bool = Field(
        description="whether it opens the database now; an issued one that does not was left by a request that "
        "died: repeat that request with its Idempotency-Key, or revoke the login"
    )

    @classmethod
    def of(cls, login: SqlLogin | SqlLoginRow, at: datetime, position: int | None = None) -> Self:
        """The login as the log has it; whether the server has it too is looked up by the caller."""
        is_issued = login.state is LoginState.ISSUED
        return cls(
            id=login.login_id if isinstance(login, SqlLoginRow) else login.id,
            version=login.version,
            position=position,
            member_id=login.member_id,
            name=login.name,
            user_name=login.user_name,
            state=LoginState.EXPIRED if is_issued and at >= login.expires_at else login.state,
            expires_at=login.expires_at,
            is_usable=is_issued and at < login.expires_at,
        )


class SqlLoginList(Listing[SqlLoginView]):
    """One page of SQL logins."""


class IssuedSqlLogin(View):
    """A new login, and how to use it. It reads schema `analytics` of the own company, three sessions at a time,
    30 seconds a statement."""

    sql_login: SqlLoginView
    password: str | None = Field(description="shown once; null when it was shown before")
    notice: str
    host: str = Field(description="as the service reaches it; a path is a socket on its machine")
    port: int
    database: str
    psql: str = Field(description="to paste into a shell; it asks for the password")


@router.post("", operation_id="issue_sql_login", status_code=201, summary="Issue a SQL login")
def issue_sql_login(body: IssueSqlLogin, session: SessionDep) -> IssuedSqlLogin:
    """Issues a login to a member who may read the company's tables: PostgreSQL itself then answers them. Ten may
    be live at a time. The password is shown once; a repeated request shows it only where the first one died
    before the database had the login."""
    login, answer, _ = session.create(body, SqlLogin, location="/api/v1/enterprise/sql-logins/{id}")
    password, notice = _opened(session, login.id, replayed=answer.replayed)
    place = session.house.sql_logins.place
    return IssuedSqlLogin(
        sql_login=_shown(session, login, answer),
        password=password,
        notice=notice,
        host=place.host,
        port=place.port,
        database=place.database,
        psql=place.psql(login.user_name),
    )


@router.get(
    "", operation_id="list_sql_logins", summary="List SQL logins", dependencies=[caught_up("sql-logins")]
)
def list_sql_logins(
    session: SessionDep, member_id: UUID | None = None, limit: Limit = 50, cursor: CursorText = None
) -> SqlLoginList:
    """The company's SQL logins, the latest issued first; no password is kept, so none is shown."""
    filters = {"member_id": member_id}
    at = session.house.clock()
    page = session.page(
        sql_logins.page, lambda row: SqlLoginView.of(row, at), limit=limit, cursor=cursor, filters=filters
    )
    return SqlLoginList(data=_at_the_server(session, page.data), next_cursor=page.next_cursor)


@router.delete("/{login_id}", operation_id="revoke_sql_login", summary="Revoke a SQL login")
def revoke_sql_login(login_id: UUID, session: SessionDep) -> SqlLoginView:
    """Ends a login and whatever it is doing, at once."""
    login, answer = session.change(RevokeSqlLogin(login_id=login_id), SqlLogin, login_id)
    # The process `sql-access` does it if we die here.
    session.house.sql_logins.close(session.tenant_id, login.user_name)
    return _shown(session, login, answer)


def _opened(session: Session, login_id: UUID, *, replayed: bool) -> tuple[str | None, str]:
    """The password, if the database is given the login now, and what is to be said about it."""
    login = session.stream(SqlLogin, login_id)
    if not login.is_live(session.house.clock()):
        return None, IS_OVER
    opened = session.house.sql_logins.open_once(session.tenant_id, login.user_name, until=login.expires_at)
    if opened is None:
        return None, SHOWN_BEFORE
    return opened.password, MADE_LATE if replayed else SHOWN_ONCE


def _shown(session: Session, login: SqlLogin, answer: Answer) -> SqlLoginView:
    view = SqlLoginView.of(login, session.house.clock(), answer.saved.position)
    return _at_the_server(session, [view])[0]


def _at_the_server(session: Session, views: list[SqlLoginView]) -> list[SqlLoginView]:
    known = session.house.sql_logins.known(view.user_name for view in views)
    return [
        view.model_copy(update={"is_usable": view.is_usable and view.user_name in known}) for view in views
    ]
