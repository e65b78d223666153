"""When does a sign-in end?"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.platform.session import (
    SESSION_LIFETIME,
    RefreshTokenReused,
    RevocationReason,
    Session,
    SessionEnded,
    SessionRefreshed,
    SessionRevoked,
)

NOW = datetime(2030, 1, 2, tzinfo=UTC)


def session() -> Session:
    opened = Session.open(UUID(int=1), member_id=UUID(int=2), password_generation=1, at=NOW)
    opened.collect_events()
    return opened


def refresh(
    it: Session, generation: int, *, active: bool = True, password: int = 1, at: datetime = NOW
) -> None:
    it.refresh(generation=generation, member_is_active=active, password_generation=password, at=at)


class TestRefresh:
    def test_moves_to_the_next_token(self) -> None:
        it = session()
        refresh(it, 1)
        refresh(it, 2)
        assert [type(event) for event in it.collect_events()] == [SessionRefreshed, SessionRefreshed]
        assert it.generation == 3
        it.refuse_if_revoked()

    @pytest.mark.parametrize("presented", [0, 1, 3, 99])
    def test_records_the_revocation_when_a_token_is_presented_again(self, presented: int) -> None:
        it = session()
        refresh(it, 1)
        it.collect_events()
        refresh(it, presented)
        [revoked] = it.collect_events()
        assert isinstance(revoked, SessionRevoked)
        assert revoked.reason is RevocationReason.REFRESH_TOKEN_REUSE
        with pytest.raises(RefreshTokenReused):
            it.refuse_if_revoked()

    def test_refuses_even_the_newest_token_afterwards(self) -> None:
        it = session()
        refresh(it, 1)
        refresh(it, 1)
        with pytest.raises(SessionEnded):
            refresh(it, 2)

    def test_ends_with_the_member(self) -> None:
        it = session()
        refresh(it, 1, active=False)
        assert it.revoked_because is RevocationReason.MEMBER_DEACTIVATED

    def test_ends_with_the_password(self) -> None:
        it = session()
        refresh(it, 1, password=2)
        assert it.revoked_because is RevocationReason.PASSWORD_CHANGED
        with pytest.raises(SessionEnded):
            it.refuse_if_revoked()

    def test_refuses_after_thirty_days_however_often_it_was_refreshed(self) -> None:
        it = session()
        refresh(it, 1, at=NOW + SESSION_LIFETIME - timedelta(seconds=1))
        with pytest.raises(SessionEnded):
            refresh(it, 2, at=NOW + SESSION_LIFETIME)


class TestRevoke:
    def test_is_calm_when_already_revoked(self) -> None:
        it = session()
        it.revoke(RevocationReason.SIGNED_OUT, at=NOW)
        it.revoke(RevocationReason.REVOKED_BY_ADMIN, at=NOW)
        assert len(it.collect_events()) == 1
        assert it.revoked_because is RevocationReason.SIGNED_OUT
