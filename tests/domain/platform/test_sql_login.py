"""How long does a person's login open anything, and which places does it take?"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.platform.sql_login import (
    EndReason,
    LoginState,
    SqlLogin,
    SqlLoginExpired,
    SqlLoginIssued,
    SqlLoginRevoked,
    issued_user_name,
    sql_login_id_of,
    tenant_of,
)

NOW = datetime(2030, 1, 2, tzinfo=UTC)
COMPANY = UUID(int=7)
USER_NAME = issued_user_name(COMPANY, UUID(int=8))


def login(days: int = 30) -> SqlLogin:
    return SqlLogin.issue(
        sql_login_id_of(USER_NAME),
        member_id=UUID(int=2),
        name="Monthly figures",
        user_name=USER_NAME,
        days=days,
        at=NOW,
    )


def test_lives_until_it_expires() -> None:
    it = login(days=1)
    assert it.is_live(NOW)
    assert not it.is_live(NOW + timedelta(days=1))


def test_is_over_once_revoked_and_calm_when_repeated() -> None:
    it = login()
    it.revoke(EndReason.REVOKED, at=NOW)
    it.revoke(EndReason.REVOKED, at=NOW)
    it.expire(at=NOW + timedelta(days=99))
    assert [type(event) for event in it.collect_events()] == [SqlLoginIssued, SqlLoginRevoked]
    assert (it.is_live(NOW), it.state) == (False, LoginState.REVOKED)


def test_expires_when_its_time_has_come_and_not_before() -> None:
    it = login(days=1)
    it.expire(at=NOW)
    assert it.state is LoginState.ISSUED
    it.expire(at=NOW + timedelta(days=1))
    assert [type(event) for event in it.collect_events()] == [SqlLoginIssued, SqlLoginExpired]


def test_holds_its_places_no_longer_than_it_lives() -> None:
    it = login(days=1)
    taken = it.collect_claims().taken
    assert {claim.key for claim in taken} == {"live", str(UUID(int=2))}
    assert {claim.expires_at for claim in taken} == {NOW + timedelta(days=1)}
    it.revoke(EndReason.REVOKED, at=NOW)
    assert {release.key for release in it.collect_claims().released} == {"live", str(UUID(int=2))}


def test_a_user_name_leads_to_its_company_and_its_stream() -> None:
    assert tenant_of(USER_NAME) == COMPANY
    assert sql_login_id_of(USER_NAME) == login().id
    with pytest.raises(ValueError, match="was not issued"):
        tenant_of(f"an_{COMPANY.hex}_t0123456789ab")
