"""Who still calls an operation that will go?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.identity.sign_in import Caller
from adapters.postgres.errors import translated_errors

# A caller is written down this often at most; in between its calls are counted in memory.
EVERY_S = 10.0
MOST_KNOWN = 10_000
SHOWN = timedelta(days=30)

ENTER = "select es.enter_tenant(%s)"
NOTE = """
insert into es.deprecated_call as d
  (tenant_id, operation, caller_id, member_id, is_key, calls, last_called_at)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict (tenant_id, operation, caller_id) do update
set calls = d.calls + excluded.calls, last_called_at = excluded.last_called_at
"""
OF = """
select operation, caller_id, member_id, is_key, calls, last_called_at
from es.deprecated_call where tenant_id = %s and last_called_at > %s
order by operation, last_called_at desc, caller_id
"""


@dataclass(frozen=True)
class DeprecatedCall:
    """One caller of one operation."""

    operation: str
    caller_id: UUID
    member_id: UUID
    is_key: bool
    calls: int
    last_called_at: datetime


class DeprecatedCalls:
    """Notes callers without slowing them down much, and shows those of the last thirty days."""

    def __init__(self, pool: ConnectionPool, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._clock = clock
        self._lock = Lock()
        self._known: dict[tuple[str, UUID], tuple[float, int]] = {}

    def note(self, operation: str, caller: Caller) -> None:
        """One more call."""
        calls = self._due(operation, caller)
        if calls:
            caller_id = caller.api_key_id or caller.member_id
            row = (caller.tenant_id, operation, caller_id, caller.member_id, caller.api_key_id is not None)
            with translated_errors(), self._pool.connection() as connection, connection.transaction():
                connection.execute(ENTER, (caller.tenant_id,))
                connection.execute(NOTE, (*row, calls, self._clock()))

    def of(self, tenant_id: UUID) -> list[DeprecatedCall]:
        """Who of the company called, in the last thirty days."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            rows = connection.execute(OF, (tenant_id, self._clock() - SHOWN)).fetchall()
        return [DeprecatedCall(*row) for row in rows]

    def _due(self, operation: str, caller: Caller) -> int:
        """How many calls are to be written now; none when that was done a moment ago."""
        name, now = (operation, caller.api_key_id or caller.member_id), monotonic()
        with self._lock:
            written_at, waiting = self._known.get(name, (float("-inf"), 0))
            if now - written_at < EVERY_S:
                self._known[name] = (written_at, waiting + 1)
                return 0
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[name] = (now, 0)
            return waiting + 1
