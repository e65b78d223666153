"""SIGTERM under load: what was begun is answered, no job is lost, and the process is gone in ten seconds."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import UUID

import psycopg
import pytest

from adapters.failpoints import arm
from api.rest.examples import NEW_COMPANY
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from tests.kit import started
from tests.kit.house import Company, Place, opened_place
from tests.kit.started import Started

GONE_WITHIN_S = 10.0
CLIENTS = 6
LOAD_S = 1.5


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


@contextmanager
def escale(*words: str, log: Path, **environment: str) -> Iterator[Started]:
    with started.escale(*words, log=log, environment={**os.environ, **environment}) as process:
        yield process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_ready(port: int, log: Path) -> None:
    deadline = monotonic() + 30
    while monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/ready", timeout=2):
                return
        except (URLError, OSError):
            sleep(0.1)
    raise AssertionError(log.read_text())


class Client(Thread):
    """Plans trips, one after another, and remembers what was answered."""

    def __init__(self, place: Place, port: int, stop: Event) -> None:
        super().__init__(daemon=True)
        self._place, self._port, self._stop_asked = place, port, stop
        self.planned: list[str] = []
        self.refused: list[int] = []

    def run(self) -> None:
        traveller = str(self._place.north.traveller.id)
        body = json.dumps({"traveller_id": traveller, "purpose": "Load"}).encode()
        headers = {**self._place.north.owner.headers, "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self._port}/api/v1/enterprise/trips"
        while not self._stop_asked.is_set():
            try:
                with urlopen(Request(url, body, headers), timeout=10) as answer:
                    self.planned.append(json.load(answer)["id"])
            except HTTPError as error:
                self.refused.append(error.code)
            except (URLError, OSError, HTTPException):
                return  # nobody listens any more


def stopped(process: Started) -> float:
    began = monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    return monotonic() - began


def trips_in_the_log(database_url: str, place: Place, since: int) -> set[str]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute(
            "select originator_id from es.event where tenant_id = %s and position > %s"
            " and topic = 'trip.planned.v1'",
            (place.north.id, since),
        )
        return {str(row[0]) for row in rows}


def surroundings(database_url: str, redis_url: str, master_key: bytes) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ESCALE_MASTER_KEY": master_key.hex(),
    }


def test_the_api_answers_what_it_has_begun(
    place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "api.log"
    before = place.heads()[place.north.id]
    with escale(
        "api", log=log, ESCALE_PORT=str(port), **surroundings(database_url, redis_url, master_key)
    ) as api:
        await_ready(port, log)
        stop = Event()
        clients = [Client(place, port, stop) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        sleep(LOAD_S)
        took_s = stopped(api)
        stop.set()
        for client in clients:
            client.join(timeout=12)
    answered = [trip for client in clients for trip in client.planned]
    assert api.returncode == 0, log.read_text()[-2_000:]
    assert took_s < GONE_WITHIN_S
    assert len(answered) > 3 * CLIENTS
    assert [code for client in clients for code in client.refused] == []
    # Nothing was done without being answered, and nothing was answered without being done.
    assert set(answered) == trips_in_the_log(database_url, place, before)


def test_the_worker_loses_no_job(
    place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path
) -> None:
    environment = surroundings(database_url, redis_url, master_key)
    codes = []
    for round_number in range(3):
        for _ in range(15):
            place.plan(place.north)
        with escale("worker", log=tmp_path / f"worker-{round_number}.log", **environment) as worker:
            await_drained(place, place.heads()[place.north.id] - 10, within_s=20)
            for _ in range(15):
                place.plan(place.north)
            assert stopped(worker) < GONE_WITHIN_S
            codes.append(worker.returncode)
    assert codes == [0, 0, 0]
    with escale("worker", log=tmp_path / "worker.log", **environment):
        with escale("scheduler", log=tmp_path / "scheduler.log", **environment) as scheduler:
            await_drained(place, place.heads()[place.north.id], within_s=20)
            assert stopped(scheduler) < GONE_WITHIN_S
    assert list(place.house.jobs.projections.check(place.north.id)) == []


def test_worker_and_scheduler_show_their_figures(
    place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path
) -> None:
    """What a worker appends is no figure of the API's process."""
    environment = surroundings(database_url, redis_url, master_key)
    rules = {"name": "Strict", "max_daily_budget_eur": "1.00"}
    headers = place.north.owner.headers
    made = place.client.post("/api/v1/enterprise/policies", json=rules, headers=headers)
    assert made.status_code == 201, made.text
    trip = place.plan(place.north)
    booked = place.client.post(f"/api/v1/enterprise/trips/{trip['id']}/book", headers=headers)
    assert booked.status_code == 200, booked.text
    ports = {"worker": free_port(), "scheduler": free_port()}
    with escale(
        "worker", log=tmp_path / "w.log", ESCALE_WORKER_METRICS_PORT=str(ports["worker"]), **environment
    ):
        with escale(
            "scheduler",
            log=tmp_path / "s.log",
            ESCALE_SCHEDULER_METRICS_PORT=str(ports["scheduler"]),
            **environment,
        ) as scheduler:
            for port in ports.values():
                await_listening(port)
            await_drained(place, place.heads()[place.north.id], within_s=60)
            texts = {name: figures(port) for name, port in ports.items()}
            assert stopped(scheduler) < GONE_WITHIN_S
    assert 'escale_job_seconds_count{job="drain_tenant",outcome="done"}' in texts["worker"]
    assert 'escale_append_outcomes_total{outcome="appended"}' in texts["worker"]
    for text in texts.values():
        assert f"escale_log_events {float(sum(place.heads().values()))}" in text
        assert str(place.north.id) not in text


def figures(port: int) -> str:
    """Of a process without an API: open to this machine, and only under this path."""
    url = f"http://127.0.0.1:{port}"
    for path, headers, status in (("/", {}, 404), ("/metrics", {"X-Forwarded-For": "10.0.0.1"}, 401)):
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(url + path, headers=headers), timeout=10)
        assert refused.value.code == status
    with urlopen(f"{url}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def await_listening(port: int) -> None:
    deadline = monotonic() + 60
    while monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.05)
    raise AssertionError(f"nobody listens on {port}")


def await_drained(place: Place, position: int, *, within_s: float) -> None:
    deadline = monotonic() + within_s
    while lowest(place, place.north.id) < position:
        assert monotonic() < deadline, place.house.units()
        sleep(0.05)


def lowest(place: Place, tenant_id: UUID) -> Any:
    return min((unit.position for unit in place.house.units() if unit.tenant_id == tenant_id), default=0)


STEPS = ("confirm", "open", "note_open", "policy", "key", "subscribe", "complete")
ONE_OF_EACH = ("tenant.opened", "member.invited", "policy.adopted", "api-key.issued", "subscription.started")


def signed_up(place: Place, slug: str) -> str:
    """Somebody wants a company; the token of their letter."""
    wish = {**NEW_COMPANY, "slug": slug, "email": f"owner@{slug}.example"}
    answer = place.client.post("/api/v1/signup", json=wish)
    assert answer.is_success, answer.text
    return str(answer.json()["confirmation_token"])


def made_of(place: Place, token: str) -> dict[str, int]:
    """What there is of the company, asked for once more by whoever lost the answer; its key opens the door."""
    answer = place.client.post("/api/v1/signup/confirm", json={"token": token})
    assert answer.is_success, answer.text
    made = answer.json()
    bearer = {"Authorization": f"Bearer {made['api_key']}"}
    assert place.client.get("/api/v1/me", headers=bearer).status_code == 200
    company = Company(UUID(made["tenant_id"]), "")
    place.house.jobs.processes.drain(PLATFORM_TENANT_ID)
    place.house.jobs.processes.drain(company.id)
    return {topic: place.recorded(company, topic) for topic in ONE_OF_EACH}


def test_l33_an_api_killed_behind_each_step_of_a_sign_up_leaves_one_company(
    place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path
) -> None:
    """US33.4: a real process, a real SIGKILL, at every named step; another door finishes."""
    before = place.recorded(place.platform, "registration.made")
    environment = surroundings(database_url, redis_url, master_key)
    for step in STEPS:
        token, port = signed_up(place, f"killed-{step.replace('_', '-')}"), free_port()
        log = tmp_path / f"{step}.log"
        failpoints = {"ESCALE_PORT": str(port), "ESCALE_FAILPOINTS": f"signup.after_{step}=crash"}
        with escale("api", log=log, **environment, **failpoints) as api:
            await_ready(port, log)
            url, body = (
                f"http://127.0.0.1:{port}/api/v1/signup/confirm",
                json.dumps({"token": token}).encode(),
            )
            with pytest.raises((URLError, OSError, HTTPException)):
                urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=20)
            assert api.wait(timeout=20) == -signal.SIGKILL, step
        assert made_of(place, token) == dict.fromkeys(ONE_OF_EACH, 1), step
    assert place.recorded(place.platform, "registration.made") == before + len(STEPS)


def test_l33_a_worker_killed_after_each_command_of_a_sign_up_leaves_one_company(
    place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path
) -> None:
    """The door dies behind the confirmation; each worker does one more step and is killed, until none is left."""
    token = signed_up(place, "killed-workers")
    before = place.recorded(place.platform, "registration.made")
    arm("signup.after_confirm=error")
    try:
        assert place.client.post("/api/v1/signup/confirm", json={"token": token}).is_server_error
    finally:
        arm("")
    environment = surroundings(database_url, redis_url, master_key)
    killed = 0
    for number in range(12):
        log = tmp_path / f"worker-{number}.log"
        place.house.jobs.wake_ups.wake_up(PLATFORM_TENANT_ID)
        with escale("worker", log=log, **environment, ESCALE_FAILPOINTS="cmd.after_commit=crash") as worker:
            deadline = monotonic() + 20
            while worker.poll() is None and monotonic() < deadline and not is_complete(place):
                sleep(0.05)
            killed += worker.poll() == -signal.SIGKILL
        if is_complete(place):
            break
    assert killed >= 5, "each step was somebody's last"
    assert made_of(place, token) == dict.fromkeys(ONE_OF_EACH, 1)
    assert place.recorded(place.platform, "registration.made") == before + 1


def is_complete(place: Place) -> bool:
    """Has the last step of the last sign-up been taken?"""
    return place.recorded(place.platform, "signup.completed") >= place.recorded(
        place.platform, "signup.confirmed"
    )
