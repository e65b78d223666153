"""What do monitors and logs learn? Whether we serve, figures without names, and a line per request without words."""

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Event, Semaphore, Timer
from time import sleep
from typing import Any

import psycopg
import pytest
import structlog

from adapters import telemetry
from adapters.operations.readiness import REMEMBERED_S, Limits, Readiness
from adapters.postgres.pools import Pools
from adapters.settings import Settings
from api.main import create_app
from tests.kit.client import TestClient
from tests.kit.house import GENEROUS, Place, a_flight

CANARY = "canary-7f3a-Zoé"
TOKEN = "a-token-of-the-monitor-0123456789"  # noqa: S105
FIGURES = (
    "escale_append_seconds_bucket",
    'escale_append_outcomes_total{outcome="appended"}',
    'escale_consumer_lag_events{consumer="projection:trips"}',
    "escale_consumer_lag_events_max",
    "escale_consumer_paused_units",
    "escale_consumer_parked_events",
    "escale_outbox_waiting",
    "escale_outbox_age_seconds",
    'escale_queue_depth{queue="projections"}',
    'escale_pool_connections{pool="commands"}',
    "escale_pool_waiting",
    'escale_http_requests_total{method="POST",route="/api/v1/enterprise/trips",status="201"}',
    'escale_http_request_seconds_count{method="POST",route="/api/v1/enterprise/trips"}',
    'escale_source_up{source="queues"} 1.0',
    "escale_log_events",
)


@pytest.fixture
def near(place: Place) -> TestClient:
    """A client on this machine."""
    return TestClient(create_app(place.house, limits=GENEROUS), client=("127.0.0.1", 4711))


def readiness(place: Place, pools: Pools | None = None, **limits: Any) -> Readiness:
    chosen = {"lag_events": 100_000, "free_mib": 1, **limits}
    return Readiness((pools or place.house.pools).dispatcher, Settings().data_dir, Limits(**chosen))


class TestReady:
    def test_names_every_check(self, place: Place) -> None:
        answer = place.client.get("/ready")
        assert answer.status_code == 200
        found = {check["name"]: check["status"] for check in answer.json()["checks"]}
        assert found == dict.fromkeys(("database", "migrations", "lag", "clock", "disk"), "ok")

    @pytest.mark.parametrize(
        ("limits", "failing"),
        [({"lag_events": -1}, "lag"), ({"free_mib": 10**9}, "disk"), ({"skew_s": -1}, "clock")],
    )
    def test_is_a_problem_that_names_what_fails(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, limits: dict[str, Any], failing: str
    ) -> None:
        monkeypatch.setattr(place.house, "readiness", readiness(place, **limits))
        answer = place.client.get("/ready")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"]
        problem = answer.json()
        assert problem["code"] == "not_ready"
        assert [each["name"] for each in problem["checks"] if each["status"] == "failing"] == [failing]

    def test_without_a_database_lives_and_says_so(
        self, place: Place, master_key: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nowhere = Pools("postgresql:///escale?host=/nowhere", master_key).open()
        monkeypatch.setattr(place.house, "readiness", readiness(place, nowhere))
        try:
            problem = place.client.get("/ready").json()
        finally:
            nowhere.close()
        statuses = {check["name"]: check["status"] for check in problem["checks"]}
        assert statuses == {
            "database": "failing",
            **dict.fromkeys(("migrations", "lag", "clock"), "unknown"),
            "disk": "ok",
        }
        assert "/nowhere" not in json.dumps(problem)
        assert place.client.get("/live").status_code == 200

    def test_names_the_missing_revision(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("adapters.operations.readiness.newest_revision", lambda: "9999")
        (check,) = (each for each in readiness(place).checks() if each.name == "migrations")
        assert check.status == "failing"
        assert "escale migrate" in check.detail


class TestWhileTheDatabaseHangs:
    def test_alive_is_answered_though_every_thread_waits(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Otherwise the process would be killed for the fault of its database."""
        go_on, waiting = Event(), Semaphore(0)

        def hang() -> list[Any]:
            waiting.release()
            go_on.wait()
            return []

        monkeypatch.setattr(place.house.readiness, "checks", hang)
        rescue = Timer(20, go_on.set)
        rescue.start()
        threads = place.house.settings.api_threads
        with ThreadPoolExecutor(threads) as callers:
            asked = [callers.submit(place.client.get, "/ready") for _ in range(threads)]
            for _ in range(threads):
                assert waiting.acquire(timeout=15)
            assert place.client.get("/live").status_code == 200
            assert not go_on.is_set(), "only when a thread was free again"
            go_on.set()
        rescue.cancel()
        assert {answer.result().status_code for answer in asked} == {200}

    def test_one_caller_waits_for_it_and_the_others_get_its_last_answer(
        self, place: Place, database_url: str
    ) -> None:
        looking = readiness(place)
        kept = looking.checks()
        sleep(REMEMBERED_S)
        with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as caller:
            other.execute("lock table es.checkpoint in access exclusive mode")
            first = caller.submit(looking.checks)
            while not looking._lock.locked():
                sleep(0.01)
            assert looking.checks() is kept
            assert not first.done()
            other.rollback()
            assert first.result() is not kept


class TestMetrics:
    def test_tell_everything_and_nobody(self, place: Place, near: TestClient) -> None:
        trip = place.plan(place.north)
        place.house_at_rest()
        near.post("/api/v1/enterprise/trips", json={"x": 1})
        near.get("/nothing/here")
        body = {"traveller_id": str(place.north.traveller.id), "purpose": CANARY}
        near.post("/api/v1/enterprise/trips", json=body, headers=place.north.owner.headers)
        answer = near.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        for figure in FIGURES:
            assert figure in answer.text, figure
        for name in (place.north.id, place.south.id, trip["id"], "north", CANARY, place.north.owner.id):
            assert str(name) not in answer.text
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", answer.text)

    def test_are_for_this_machine_and_for_the_token(
        self, place: Place, near: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert place.client.get("/metrics").status_code == 401
        assert near.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401
        settings = place.house.settings.model_copy(
            update={"metrics_token": Settings(metrics_token=TOKEN).metrics_token}
        )
        monkeypatch.setattr(place.house, "settings", settings)
        for presented, status in ((TOKEN, 200), (TOKEN[:-1], 401), ("", 401), ("é", 401)):
            headers = {"Authorization": f"Bearer {presented}".encode()}
            assert place.client.get("/metrics", headers=headers).status_code == status

    def test_say_which_source_is_silent(
        self, place: Place, near: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def silent(self: object) -> dict[str, int]:
            raise OSError

        monkeypatch.setattr("adapters.operations.standings.InstallationStandings.queues", silent)
        text = near.get("/metrics").text
        assert 'escale_source_up{source="queues"} 0.0' in text
        assert 'escale_source_up{source="consumers"} 1.0' in text


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Everything the process says, as it would be written."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    written = StringIO()
    telemetry.configure(written)
    structlog.configure(cache_logger_on_first_use=False)
    yield written
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


class TestLog:
    def test_has_a_line_per_request(self, place: Place, logged: StringIO) -> None:
        path = f"/api/v1/enterprise/trips/{place.plan(place.north)['id']}"
        logged.truncate(0)
        answer = place.client.get(f"{path}?min_position=1", headers=place.north.owner.headers)
        line = json.loads(logged.getvalue().strip("\0\n").splitlines()[-1])
        assert line.pop("duration_ms") > 0
        assert line.pop("timestamp")
        assert line == {
            "event": "request",
            "level": "info",
            "request_id": answer.headers["x-request-id"],
            "route": "/api/v1/enterprise/trips/{trip_id}",
            "method": "GET",
            "status": 200,
            "tenant_id": str(place.north.id),
        }

    def test_never_carries_secrets_or_what_people_wrote(self, place: Place, logged: StringIO) -> None:
        owner = place.north.owner
        headers = {**owner.headers, "X-Comment": CANARY[:11]}
        trips = "/api/v1/enterprise/trips"
        body = {"traveller_id": str(place.north.traveller.id), "purpose": CANARY, "segments": [a_flight()]}
        place.client.post(trips, json=body, headers=headers)
        place.client.post(trips, json={**body, "purpose": [CANARY]}, headers=headers)
        place.client.post(f"{trips}?q={CANARY}", content=CANARY, headers=headers)
        place.client.get(f"{trips}/{CANARY}?token={CANARY}", headers=headers)
        place.client.get(trips, headers={"Authorization": f"Bearer {CANARY.encode().hex()}"})
        place.client.get(trips, headers=owner.key_headers)
        sign_in = {"slug": "north", "email": f"{CANARY}@north.example", "password": CANARY}
        place.client.post("/api/v1/auth/sessions", json=sign_in)
        invited = {"email": f"{CANARY[:6]}@north.example", "display_name": CANARY, "roles": ["traveller"]}
        place.client.post("/api/v1/members", json=invited, headers=headers)
        place.house_at_rest()
        said = logged.getvalue()
        assert said.count('"event": "request"') >= 8
        for secret in (
            CANARY,
            CANARY[:11],
            CANARY.encode().hex(),
            json.dumps(CANARY)[1:-1],
            owner.token,
            owner.key,
        ):
            assert secret not in said
        assert "@north.example" not in said

    def test_of_a_library_is_json_without_words(self, logged: StringIO) -> None:
        try:
            raise ValueError(f"Key (email)=({CANARY}) already exists")
        except ValueError:
            logging.getLogger("somebody").exception(
                "cannot serve %s with esk_0123456789abcdef", "a@b.example"
            )
            structlog.get_logger().error("failed", exc_info=True, detail="postgresql://u:hunter22@h/db")
        lines = [json.loads(line) for line in logged.getvalue().splitlines()]
        assert [line["error"] for line in lines] == ["ValueError"] * 2
        assert all("test_operations.py" in line["places"][-1] for line in lines)
        for secret in (CANARY, "a@b.example", "esk_0123", "hunter22"):
            assert secret not in logged.getvalue()

    @pytest.mark.parametrize(
        "text",
        [
            '{{"password": "{}"}}',
            "api_key: {}",
            "password={}&next=1",
            "X-Api-Key: '{}'",
            "Passwd = {}",
            "redis://:{}@127.0.0.1:6379",
        ],
    )
    def test_blots_out_by_look(self, text: str) -> None:
        said = telemetry.redact(None, "info", {"detail": text.format("hunter2-XY"), "other": "kept"})
        assert "hunter2" not in said["detail"]
        assert said["other"] == "kept"

    @pytest.mark.parametrize(
        "name",
        [
            "password",
            "passwd",
            "Set-Cookie",
            "Authorization",
            "refresh_token",
            "display_name",
            "purpose",
            "database_url",
            "wrapped_secret",
        ],
    )
    def test_blots_out_by_name_at_any_depth(self, name: str) -> None:
        event = telemetry.redact(None, "info", {"outer": [{name: CANARY, "position": 3}]})
        assert event == {"outer": [{name: "[redacted]", "position": 3}]}
