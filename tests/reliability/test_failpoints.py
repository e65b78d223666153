"""Every named place in the code, made to fail in every way: what was asked for happens once all the same."""

import ast
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any
from uuid import uuid4, uuid5

import psycopg
import pytest

from adapters.bootstrap import Settings
from adapters.failpoints import (
    ACTIONS,
    SEED_VARIABLE,
    VARIABLE,
    FailpointReached,
    FailpointUnreadable,
    arm,
    arm_from,
    failpoint,
    hits,
)
from adapters.jobs.failures import is_transient
from adapters.operations.starting import UnsafeStart, refuse_unsafe_start
from tests.architecture.tree import sources
from tests.kit.house import Place, a_flight, opened_place
from tests.reliability.processes import FORKED, stands_still, start, victim
from tests.reliability.sink import SentTo, Sink, open_sink

# The whole list, in the order in which one command meets them. `cmd.after_lock` is PostgreSQL's: see the module.
NAMES = (
    *("cmd.before_begin", "cmd.after_insert", "cmd.after_commit", "cmd.after_answer"),
    *("job.started", "proj.before_apply", "proj.after_apply", "proj.after_commit"),
    *("outbox.sent_to_broker", "outbox.claimed", "job.effect_done", "outbox.marked", "job.acked"),
)
PATIENCE_S = 20.0
# The first throw below one half, the second above: the failure strikes once, and the next try passes.
STRIKES_FIRST = next(seed for seed in range(100) if Random(str(seed)).random() < 0.5)


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


def test_the_list_is_the_code() -> None:
    found = [
        node.args[0].value
        for source in sources("adapters", "api", "application", "domain", "projections")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "failpoint"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert set(found) == set(NAMES), "name the new failpoint in NAMES: it is then tested with every action"


def test_unarmed_it_is_nothing() -> None:
    failpoint("cmd.after_commit")
    arm("cmd.after_answer=error")
    failpoint("cmd.after_commit")
    assert hits() == {}


def test_an_ordered_failure_passes_by_itself() -> None:
    arm("cmd.after_commit=error")
    with pytest.raises(FailpointReached) as ordered:
        failpoint("cmd.after_commit")
    assert is_transient(ordered.value)
    assert hits() == {"cmd.after_commit": 1}


def test_a_seed_repeats_the_dice() -> None:
    def struck(seed: str) -> list[bool]:
        arm_from({VARIABLE: "a=error:0.5, b=delay", SEED_VARIABLE: seed})
        return [_strikes("a") for _ in range(40)]

    first = struck("7")
    assert struck("7") == first
    assert struck("8") != first
    assert 5 < sum(first) < 35


def _strikes(name: str) -> bool:
    try:
        failpoint(name)
    except FailpointReached:
        return True
    return False


@pytest.mark.parametrize(
    "spec", ["a", "a=", "=crash", "a=explode", "a=error:0", "a=error:2", "a=error:often"]
)
def test_an_unreadable_order_is_refused(spec: str) -> None:
    with pytest.raises(FailpointUnreadable, match="name=action"):
        arm(spec)


@pytest.mark.parametrize("variable", [VARIABLE, SEED_VARIABLE])
def test_production_does_not_start_armed(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "cmd.after_commit=crash")
    with pytest.raises(UnsafeStart, match=f"{variable} is set, which is for tests"):
        refuse_unsafe_start(Settings(env="production"), "postgresql:///nowhere")


# Every failpoint and every action, on one house


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with open_sink() as opened:
        yield opened


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes, sink: Sink) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key, messages=SentTo(sink.url)) as opened:
        policy = {"name": "Economy only", "max_flight_class": "economy"}
        headers = opened.north.owner.headers
        answer = opened.client.post("/api/v1/enterprise/policies", json=policy, headers=headers)
        assert answer.status_code == 201, answer.text
        opened.house_at_rest()
        yield opened


class Victims:
    """A process that takes orders, replaced by another one when it has died."""

    def __init__(self, surroundings: dict[str, str], sink: str, log: Path) -> None:
        self._arguments = (surroundings, sink, str(log))
        self.log = log
        self._process: Any = None

    def order(self, *order: Any) -> Any:
        """Gives the order; the living process and the pipe that will answer."""
        if self._process is None or not self._process.is_alive():
            self._pipe, theirs = FORKED.Pipe()
            self._process = start(victim, *self._arguments, theirs)
            theirs.close()
        self._pipe.send(order)
        return self._process

    def answer(self) -> tuple[int, dict[str, int]]:
        """What the victim says when it has done what it was told."""
        assert self._pipe.poll(PATIENCE_S), self.log.read_text()[-3_000:]
        answer: tuple[int, dict[str, int]] = self._pipe.recv()
        return answer

    def end(self) -> None:
        """Ends whoever is alive."""
        if self._process is not None:
            self._process.kill()
            self._process.join()


@pytest.fixture(scope="module")
def victims(
    database_url: str,
    redis_url: str,
    master_key: bytes,
    sink: Sink,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Victims]:
    folder = tmp_path_factory.mktemp("victims")
    surroundings = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ESCALE_MASTER_KEY": master_key.hex(),
        "ESCALE_DATA_DIR": str(folder),
    }
    opened = Victims(surroundings, sink.url, folder / "log")
    yield opened
    opened.end()


@pytest.mark.parametrize(("name", "action"), list(product(NAMES, ACTIONS)))
def test_at_every_failpoint(
    name: str, action: str, place: Place, victims: Victims, sink: Sink, database_url: str
) -> None:
    trip = place.plan(place.north, a_flight(cabin="business"))
    path = f"/api/v1/enterprise/trips/{trip['id']}/submit"
    headers = {**place.north.owner.headers, "Idempotency-Key": str(uuid4())}
    chance = ":0.5" if action == "error" else ""

    process = victims.order(
        str(place.north.id), path, headers, f"{name}={action}{chance}", str(STRIKES_FIRST)
    )
    if action == "crash":
        process.join(PATIENCE_S)
        assert process.exitcode == -signal.SIGKILL, victims.log.read_text()[-3_000:]
    else:
        if action == "pause":
            wait_until_paused(process.pid)
            keep_awake(process.pid, victims)
        status, struck = victims.answer()
        assert (status, set(struck)) == (200, {name})

    # Whoever does not know asks again under the same key.
    again = place.client.post(path, headers=headers)
    assert (again.status_code, again.json()["version"]) == (200, trip["version"] + 1), again.text
    settle(place, database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        submitted = connection.execute(
            "select position from es.event where originator_id = %s and topic = 'trip.submitted.v2'",
            (trip["id"],),
        ).fetchall()
        assert len(submitted) == 1
        effects = connection.execute(
            "select effect_key, state from es.outbox where tenant_id = %s and position = %s",
            (place.north.id, submitted[0][0]),
        ).fetchall()
        unfinished = connection.execute("select effect_key from es.outbox where state <> 1").fetchall()
    ((effect_key, state),) = effects
    assert (state, unfinished) == (1, [])
    assert sink.deliveries[effect_key] >= 1
    assert sink.effects[effect_key] == 1
    assert [unit for unit in place.house.units() if unit.lag or unit.status != "running"] == []
    assert list(place.house.jobs.projections.check(place.north.id)) == []


def test_what_was_accepted_is_done_after_the_door_died(
    place: Place, victims: Victims, database_url: str
) -> None:
    """`Prefer: respond-async`: the process is killed right behind its 202, and a worker does the command once."""
    trip = place.plan(place.north)
    path = f"/api/v1/enterprise/trips/{trip['id']}/submit"
    headers = {**place.north.owner.headers, "Idempotency-Key": str(uuid4())}
    later = {**headers, "Prefer": "respond-async"}

    process = victims.order(str(place.north.id), path, later, "cmd.after_answer=crash", str(STRIKES_FIRST))
    process.join(PATIENCE_S)
    assert process.exitcode == -signal.SIGKILL, victims.log.read_text()[-3_000:]

    command = f"/api/v1/commands/{uuid5(place.north.owner.id, headers['Idempotency-Key'])}"
    told = place.client.get(command, headers=place.north.owner.headers)
    assert (told.status_code, told.json()["outcome"]) == (200, "pending"), told.text
    assert place.house.deferred.perform(place.north.id) == 1
    done = place.client.get(command, headers=place.north.owner.headers).json()
    assert (done["outcome"], done["version"]) == ("applied", trip["version"] + 1)
    again = place.client.post(path, headers=headers)
    assert (again.json()["version"], again.headers["idempotency-replayed"]) == (trip["version"] + 1, "true")
    settle(place, database_url)


def wait_until_paused(pid: int) -> None:
    deadline = monotonic() + PATIENCE_S
    while not stands_still(pid):
        assert monotonic() < deadline
        sleep(0.01)


def keep_awake(pid: int, victims: Victims) -> None:
    """Wakes a process that pauses as often as it pauses, until it has answered."""
    deadline = monotonic() + PATIENCE_S
    while not victims._pipe.poll(0.01) and monotonic() < deadline:
        if stands_still(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def settle(place: Place, database_url: str) -> None:
    """Time passes: leases of the dead run out and pauses end; then everything that waits is done."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update es.outbox set lease_until = null, due_at = now() where state = 0")
    deadline = monotonic() + PATIENCE_S
    while True:
        place.house_at_rest()
        for tenant_id in place.heads():
            place.house.jobs.snapshots.drain(tenant_id)
            place.house.jobs.outbox.dispatch(tenant_id)
        with psycopg.connect(database_url, autocommit=True) as connection:
            waiting = connection.execute("select 1 from es.outbox where state = 0").fetchall()
        if not waiting and all(unit.lag == 0 for unit in place.house.units()):
            return
        assert monotonic() < deadline, (waiting, [unit for unit in place.house.units() if unit.lag])
        sleep(0.05)
