"""Everybody is killed under load, thirty times each: what was acknowledged stands, once, and is shown as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.jobs.broker import WAKE_TIMEOUT_S
from adapters.redis.rate_limits import SOCKET_TIMEOUT_S
from tests.reliability.callers import Caller
from tests.reliability.ground import Ground, Kind, opened_ground, until
from tests.reliability.journal import read_journals
from tests.reliability.log import Tenant, read_tenant
from tests.reliability.oracle import heads, judge
from tests.reliability.sink import Sink, open_sink

KINDS: tuple[Kind, ...] = ("api", "worker", "scheduler", "postgres", "redis")
KILLS = 30
ACKNOWLEDGED = 100  # of each kind, at the least
CALLERS = 4
# Between two wishes of a client: there is always something in flight, and no core is spent on more than that.
PAUSE_S = 0.1
LOAD_WITHIN_S = 120.0
SETTLED_WITHIN_S = 30.0

OUTBOX = "select effect_key, kind, state, position from es.outbox where tenant_id = %s"
TRIPS = "select trip_id, status, version from read.trip where tenant_id = %s"
STATUS = {
    "trip.planned.v1": "planned",
    "trip.submitted.v2": "submitted",
    "trip.cancelled.v2": "cancelled",
}


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with open_sink(seed=7) as opened:
        opened.rudeness = 0.1
        yield opened


@pytest.fixture(scope="module")
def ground(sink: Sink, master_key: bytes) -> Iterator[Ground]:
    with opened_ground(sink, master_key) as opened:
        yield opened


@pytest.fixture
def superuser(ground: Ground) -> Iterator[psycopg.Connection[Any]]:
    """Opened when everything has healed: it sees every row."""
    ground.heal()
    with psycopg.connect(ground.services.database_url, autocommit=True) as connection:
        yield connection


@dataclass
class Load:
    """Clients at work, and their journals."""

    callers: list[Caller]
    folder: Path

    @property
    def acknowledged(self) -> int:
        return sum(caller.acknowledged for caller in self.callers)

    @property
    def statuses(self) -> set[int]:
        return set().union(*(caller.statuses for caller in self.callers))

    @property
    def undecided(self) -> list[str]:
        """The answers that told nobody yes or no."""
        return [text for caller in self.callers for text in caller.undecided]

    def resolve(self) -> None:
        """Every client learns what it does not know, by asking again under the same key."""
        unknown = read_journals(self.folder).unknown
        for caller in self.callers:
            caller.resolve([sent for sent in unknown if sent.seed == caller.seed])


@contextmanager
def load_on(ground: Ground, folder: Path, seed: int, *, pause_s: float = 0.0) -> Iterator[Load]:
    """Half of the clients belong to each company; all have stopped on leaving."""
    halt = Event()
    companies = (ground.place.north, ground.place.south)
    callers = [
        Caller(
            companies[number % 2],
            ground.ports,
            folder,
            name=f"{seed}-{number}",
            seed=100 * seed + number,
            stop=halt,
            pause_s=pause_s,
        )
        for number in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    try:
        yield Load(callers, folder)
    finally:
        halt.set()
        for caller in callers:
            caller.join(timeout=60)


def enough(load: Load, ground: Ground) -> None:
    """The clients go on until there is something to judge."""
    until(lambda: load.acknowledged >= ACKNOWLEDGED, **patience(ground))


def patience(ground: Ground) -> dict[str, Any]:
    return {"within_s": LOAD_WITHIN_S, "what": ground.last_words}


# These two come first: after the kills of PostgreSQL a door may still hold a connection to a server that is gone,
# and answer 503 once for it.
def test_redis_wiped_under_load(ground: Ground, tmp_path: Path) -> None:
    """Its memory and its files, again and again: it holds nothing that PostgreSQL does not know."""
    since = standing(ground)
    dice = Random(6)
    with load_on(ground, tmp_path, 6) as load:
        for _ in range(5):
            ground.kill("redis", dice, wiping=True)
        enough(load, ground)
    # Whatever Redis does, no command fails of it.
    assert load.undecided == []
    judge_everything(ground, load, since)


def test_commands_go_on_beside_a_redis_that_answers_nobody(ground: Ground, tmp_path: Path) -> None:
    since = standing(ground)
    with ground.redis_stopped(), load_on(ground, tmp_path, 7) as load:
        until(lambda: load.acknowledged >= 40, **patience(ground))
    assert load.undecided == []
    # At most one count of the caller, one of its company, one wake-up: the time-outs of all add up to less than 1 s.
    assert 2 * SOCKET_TIMEOUT_S + 2 * WAKE_TIMEOUT_S < 1
    judge_everything(ground, load, since)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_under_load(kind: Kind, ground: Ground, tmp_path: Path) -> None:
    seed = KINDS.index(kind) + 1
    since = standing(ground)
    before = ground.kills[kind]
    dice = Random(seed)
    with load_on(ground, tmp_path, seed, pause_s=PAUSE_S) as load:
        for number in range(KILLS):
            done = load.acknowledged
            ground.kill(kind, dice)
            if number % 3 == 0:  # sometimes one comes before anybody has got up again, and sometimes not
                until(lambda done=done: load.acknowledged > done, **patience(ground))
        enough(load, ground)
    assert ground.kills[kind] - before >= KILLS
    judge_everything(ground, load, since)


def standing(ground: Ground) -> dict[UUID, int]:
    """Where the logs are before anybody is killed."""
    with psycopg.connect(ground.services.database_url, autocommit=True) as connection:
        return heads(connection, [ground.place.north.id, ground.place.south.id])


def judge_everything(ground: Ground, load: Load, since: dict[UUID, int]) -> None:
    """All is healed: everybody knows, everything is shown, everything was sent; then the oracle."""
    ground.heal()
    load.resolve()
    for caller in load.callers:
        caller.close()
    assert [each for caller in load.callers for each in caller.not_problems] == []
    assert load.statuses <= {200, 201, 503}
    companies = [ground.place.north.id, ground.place.south.id]
    settle(ground)
    with psycopg.connect(ground.services.database_url, autocommit=True) as connection:
        verdict = judge(connection, read_journals(load.folder), tenants=companies, since=since)
        assert verdict.is_green, verdict
        assert verdict.acknowledged >= 40
        for tenant_id in companies:
            log = read_tenant(connection, tenant_id)
            assert shown(connection, tenant_id) == folded(log)
            outbox = connection.execute(OUTBOX, (tenant_id,)).fetchall()
            assert {position for *_, position in outbox} == flagged(log)
            assert {state for _, _, state, _ in outbox} == {1}
            for effect_key, *_ in outbox:
                assert ground.sink.deliveries[effect_key] >= 1
                assert ground.sink.effects[effect_key] == 1
    for tenant_id in companies:
        assert list(ground.place.house.jobs.projections.check(tenant_id)) == []


def settle(ground: Ground) -> None:
    """Within half a minute after healing nothing waits any more, by the crew's own work."""
    deadline = monotonic() + SETTLED_WITHIN_S
    while True:
        units = ground.place.house.units()
        outbox = _waiting(ground)
        late = [unit for unit in units if unit.lag or unit.status != "running"]
        if not late and not outbox:
            return
        assert monotonic() < deadline, (late, outbox, ground.last_words())
        sleep(0.05)


def _waiting(ground: Ground) -> list[Any]:
    with psycopg.connect(ground.services.database_url, autocommit=True) as connection:
        return connection.execute("select * from es.outbox where state <> 1").fetchall()


# Read models and effects, folded by the oracle's own hand


def shown(connection: psycopg.Connection[Any], tenant_id: UUID) -> dict[UUID, tuple[str, int]]:
    """The published trips."""
    return {row[0]: (row[1], row[2]) for row in connection.execute(TRIPS, (tenant_id,))}


def folded(log: Tenant) -> dict[UUID, tuple[str, int]]:
    """What the log says of them."""
    trips: dict[UUID, tuple[str, int]] = {}
    for row in log.rows:
        if row.topic.startswith("trip."):
            before = trips.get(row.stream_id, ("planned", 0))[0]
            trips[row.stream_id] = (STATUS.get(row.topic, before), row.version)
    return trips


def flagged(log: Tenant) -> set[int]:
    """The positions that ask for an alert."""
    return {
        row.position
        for row in log.rows
        if row.topic == "trip.submitted.v2" and (row.facts["verdict"] or {}).get("flagged")
    }
