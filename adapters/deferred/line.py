"""Which commands were accepted and are not done yet, and what was answered to those that are?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.deferred.sealed import Sealing
from adapters.postgres.errors import translated_errors
from domain.kernel.refusals import KeyReused, LimitReached

LEASE_S = 20.0
MOST_WAITING = 1_000
# How long an answer can be fetched; the log of commands keeps the outcome for ever.
KEPT = timedelta(hours=24)

ENTER = "select es.enter_tenant(%s)"
WAITING = "select count(*) from es.deferred_command where tenant_id = %s and done_at is null"
KNOWN = "select request_hash from es.deferred_command where tenant_id = %s and command_id = %s"
ACCEPT = """
insert into es.deferred_command
  (tenant_id, command_id, member_id, operation, request_hash, request, accepted_at, due_at)
values (%s, %s, %s, %s, %s, %s, %s, clock_timestamp())
on conflict (tenant_id, command_id) do nothing
"""
FIND = """
select member_id, operation, status, answer, accepted_at, done_at
from es.deferred_command where tenant_id = %s and command_id = %s
"""
TAKE = """
update es.deferred_command
set lease_token = lease_token + 1, attempts = attempts + 1,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
where tenant_id = %(tenant_id)s and command_id = (
  select d.command_id from es.deferred_command d
  where d.tenant_id = %(tenant_id)s and d.done_at is null and d.due_at <= clock_timestamp()
    and (d.lease_until is null or d.lease_until <= clock_timestamp())
  order by d.due_at, d.command_id
  limit 1
  for update skip locked)
returning command_id, request, attempts, lease_token
"""
# What was asked goes as soon as it is done.
SETTLE = """
update es.deferred_command
set status = %(status)s, answer = %(answer)s, request = null, lease_until = null, done_at = %(at)s
where tenant_id = %(tenant_id)s and command_id = %(command_id)s and lease_token = %(token)s and done_at is null
"""
PUT_BACK = """
update es.deferred_command
set lease_until = null, due_at = clock_timestamp() + make_interval(secs => %(pause_s)s)
where tenant_id = %(tenant_id)s and command_id = %(command_id)s and lease_token = %(token)s and done_at is null
"""
DUE = """
select tenant_id from es.deferred_command
where done_at is null and due_at <= clock_timestamp() and (lease_until is null or lease_until <= clock_timestamp())
group by tenant_id
"""
OLD = "select tenant_id from es.deferred_command where done_at < %s group by tenant_id"
FORGET = "delete from es.deferred_command where tenant_id = %s and done_at < %s"


class TooManyWaiting(LimitReached):
    """A thousand commands of your company wait to be done; send more when some of them are."""


@dataclass(frozen=True)
class Postponed:
    """A request to be done later: everything but its credential, whose bearer is named instead."""

    operation: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    request_id: str
    member_id: UUID
    api_key_id: UUID | None
    scopes: tuple[str, ...] | None


@dataclass(frozen=True)
class Taken:
    """One command in our hands, until its lease runs out."""

    tenant_id: UUID
    command_id: UUID
    asked: Postponed
    attempt: int
    token: int


@dataclass(frozen=True)
class Deferred:
    """A command that was accepted, and its answer when there is one."""

    member_id: UUID
    operation: str
    status: int | None
    answer: Any
    accepted_at: datetime
    done_at: datetime | None


class WaitingLine:
    """The commands of each company that wait, in the order in which they are due."""

    def __init__(
        self,
        pool: ConnectionPool,
        dispatcher: ConnectionPool,
        sealing: Sealing,
        clock: Callable[[], datetime],
        *,
        lease_s: float = LEASE_S,
    ) -> None:
        self._pool = pool
        self._dispatcher = dispatcher
        self._sealing = sealing
        self._clock = clock
        self._lease_s = lease_s

    def accept(self, tenant_id: UUID, command_id: UUID, asked: Postponed) -> bool:
        """Writes the command down, durably; False when it was before. Refuses KeyReused, TooManyWaiting."""
        digest = self._sealing.digest(
            tenant_id, asked.operation, asked.path, asked.query, asked.body, asked.headers.get("if-match", "")
        )
        request = self._sealing.seal(tenant_id, command_id, "request", _written(asked))
        with self._of(tenant_id) as connection:
            known = connection.execute(KNOWN, (tenant_id, command_id)).fetchone()
            if known is None:
                waiting = connection.execute(WAITING, (tenant_id,)).fetchone()
                if waiting is not None and waiting[0] >= MOST_WAITING:
                    raise TooManyWaiting(retry_after_s=5)
                row = (tenant_id, command_id, asked.member_id, asked.operation, digest, request)
                if connection.execute(ACCEPT, (*row, self._clock())).rowcount:
                    return True
                known = connection.execute(KNOWN, (tenant_id, command_id)).fetchone()
        if known is not None and bytes(known[0]) != digest:
            raise KeyReused
        return False

    def find(self, tenant_id: UUID, command_id: UUID) -> Deferred | None:
        """The command as it stands; None when nobody deferred it, or its answer is no longer kept."""
        with self._of(tenant_id) as connection:
            row = connection.execute(FIND, (tenant_id, command_id)).fetchone()
        if row is None:
            return None
        member_id, operation, status, answer, accepted_at, done_at = row
        if answer is not None:
            answer = self._sealing.opened(tenant_id, command_id, "answer", bytes(answer))
        return Deferred(member_id, operation, status, answer, accepted_at, done_at)

    def take(self, tenant_id: UUID) -> Taken | None:
        """Leases the next command that is due; None when there is none."""
        with self._of(tenant_id) as connection:
            row = connection.execute(TAKE, {"tenant_id": tenant_id, "lease_s": self._lease_s}).fetchone()
        if row is None:
            return None
        command_id, request, attempt, token = row
        written = self._sealing.opened(tenant_id, command_id, "request", bytes(request))
        return Taken(tenant_id, command_id, _read(written), attempt, token)

    def settle(self, taken: Taken, status: int, answer: Any) -> bool:
        """Keeps the answer and forgets what was asked; False when somebody else holds the command now."""
        sealed = self._sealing.seal(taken.tenant_id, taken.command_id, "answer", answer)
        return self._mark(taken, SETTLE, status=status, answer=sealed, at=self._clock())

    def put_back(self, taken: Taken, pause_s: float) -> bool:
        """Lets the command be tried again after a pause."""
        return self._mark(taken, PUT_BACK, pause_s=pause_s)

    def due(self) -> list[UUID]:
        """Every company with a command that is due."""
        with translated_errors(), self._dispatcher.connection() as connection:
            return [row[0] for row in connection.execute(DUE)]

    def forget_old(self) -> int:
        """Deletes the answers that were kept long enough."""
        limit = self._clock() - KEPT
        with translated_errors(), self._dispatcher.connection() as connection:
            tenants = [row[0] for row in connection.execute(OLD, (limit,))]
        forgotten = 0
        for tenant_id in tenants:
            with self._of(tenant_id) as connection:
                forgotten += connection.execute(FORGET, (tenant_id, limit)).rowcount
        return forgotten

    def _mark(self, taken: Taken, statement: str, **values: Any) -> bool:
        names = {"tenant_id": taken.tenant_id, "command_id": taken.command_id, "token": taken.token}
        with self._of(taken.tenant_id) as connection:
            return connection.execute(statement.encode(), {**names, **values}).rowcount == 1

    @contextmanager
    def _of(self, tenant_id: UUID) -> Iterator[Connection[Any]]:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            yield connection


def _written(asked: Postponed) -> dict[str, Any]:
    names = {"member_id": str(asked.member_id), "api_key_id": asked.api_key_id and str(asked.api_key_id)}
    return {**asdict(asked), **names}


def _read(written: dict[str, Any]) -> Postponed:
    key, scopes = written["api_key_id"], written["scopes"]
    return Postponed(
        **{
            **written,
            "member_id": UUID(written["member_id"]),
            "api_key_id": None if key is None else UUID(key),
            "scopes": None if scopes is None else tuple(scopes),
        }
    )
