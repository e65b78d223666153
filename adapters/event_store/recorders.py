"""How does the engine read and write one tenant's log, snapshots and checkpoints?

These classes implement the contracts of the eventsourcing library rather than subclass its
PostgreSQL recorders, whose every method would be overridden. Each is bound to one tenant.
"""

from collections.abc import Sequence
from time import sleep
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)
from psycopg_pool import ConnectionPool

from adapters.event_store.appending import AppendRequest, canonical
from adapters.event_store.line import TenantLine
from adapters.event_store.outcomes import Outcome
from adapters.event_store.stored import TenantNotification, TenantStoredEvent, with_event_id
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from domain.kernel.claims import NO_CLAIMS

END = 2**62

READ_STREAM = """
select originator_version, topic, state, position, event_id, recorded_at, meta
from es.read_stream(%s, %s, %s, %s)
"""
# Catalogue streams are short, so that reading them whole is cheaper than asking for snapshots first.
READ_STREAMS = """
select wanted.id, s.originator_version, s.topic, s.state, s.position, s.event_id, s.recorded_at, s.meta
from unnest(%s::uuid[]) as wanted (id) cross join lateral es.read_stream(%s, wanted.id, -1, %s) as s
"""
LOAD_STREAM = """
select originator_version, topic, state, position, event_id, recorded_at, meta from es.load_stream(%s, %s)
"""
READ_FEED = """
select position, originator_id, originator_version, topic, state, event_id, recorded_at, meta
from es.read_feed(%s, %s, %s, %s)
"""
INSERT_SNAPSHOT = """
insert into es.snapshot (tenant_id, originator_id, originator_version, topic, state, meta)
values (%s, %s, %s, %s, %s, %s)
on conflict do nothing
"""
READ_SNAPSHOTS = "select originator_version, topic, state from es.read_snapshots(%s, %s, %s, %s, %s)"


class ReadAhead:
    """The events behind a snapshot, read in the same round trip and handed over once.

    The library's repository asks for the snapshot of a stream, then for the events after it.
    """

    def __init__(self) -> None:
        self._kept: tuple[UUID | str, int | None, list[StoredEvent]] | None = None

    def keep(self, stream: UUID | str, after: int | None, events: list[StoredEvent]) -> None:
        """Holds them for the question that comes next."""
        self._kept = (stream, after, events)

    def take(self, stream: UUID | str, after: int | None) -> list[StoredEvent] | None:
        """The events, if this is the question they were read for; whatever was held is forgotten."""
        kept, self._kept = self._kept, None
        return kept[2] if kept is not None and kept[:2] == (stream, after) else None


def read_streams(
    pool: ConnectionPool, tenant_id: UUID, stream_ids: Sequence[UUID]
) -> dict[UUID, list[StoredEvent]]:
    """The events of many streams, oldest first, in one round trip."""
    if not stream_ids:
        return {}
    with translated_errors(), borrowed(pool) as connection:
        rows = connection.execute(READ_STREAMS, (list(stream_ids), tenant_id, END)).fetchall()
    found: dict[UUID, list[StoredEvent]] = {}
    for stream_id, version, topic, state, position, event_id, recorded_at, meta in rows:
        event = TenantNotification(stream_id, version, topic, state, position, event_id, recorded_at, meta)
        found.setdefault(stream_id, []).append(event)
    return found


class TenantApplicationRecorder(ApplicationRecorder):
    """One tenant's log. Appends go through the tenant line; positions are gapless."""

    def __init__(
        self,
        tenant_id: UUID,
        pool: ConnectionPool,
        line: TenantLine[AppendRequest, Outcome],
        ahead: ReadAhead | None = None,
    ) -> None:
        self._tenant_id = tenant_id
        self._pool = pool
        self._line = line
        self._ahead = ahead or ReadAhead()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[int]:
        """Appends the events as one command and answers their positions.

        Keywords: `command`, `provenance`, `guards`, `totals`, `claims`, `settle` of AppendRequest.
        Raises StaleAppend (an IntegrityError) when a stream or guard moved, AlreadySettled
        when the command id is known, and the refusals of outcomes.py.
        """
        if not stored_events and not kwargs.get("settle"):
            return []
        request = AppendRequest(
            events=[with_event_id(stored) for stored in stored_events],
            command=kwargs.get("command"),
            provenance=kwargs.get("provenance") or {},
            guards=kwargs.get("guards") or {},
            claims=kwargs.get("claims") or NO_CLAIMS,
            totals=kwargs.get("totals") or (),
            settle=kwargs.get("settle"),
        )
        outcome = self._line.submit(self._tenant_id, request)
        outcome.raise_unless_done()
        return outcome.positions()

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        ahead = self._ahead.take(originator_id, gt)
        if ahead is not None and lte is None and limit is None and not desc:
            return ahead
        with translated_errors(), borrowed(self._pool) as connection:
            rows = connection.execute(
                READ_STREAM,
                (self._tenant_id, originator_id, -1 if gt is None else gt, END if lte is None else lte),
            ).fetchall()
        events = _events_of(originator_id, rows)
        if desc:
            events.reverse()
        return events if limit is None else events[:limit]

    def select_streams(self, originator_ids: Sequence[UUID]) -> dict[UUID, list[StoredEvent]]:
        """The events of many streams, oldest first, in one round trip."""
        return read_streams(self._pool, self._tenant_id, originator_ids)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        after = (start or 0) - 1 if inclusive_of_start else start or 0
        upto = END if stop is None else stop
        found: list[Notification] = []
        while len(found) < limit:
            page = self._feed_page(after, upto, limit)
            found.extend(event for event in page if not topics or event.topic in topics)
            if len(page) < limit:
                break
            after = page[-1].id
        return found[:limit]

    def _feed_page(self, after: int, upto: int, limit: int) -> list[TenantNotification]:
        with translated_errors(), borrowed(self._pool) as connection:
            rows = connection.execute(READ_FEED, (self._tenant_id, after, upto, limit)).fetchall()
        return [
            TenantNotification(stream, version, topic, state, position, event_id, recorded_at, meta)
            for position, stream, version, topic, state, event_id, recorded_at, meta in rows
        ]

    def max_notification_id(self) -> int | None:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self._tenant_id,))
            row = connection.execute(
                "select position from es.tenant_head where tenant_id = %s", (self._tenant_id,)
            ).fetchone()
        return int(row[0]) or None if row else None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> "Subscription[TenantApplicationRecorder]":
        return TenantSubscription(recorder=self, gt=gt, topics=topics)


class TenantSubscription(Subscription[TenantApplicationRecorder]):
    """Follows one tenant's log by reading it; waking up is somebody else's business."""

    INTERVAL_S = 0.05

    def __init__(
        self, recorder: TenantApplicationRecorder, gt: int | None = None, topics: Sequence[str] = ()
    ) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._page: list[Notification] = []

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            if not self._page:
                self._page = self._recorder.select_notifications(
                    self._last_notification_id, 100, topics=self._topics, inclusive_of_start=False
                )
            if self._page:
                notification = self._page.pop(0)
                self._last_notification_id = notification.id
                return notification
            sleep(self.INTERVAL_S)
        raise StopIteration


class TenantSnapshotRecorder(AggregateRecorder):
    """One tenant's snapshots: may be dropped at will, never the truth."""

    def __init__(self, tenant_id: UUID, pool: ConnectionPool, ahead: ReadAhead | None = None) -> None:
        self._tenant_id = tenant_id
        self._pool = pool
        self._ahead = ahead

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self._tenant_id,))
            for stored in stored_events:
                written = connection.execute(INSERT_SNAPSHOT, self._row(with_event_id(stored)))
                if written.rowcount == 0:
                    raise IntegrityError("a snapshot of this version exists")

    def _row(self, stored: TenantStoredEvent) -> tuple[Any, ...]:
        return (
            self._tenant_id,
            stored.originator_id,
            stored.originator_version,
            stored.topic,
            stored.state,
            canonical(stored.meta),
        )

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        if self._ahead is not None and (gt, lte, desc, limit) == (None, None, True, 1):
            return self._load(originator_id, self._ahead)
        newest = limit if desc and limit is not None else END
        with translated_errors(), borrowed(self._pool) as connection:
            rows = connection.execute(
                READ_SNAPSHOTS,
                (
                    self._tenant_id,
                    originator_id,
                    -1 if gt is None else gt,
                    END if lte is None else lte,
                    newest,
                ),
            ).fetchall()
        snapshots: list[StoredEvent] = [
            StoredEvent(originator_id, version, topic, state) for version, topic, state in rows
        ]
        if not desc:
            snapshots.reverse()
        return snapshots if limit is None else snapshots[:limit]

    def _load(self, originator_id: UUID | str, ahead: ReadAhead) -> list[StoredEvent]:
        """The newest snapshot; the events after it are kept for the recorder of the log."""
        with translated_errors(), borrowed(self._pool) as connection:
            rows = connection.execute(LOAD_STREAM, (self._tenant_id, originator_id)).fetchall()
        snapshots: list[StoredEvent] = [
            StoredEvent(originator_id, version, topic, state)
            for version, topic, state, position, *_ in rows
            if position is None
        ]
        after = snapshots[0].originator_version if snapshots else None
        ahead.keep(originator_id, after, _events_of(originator_id, rows[len(snapshots) :]))
        return snapshots


def _events_of(originator_id: UUID | str, rows: Sequence[Sequence[Any]]) -> list[StoredEvent]:
    return [
        TenantNotification(originator_id, version, topic, state, position, event_id, recorded_at, meta)
        for version, topic, state, position, event_id, recorded_at, meta in rows
    ]


class TenantTrackingRecorder(TrackingRecorder):
    """How far each consumer of one tenant's log has come."""

    def __init__(self, tenant_id: UUID, pool: ConnectionPool) -> None:
        self._tenant_id = tenant_id
        self._pool = pool

    def insert_tracking(self, tracking: Tracking) -> None:
        """Moves the consumer forward; raises IntegrityError when it already stood there."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self._tenant_id,))
            moved = connection.execute(
                "insert into es.checkpoint as c (tenant_id, consumer, position) values (%s, %s, %s)"
                " on conflict (tenant_id, consumer) do update set position = excluded.position"
                " where c.position < excluded.position",
                (self._tenant_id, tracking.application_name, tracking.notification_id),
            )
            if moved.rowcount == 0:
                raise IntegrityError("the consumer has already passed this position")

    def max_tracking_id(self, application_name: str) -> int | None:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self._tenant_id,))
            row = connection.execute(
                "select position from es.checkpoint where tenant_id = %s and consumer = %s",
                (self._tenant_id, application_name),
            ).fetchone()
        return None if row is None else int(row[0])
