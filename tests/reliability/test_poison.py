"""An event no projector can take, an effect that kills its worker, a dispatcher back from the dead: who suffers?"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.bootstrap import Settings
from adapters.failpoints import arm
from adapters.jobs.outbox import BACK_OFF_S
from adapters.jobs.worker import run_scheduler, run_worker
from adapters.operators import examined
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from tests.kit.house import Company, Place, a_flight, opened_place
from tests.reliability.ground import forbid_business, until
from tests.reliability.processes import stands_still, start, work
from tests.reliability.sink import SentTo, Sink, open_sink

TRIPS = "projection:trips"
PAUSED = "/api/v1/platform/paused-consumers"
POISON = "Poison"
PATIENCE_S = 60.0
ALLERGY = "alter table read.trip add constraint allergy check (purpose <> 'Poison') not valid"
CURE = "alter table read.trip drop constraint if exists allergy"
DECISIONS = """
select topic, meta::jsonb ->> 'actor' from es.event
where tenant_id = %s and topic like 'intervention.%%' order by position
"""
EFFECT = (
    "select effect_key, state, attempts, lease_token, done_at, last_error from es.outbox where tenant_id = %s"
)


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with open_sink() as opened:
        yield opened


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes, sink: Sink) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key, messages=SentTo(sink.url)) as opened:
        forbid_business(opened)
        yield opened


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def surroundings(database_url: str, redis_url: str, master_key: bytes, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ESCALE_MASTER_KEY": master_key.hex(),
        "ESCALE_DATA_DIR": str(tmp_path),
        "ESCALE_OUTBOX_LEASE_S": "1",
    }


@contextmanager
def at_work(place: Place) -> Iterator[None]:
    """Worker and scheduler run, as they do in an installation."""
    worker, scheduler = run_worker(place.house.jobs), run_scheduler(place.house.jobs)
    try:
        yield
    finally:
        scheduler.stop()
        worker.stop()


class TestAPoisonEvent:
    def test_stops_one_projection_of_one_company_until_an_operator_decides(
        self,
        place: Place,
        superuser: psycopg.Connection[Any],
        surroundings: dict[str, str],
    ) -> None:
        admin = place.platform.admin
        with at_work(place):
            superuser.execute(ALLERGY)
            poison(place)
            until(lambda: paused(place), within_s=PATIENCE_S, what=place.house.units)
            for company in (place.north, place.south):
                for _ in range(5):
                    place.plan(company)
            # Everybody else reaches the head; who is paused stands before the event.
            until(
                lambda: behind(place) == {(place.north.id, TRIPS)},
                within_s=PATIENCE_S,
                what=lambda: behind(place),
            )

            # The operator is told, in three places.
            (unit,) = listed(place)
            assert (unit["company_id"], unit["consumer"]) == (str(place.north.id), TRIPS)
            assert POISON not in unit["error"]
            assert (
                f'escale_consumer_paused_units{{consumer="{TRIPS}"}} 1.0'
                in place.house.metrics.text().decode()
            )
            found = {finding.name: finding for finding in examined(settings_of(surroundings))}
            assert (found["parked"].status, TRIPS in found["parked"].found) == ("failure", True)

            # Not mended: it pauses again at the same event. A decision about another event is none.
            assert decide(place, unit, "retry").status_code == 200
            until(
                lambda: len(decisions(superuser)) == 1 and paused(place),
                within_s=PATIENCE_S,
                what=place.house.units,
            )
            elsewhere = decide(place, {**unit, "position": unit["position"] + 1}, "skip")
            assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "not_parked_there")
            for stranger in (place.north.owner, place.south.owner):
                assert decide(place, unit, "skip", by=stranger.headers).status_code in (403, 404)

            # Mended, and decided twice under one key: it goes on, once.
            superuser.execute(CURE)
            key = {"Idempotency-Key": "mended"}
            first, second = (decide(place, unit, "retry", **key) for _ in range(2))
            assert (first.status_code, second.status_code, second.json()) == (200, 200, first.json())
            until(lambda: behind(place) == set(), within_s=PATIENCE_S, what=lambda: behind(place))
            assert listed(place) == []

            # Skipped: it goes on without, and so does every replay.
            superuser.execute(ALLERGY)
            poison(place)
            until(lambda: paused(place), within_s=PATIENCE_S, what=place.house.units)
            (unit,) = listed(place)
            assert decide(place, unit, "skip").status_code == 200
            place.plan(place.north)
            until(lambda: behind(place) == set(), within_s=PATIENCE_S, what=lambda: behind(place))
        superuser.execute(CURE)
        for company in (place.north, place.south):
            assert list(place.house.jobs.projections.check(company.id)) == []
        retried, skipped = "intervention.retried.v1", "intervention.skipped.v1"
        expected = [(topic, str(admin.id)) for topic in (retried, retried, skipped)]
        assert decisions(superuser) == expected

    def test_a_decision_is_carried_out_although_its_door_died(
        self, place: Place, superuser: psycopg.Connection[Any]
    ) -> None:
        place.house_at_rest()
        superuser.execute(ALLERGY)
        poison(place)
        place.house_at_rest()
        superuser.execute(CURE)
        (unit,) = listed(place)
        arm("cmd.after_commit=error")
        try:
            assert decide(place, unit, "retry").status_code == 503
        finally:
            arm("")
        assert paused(place)
        with at_work(place):
            until(lambda: behind(place) == set(), within_s=PATIENCE_S, what=lambda: behind(place))


class TestAnEffectThatKillsItsWorker:
    def test_is_given_up_after_as_many_attempts_as_postgresql_counted(
        self,
        place: Place,
        superuser: psycopg.Connection[Any],
        surroundings: dict[str, str],
        sink: Sink,
        tmp_path: Path,
    ) -> None:
        place.house_at_rest()
        wait_for_effect(place, place.south)
        armed = {**surroundings, "ESCALE_FAILPOINTS": "job.effect_done=crash"}
        deaths = 0
        while True:
            worker = start(work, armed, sink.url, str(tmp_path / "worker.log"))
            until(
                lambda worker=worker: wakes(place) and (not worker.is_alive() or given_up(superuser, place)),
                within_s=PATIENCE_S,
                what=(tmp_path / "worker.log").read_text,
            )
            if given_up(superuser, place):
                break
            assert worker.exitcode == -signal.SIGKILL
            deaths += 1
        worker.kill()
        worker.join()
        ((effect_key, state, attempts, *_, error),) = superuser.execute(EFFECT, (place.south.id,)).fetchall()
        # Whoever dies counts nothing: every attempt was in PostgreSQL before it began.
        assert (deaths, state) == (len(BACK_OFF_S) + 1, 2)
        assert attempts > deaths
        assert error == "no attempt ever came to an end"
        assert (sink.deliveries[effect_key], sink.effects[effect_key]) == (deaths, 1)
        # The operator sees it; everybody else is served.
        found = {finding.name: finding for finding in examined(settings_of(surroundings))}
        assert (found["outbox"].status, "1 given up" in found["outbox"].found) == ("warning", True)
        wait_for_effect(place, place.north)
        place.house.jobs.outbox.dispatch(place.north.id)
        assert {row[1] for row in superuser.execute(EFFECT, (place.north.id,))} == {1}


class TestTwoDispatchers:
    def test_a_zombie_may_not_mark_what_another_has_done(
        self,
        place: Place,
        superuser: psycopg.Connection[Any],
        surroundings: dict[str, str],
        sink: Sink,
        tmp_path: Path,
    ) -> None:
        place.house_at_rest()
        superuser.execute("delete from es.outbox where tenant_id = %s", (place.south.id,))
        wait_for_effect(place, place.south)
        log = tmp_path / "zombie.log"
        armed = {**surroundings, "ESCALE_FAILPOINTS": "outbox.claimed=pause"}
        zombie = start(work, armed, sink.url, str(log))
        try:
            until(lambda: wakes(place) and stands_still(zombie.pid), within_s=PATIENCE_S, what=log.read_text)
            until(
                lambda: place.house.jobs.outbox.dispatch(place.south.id),
                within_s=PATIENCE_S,
                what=log.read_text,
            )
            (done,) = superuser.execute(EFFECT, (place.south.id,)).fetchall()
            os.kill(zombie.pid, signal.SIGCONT)
            until(lambda: "effect_lease_lost" in log.read_text(), within_s=PATIENCE_S, what=log.read_text)
        finally:
            zombie.kill()
            zombie.join()
        assert superuser.execute(EFFECT, (place.south.id,)).fetchall() == [done]
        effect_key, state, attempts, token, *_ = done
        assert (state, attempts, token) == (1, 2, 2)
        assert (sink.deliveries[effect_key], sink.effects[effect_key]) == (2, 1)


def poison(place: Place) -> None:
    """One event that the allergic read model cannot take."""
    body = {"traveller_id": str(place.north.traveller.id), "purpose": POISON}
    answer = place.client.post("/api/v1/enterprise/trips", json=body, headers=place.north.owner.headers)
    assert answer.status_code == 201, answer.text


def paused(place: Place) -> bool:
    """Does anybody stand still?"""
    return any(unit.status == "paused" for unit in place.house.units())


def behind(place: Place) -> set[tuple[UUID, str]]:
    """Whoever has not reached the head of their log."""
    return {(unit.tenant_id, unit.consumer) for unit in place.house.units() if unit.lag}


def listed(place: Place) -> list[dict[str, Any]]:
    """What the platform's door says of paused consumers."""
    answer = place.client.get(PAUSED, headers=place.platform.admin.headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def decide(place: Place, unit: dict[str, Any], act: str, by: Any = None, **headers: str) -> Any:
    """An operator's decision about one event."""
    return place.client.post(
        f"{PAUSED}/{unit['company_id']}/{unit['consumer']}/{act}",
        json={"position": unit["position"], "reason": "As agreed"},
        headers={**(by or place.platform.admin.headers), "Idempotency-Key": str(uuid4()), **headers},
    )


def decisions(connection: psycopg.Connection[Any]) -> list[Any]:
    """What the platform's log says of them, and of who took them."""
    return connection.execute(DECISIONS, (PLATFORM_TENANT_ID,)).fetchall()


def wait_for_effect(place: Place, company: Company) -> None:
    """A violation whose alert waits in the outbox."""
    trip = place.plan(company, a_flight(cabin="business"))
    path = f"/api/v1/enterprise/trips/{trip['id']}/submit"
    assert place.client.post(path, headers=company.owner.headers).status_code == 200
    place.house_at_rest()


def wakes(place: Place) -> bool:
    """Reminds whoever works of the effects of the second company, as the sweeper would."""
    place.house.jobs.wake_ups.wake_outbox(place.south.id)
    return True


def given_up(connection: psycopg.Connection[Any], place: Place) -> bool:
    """Has the effect been parked?"""
    return {row[1] for row in connection.execute(EFFECT, (place.south.id,))} == {2}


def settings_of(surroundings: dict[str, str]) -> Settings:
    """What an operator's terminal knows of the installation."""
    return Settings(
        DATABASE_URL=surroundings["DATABASE_URL"],
        REDIS_URL=surroundings["REDIS_URL"],
        master_key=surroundings["ESCALE_MASTER_KEY"],
        data_dir=Path(surroundings["ESCALE_DATA_DIR"]),
    )
