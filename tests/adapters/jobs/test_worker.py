"""Do the parts work as a running worker, and does a lost Redis cost nothing but a moment?"""

from collections.abc import Iterator
from time import monotonic, sleep
from uuid import UUID, uuid4

import pytest

from adapters.jobs.broker import DRAIN_TENANT, WakeUps, connect
from adapters.jobs.worker import Jobs, build_jobs, run_scheduler, run_worker
from tests.adapters.jobs.conftest import Bench
from tests.adapters.jobs.ledger_views import Bonus, Counts, Ledgers
from tests.adapters.jobs.test_outbox import Told
from tests.conftest import Services
from tests.kit.ledger import EVENTS, Ledger

WIPED_DB = 9


@pytest.fixture(scope="session")
def redis_url(services: Services) -> str:
    """A database of these tests' own: they empty it, and nobody else's keys may be in it."""
    address, _, _ = services.redis_url.partition("?")
    return f"{address}?db={WIPED_DB}"


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def jobs(bench: Bench, redis_url: str, told: Told) -> Iterator[Jobs]:
    namespace = f"test-{uuid4().hex[:8]}"
    wake_ups = WakeUps(redis_url, namespace=namespace)
    jobs = build_jobs(
        pools=bench.pools,
        engine=bench.engine,
        commands=bench.commands(on_commit=wake_ups.wake_up),
        projectors=(Ledgers(), Counts()),
        processes=(Bonus(),),
        aggregate_of=dict.fromkeys(EVENTS, Ledger),
        performers={"told": told},
        redis_url=redis_url,
        wake_ups=wake_ups,
        namespace=namespace,
    )
    yield jobs
    wipe(redis_url)
    wake_ups.close()


def wipe(redis_url: str) -> None:
    """As after a failure that has kept nothing: Redis is empty."""
    client = connect(redis_url, timeout_s=2)
    assert client.connection_pool.connection_kwargs["db"] == WIPED_DB
    client.flushdb()
    client.close()


def queued(redis_url: str, jobs: Jobs, queue: str = "projections") -> int:
    client = connect(redis_url, timeout_s=2)
    length = int(client.llen(f"{jobs.broker.namespace}:{queue}"))
    client.close()
    return length


def settled(bench: Bench, tenant_id: UUID, told: Told, *, effects: int, within_s: float = 8) -> bool:
    deadline = monotonic() + within_s
    while monotonic() < deadline:
        head = bench.sql("select position from es.tenant_head where tenant_id = %s", tenant_id)[0][0]
        positions = bench.positions(tenant_id)
        if (
            len(positions) >= 3
            and {at for at, _ in positions.values()} == {head}
            and len(told.effects) == effects
        ):
            return True
        sleep(0.02)
    return False


def test_a_wake_up_leads_from_the_commit_to_the_effect(
    bench: Bench, tenant_id: UUID, jobs: Jobs, told: Told
) -> None:
    worker = run_worker(jobs)
    try:
        ledger = bench.ledger(tenant_id, 100)
        started = monotonic()
        jobs.wake_ups.wake_up(tenant_id)
        assert settled(bench, tenant_id, told, effects=1)
        assert monotonic() - started < 4
        assert bench.totals(tenant_id) == {ledger: 101}
    finally:
        worker.stop()


def test_l32_a_thousand_commits_of_one_tenant_make_few_jobs(
    tenant_id: UUID, jobs: Jobs, redis_url: str
) -> None:
    for _ in range(1_000):
        jobs.wake_ups.wake_up(tenant_id)
    assert queued(redis_url, jobs) <= 3
    before = queued(redis_url, jobs)
    jobs.wake_ups.started(DRAIN_TENANT, tenant_id)
    jobs.wake_ups.wake_up(tenant_id)
    assert queued(redis_url, jobs) == before + 1, "a commit during a drain gets a job of its own"


def test_wiping_redis_loses_nothing(
    bench: Bench, tenant_id: UUID, jobs: Jobs, told: Told, redis_url: str
) -> None:
    for number in range(3):
        bench.ledger(tenant_id, 100 + 2 * number)
        jobs.wake_ups.wake_up(tenant_id)
    wipe(redis_url)
    assert queued(redis_url, jobs) == 0
    worker, scheduler = run_worker(jobs), run_scheduler(jobs)
    try:
        wipe(redis_url)
        assert settled(bench, tenant_id, told, effects=3)
    finally:
        scheduler.stop()
        worker.stop()
    assert sorted(bench.totals(tenant_id).values()) == [101, 103, 105]


def test_a_redis_that_is_gone_does_not_hold_up_a_command(tenant_id: UUID) -> None:
    gone = WakeUps("redis://127.0.0.1:1/0")
    started = monotonic()
    for _ in range(100):
        gone.wake_up(tenant_id)
    gone.started(DRAIN_TENANT, tenant_id)
    assert monotonic() - started < 0.5


def test_the_circuit_closes_again(tenant_id: UUID, redis_url: str) -> None:
    now = [0.0]
    wake_ups = WakeUps(redis_url, namespace=f"test-{uuid4().hex[:8]}", clock=lambda: now[0])
    wake_ups._trip()
    wake_ups.wake_up(tenant_id)
    client = connect(redis_url, timeout_s=2)
    assert not client.exists(wake_ups._key(DRAIN_TENANT, tenant_id))
    now[0] = 1.5
    wake_ups.wake_up(tenant_id)
    assert client.exists(wake_ups._key(DRAIN_TENANT, tenant_id))
    wake_ups.close()
    client.close()
