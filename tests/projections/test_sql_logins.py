"""Which people have a login for the company's tables in SQL, and until when?"""

from datetime import timedelta
from uuid import UUID, uuid5

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.platform.sql_login import (
    EndReason,
    LoginState,
    SqlLoginExpired,
    SqlLoginIssued,
    SqlLoginRevoked,
    issued_user_name,
)
from projections.platform import sql_logins
from projections.platform.sql_logins import SqlLogins
from tests.kit.builders import MANAGER, NOW, STREAM, TENANT, TRAVELLER
from tests.kit.projecting import given_events, is_stable, project_into


def login_of(number: int) -> UUID:
    return uuid5(STREAM, f"login:{number}")


def user_name_of(number: int) -> str:
    return issued_user_name(TENANT, login_of(number))


def login_issued(number: int, *, member_id: UUID = TRAVELLER) -> SqlLoginIssued:
    return SqlLoginIssued(
        originator_id=login_of(number),
        originator_version=1,
        occurred_at=NOW,
        member_id=member_id,
        name="Monthly figures",
        user_name=user_name_of(number),
        expires_at=NOW + timedelta(days=30),
    )


HISTORY = given_events(
    login_issued(1),
    login_issued(2, member_id=MANAGER),
    SqlLoginRevoked(
        originator_id=login_of(1),
        originator_version=2,
        occurred_at=NOW,
        user_name=user_name_of(1),
        reason=EndReason.REVOKED,
    ),
    login_issued(3),
    SqlLoginExpired(
        originator_id=login_of(3), originator_version=2, occurred_at=NOW, user_name=user_name_of(3)
    ),
)


def test_the_row_is_the_login_as_it_stands() -> None:
    rows = is_stable(HISTORY, SqlLogins())
    states = [rows[(login_of(number),)].state for number in (1, 2, 3)]
    assert states == [LoginState.REVOKED, LoginState.ISSUED, LoginState.EXPIRED]
    assert rows[(login_of(1),)].version == 2


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    project_into(database_url, master_key, SqlLogins(), HISTORY.events)
    with reading(pools.queries, TENANT) as sql:
        first = sql_logins.page(sql, limit=2)
        assert [row.login_id for row in first.rows] == [login_of(3), login_of(2)]
        (last,) = sql_logins.page(sql, after=first.next_after).rows
        assert last == HISTORY.project(SqlLogins()).row(login_of(1))
        assert [row.login_id for row in sql_logins.page(sql, member_id=MANAGER).rows] == [login_of(2)]
    with reading(pools.queries, STREAM) as sql:
        assert sql_logins.page(sql).rows == []
