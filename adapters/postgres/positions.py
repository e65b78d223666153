"""How does a read wait for its own write without holding a thread or a connection?

One poller per process asks for all waiters at once, and only while somebody waits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors
from domain.kernel.refusals import Unavailable
from projections.kernel.positions import PositionNotReached, ProjectionPaused

INTERVAL_S = 0.02
TIMEOUT_S = 2.0

STANDING = """
select w.number, c.position, c.status
from unnest(%s::int[], %s::uuid[], %s::text[]) as w (number, tenant_id, consumer)
cross join lateral (
  select i.position, i.status from es.checkpoint i
  where i.tenant_id = w.tenant_id and i.consumer = w.consumer limit 1
) as c
"""

Unit = tuple[UUID, str]


@dataclass(eq=False)
class _Waiter:
    unit: Unit
    position: int
    arrived: "asyncio.Future[None]"


class PositionWaiter:
    """Answers when a consumer of a tenant has come as far as a position."""

    def __init__(self, pool: ConnectionPool, *, interval_s: float = INTERVAL_S) -> None:
        self._pool = pool
        self._interval_s = interval_s
        self._waiters: set[_Waiter] = set()
        self._poller: asyncio.Task[None] | None = None

    async def wait(self, tenant_id: UUID, consumer: str, position: int, timeout_s: float = TIMEOUT_S) -> None:
        """Returns once `consumer` (`projection:trips`) has passed the position.

        Refuses with ProjectionPaused at once when it stands still before it, and with
        PositionNotReached when the time is up.
        """
        waiter = _Waiter((tenant_id, consumer), position, asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            await asyncio.wait_for(waiter.arrived, timeout_s)
        except TimeoutError:
            raise PositionNotReached(retry_after_s=1) from None
        finally:
            self._waiters.discard(waiter)

    async def _poll(self) -> None:
        while self._waiters:
            units = list({waiter.unit for waiter in self._waiters})
            try:
                standing = await asyncio.to_thread(self._standing, units)
            except Exception:
                self._fail_all()
                return
            for waiter in list(self._waiters):
                _settle(waiter, *standing.get(waiter.unit, (0, "running")))
            self._waiters = {waiter for waiter in self._waiters if not waiter.arrived.done()}
            if self._waiters:
                await asyncio.sleep(self._interval_s)

    def _fail_all(self) -> None:
        for waiter in self._waiters:
            if not waiter.arrived.done():
                waiter.arrived.set_exception(Unavailable(retry_after_s=1))

    def _standing(self, units: Sequence[Unit]) -> dict[Unit, tuple[int, str]]:
        with translated_errors(), self._pool.connection() as connection:
            rows = connection.execute(
                STANDING,
                (list(range(len(units))), [tenant for tenant, _ in units], [name for _, name in units]),
            ).fetchall()
        return {units[number]: (position, status) for number, position, status in rows}


def _settle(waiter: _Waiter, position: int, status: str) -> None:
    if waiter.arrived.done():
        return
    if position >= waiter.position:
        waiter.arrived.set_result(None)
    elif status == "paused":
        waiter.arrived.set_exception(ProjectionPaused())
