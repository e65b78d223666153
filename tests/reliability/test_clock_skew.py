"""The clocks of API, worker and database disagree by ten minutes, and jump: what still holds?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import dramatiq
import httpx2
import psycopg
import pytest
from dramatiq.common import current_millis

from adapters.jobs.broker import DRAIN_TENANT, PROJECTIONS
from adapters.jobs.worker import run_worker
from adapters.operations.readiness import Limits, Readiness
from tests.conftest import Services
from tests.kit.chain import verify_chain
from tests.kit.house import Place, a_flight, opened_place
from tests.reliability.house_processes import eventually

TRIPS = "/api/v1/enterprise/trips"
SKEW = timedelta(minutes=10)
ALONE_DB = 8


@pytest.fixture(scope="module")
def place(database_url: str, services: Services, master_key: bytes) -> Iterator[Place]:
    """A house whose Redis database is its own: these tests empty it."""
    address, _, _ = services.redis_url.partition("?")
    with opened_place(database_url, f"{address}?db={ALONE_DB}", master_key) as opened:
        yield opened


@contextmanager
def clock_off_by(place: Place, skew: timedelta) -> Iterator[None]:
    """Meanwhile the API's clock is wrong by so much."""
    honest = place.house.clock
    place.house.clock = lambda: datetime.now(UTC) + skew
    try:
        yield
    finally:
        place.house.clock = honest


def post(
    place: Place, path: str, body: object, *, key: str | None = None, by_key: bool = True
) -> httpx2.Response:
    owner = place.north.owner
    headers = dict(owner.key_headers if by_key else owner.headers)
    if key is not None:
        headers["Idempotency-Key"] = key
    return place.client.post(path, json=body, headers=headers)


def a_trip(place: Place) -> dict[str, str]:
    return {"traveller_id": str(place.north.traveller.id), "purpose": "By whose clock?"}


def test_order_and_figures_do_not_depend_on_it(place: Place, database_url: str) -> None:
    """One trip is changed by one replica ahead and another behind: backward jumps of twenty minutes."""
    key = str(uuid4())
    with clock_off_by(place, SKEW):
        made = post(place, TRIPS, a_trip(place), key=key)
        assert made.status_code == 201
    trip = made.json()["id"]
    for number in range(6):
        with clock_off_by(place, SKEW if number % 2 else -SKEW):
            added = post(
                place, f"{TRIPS}/{trip}/flights", {k: v for k, v in a_flight().items() if k != "kind"}
            )
            assert added.status_code == 201, added.text
    with clock_off_by(place, -SKEW):
        again = post(place, TRIPS, a_trip(place), key=key)
    assert (again.status_code, again.json()["id"]) == (201, trip)
    assert again.headers["idempotency-replayed"] == "true"

    place.house_at_rest()
    assert list(place.house.jobs.projections.check(place.north.id)) == []
    with psycopg.connect(database_url, autocommit=True) as superuser:
        verify_chain(superuser, place.north.id)
        rows = superuser.execute(
            "select recorded_at, (meta::jsonb ->> 'occurred_at')::timestamptz from es.event"
            " where tenant_id = %s and originator_id = %s order by position",
            (place.north.id, trip),
        ).fetchall()
    recorded, occurred = [row[0] for row in rows], [row[1] for row in rows]
    assert min(later - earlier for earlier, later in zip(occurred, occurred[1:], strict=False)) < -SKEW
    assert recorded == sorted(recorded)


def test_the_database_never_records_backwards(place: Place, database_url: str) -> None:
    ahead = datetime.now(UTC) + SKEW
    with psycopg.connect(database_url, autocommit=True) as superuser:
        # As after an hour with a clock that was ahead and has been set right.
        superuser.execute(
            "update es.tenant_head set recorded_at = %s where tenant_id = %s", (ahead, place.south.id)
        )
        made = place.plan(place.south)
        row = superuser.execute(
            "select min(recorded_at) from es.event where tenant_id = %s and originator_id = %s",
            (place.south.id, made["id"]),
        ).fetchone()
    assert row is not None
    assert row[0] >= ahead


def test_tokens_are_good_by_the_clock_that_reads_them(place: Place) -> None:
    """Fifteen minutes and half a minute of leeway: what is written in README and token."""

    def me(token: str) -> tuple[int, str | None]:
        place.house.identity.forget()  # who was known a moment ago is not looked at again
        answer = place.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.json().get("code")

    honest = place.north.owner
    with clock_off_by(place, SKEW):
        assert me(honest.token) == (200, None)
    with clock_off_by(place, timedelta(minutes=16)):
        assert me(honest.token) == (401, "token_expired")
    with clock_off_by(place, -SKEW):
        # Signed in the future: refused, as a token nobody has signed yet.
        assert me(honest.token) == (401, "token_invalid")
        assert me(honest.key) == (200, None)
    with clock_off_by(place, timedelta(seconds=-20)):
        assert me(honest.token) == (200, None)


@pytest.mark.parametrize("skew", [SKEW, -SKEW])
def test_ready_says_so(place: Place, skew: timedelta) -> None:
    clock = lambda: datetime.now(UTC) + skew  # noqa: E731
    limits = Limits(lag_events=10**9, free_mib=1)
    checks = Readiness(place.house.pools.dispatcher, place.house.settings.data_dir, limits, clock).checks()
    assert [check.name for check in checks if check.status == "failing"] == ["clock"]


@pytest.mark.parametrize("skew", [SKEW, -SKEW])
def test_a_job_is_done_whatever_its_sender_thinks_the_time_is(place: Place, skew: timedelta) -> None:
    place.house_at_rest()
    place.plan(place.north)
    redis = place.house.jobs.broker.client
    assert redis.connection_pool.connection_kwargs["db"] == ALONE_DB
    redis.flushdb()  # the wake-up by the honest clock
    sent_at = current_millis() + int(skew.total_seconds() * 1_000)
    place.house.jobs.broker.enqueue(
        dramatiq.Message(PROJECTIONS, DRAIN_TENANT, (str(place.north.id),), {}, {}, message_timestamp=sent_at)
    )
    worker = run_worker(place.house.jobs)
    try:
        head = place.heads()[place.north.id]
        assert eventually(lambda: all(position == head for position in projected(place)))
    finally:
        worker.stop()


def projected(place: Place) -> list[int]:
    return [
        unit.position
        for unit in place.house.units()
        if unit.tenant_id == place.north.id and unit.consumer.startswith("projection:")
    ]


@pytest.mark.parametrize(
    ("departs_at", "status"),
    [
        ("2092-02-29T08:00:00Z", 201),
        ("2091-02-29T08:00:00Z", 422),
        ("2016-12-31T23:59:60Z", 422),  # a leap second, which PostgreSQL and Python do not know
        ("2090-03-26T01:30:00Z", 201),  # Paris leaps from two to three
        ("2090-03-26T02:30:00+01:00", 201),  # in the hour that does not exist there
        ("2090-10-29T00:30:00Z", 201),  # half past two for the first time
        ("2090-10-29T01:30:00Z", 201),  # and for the second
    ],
)
def test_odd_times_are_told_apart_or_refused(place: Place, departs_at: str, status: int) -> None:
    made = post(place, TRIPS, {**a_trip(place), "segments": [a_flight(departs_at=departs_at)]})
    assert made.status_code == status, made.text
    if status == 422:
        assert made.json()["errors"][0]["pointer"] == "/segments/0/departs_at"
        return
    place.house_at_rest()
    listed = place.client.get(TRIPS, headers=place.north.owner.headers).json()["data"]
    shown = next(trip for trip in listed if trip["id"] == made.json()["id"])
    assert datetime.fromisoformat(shown["departs_at"]) == datetime.fromisoformat(departs_at)
    assert list(place.house.jobs.projections.check(place.north.id, ["trips"])) == []
