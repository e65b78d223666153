"""What every operation has in common: versions, positions, pages, limits, problems, headers."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import sleep
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.redis.rate_limits import RateLimits
from api.main import create_app
from api.rest.limits import Limits
from projections.kernel.positions import ProjectionPaused
from tests.api.test_bad_input import is_problem
from tests.kit.client import TestClient
from tests.kit.house import Place

TRIPS = "/api/v1/enterprise/trips"


class TestVersions:
    def test_are_in_the_etag_and_checked_by_if_match(self, place: Place) -> None:
        trip = place.plan(place.north)
        path, headers = f"{TRIPS}/{trip['id']}", place.north.owner.headers
        assert place.client.get(path, headers=headers).headers["etag"] == '"v2"'

        submitted = place.client.post(f"{path}/submit", headers={**headers, "If-Match": '"v2"'})
        stale = place.client.post(
            f"{path}/cancel", json={"reason": "X"}, headers={**headers, "If-Match": '"v2"'}
        )

        assert (submitted.status_code, submitted.headers["etag"]) == (200, '"v3"')
        assert is_problem(stale)
        assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
        assert stale.json()["current_version"] == 3

    @pytest.mark.parametrize(
        "tag", ["v2", '"2"', 'W/"v2"', '"v2", "v3"', '"v-1"', '"v99999999999999999999"', ""]
    )
    def test_malformed_are_refused(self, place: Place, tag: str) -> None:
        trip = place.plan(place.north)
        answer = place.client.post(
            f"{TRIPS}/{trip['id']}/submit", headers={**place.north.owner.headers, "If-Match": tag}
        )
        assert is_problem(answer)
        assert answer.status_code == 400

    def test_are_not_silently_ignored_where_nothing_checks_them(self, place: Place) -> None:
        headers = {**place.north.owner.headers, "If-Match": '"v1"'}
        answer = place.client.post("/api/v1/enterprise/policies", json={"name": "P"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "version_not_expected")

    def test_spare_the_client_what_it_has(self, place: Place) -> None:
        trip = place.plan(place.north)
        for path in (f"{TRIPS}/{trip['id']}", f"/api/v1/members/{place.north.owner.id}"):
            headers = place.north.owner.headers
            tag = place.client.get(path, headers=headers).headers["etag"]
            same = place.client.get(path, headers={**headers, "If-None-Match": f'"v0", W/{tag}'})
            other = place.client.get(path, headers={**headers, "If-None-Match": '"v999"'})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
            assert other.status_code == 200


class TestPositions:
    def test_let_a_client_read_its_own_writes(self, place: Place) -> None:
        trip = place.plan(place.north)
        place.house_at_rest()
        path = f"{TRIPS}?min_position={trip['position']}&limit=1"
        answer = place.client.get(path, headers=place.north.owner.headers)
        assert [one["id"] for one in answer.json()["data"]] == [trip["id"]]

    def test_wait_for_what_a_process_makes_of_the_write(self, place: Place) -> None:
        headers = place.north.owner.headers
        rules = {"name": "Strict", "max_daily_budget_eur": 1, "advance_booking_days": None}
        assert place.client.post("/api/v1/enterprise/policies", json=rules, headers=headers).is_success
        trip = place.plan(place.north)
        position = place.client.post(f"{TRIPS}/{trip['id']}/submit", headers=headers).json()["position"]
        # The view has seen the submission; what the process will make of it is not in the log yet.
        place.house.jobs.projections.drain(place.north.id)
        path = f"/api/v1/enterprise/violations?trip_id={trip['id']}&min_position={position}"
        with ThreadPoolExecutor(1) as client:
            asked = client.submit(place.client.get, path, headers=headers)
            while not (place.house.positions._waiters or asked.done()):
                sleep(0.001)
            place.house_at_rest()
            answer = asked.result()
        assert [one["rule"] for one in answer.json()["data"]] == ["max_daily_budget_eur"]

    def test_not_reached_in_time_are_said_so(self, place: Place) -> None:
        position = place.plan(place.south)["position"]
        answer = place.client.get(f"{TRIPS}?min_position={position}", headers=place.south.owner.headers)
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (504, "position_not_reached")
        assert answer.headers["retry-after"]

    def test_of_a_paused_view_are_refused_at_once(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def paused(*_: Any) -> None:
            raise ProjectionPaused

        monkeypatch.setattr(place.house.positions, "wait", paused)
        answer = place.client.get(f"{TRIPS}?min_position=1", headers=place.south.owner.headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "projection_paused")

    def test_nobody_was_given_are_refused(self, place: Place) -> None:
        for path in (TRIPS, f"/api/v1/members/{place.north.owner.id}"):
            answer = place.client.get(f"{path}?min_position=999999", headers=place.north.owner.headers)
            assert is_problem(answer)
            assert (answer.status_code, answer.json()["code"]) == (422, "position_unknown")

    def test_are_in_body_and_header(self, place: Place) -> None:
        answer = place.client.post(
            TRIPS,
            json={"traveller_id": str(place.north.traveller.id), "purpose": "X"},
            headers=place.north.owner.headers,
        )
        assert answer.headers["escale-position"] == str(answer.json()["position"])
        assert answer.headers["location"] == f"{TRIPS}/{answer.json()['id']}"
        assert (
            place.client.get(answer.headers["location"], headers=place.north.owner.headers).status_code == 200
        )


class TestPages:
    def test_follow_each_other_without_gaps_while_rows_arrive(self, place: Place) -> None:
        made = [place.plan(place.south)["id"] for _ in range(5)]
        place.house_at_rest()
        seen: list[str] = []
        path: str | None = f"{TRIPS}?limit=2&status=planned"
        while path:
            answer = place.client.get(path, headers=place.south.owner.headers)
            seen += [trip["id"] for trip in answer.json()["data"]]
            link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
            path = link[1] if link else None
            assert (answer.json()["next_cursor"] is None) is (path is None)
            place.plan(place.south)
            place.house_at_rest()
        assert seen[:5] == made[::-1]
        assert len(set(seen)) == len(seen)

    def test_belong_to_their_tenant_list_and_filters(self, place: Place) -> None:
        for _ in range(3):
            place.plan(place.north)
        place.house_at_rest()
        mine = place.client.get(f"{TRIPS}?limit=1", headers=place.north.owner.headers).json()["next_cursor"]
        for path, who in (
            (f"{TRIPS}?limit=1&cursor={mine}", place.south.owner),
            (f"{TRIPS}?limit=1&status=planned&cursor={mine}", place.north.owner),
            (f"/api/v1/enterprise/violations?cursor={mine}", place.north.owner),
            (f"/api/v1/members?cursor={mine}", place.north.owner),
            (f"{TRIPS}?cursor={mine[:-1]}A", place.north.owner),
        ):
            answer = place.client.get(path, headers=who.headers)
            assert is_problem(answer)
            assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid"), path
        again = place.client.get(f"{TRIPS}?limit=3&cursor={mine}", headers=place.north.manager.headers)
        assert again.status_code == 200


class TestProblems:
    def test_answer_for_the_framework_too(self, place: Place) -> None:
        lost = place.client.get("/api/v1/nowhere", headers=place.north.owner.headers)
        method = place.client.put(TRIPS, headers=place.north.owner.headers)
        slash = place.client.get(TRIPS + "/", headers=place.north.owner.headers, follow_redirects=False)
        assert all(is_problem(answer) for answer in (lost, method, slash))
        assert [answer.status_code for answer in (lost, method, slash)] == [404, 405, 404]
        assert method.headers["allow"] == "GET, POST"

    def test_of_the_inside_tell_nothing(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        def broken(*_: Any) -> None:
            raise RuntimeError("canary-7f3a select * from secrets")

        monkeypatch.setattr(place.house.commands, "execute", broken)
        answer = place.client.post(
            TRIPS,
            json={"traveller_id": str(place.north.traveller.id), "purpose": "X"},
            headers=place.north.owner.headers,
        )
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert answer.json()["request_id"] in caplog.text
        assert "canary" not in caplog.text
        assert "in broken" in caplog.text

    def test_of_the_database_pass_by_themselves(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        from eventsourcing.persistence import OperationalError

        def away(*_: Any) -> None:
            raise OperationalError("the database did not answer")

        monkeypatch.setattr(place.house.commands, "execute", away)
        answer = place.client.post(
            TRIPS,
            json={"traveller_id": str(place.north.traveller.id), "purpose": "X"},
            headers=place.north.owner.headers,
        )
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"]

    def test_are_all_in_the_catalogue(self, place: Place) -> None:
        kinds = place.client.get("/problems").json()["data"]
        statuses = {kind["code"]: kind["status"] for kind in kinds}
        assert statuses["not_found"] == 404
        assert statuses["trip_not_planned"] == 409
        assert statuses["stale_version"] == 412
        assert statuses["tenant_read_only"] == 423
        assert statuses["projection_paused"] == 503
        for kind in kinds:
            assert place.client.get(kind["type"]).json() == kind
            assert 400 <= kind["status"] < 600
        assert is_problem(place.client.get("/problems/canary"))


class TestHeaders:
    def test_are_on_every_answer(self, place: Place) -> None:
        for answer in (
            place.client.get(TRIPS, headers=place.north.owner.headers),
            place.client.get(TRIPS),
            place.client.get("/docs"),
            place.client.get("/live"),
        ):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert "unsafe-eval" not in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"

    def test_name_the_request(self, place: Place) -> None:
        mine = place.client.get(
            "/live", headers={"X-Request-Id": "my-request-1", "traceparent": "00-zz-zz-00"}
        )
        forged = place.client.get("/live", headers={"X-Request-Id": "<script>"})
        assert mine.headers["x-request-id"] == "my-request-1"
        assert UUID(forged.headers["x-request-id"])

    def test_and_addresses_have_bounds(self, place: Place) -> None:
        long = place.client.get(TRIPS + "?cursor=" + "x" * 5_000, headers=place.north.owner.headers)
        large = place.client.get(TRIPS, headers={**place.north.owner.headers, "X-Large": "x" * 40_000})
        assert [long.status_code, large.status_code] == [414, 431]
        assert is_problem(long)
        assert is_problem(large)


class TestLimits:
    def test_are_told_and_kept(self, place: Place) -> None:
        limits = Limits(person=3, key=1_000, stranger=1_000, sign_in=4)
        with TestClient(create_app(place.house, limits=limits), client=(f"address-{uuid4()}", 1)) as client:
            answers = [client.get("/api/v1/position", headers=place.south.manager.headers) for _ in range(5)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
            assert answers[0].headers["ratelimit-policy"] == '"minute";q=3;w=60'
            assert re.fullmatch(r'"minute";r=2;t=\d+', answers[0].headers["ratelimit"])
            assert is_problem(answers[3])
            assert int(answers[3].headers["retry-after"]) > 0
            by_key = client.get("/api/v1/position", headers=place.south.manager.key_headers)
            assert by_key.status_code == 200
            body = {"company": f"nobody-{uuid4().hex[:8]}", "email": "a@b.example", "password": "x" * 8}
            signs = [client.post("/api/v1/auth/sessions", json=body).status_code for _ in range(4)]
            assert signs == [401, 401, 429, 429]

    def test_hold_for_strangers_by_address(self, place: Place) -> None:
        with TestClient(
            create_app(place.house, limits=Limits(stranger=3)), client=(f"address-{uuid4()}", 1)
        ) as client:
            wrong = {"Authorization": "Bearer nonsense"}
            answers = [client.get(TRIPS, headers=wrong).status_code for _ in range(5)]
            assert answers == [401, 401, 401, 429, 429]
            assert client.get(TRIPS, headers=place.north.owner.headers).status_code == 200

    def test_of_the_day_count_for_the_whole_tenant(self, redis_url: str) -> None:
        limits, tenant = RateLimits(redis_url), uuid4()
        spent = [
            limits.check(f"caller {number}", per_minute=100, daily_quota=3, tenant_id=tenant)
            for number in range(5)
        ]
        assert [one.allowed for one in spent] == [True, True, True, False, False]
        assert (spent[0].policy, spent[0].limit, spent[0].remaining) == ("day", 3, 2)
        assert 0 < spent[4].retry_after_s <= 86_400
        limits.close()

    def test_hold_in_process_while_redis_is_away_and_never_wait(self) -> None:
        limits = RateLimits("redis://127.0.0.1:1/0")
        started = datetime.now(UTC)
        spent = [limits.check("someone", per_minute=3) for _ in range(5)]
        assert (datetime.now(UTC) - started).total_seconds() < 1
        assert [one.allowed for one in spent] == [True, True, True, False, False]
        limits.close()
