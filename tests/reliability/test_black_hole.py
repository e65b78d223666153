"""Nothing passes and nothing is closed: is every request answered all the same, and what is true afterwards?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest

from adapters.postgres import pools
from adapters.redis import rate_limits
from tests.kit.crowd import all_at_once
from tests.kit.house import Place, opened_place
from tests.reliability.gate import Gate, gate_to_postgres, gate_to_redis

CLIENTS = 16
# As in production, only less of it: the bound itself stands above what the server limits by itself.
PATIENCE_S = 1.0
MOST_TRIES = 10

Sent = tuple[str, httpx2.Response]


@pytest.fixture
def behind_gates(
    own_database: str, redis_url: str, master_key: bytes, sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Place, Gate, Gate]]:
    """A house whose PostgreSQL and Redis stand behind a gate each."""
    monkeypatch.setattr(pools, "SILENCE_S", PATIENCE_S)
    monkeypatch.setattr(rate_limits, "PAUSE_S", 0.0)
    with (
        gate_to_postgres(sockets, own_database) as (postgres, through_postgres),
        gate_to_redis(sockets, redis_url) as (redis, through_redis),
    ):
        postgres.open()
        redis.open()
        with opened_place(through_postgres, through_redis, master_key) as place:
            yield place, postgres, redis


def planned(place: Place, key: str) -> httpx2.Response:
    """A trip planned under this key, or what was said instead."""
    return place.client.post(
        "/api/v1/enterprise/trips",
        json={"traveller_id": str(place.north.traveller.id), "purpose": f"Under {key}"},
        headers={**place.north.owner.headers, "Idempotency-Key": key},
    )


def listed(place: Place) -> httpx2.Response:
    return place.client.get("/api/v1/enterprise/trips", headers=place.north.owner.headers)


def trips_of(database_url: str, place: Place) -> list[str]:
    """Every trip in the log, once per event that planned it."""
    with psycopg.connect(database_url, autocommit=True) as superuser:
        rows = superuser.execute(
            "select originator_id from es.event where tenant_id = %s and topic = 'trip.planned.v1'",
            (place.north.id,),
        )
        return [str(row[0]) for row in rows]


def until_served(ask: Any) -> httpx2.Response:
    for _ in range(MOST_TRIES):
        answer: httpx2.Response = ask()
        if answer.status_code < 500:
            return answer
    raise AssertionError(f"{MOST_TRIES} tries, and still {answer.status_code} {answer.text}")


def test_before_the_database_ends_for_every_request(
    behind_gates: tuple[Place, Gate, Gate], own_database: str
) -> None:
    place, postgres, _ = behind_gates
    keys = [str(uuid4()) for _ in range(CLIENTS)]
    assert [planned(place, key).status_code for key in ("first", "second")] == [201, 201]

    assert [answer.status_code for answer in all_at_once(CLIENTS, lambda n: listed(place))] == [200] * CLIENTS  # type: ignore[union-attr]

    postgres.fall_silent()
    answers = all_at_once(2 * CLIENTS, lambda n: planned(place, keys[n // 2]) if n % 2 else listed(place))
    heard_nothing_of = postgres.unheard()

    assert heard_nothing_of > 0
    for answer in answers:
        assert isinstance(answer, httpx2.Response), answer
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] in ("unanswered", "busy", "unavailable")
        assert int(answer.headers["retry-after"]) >= 1

    postgres.open()
    repeated = [until_served(lambda key=key: planned(place, key)) for key in keys]  # type: ignore[misc]
    assert [answer.status_code for answer in repeated] == [201] * CLIENTS
    in_the_log = trips_of(own_database, place)
    assert len(in_the_log) == len(set(in_the_log)) == CLIENTS + 2
    assert {answer.json()["id"] for answer in repeated} <= set(in_the_log)
    # Nobody meets a connection of before any more.
    assert [listed(place).status_code for _ in range(CLIENTS)] == [200] * CLIENTS


def test_before_redis_costs_no_answer(behind_gates: tuple[Place, Gate, Gate]) -> None:
    place, _, redis = behind_gates
    connections = redis.connections
    assert connections > 0
    redis.fall_silent()
    answers = all_at_once(8, lambda n: planned(place, str(uuid4())))
    assert redis.unheard() > 0
    assert [getattr(answer, "status_code", answer) for answer in answers] == [201] * 8
    redis.open()
    assert planned(place, str(uuid4())).status_code == 201
    assert redis.connections > connections
