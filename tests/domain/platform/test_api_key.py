"""How long does a program's key open anything?"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.platform.api_key import ApiKey, ApiKeyIssued, ApiKeyRevoked, ExpiryOutOfBounds
from domain.platform.roles import Scope

NOW = datetime(2030, 1, 2, tzinfo=UTC)


def key(expires_at: datetime | None = None) -> ApiKey:
    return ApiKey.issue(
        UUID(int=1),
        member_id=UUID(int=2),
        name="Nightly export",
        prefix="esk_abc",
        secret_hash="0" * 64,
        scopes=(Scope.TRIPS_READ, Scope.AUDIT_READ, Scope.TRIPS_READ),
        expires_at=expires_at,
        at=NOW,
    )


def test_lives_until_it_expires() -> None:
    it = key(NOW + timedelta(days=1))
    assert it.is_live(NOW)
    assert not it.is_live(NOW + timedelta(days=1))


def test_carries_each_scope_once() -> None:
    assert key().scopes == (Scope.AUDIT_READ, Scope.TRIPS_READ)


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_refuses_an_end_in_the_past_or_beyond_a_year(days: int) -> None:
    with pytest.raises(ExpiryOutOfBounds):
        key(NOW + timedelta(days=days))


def test_is_worthless_once_revoked_and_calm_when_repeated() -> None:
    it = key()
    it.revoke(at=NOW)
    it.revoke(at=NOW)
    assert [type(event) for event in it.collect_events()] == [ApiKeyIssued, ApiKeyRevoked]
    assert not it.is_live(NOW)
