"""What is an API key worth, and when?"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.identity.api_keys import API_KEY_PATTERN, ApiKeyInvalid, derive_api_key, parse_api_key
from adapters.identity.sign_in import Caller, verify_api_key
from application.ports.credentials import IssuedSecret
from domain.platform.api_key import ApiKey
from domain.platform.member import SYSTEM, Member
from domain.platform.roles import Role, Scope

T = TypeVar("T")

NOW = datetime(2030, 1, 2, tzinfo=UTC)
MASTER = bytes(range(32))
TENANT, KEY, COMMAND, MEMBER = (UUID(int=number) for number in (1, 2, 3, 4))


def answering(found: T) -> Callable[[UUID, UUID], T]:
    """A look-up that always finds the same."""
    return lambda tenant_id, its_id: found


def issued(tenant_id: UUID = TENANT, key_id: UUID = KEY, command_id: UUID = COMMAND) -> IssuedSecret:
    return derive_api_key(MASTER, tenant_id=tenant_id, key_id=key_id, command_id=command_id)


@given(st.uuids(), st.uuids(), st.uuids())
def test_reads_back_tenant_and_key(tenant_id: UUID, key_id: UUID, command_id: UUID) -> None:
    secret = issued(tenant_id, key_id, command_id)
    parsed = parse_api_key(secret.presented)
    assert (parsed.tenant_id, parsed.key_id, parsed.secret_hash) == (tenant_id, key_id, secret.secret_hash)
    assert secret.presented.startswith(secret.prefix)


def test_is_found_by_the_published_pattern_wherever_it_leaks() -> None:
    text = f'curl -H "Authorization: Bearer {issued().presented}" https://escale.local'
    assert re.findall(API_KEY_PATTERN, text) == [issued().presented]


def test_is_the_same_for_the_same_command_only() -> None:
    assert issued() == issued()
    others = {
        issued(command_id=uuid4()).presented,
        issued(key_id=uuid4()).presented,
        issued(tenant_id=uuid4()).presented,
        derive_api_key(b"y" * 32, tenant_id=TENANT, key_id=KEY, command_id=COMMAND).presented,
    }
    secrets = {presented[48:75] for presented in others | {issued().presented}}
    assert len(secrets) == 5


def test_shows_no_secret_when_printed() -> None:
    assert issued().presented not in repr(issued())
    assert issued().presented[48:75] not in issued().prefix


@pytest.mark.parametrize("position", [4, 30, 60, 75, 81])
def test_refuses_a_typo_without_any_look_up(position: int) -> None:
    presented = issued().presented
    typo = presented[:position] + ("a" if presented[position] != "a" else "b") + presented[position + 1 :]
    with pytest.raises(ApiKeyInvalid):
        parse_api_key(typo)


@pytest.mark.parametrize(
    "presented",
    ["", "esk_", "esk_" + "z" * 71 + "_" + "0" * 6, "é" * 82, issued().presented + "\n", "x" * 10**6],
)
def test_refuses_what_is_no_key(presented: str) -> None:
    with pytest.raises(ApiKeyInvalid):
        parse_api_key(presented)


class TestVerify:
    def key(self) -> ApiKey:
        secret = issued()
        return ApiKey.issue(
            KEY,
            member_id=MEMBER,
            name="export",
            prefix=secret.prefix,
            secret_hash=secret.secret_hash,
            scopes=(Scope.TRIPS_READ,),
            expires_at=None,
            at=NOW,
        )

    def member(self) -> Member:
        return Member.invite(
            MEMBER,
            tenant_id=TENANT,
            email="a@b.example",
            display_name="A",
            roles=(Role.FINANCE,),
            by=SYSTEM,
            at=NOW,
        )

    def test_answers_roles_of_the_member_and_scopes_of_the_key(self) -> None:
        caller = verify_api_key(issued().presented, answering(self.key()), answering(self.member()), at=NOW)
        assert caller == Caller(
            tenant_id=TENANT,
            member_id=MEMBER,
            roles=frozenset({"finance"}),
            api_key_id=KEY,
            scopes=frozenset({"trips:read"}),
        )

    def test_asks_nothing_for_a_wrong_checksum(self) -> None:
        def never(tenant_id: UUID, key_id: UUID) -> ApiKey | None:
            raise AssertionError("asked the store")

        with pytest.raises(ApiKeyInvalid):
            verify_api_key(issued().presented[:-1] + "!", never, answering(None), at=NOW)

    def test_refuses_unknown_other_revoked_expired_and_orphaned(self) -> None:
        revoked, gone = self.key(), self.member()
        revoked.revoke(at=NOW)
        gone.deactivate(by=SYSTEM, at=NOW)
        forged = replace(issued(), presented=issued(command_id=uuid4()).presented)
        cases: list[tuple[str, ApiKey | None, Member | None, datetime]] = [
            (issued().presented, None, self.member(), NOW),
            (forged.presented, self.key(), self.member(), NOW),
            (issued().presented, revoked, self.member(), NOW),
            (issued().presented, self.key(), self.member(), NOW + timedelta(days=366)),
            (issued().presented, self.key(), None, NOW),
            (issued().presented, self.key(), gone, NOW),
        ]
        for presented, key, member, at in cases:
            with pytest.raises(ApiKeyInvalid):
                verify_api_key(presented, answering(key), answering(member), at=at)
