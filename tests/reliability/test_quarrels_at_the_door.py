"""Do clients at the REST door learn the truth while they quarrel, backends die and answers are lost?"""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event
from time import sleep
from typing import Any
from uuid import UUID, uuid5

import psycopg
import pytest

from adapters.postgres.roles import APP
from tests.kit.crowd import all_at_once
from tests.kit.house import Place, a_flight, opened_place
from tests.reliability.journal import SUFFIX, Journal, Journalled, read_journals
from tests.reliability.log import read_tenant
from tests.reliability.oracle import Verdict, heads, judge
from tests.reliability.proxy import APPEND, Proxy
from tests.reliability.read_models import trips_equal_log
from tests.reliability.storm import KILL, meanwhile

TRIPS = "/api/v1/enterprise/trips"
FLIGHT = {name: value for name, value in a_flight().items() if name != "kind"}
SEED = 5
WRITERS, WISHES = 8, 18
DROP = 0.15  # of all answers to appends
KILL_EVERY = 12  # of the wishes that came to an end; a faster house is not killed less
LOOK_S = 0.005
LEAST_DROPPED = LEAST_RECOGNISED = 10
LEAST_KILLED = 5
# Nobody was told no: what became of the command is to be asked again.
UNDECIDED = {429, 500, 502, 503, 504}


@dataclass
class Quarreller:
    """Adds flights to trips everybody adds flights to, half the time only if nobody was faster."""

    place: Place
    journal: Journal
    trips: list[str]
    random: Random
    name: str
    strange: list[str]  # answers no client could branch on
    ended: list[str]  # the wishes of all of them that came to an end

    def quarrel(self) -> None:
        for number in range(WISHES):
            trip = self.random.choice(self.trips)
            headers = {**self.place.north.owner.headers, "Idempotency-Key": f"{self.name}-{number}"}
            if number % 2:
                headers["If-Match"] = self.seen(trip)
            while not self.ask(trip, headers):
                sleep(self.random.uniform(0, 0.02))
            self.ended.append(headers["Idempotency-Key"])

    def seen(self, trip: str) -> str:
        """The version a client last saw; looking may fail for a moment like anything else."""
        while True:
            answer = self.place.client.get(f"{TRIPS}/{trip}", headers=self.place.north.owner.headers)
            if answer.status_code == 200:
                self.journal.saw(self.place.north.id, [UUID(answer.json()["id"])])
                return str(answer.headers["etag"])

    def ask(self, trip: str, headers: dict[str, str]) -> bool:
        """One request, written down; whether the client now knows."""
        key = headers["Idempotency-Key"]
        command_id = uuid5(self.place.north.owner.id, key)
        self.journal.sent(
            command_id,
            tenant_id=self.place.north.id,
            operation="add_flight",
            key=key,
            aggregate_id=UUID(trip),
            arguments=FLIGHT,
            expected_version=int(headers["If-Match"].strip('"v')) if "If-Match" in headers else None,
        )
        answer: Any = self.place.client.post(f"{TRIPS}/{trip}/flights", json=FLIGHT, headers=headers)
        replayed = answer.headers.get("idempotency-replayed") == "true"
        if answer.status_code == 201:
            told = answer.json()
            self.journal.ok(
                command_id,
                aggregate_id=UUID(told["id"]),
                version=told["version"],
                position=int(answer.headers["escale-position"]),
                replayed=replayed,
            )
            return True
        problem = answer.json()
        if answer.headers["content-type"] != "application/problem+json" or "code" not in problem:
            self.strange.append(answer.text)
        if answer.status_code in UNDECIDED or problem["code"] == "conflict":
            self.journal.unknown(command_id, problem["code"])
            return False
        self.journal.refused(command_id, problem["code"], replayed=replayed)
        return True


@dataclass(frozen=True)
class Quarrel:
    """What became of it."""

    verdict: Verdict
    journal: Journalled
    killed: int
    proxy: Proxy
    strange: list[str]
    differences: list[Any]


@pytest.fixture(scope="module")
def quarrel(
    database_url: str, redis_url: str, master_key: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Quarrel:
    """Eight clients on three trips, while many an append is not answered and backends are killed."""
    folder = tmp_path_factory.mktemp("quarrel")
    with (
        Proxy(database_url, seed=SEED, victims=(APPEND,)) as proxy,
        opened_place(proxy.url, redis_url, master_key) as place,
        psycopg.connect(database_url, autocommit=True) as superuser,
    ):
        trips = [str(place.plan(place.north)["id"]) for _ in range(3)]
        since = heads(superuser, [place.north.id, place.south.id])
        killed, strange = quarrel_all(place, proxy, trips, folder, superuser)
        proxy.drop = 0.0
        place.house.pools.commands.check()
        place.house_at_rest()
        journal = read_journals(folder)
        verdict = judge(superuser, journal, tenants=since, since=since)
        verdict.findings += trips_equal_log(superuser, read_tenant(superuser, place.north.id))
        differences = list(place.house.jobs.projections.check(place.north.id))
        return Quarrel(verdict, journal, killed, proxy, strange, differences)


def quarrel_all(
    place: Place, proxy: Proxy, trips: list[str], folder: Path, superuser: psycopg.Connection[Any]
) -> tuple[int, list[str]]:
    """Everybody at once; how many backends were killed, and the strange answers."""
    killed, strange, ended = 0, list[str](), list[str]()

    def kill(stop: Event) -> None:
        nonlocal killed
        while not stop.wait(LOOK_S):
            if len(ended) >= KILL_EVERY * (killed + 1):
                row = superuser.execute(KILL, (APP,)).fetchone()
                killed += row[0] if row else 0

    with Journal(folder / f"writers{SUFFIX}", seed=SEED) as journal, meanwhile(kill):
        proxy.drop = DROP

        def write(number: int) -> None:
            random = Random(f"{SEED} writer {number}")
            Quarreller(place, journal, trips, random, f"writer-{number}", strange, ended).quarrel()

        for result in all_at_once(WRITERS, write):
            if result is not None:
                raise result
    return killed, strange


def test_no_promise_is_broken(quarrel: Quarrel) -> None:
    assert quarrel.verdict.is_green, str(quarrel.verdict)
    assert quarrel.verdict.acknowledged + quarrel.verdict.refused == WRITERS * WISHES


def test_read_models_equal_the_log(quarrel: Quarrel) -> None:
    assert quarrel.differences == []


def test_every_refusal_is_a_problem_with_a_code(quarrel: Quarrel) -> None:
    assert quarrel.strange == []


def test_the_faults_were_felt(quarrel: Quarrel) -> None:
    verdicts = [answer.verdict for sent in quarrel.journal.commands.values() for answer in sent.answers]
    assert quarrel.proxy.dropped >= LEAST_DROPPED
    assert quarrel.killed >= LEAST_KILLED
    assert quarrel.proxy.answered["replayed"] + quarrel.verdict.replays >= LEAST_RECOGNISED
    assert verdicts.count("refused") >= 20  # somebody was faster
