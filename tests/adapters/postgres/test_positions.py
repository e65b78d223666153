"""Does a read that waits for its own write get its answer, without holding anything?"""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from psycopg import OperationalError

from adapters.postgres.positions import PositionWaiter, Unit
from domain.kernel.refusals import Unavailable
from projections.kernel.positions import PositionNotReached, ProjectionPaused
from tests.adapters.jobs.conftest import Bench

LEDGERS = "projection:test-ledgers"


class CountingWaiter(PositionWaiter):
    """Counts how often the database was asked, and for how many at once."""

    def __init__(self, *parameters: Any) -> None:
        super().__init__(*parameters)
        self.asked: list[int] = []

    def _standing(self, units: Sequence[Unit]) -> dict[Unit, tuple[int, str]]:
        self.asked.append(len(units))
        return super()._standing(units)


def test_a_position_already_reached_is_answered_at_once(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1)
    bench.projections().drain(tenant_id)
    waiter = CountingWaiter(bench.pools.dispatcher)
    asyncio.run(waiter.wait(tenant_id, LEDGERS, 2))
    assert waiter.asked == [1]


def test_many_waiters_share_one_question(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1)
    waiter = CountingWaiter(bench.pools.dispatcher)

    async def story() -> None:
        waiting = [asyncio.create_task(waiter.wait(tenant_id, LEDGERS, 2)) for _ in range(200)]
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in waiting)
        await asyncio.to_thread(bench.projections().drain, tenant_id)
        await asyncio.gather(*waiting)
        asked = len(waiter.asked)
        await asyncio.sleep(0.1)
        assert len(waiter.asked) == asked, "nobody waits, nobody asks"

    asyncio.run(story())
    assert set(waiter.asked) == {1}
    assert len(waiter.asked) < 60


def test_a_paused_projection_says_so_at_once(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, 2)
    bench.projections().drain(tenant_id)
    bench.sql("update es.checkpoint set status = 'paused' where tenant_id = %s", tenant_id)
    waiter = PositionWaiter(bench.pools.dispatcher)
    started = monotonic()
    with pytest.raises(ProjectionPaused):
        asyncio.run(waiter.wait(tenant_id, LEDGERS, 4))
    assert monotonic() - started < 1
    asyncio.run(waiter.wait(tenant_id, LEDGERS, 3))


def test_a_time_out_says_so(bench: Bench, tenant_id: UUID) -> None:
    waiter = PositionWaiter(bench.pools.dispatcher)
    with pytest.raises(PositionNotReached):
        asyncio.run(waiter.wait(tenant_id, LEDGERS, 1, timeout_s=0.1))


def test_a_database_that_is_gone_is_said_in_our_words(bench: Bench, tenant_id: UUID) -> None:
    class Broken(PositionWaiter):
        def _standing(self, units: Sequence[Unit]) -> dict[Unit, tuple[int, str]]:
            raise OperationalError("gone")

    with pytest.raises(Unavailable):
        asyncio.run(Broken(bench.pools.dispatcher).wait(tenant_id, LEDGERS, 1))
