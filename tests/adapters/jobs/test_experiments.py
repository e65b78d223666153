"""Is the past lived through again without a trace in it, to the end, whoever is killed on the way?"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql

from adapters.embedded.children import die_with_parent
from adapters.jobs.experiments import ExperimentBusy, ExperimentRunner
from adapters.jobs.feed import Feed
from application.catalog import EXPERIMENTS
from application.kernel.counterfactual import Kinds, Question
from application.travel.policy_trial import KIND, PolicyTrial
from application.travel.policy_trials import DryRunPolicy
from domain.platform.experiment import (
    Experiment,
    ExperimentCompleted,
    ExperimentFailed,
    ExperimentRequested,
    ExperimentStatus,
)
from tests.conftest import MASTER_KEY
from tests.kit.house import Founder, Place, a_flight, opened_place

POLICIES = "/api/v1/enterprise/policies"
EXPERIMENTS_PATH = "/api/v1/enterprise/experiments"
DRAFT = {
    "name": "No first class",
    "max_flight_class": "economy",
    "max_hotel_stars": None,
    "advance_booking_days": None,
    "outcomes": {"max_flight_class": "block"},
}
OWN = {"es.experiment_difference", "es.experiment_progress"}
TABLES = """
select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('es', 'read', 'vault') and c.relkind in ('r', 'p') and not c.relispartition order by 1
"""
PATIENCE_S = 60


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """A company with eight bookings, three of them in business class."""
    with opened_place(database_url, redis_url, master_key) as opened:
        owner = opened.north.owner.headers
        for number in range(8):
            cabin = "business" if number % 3 == 0 else "economy"
            trip = opened.plan(opened.north, a_flight(cabin=cabin))
            booked = opened.client.post(f"/api/v1/enterprise/trips/{trip['id']}/book", headers=owner)
            assert booked.is_success, booked.text
        opened.house_at_rest()
        yield opened


@pytest.fixture
def ask(place: Place) -> Callable[..., UUID]:
    """Requests an experiment that nobody has begun."""

    def request(**fields: Any) -> UUID:
        command = DryRunPolicy.model_validate(DRAFT | fields)
        return Founder(place.house).execute(place.north.id, command).saved.stream_id

    return request


def runner(place: Place, kinds: Kinds = EXPERIMENTS) -> ExperimentRunner:
    house = place.house
    return ExperimentRunner(
        pool=house.pools.experiments,
        feed=Feed(house.engine.topics, house.engine.keys),
        commands=house.commands,
        kinds=kinds,
        clock=house.clock,
    )


def found(place: Place, experiment_id: UUID) -> list[tuple[int, str, str, str]]:
    with place.house.reading(place.north.id) as handle:
        rows = place.house.experiments.page(handle, experiment_id=experiment_id, limit=100).rows
    return [(row.position, row.subject, row.before, row.after) for row in rows]


def contents(url: str) -> dict[str, Any]:
    """Every row of every table, digested."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = [name for (name,) in connection.execute(TABLES)]
        statement = sql.SQL("select count(*), md5(string_agg(r::text, '|' order by r::text)) from {} as r")
        return {
            name: connection.execute(statement.format(sql.Identifier(*name.split(".")))).fetchone()
            for name in tables
        }


class TestTheDoor:
    def test_answers_a_short_past_at_once(self, place: Place) -> None:
        owner = place.north.owner.headers
        answer = place.client.post(f"{POLICIES}/dry-run", json=DRAFT, headers=owner)
        body = answer.json()
        assert (answer.status_code, body["status"]) == (202, "completed"), answer.text
        assert body["summary"]["refused_trips"] == {"then": 0, "now": 3}
        assert body["summary"]["not_spent_eur"] == "1200.00"
        assert body["forked_at"] == body["position"] - 1
        assert answer.headers["location"] == f"{EXPERIMENTS_PATH}/{body['id']}"
        listed = place.client.get(
            f"{EXPERIMENTS_PATH}/{body['id']}/differences?limit=2", headers=owner
        ).json()
        rest = place.client.get(
            f"{EXPERIMENTS_PATH}/{body['id']}/differences",
            params={"limit": 2, "cursor": listed["next_cursor"]},
            headers=owner,
        ).json()
        every = [*listed["data"], *rest["data"]]
        assert [one["after"] for one in every] == ["block"] * 3
        assert rest["next_cursor"] is None
        assert {one["rule"] for one in every} == {"max_flight_class"}

    def test_puts_nothing_in_force(self, place: Place) -> None:
        answer = place.client.get(POLICIES, headers=place.north.owner.headers)
        assert answer.status_code == 404 or answer.json()["name"] != DRAFT["name"]

    def test_repeats_its_answer_for_the_same_key(self, place: Place) -> None:
        headers = {**place.north.owner.headers, "Idempotency-Key": "one dry run"}
        first, again = (
            place.client.post(f"{POLICIES}/dry-run", json=DRAFT, headers=headers).json() for _ in range(2)
        )
        assert first == again

    def test_leaves_the_past_at_the_position_asked_for(self, place: Place) -> None:
        owner = place.north.owner.headers
        whole = place.client.post(f"{POLICIES}/dry-run", json=DRAFT, headers=owner).json()
        first = place.client.get(f"{EXPERIMENTS_PATH}/{whole['id']}/differences", headers=owner).json()
        upto = first["data"][0]["event_position"]
        part = place.client.post(f"{POLICIES}/dry-run", json=DRAFT | {"position": upto}, headers=owner).json()
        assert (part["differences"], part["forked_at"]) == (1, upto)
        before = DRAFT | {"position": upto - 1}
        assert place.client.post(f"{POLICIES}/dry-run", json=before, headers=owner).json()["differences"] == 0


def test_writes_nothing_but_what_it_finds(
    place: Place, database_url: str, ask: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment_id = ask()
    place.house_at_rest()
    before = contents(database_url)
    # The answer is an event like any other and comes last; until then nothing of the log has moved.
    at_the_end: list[dict[str, Any]] = []
    subject = runner(place)
    execute = subject._execute

    def look_then_execute(*arguments: Any) -> None:
        at_the_end.append(contents(database_url))
        execute(*arguments)

    monkeypatch.setattr(subject, "_execute", look_then_execute)
    assert subject.run(place.north.id, experiment_id).status is ExperimentStatus.COMPLETED
    (after,) = at_the_end
    assert {name for name in before if before[name] != after[name]} == OWN
    assert found(place, experiment_id) != []


@pytest.mark.parametrize("table", ["es.event", "es.claim", "es.claim_total", "es.tenant_head", "read.trip"])
def test_its_role_cannot_write_history(place: Place, table: str) -> None:
    name = sql.Identifier(*table.split("."))
    for statement in (
        "update {} set tenant_id = tenant_id",
        "delete from {}",
        "insert into {} default values",
    ):
        with (
            place.house.pools.experiments.connection() as connection,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            connection.execute(sql.SQL(statement).format(name))  # type: ignore[arg-type]
    with (
        place.house.pools.experiments.connection() as connection,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        connection.execute("select es.open_head(gen_random_uuid())")


class TestARun:
    def test_is_an_act_in_the_log(self, place: Place, ask: Callable[..., UUID]) -> None:
        experiment_id = ask()
        head = place.house.streams(place.north.id).head()
        place.house.experiments.run(place.north.id, experiment_id)
        asked, answered = place.house.streams(place.north.id).events_of(experiment_id, after=0, limit=9)
        assert isinstance(asked, ExperimentRequested)
        assert isinstance(answered, ExperimentCompleted)
        assert (answered.forked_at, answered.differences) == (head - 1, 3)

    def test_happens_once_at_a_time_and_once(self, place: Place, ask: Callable[..., UUID]) -> None:
        experiment_id = ask()
        nested: list[type[BaseException]] = []

        def meanwhile(position: int, upto: int) -> None:
            with pytest.raises(ExperimentBusy) as refused:
                runner(place).run(place.north.id, experiment_id)
            nested.append(refused.type)

        first = runner(place).run(place.north.id, experiment_id, meanwhile)
        again = runner(place).run(place.north.id, experiment_id)
        assert nested == [ExperimentBusy]
        assert (first.version, again.version) == (2, 2)

    def test_begins_anew_after_one_that_died(self, place: Place, ask: Callable[..., UUID]) -> None:
        experiment_id = ask()

        class Dies(PolicyTrial):
            """Gone, as if the power were cut, once something has been found and kept."""

            handles: ClassVar = PolicyTrial.handles

        def die(position: int, upto: int) -> None:
            raise MemoryError

        with pytest.raises(MemoryError):
            runner(place, {KIND: Dies}).run(place.north.id, experiment_id, die)
        left = found(place, experiment_id)
        done = runner(place).run(place.north.id, experiment_id)
        assert len(left) == 3, "what the first run had found was visible"
        assert found(place, experiment_id) == left, "and is there once, not twice"
        assert done.differences == 3

    def test_stops_when_nobody_waits(self, place: Place, ask: Callable[..., UUID]) -> None:
        experiment_id = ask()

        def cancel(position: int, upto: int) -> None:
            path = f"{EXPERIMENTS_PATH}/{experiment_id}/cancel"
            assert place.client.post(path, headers=place.north.owner.headers).is_success

        done = runner(place).run(place.north.id, experiment_id, cancel)
        assert (done.status, done.summary) == (ExperimentStatus.CANCELLED, None)

    def test_that_fails_says_so(self, place: Place, ask: Callable[..., UUID]) -> None:
        experiment_id = ask()

        class Fails(PolicyTrial):
            """Cannot read the past."""

            handles: ClassVar = PolicyTrial.handles

            def __init__(self, question: Question) -> None:
                raise LookupError("camille@example.com")

        done = runner(place, {KIND: Fails}).run(place.north.id, experiment_id)
        assert done.status is ExperimentStatus.FAILED
        assert "LookupError" in (done.failure or "")
        assert "camille" not in (done.failure or "")
        *_, last = place.house.streams(place.north.id).events_of(experiment_id, after=0, limit=9)
        assert isinstance(last, ExperimentFailed)


class TestTheWorker:
    def test_answers_what_was_requested(self, place: Place, ask: Callable[..., UUID]) -> None:
        experiment_id = ask()
        place.house_at_rest()
        place.house.jobs.outbox.dispatch(place.north.id)
        experiment = place.house.streams(place.north.id).load(Experiment, experiment_id)
        assert experiment.status is ExperimentStatus.COMPLETED

    def test_that_is_killed_has_a_successor(
        self, place: Place, database_url: str, redis_url: str, ask: Callable[..., UUID]
    ) -> None:
        """Killed while it held the experiment's lock; the lease of the effect is the only thing left to wait for."""
        experiment_id = ask()
        place.house_at_rest()
        with holding(database_url, redis_url, place.north.id, experiment_id) as victim:
            with pytest.raises(ExperimentBusy):
                runner(place).run(place.north.id, experiment_id)
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait()
        deadline = monotonic() + PATIENCE_S
        while monotonic() < deadline:
            try:
                done = runner(place).run(place.north.id, experiment_id)
                break
            except ExperimentBusy:
                sleep(0.1)  # PostgreSQL has not noticed yet
        assert (done.status, done.differences) == (ExperimentStatus.COMPLETED, 3)


VICTIM = """
import sys, time
from uuid import UUID
from adapters.bootstrap import Settings, build
house = build(Settings(), database_url=sys.argv[1], redis_url=sys.argv[2])
def stay(position, upto):
    print("running", flush=True)
    time.sleep(600)
house.experiments.run(UUID(sys.argv[3]), UUID(sys.argv[4]), stay)
"""


class holding:  # noqa: N801
    """A process in the middle of the experiment."""

    def __init__(self, database_url: str, redis_url: str, tenant_id: UUID, experiment_id: UUID) -> None:
        self._arguments = [database_url, redis_url, str(tenant_id), str(experiment_id)]

    def __enter__(self) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            [sys.executable, "-c", VICTIM, *self._arguments],
            env={**os.environ, "ESCALE_MASTER_KEY": MASTER_KEY.hex()},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        assert self.process.stdout is not None
        assert "running" in self.process.stdout.readline()
        return self.process

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
