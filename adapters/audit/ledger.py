"""How does an auditor read one tenant's log, byte for byte as it is stored?"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from adapters.audit.verifier import EPOCH_2000, Event
from adapters.event_store.stored import TenantNotification
from adapters.postgres.errors import translated_errors

PAGE = 1_000
# A page of the feed looks at no more of the log than this, however few events pass its filters.
WINDOW = 50_000

ENTER = "select es.enter_tenant(%s)"
HEAD = "select position, chain_hash from es.tenant_head where tenant_id = %s"
EVENTS = """
select position, event_id, originator_id, originator_version, recorded_at, topic, state, meta, chain_hash
from es.event where tenant_id = %s and position > %s and position <= %s order by position limit %s
"""
HASHES = """
select position, chain_hash from es.event
where tenant_id = %s and position >= %s and position <= %s order by position
"""
FIRST_OF_STREAMS = """
select originator_id, originator_version, topic, state, position, event_id, recorded_at, meta
from es.event where tenant_id = %s and originator_id = any(%s) and originator_version = 1
"""
FOUND = """
select originator_id, originator_version, topic, state, position, event_id, recorded_at, meta
from es.event
where tenant_id = %(tenant_id)s and position > %(after)s and position <= %(upto)s
  and (%(topic)s::text is null or topic = %(topic)s)
  and (%(stream)s::uuid is null or originator_id = %(stream)s)
  and (%(recorded_from)s::timestamptz is null or recorded_at >= %(recorded_from)s)
  and (%(recorded_until)s::timestamptz is null or recorded_at < %(recorded_until)s)
  and (%(actor)s::text is null or meta::jsonb ->> 'actor' = %(actor)s)
  and (%(command)s::text is null or meta::jsonb ->> 'command' = %(command)s)
  and (%(occurred_from)s::timestamptz is null
       or (meta::jsonb ->> 'occurred_at')::timestamptz >= %(occurred_from)s)
  and (%(occurred_until)s::timestamptz is null
       or (meta::jsonb ->> 'occurred_at')::timestamptz < %(occurred_until)s)
order by position
limit %(limit)s
"""


@dataclass(frozen=True)
class Head:
    """Where the log stands, and the hash it says it ends with."""

    position: int
    chain_hash: bytes


@dataclass(frozen=True)
class FeedFilter:
    """Which events somebody asks for."""

    topic: str | None = None
    stream: UUID | None = None
    actor: UUID | None = None
    command: UUID | None = None
    recorded_from: datetime | None = None
    recorded_until: datetime | None = None
    occurred_from: datetime | None = None
    occurred_until: datetime | None = None


@dataclass(frozen=True)
class FeedPage:
    """Some events in order, and the position after which to go on; None at the end of the log."""

    stored: list[TenantNotification]
    next_after: int | None


class Ledger:
    """Reads logs in pages of one short transaction each, so that a slow reader holds nothing."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def head(self, tenant_id: UUID) -> Head:
        """The end of the log; position 0 where nothing happened yet."""
        row = next(iter(self.ask(tenant_id, HEAD, (tenant_id,))), None)
        return Head(0, bytes(32)) if row is None else Head(row[0], bytes(row[1]))

    def events(self, tenant_id: UUID, *, after: int = 0, upto: int) -> Iterator[Event]:
        """The stored events up to a position that was the head; what is missing is simply not there."""
        while True:
            rows = self.ask(tenant_id, EVENTS, (tenant_id, after, upto, PAGE))
            for position, event_id, stream, version, at, topic, state, meta, chain_hash in rows:
                yield Event(
                    position,
                    event_id,
                    stream,
                    version,
                    ticks(at),
                    topic,
                    bytes(state),
                    meta,
                    bytes(chain_hash),
                )
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def hashes(self, tenant_id: UUID, first: int, last: int) -> dict[int, bytes]:
        """The recorded hashes of a range."""
        rows = self.ask(tenant_id, HASHES, (tenant_id, first, last))
        return {position: bytes(chain_hash) for position, chain_hash in rows}

    def found(self, tenant_id: UUID, wanted: FeedFilter, *, after: int, limit: int) -> FeedPage:
        """One page of the events that pass a filter, oldest first. It may be short although more follow."""
        head = self.head(tenant_id).position
        # A stream is found by its index; everything else is looked for window by window.
        upto = head if wanted.stream is not None else min(head, after + WINDOW)
        parameters = {
            **{name: _plain(value) for name, value in vars(wanted).items()},
            "stream": wanted.stream,
            "tenant_id": tenant_id,
            "after": after,
            "upto": upto,
            "limit": limit + 1,
        }
        rows = self.ask(tenant_id, FOUND, parameters)
        if len(rows) > limit:
            return FeedPage([_stored(row) for row in rows[:limit]], rows[limit - 1][4])
        return FeedPage([_stored(row) for row in rows], upto if upto < head else None)

    def beginnings(self, tenant_id: UUID, streams: Sequence[UUID]) -> list[TenantNotification]:
        """The first event of each stream."""
        return [
            _stored(row)
            for row in self.ask(tenant_id, FIRST_OF_STREAMS, (tenant_id, list(dict.fromkeys(streams))))
        ]

    def ask(self, tenant_id: UUID, statement: str, parameters: Any) -> list[tuple[Any, ...]]:
        """One statement inside the tenant."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            return connection.execute(statement, parameters).fetchall()

    def rows(self, tenant_id: UUID, statement: Any, parameters: Any) -> list[dict[str, Any]]:
        """The same, with rows by column name."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            with connection.cursor(row_factory=dict_row) as cursor:
                return cursor.execute(statement, parameters).fetchall()


def ticks(at: datetime) -> int:
    """A time as PostgreSQL counts it: microseconds since 2000."""
    return (at - EPOCH_2000) // timedelta(microseconds=1)


def time_of(ticks: int) -> datetime:
    """The time again."""
    return EPOCH_2000.astimezone(UTC) + timedelta(microseconds=ticks)


def line_of(event: Event) -> dict[str, Any]:
    """The event as a line of an export: the stored bytes, personal fields still sealed."""
    line: dict[str, Any] = {
        "kind": "event",
        "position": event.position,
        "event_id": str(event.event_id),
        "stream_id": str(event.stream_id),
        "version": event.version,
        "topic": event.topic,
        "recorded_at": time_of(event.recorded_at).isoformat(timespec="microseconds"),
        "meta": event.meta,
        "chain_hash": event.chain_hash.hex(),
    }
    try:
        line["state"] = event.state.decode()
    except UnicodeDecodeError:  # only in a log that somebody damaged
        line["state_base64"] = b64encode(event.state).decode()
    return line


def _stored(row: tuple[Any, ...]) -> TenantNotification:
    stream, version, topic, state, position, event_id, recorded_at, meta = row
    return TenantNotification(stream, version, topic, bytes(state), position, event_id, recorded_at, meta)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
