"""Does everyone who is invited come in, once, within a week, and nobody else?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from adapters.house import now
from application.platform.members import DeactivateMember, SetPassword
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from tests.kit.house import PASSWORD, Founder, Place

INVITATIONS = "/api/v1/auth/invitations"


def invite(place: Place, **headers: str) -> Any:
    """Somebody new in the north."""
    body = {"email": f"{uuid4().hex[:12]}@north.example", "display_name": "New", "roles": ["analyst"]}
    answer = place.client.post("/api/v1/members", json=body, headers={**place.north.owner.headers, **headers})
    assert answer.status_code == 201, answer.text
    return answer.json()


def accept(place: Place, token: str, password: str = PASSWORD, **headers: str) -> Any:
    return place.client.post(INVITATIONS, json={"token": token, "password": password}, headers=headers)


def sign_in(place: Place, company: str, email: str) -> int:
    body = {"company": company, "email": email, "password": PASSWORD}
    return place.client.post("/api/v1/auth/sessions", json=body).status_code


@contextmanager
def later(place: Place, **ahead: float) -> Iterator[None]:
    place.house.clock = lambda: now() + timedelta(**ahead)
    try:
        yield
    finally:
        place.house.clock = now


class TestTheOwnerOfANewCompany:
    def test_comes_in(self, place: Place) -> None:
        company = {
            "company_name": "East",
            "slug": f"east-{uuid4().hex[:8]}",
            "plan": "starter",
            "owner_email": "owner@east.example",
            "owner_name": "Olga",
        }
        headers = {**place.platform.admin.headers, "Idempotency-Key": company["slug"]}
        made = place.client.post("/api/v1/enterprise/tenants", json=company, headers=headers)
        again = place.client.post("/api/v1/enterprise/tenants", json=company, headers=headers)
        assert made.json() == again.json()

        accepted = accept(place, made.json()["invitation_token"])

        assert accepted.status_code == 200, accepted.text
        assert (accepted.json()["status"], accepted.json()["roles"]) == ("active", ["owner"])
        assert sign_in(place, company["slug"], company["owner_email"]) == 201

    def test_has_no_token_where_nobody_was_named(self, place: Place) -> None:
        company = {"company_name": "East", "slug": f"east-{uuid4().hex[:8]}", "plan": "starter"}
        made = place.client.post(
            "/api/v1/enterprise/tenants", json=company, headers=place.platform.admin.headers
        )
        assert made.json()["invitation_token"] is None


class TestAMember:
    def test_comes_in_once(self, place: Place) -> None:
        keyed = {"Idempotency-Key": f"invite {uuid4()}"}
        body = {"email": f"{uuid4().hex[:12]}@north.example", "display_name": "New", "roles": ["analyst"]}
        headers = {**place.north.owner.headers, **keyed}
        invited = place.client.post("/api/v1/members", json=body, headers=headers).json()
        repeated = place.client.post("/api/v1/members", json=body, headers=headers).json()
        assert repeated == invited
        token = invited["invitation_token"]

        key = {"Idempotency-Key": "accept"}
        first, lost = accept(place, token, **key), accept(place, token, **key)
        assert (first.status_code, lost.status_code) == (200, 200)
        assert lost.headers["idempotency-replayed"] == "true"
        assert lost.json() == first.json()
        assert sign_in(place, "north", invited["email"]) == 201

        second = accept(place, token, "another good password")
        assert (second.status_code, second.json()["code"]) == (401, "invitation_invalid")
        shown = place.client.get(f"/api/v1/members/{invited['id']}", headers=place.north.owner.headers)
        assert "invitation_token" not in shown.json()

    def test_is_not_made_by_a_key(self, place: Place) -> None:
        """Else a key that may invite an admin could become one."""
        invited = invite(place, **place.north.owner.key_headers)
        assert invited["invitation_token"] is None

    def test_may_choose_again_when_the_password_was_weak(self, place: Place) -> None:
        token = invite(place)["invitation_token"]
        weak = accept(place, token, "password1")
        assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
        assert accept(place, token).status_code == 200


class TestATokenThatIsNotValid:
    @pytest.mark.parametrize("case", ["made up", "mistyped", "other", "late", "set otherwise", "deactivated"])
    def test_is_answered_alike(self, place: Place, case: str) -> None:
        invited = invite(place)
        token, founder, ahead = invited["invitation_token"], Founder(place.house), 0.0
        match case:
            case "made up":
                token = "esi_" + "0" * 71 + "_000000"
            case "mistyped":
                token = token[:-1] + ("a" if token[-1] != "a" else "b")
            case "other":
                token = place.house.identity.credentials.invitation(
                    tenant_id=place.north.id, member_id=uuid4(), password_generation=0
                )
            case "late":
                ahead = 7 * 24 + 1
            case "set otherwise":
                password = SetPassword(member_id=invited["id"], password=SecretStr(PASSWORD))
                founder.execute(place.north.id, password)
            case "deactivated":
                founder.execute(place.north.id, DeactivateMember(member_id=invited["id"]))
        before = place.heads()
        with later(place, hours=ahead):
            answer = accept(place, token, "another good password")
        assert (answer.status_code, answer.json()["code"]) == (401, "invitation_invalid")
        assert place.heads() == before

    def test_is_open_until_the_week_is_over(self, place: Place) -> None:
        token = invite(place)["invitation_token"]
        with later(place, hours=7 * 24 - 1):
            assert accept(place, token).status_code == 200


class TestThePlatformsFirstAdministrator:
    def test_is_appointed_once_and_comes_in(self, place: Place) -> None:
        email = f"Root-{uuid4().hex[:8]}@platform.example"
        appointed = place.house.appoint_platform_admin(email, "Root")
        again = place.house.appoint_platform_admin(email, "Root")
        assert (appointed.is_new, again.is_new) == (True, False)
        assert appointed.invitation == again.invitation
        assert appointed.invitation is not None
        head = place.house.streams(PLATFORM_TENANT_ID).head()
        assert accept(place, appointed.invitation).json()["roles"] == ["platform_admin"]
        assert sign_in(place, "platform", email) == 201
        assert place.house.streams(PLATFORM_TENANT_ID).head() > head
        joined = place.house.appoint_platform_admin(email, "Root")
        assert (joined.invitation, joined.has_joined) == (None, True)
