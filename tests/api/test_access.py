"""Who gets in, in which company, and how far."""

from typing import Any

import pytest

from tests.api.test_bad_input import is_problem
from tests.kit.house import PASSWORD, Founder, Place

TRIPS = "/api/v1/enterprise/trips"


class TestCredentials:
    @pytest.mark.parametrize(
        "authorization",
        [
            "",
            "Bearer",
            "Bearer ",
            "Basic eDp5",
            "Bearer x",
            "Bearer esk_" + "0" * 71 + "_000000",
            "Bearer é",
            "token",
        ],
    )
    def test_that_prove_nothing_are_answered_alike(self, place: Place, authorization: str) -> None:
        headers = {"Authorization": authorization.encode("latin-1")}
        answer = place.client.get(TRIPS, headers=headers)  # type: ignore[arg-type]
        assert is_problem(answer)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_missing_or_doubled_are_refused(self, place: Place) -> None:
        doubled = [("Authorization", place.north.owner.headers["Authorization"])] * 2
        assert place.client.get(TRIPS).status_code == 401
        assert place.client.get(TRIPS, headers=doubled).status_code == 401

    def test_come_before_the_body(self, place: Place) -> None:
        answer = place.client.post(TRIPS, content=b"{", headers={"Content-Type": "application/json"})
        assert answer.status_code == 401

    def test_in_the_address_or_body_count_for_nothing(self, place: Place) -> None:
        token = place.north.owner.token
        assert place.client.get(f"{TRIPS}?access_token={token}").status_code == 401
        assert place.client.get(TRIPS, headers={"Cookie": f"session={token}"}).status_code == 401


class TestSessions:
    def test_begin_go_on_and_end(self, place: Place) -> None:
        manager = place.south.manager
        Founder(place.house).with_password(place.south.id, manager)
        body = {"company": "south", "email": manager.email.upper(), "password": PASSWORD}
        signed_in = place.client.post("/api/v1/auth/sessions", json=body)
        assert signed_in.status_code == 201, signed_in.text
        tokens = signed_in.json()
        me = place.client.get("/api/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
        assert me.json()["member"]["id"] == str(manager.id)
        assert me.json()["session_id"] == tokens["session_id"]

        exchange = {"refresh_token": tokens["refresh_token"]}
        keyed = {"Idempotency-Key": "refresh once"}
        refreshed = place.client.post("/api/v1/auth/sessions/refresh", json=exchange, headers=keyed)
        repeated = place.client.post("/api/v1/auth/sessions/refresh", json=exchange, headers=keyed)
        assert (refreshed.status_code, repeated.status_code) == (200, 200)
        assert repeated.headers["idempotency-replayed"] == "true"

        access = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}
        ended = place.client.delete(f"/api/v1/auth/sessions/{tokens['session_id']}", headers=access)
        assert ended.json()["is_revoked"] is True
        assert place.client.get("/api/v1/me", headers=access).status_code == 401
        late = place.client.post(
            "/api/v1/auth/sessions/refresh", json={"refresh_token": refreshed.json()["refresh_token"]}
        )
        assert late.status_code == 401

    def test_end_when_a_refresh_token_is_used_twice(self, place: Place) -> None:
        body = {"company": "south", "email": place.south.manager.email, "password": PASSWORD}
        tokens = place.client.post("/api/v1/auth/sessions", json=body).json()
        exchange = {"refresh_token": tokens["refresh_token"]}
        path = "/api/v1/auth/sessions/refresh"
        first, second = place.client.post(path, json=exchange), place.client.post(path, json=exchange)
        assert first.status_code == 200
        assert (second.status_code, second.json()["code"]) == (401, "refresh_token_reused")
        third = place.client.post(path, json={"refresh_token": first.json()["refresh_token"]})
        assert third.status_code == 401

    def test_are_refused_alike_for_every_reason(self, place: Place) -> None:
        good = {"company": "south", "email": place.south.manager.email, "password": PASSWORD}
        answers = [
            place.client.post("/api/v1/auth/sessions", json={**good, **change})
            for change in (
                {"password": "wrong password"},
                {"email": "nobody@south.example"},
                {"company": "nowhere"},
                {"company": "north"},
            )
        ]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.json()["code"] for answer in answers}) == 1
        assert len({answer.json()["detail"] for answer in answers}) == 1

    def test_of_others_end_by_admins_only(self, place: Place) -> None:
        path = f"/api/v1/auth/sessions/{place.north.manager.session_id}"
        assert place.client.delete(path, headers=place.north.traveller.headers).status_code == 404
        assert place.client.delete(path, headers=place.north.owner.key_headers).status_code == 403
        assert place.client.delete(path, headers=place.south.owner.headers).status_code == 404


class TestTenants:
    def test_come_from_the_credential_and_a_header_only_narrows(self, place: Place) -> None:
        headers = place.north.owner.headers
        same = place.client.get(TRIPS, headers={**headers, "X-Tenant-ID": str(place.north.id)})
        other = place.client.get(TRIPS, headers={**headers, "X-Tenant-ID": str(place.south.id)})
        malformed = place.client.get(TRIPS, headers={**headers, "X-Tenant-ID": "south"})
        assert [answer.status_code for answer in (same, other, malformed)] == [200, 404, 400]

    def test_see_nothing_of_each_other(self, place: Place) -> None:
        trip = place.plan(place.north)["id"]
        place.house_at_rest()
        before = place.heads()
        north, flight = str(place.north.id), {"reason": "X"}
        calls: list[tuple[str, str, Any]] = [
            ("GET", f"{TRIPS}/{trip}", None),
            ("POST", f"{TRIPS}/{trip}/submit", None),
            ("POST", f"{TRIPS}/{trip}/cancel", flight),
            ("DELETE", f"{TRIPS}/{trip}/segments/{trip}", None),
            ("GET", f"/api/v1/enterprise/tenants/{north}", None),
            ("PATCH", f"/api/v1/enterprise/tenants/{north}/theme", {"primary_colour": "#000000"}),
            ("GET", f"/api/v1/enterprise/tenants/{north}/analytics", None),
            ("GET", f"/api/v1/members/{place.north.owner.id}", None),
            ("POST", f"/api/v1/members/{place.north.owner.id}/roles", {"roles": ["analyst"]}),
            ("POST", f"/api/v1/members/{place.north.owner.id}/password", {"password": "a new password"}),
            ("DELETE", f"/api/v1/members/{place.north.traveller.id}", None),
            ("DELETE", f"/api/v1/api-keys/{trip}", None),
        ]
        for method, path, body in calls:
            for who in (place.south.owner.headers, place.platform.admin.headers):
                if who == place.platform.admin.headers and method == "GET" and path.endswith(north):
                    continue  # the platform sees how a company was registered
                answer = place.client.request(method, path, json=body, headers=who)
                assert is_problem(answer), f"{method} {path}"
                assert answer.status_code in (403, 404), f"{method} {path} {answer.text}"
        stranger = {"traveller_id": str(place.north.traveller.id), "purpose": "X"}
        assert place.client.post(TRIPS, json=stranger, headers=place.south.owner.headers).status_code == 422
        listed = place.client.get(TRIPS, headers=place.south.owner.headers).json()["data"]
        assert trip not in [one["id"] for one in listed]
        assert place.heads() == before


class TestIdsOfAnotherKind:
    def test_are_unknown(self, place: Place) -> None:
        owner, member = place.north.owner.headers, place.north.owner.id
        answers = [
            place.client.get(f"{TRIPS}/{member}", headers=owner),
            place.client.post(f"{TRIPS}/{member}/submit", headers=owner),
            place.client.get(f"/api/v1/members/{place.plan(place.north)['id']}", headers=owner),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]


class TestTravellers:
    def test_see_their_own_trips_only(self, place: Place) -> None:
        traveller = place.north.traveller
        own = place.plan(place.north)["id"]
        others = place.plan(place.north, traveller_id=str(place.north.manager.id))["id"]
        place.house_at_rest()

        listed = place.client.get(f"{TRIPS}?limit=100", headers=traveller.headers).json()["data"]

        assert {one["traveller_id"] for one in listed} == {str(traveller.id)}
        assert own in {one["id"] for one in listed}
        assert place.client.get(f"{TRIPS}/{own}", headers=traveller.headers).status_code == 200
        assert place.client.get(f"{TRIPS}/{others}", headers=traveller.headers).status_code == 404
        asked = place.client.get(f"{TRIPS}?traveller_id={place.north.manager.id}", headers=traveller.headers)
        assert asked.status_code == 404
        assert (
            place.client.get(f"/api/v1/members/{traveller.id}", headers=traveller.headers).status_code == 200
        )
        other = place.client.get(f"/api/v1/members/{place.north.owner.id}", headers=traveller.headers)
        assert other.status_code == 404
        denied = place.client.get("/api/v1/members", headers=traveller.headers)
        assert (denied.status_code, denied.json()["code"]) == (403, "operation_not_permitted")

    def test_see_their_own_violations_only(self, place: Place) -> None:
        owner = place.north.owner.headers
        policy = {"name": "Strict", "max_daily_budget_eur": 1}
        assert place.client.post("/api/v1/enterprise/policies", json=policy, headers=owner).status_code == 201
        for traveller in (place.north.traveller.id, place.north.manager.id):
            trip = place.plan(place.north, traveller_id=str(traveller))
            submitted = place.client.post(f"{TRIPS}/{trip['id']}/submit", headers=owner)
            assert submitted.json()["verdict"]["broken"], submitted.text
        place.house_at_rest()

        path = "/api/v1/enterprise/violations"
        everyone = place.client.get(path, headers=owner).json()["data"]
        own = place.client.get(path, headers=place.north.traveller.headers).json()["data"]
        by_rule = place.client.get(f"{path}?rule=max_daily_budget_eur&limit=1", headers=owner).json()

        assert len({one["traveller_id"] for one in everyone}) == 2
        assert {one["traveller_id"] for one in own} == {str(place.north.traveller.id)}
        assert by_rule["data"][0]["rule"] == "max_daily_budget_eur"
        shown = place.client.get("/api/v1/enterprise/policies", headers=place.north.traveller.headers).json()
        assert (shown["max_daily_budget_eur"], shown["policy_version"]) == ("1.00", 1)


class TestMembers:
    def test_are_invited_changed_and_erased(self, place: Place) -> None:
        owner = place.north.owner.headers
        body = {"email": "New@north.example", "display_name": "New", "roles": ["traveller"]}
        made = place.client.post("/api/v1/members", json=body, headers=owner)
        taken = place.client.post("/api/v1/members", json=body, headers=owner)
        assert made.status_code == 201
        assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
        path = made.headers["location"]
        for step, fields, expected in (
            ("roles", {"roles": ["analyst"]}, {"roles": ["analyst"]}),
            ("email", {"email": "newer@north.example"}, {"email": "newer@north.example"}),
            ("deactivate", None, {"status": "deactivated"}),
            ("reactivate", None, {"status": "invited"}),
        ):
            answer = place.client.post(f"{path}/{step}", json=fields, headers=owner)
            assert answer.status_code == 200, answer.text
            assert expected.items() <= answer.json().items()
        erased = place.client.delete(path, headers=owner)
        assert erased.json()["status"] == "erased"
        assert "newer" not in erased.text
        assert place.client.delete(path, headers=place.north.owner.key_headers).status_code == 403

    def test_of_the_platform_register_companies(self, place: Place) -> None:
        body = {
            "company_name": "West",
            "slug": "west",
            "plan": "starter",
            "owner_email": "o@west.example",
            "owner_name": "O",
        }
        headers = {**place.platform.admin.headers, "Idempotency-Key": "west"}
        made = place.client.post("/api/v1/enterprise/tenants", json=body, headers=headers)
        again = place.client.post("/api/v1/enterprise/tenants", json=body, headers=headers)
        taken = place.client.post(
            "/api/v1/enterprise/tenants", json=body, headers=place.platform.admin.headers
        )
        reserved = place.client.post(
            "/api/v1/enterprise/tenants", json={**body, "slug": "admin"}, headers=place.platform.admin.headers
        )
        assert made.status_code == 201, made.text
        assert again.json() == made.json()
        assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")
        assert (reserved.status_code, reserved.json()["code"]) == (409, "slug_reserved")
        assert (
            place.client.get(made.headers["location"], headers=place.platform.admin.headers).status_code
            == 200
        )
        place.house_at_rest()
        listed = place.client.get("/api/v1/enterprise/tenants", headers=place.platform.admin.headers).json()[
            "data"
        ]
        assert {"north", "south", "west"} <= {one["slug"] for one in listed}
        denied = place.client.post("/api/v1/enterprise/tenants", json=body, headers=place.north.owner.headers)
        assert denied.status_code == 403

    def test_may_change_the_look(self, place: Place) -> None:
        path = f"/api/v1/enterprise/tenants/{place.north.id}/theme"
        owner = {**place.north.owner.headers, "Content-Type": "application/merge-patch+json"}
        blue = place.client.patch(
            path, content=b'{"primary_colour": "#0000ff", "body_font": "Inter"}', headers=owner
        )
        plain = place.client.patch(path, content=b'{"primary_colour": null}', headers=owner)
        assert blue.json()["theme"]["primary_colour"] == "#0000ff"
        assert plain.json()["theme"]["primary_colour"] is None
        assert plain.json()["theme"]["body_font"] == "Inter"


class TestHistory:
    def test_says_who_when_and_under_which_command(self, place: Place) -> None:
        headers = place.north.owner.headers
        trip = place.plan(place.north)
        submitted = place.client.post(f"{TRIPS}/{trip['id']}/submit", headers=headers)

        pages = [place.client.get(f"{TRIPS}/{trip['id']}/history?limit=1", headers=headers).json()]
        while pages[-1]["next_cursor"]:
            cursor = pages[-1]["next_cursor"]
            url = f"{TRIPS}/{trip['id']}/history?limit=1&cursor={cursor}"
            pages.append(place.client.get(url, headers=headers).json())
        facts = [fact for page in pages for fact in page["data"]]

        assert [fact["version"] for fact in facts] == list(range(1, submitted.json()["version"] + 1))
        assert facts[0]["topic"] == "trip.planned.v1"
        assert facts[-1]["position"] == submitted.json()["position"]
        assert facts[-1]["command_id"] == submitted.headers["escale-command"]
        assert {fact["actor_id"] for fact in facts} == {str(place.north.owner.id)}
        others = place.client.get(f"{TRIPS}/{trip['id']}/history", headers=place.south.owner.headers)
        assert others.status_code == 404


class TestTheEngineIsTheLibrarys:
    def test_planning_and_reading_a_trip_fail_without_it(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers = place.north.owner.headers
        trip = place.plan(place.north)["id"]

        def broken(*args: object, **kwargs: object) -> None:
            raise RuntimeError("the library was called")

        monkeypatch.setattr("eventsourcing.application.Application.save", broken)
        plan = {"traveller_id": str(place.north.traveller.id), "purpose": "Client visit"}
        assert place.client.post(TRIPS, json=plan, headers=headers).status_code == 500
        monkeypatch.undo()
        monkeypatch.setattr("eventsourcing.application.Repository.get", broken)
        assert place.client.get(f"{TRIPS}/{trip}", headers=headers).status_code == 500
        monkeypatch.undo()
        assert place.client.get(f"{TRIPS}/{trip}", headers=headers).status_code == 200
