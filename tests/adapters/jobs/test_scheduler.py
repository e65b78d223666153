"""Does exactly one scheduler act, and does it find everything that waits?"""

from threading import Event, Thread
from time import sleep
from uuid import UUID

import pytest

from adapters.jobs.scheduler import Lease, LeaseLost, Scheduler, Sweeper
from tests.adapters.jobs.conftest import Bench
from tests.adapters.jobs.ledger_views import Counts, Ledgers


def sweeper(bench: Bench, lease: Lease) -> Sweeper:
    return Sweeper(
        lease,
        bench.projections().enrolments + bench.processes().enrolments,
        wake_up=lambda tenant_id: None,
        wake_outbox=lambda tenant_id: None,
    )


def test_one_holds_the_lease_and_the_next_gets_a_higher_token(bench: Bench) -> None:
    first = Lease(bench.pools.dispatcher, "fence", lease_s=0.2)
    second = Lease(bench.pools.dispatcher, "fence", lease_s=0.2)
    token = first.hold()
    assert token is not None
    assert second.hold() is None
    assert first.hold() == token, "renewing keeps the token"
    sleep(0.3)
    later = second.hold()
    assert later is not None
    assert later > token
    assert first.hold() is None


def test_a_sleeper_past_its_lease_cannot_act(bench: Bench) -> None:
    sleeper = Lease(bench.pools.dispatcher, "sleeper", lease_s=0.1)
    token = sleeper.hold()
    assert token is not None
    sleep(0.2)
    with pytest.raises(LeaseLost):
        sweeper(bench, sleeper).sweep(token)
    again = sleeper.hold()
    assert again == token + 1, "even the same holder comes back with a new token"
    with pytest.raises(LeaseLost):
        sweeper(bench, sleeper).sweep(token)


def test_the_sweeper_finds_lagging_tenants_and_due_effects(bench: Bench) -> None:
    quiet, lagging, due, paused = (bench.tenant() for _ in range(4))
    lease = Lease(bench.pools.dispatcher, "sweep")
    token = lease.hold()
    assert token is not None
    for tenant in (lagging, due, paused):
        bench.ledger(tenant, 100)
    swept = sweeper(bench, lease).sweep(token)
    assert {lagging, due, paused} <= set(swept.lagging), "consumers never seen before count as lagging"
    assert quiet not in swept.lagging
    for tenant in (due, paused):
        bench.processes().drain(tenant)
        bench.projections().drain(tenant)
    bench.sql("update es.checkpoint set status = 'paused', position = 1 where tenant_id = %s", paused)
    swept = sweeper(bench, lease).sweep(token)
    assert lagging in swept.lagging
    assert not {due, paused, quiet} & set(swept.lagging)
    assert due in swept.due
    assert lagging not in swept.due


def test_a_raised_version_is_found_too(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1)
    bench.projections().drain(tenant_id)

    class Newer(Counts):
        version = 2

    lease = Lease(bench.pools.dispatcher, "versions")
    token = lease.hold()
    assert token is not None
    for projector, expected in ((Counts(), False), (Newer(), True)):
        found = Sweeper(
            lease,
            bench.projections(Ledgers(), projector).enrolments,
            wake_up=lambda tenant_id: None,
            wake_outbox=lambda tenant_id: None,
        ).sweep(token)
        assert (tenant_id in found.lagging) is expected


def test_a_scheduler_survives_its_actions_and_gives_the_lease_back(bench: Bench) -> None:
    acted: list[int] = []

    def breaks(token: int) -> None:
        acted.append(token)
        raise RuntimeError("boom")

    lease = Lease(bench.pools.dispatcher, "loop")
    stop = Event()
    running = Thread(target=Scheduler(lease, [breaks], interval_s=0.01).run, args=(stop,), daemon=True)
    running.start()
    sleep(0.2)
    stop.set()
    running.join(5)
    assert len(acted) > 2
    assert len(set(acted)) == 1
    assert Lease(bench.pools.dispatcher, "loop").hold() == acted[0] + 1
