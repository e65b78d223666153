"""Two hundred clients come back together after an outage: who is not served is told when to come again."""

import os
from collections import Counter
from pathlib import Path
from time import sleep
from uuid import UUID, uuid4

import psycopg

from adapters.postgres.pools import Pools
from tests.kit.crowd import all_at_once
from tests.kit.house import Place, opened_place
from tests.reliability.gate import gate_to_postgres
from tests.reliability.house_processes import Answer, ask, escale, eventually, free_port

HERD = 200
KNOCKING = 48  # while nobody is there: twice the threads of the API
MOST_TRIES = 30
REDIS_CONNECTIONS = 3 * 24  # limits, quota and wake-ups, for each thread of the API
CONNECTIONS = """
select count(*) from pg_stat_activity
where datname = current_database() and starts_with(usename, 'escale')
"""
PLANNED = "select count(*) from es.event where tenant_id = %s and topic = 'trip.planned.v1'"


def test_comes_back_and_is_served(
    own_database: str, redis_url: str, master_key: bytes, sockets: Path, tmp_path: Path
) -> None:
    port = free_port()
    with (
        opened_place(own_database, redis_url, master_key) as place,
        gate_to_postgres(sockets, own_database) as (gate, url),
        escale(
            "api",
            log=tmp_path / "api.log",
            database_url=url,
            redis_url=redis_url,
            master_key=master_key,
            ESCALE_PORT=str(port),
        ) as api,
    ):
        gate.open()
        assert eventually(lambda: ask(port, "/ready").status == 200), (tmp_path / "api.log").read_text()
        own = connections(own_database)
        files = open_files(api.pid)
        keys = [str(uuid4()) for _ in range(HERD)]

        gate.go()
        away = all_at_once(KNOCKING, lambda n: plan(place, port, keys[n]))
        assert statuses(away) <= {429, 503}
        waits = Counter(answer.headers["retry-after"] for answer in answers_of(away))
        assert len(waits) > 1, f"all {KNOCKING} were told to come back after {waits} s"

        gate.open()
        tries = all_at_once(HERD, lambda n: until_served(place, port, keys[n]))
        histories = [each for each in tries if isinstance(each, list)]
        assert [history[-1].status for history in histories] == [201] * HERD
        assert statuses([answer for history in histories for answer in history]) <= {201, 429, 503}
        made = {history[-1].json["id"] for history in histories}
        assert len(made) == HERD == planned_in_the_log(own_database, place)

        assert api.poll() is None
        # Through the gate came at most one full set of pools, and the files of the herd are closed again.
        assert connections(own_database) - own <= sum(pool_sizes())
        assert eventually(lambda: open_files(api.pid) <= files + sum(pool_sizes()) + REDIS_CONNECTIONS)


def plan(place: Place, port: int, key: str) -> Answer:
    return ask(
        port,
        "/api/v1/enterprise/trips",
        body={"traveller_id": str(place.north.traveller.id), "purpose": "Back again"},
        headers={**place.north.owner.headers, "Idempotency-Key": key},
    )


def until_served(place: Place, port: int, key: str) -> list[Answer]:
    """Everything one client was told, coming back when it was asked to."""
    history: list[Answer] = []
    for _ in range(MOST_TRIES):
        history.append(plan(place, port, key))
        if history[-1].status not in (429, 503):
            break
        sleep(int(history[-1].headers["retry-after"]))
    return history


def answers_of(given: list[Answer | BaseException]) -> list[Answer]:
    assert not [each for each in given if isinstance(each, BaseException)]
    return [each for each in given if isinstance(each, Answer)]


def statuses(given: list[Answer | BaseException] | list[Answer]) -> set[int]:
    return {answer.status for answer in answers_of(list(given))}


def planned_in_the_log(database_url: str, place: Place) -> int:
    return _counted(database_url, PLANNED, (place.north.id,))


def connections(database_url: str) -> int:
    return _counted(database_url, CONNECTIONS)


def _counted(database_url: str, statement: str, parameters: tuple[UUID, ...] = ()) -> int:
    with psycopg.connect(database_url, autocommit=True) as superuser:
        row = superuser.execute(statement.encode(), parameters).fetchone()
        assert row is not None
        return int(row[0])


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def pool_sizes() -> list[int]:
    pools = Pools("postgresql:///nowhere", bytes(range(32)))
    return [pool.max_size for pool in (pools.commands, pools.queries, pools.dispatcher, pools.vault)]
