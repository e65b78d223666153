"""How much of this process may one company hold at once? Never all of it: the others would wait for its sake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from domain.kernel.refusals import Unavailable

SHARE = 2 / 3  # of the threads
WAIT_S = 10.0


class TooManyAtOnce(Unavailable):
    """Too many requests of your company are in progress; try again shortly."""


class Places:
    """So many requests of one tenant are in progress at a time; more of them wait, and hold no thread meanwhile."""

    def __init__(self, threads: int) -> None:
        self._each = max(1, int(threads * SHARE))
        self._taken: dict[UUID, int] = {}
        self._lines: dict[UUID, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def of(self, tenant_id: UUID) -> AsyncIterator[None]:
        """A place for one request. Refuses with TooManyAtOnce after ten seconds of waiting."""
        line = self._lines.setdefault(tenant_id, asyncio.Semaphore(self._each))
        self._taken[tenant_id] = self._taken.get(tenant_id, 0) + 1
        try:
            await _turn(line)
            try:
                yield
            finally:
                line.release()
        finally:
            self._leave(tenant_id)

    def _leave(self, tenant_id: UUID) -> None:
        self._taken[tenant_id] -= 1
        if self._taken[tenant_id] == 0:
            del self._taken[tenant_id], self._lines[tenant_id]


async def _turn(line: asyncio.Semaphore) -> None:
    try:
        async with asyncio.timeout(WAIT_S):
            await line.acquire()
    except TimeoutError:
        raise TooManyAtOnce(retry_after_s=2) from None
