"""How does a projector tell its story? given_events(what happened).project(Projector(), times=2).row(key)."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, Self, TypeVar
from uuid import UUID, uuid5

import psycopg

from adapters.postgres.roles import PROJECTOR, role_conninfo
from adapters.postgres.row_table import RowTable
from domain.kernel.event import DomainEvent, Recorded
from domain.kernel.personal import personal_fields
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows, Table
from tests.kit.builders import TENANT

R = TypeVar("R", bound=Row)


class MemoryTable(Generic[R]):
    """The rows of one tenant in a dictionary; the in-memory twin of `RowTable`."""

    def __init__(self) -> None:
        self.kept: dict[Key, R] = {}

    def by_keys(self, keys: Iterable[Key]) -> Iterable[R]:
        return [self.kept[key] for key in keys if key in self.kept]

    def by_column(self, column: str, values: Collection[Any]) -> Iterable[R]:
        return [row for row in self.kept.values() if getattr(row, column) in values]

    def write(self, changed: Iterable[R], removed: Iterable[Key]) -> None:
        self.kept.update((row.key(), row) for row in changed)
        for key in removed:
            self.kept.pop(key, None)


def in_log(events: Iterable[DomainEvent], *, tenant_id: UUID = TENANT) -> list[DomainEvent]:
    """The events as one tenant's log has them: positions from 1, versions counted per stream."""
    versions: dict[UUID, int] = {}
    recorded = []
    for position, event in enumerate(events, start=1):
        version = versions[event.originator_id] = versions.get(event.originator_id, 0) + 1
        place = Recorded(
            tenant_id=tenant_id,
            position=position,
            event_id=uuid5(tenant_id, str(position)),
            recorded_at=event.occurred_at,
        )
        recorded.append(event.model_copy(update={"originator_version": version, "recorded": place}))
    return recorded


def without_key_of(subject_id: UUID, events: Iterable[DomainEvent]) -> list[DomainEvent]:
    """The same history as a replay reads it once the subject's key is destroyed."""
    return [
        event.model_copy(
            update={
                name: marker.erased
                for name, marker in personal_fields(type(event)).items()
                if getattr(event, marker.subject) == subject_id and getattr(event, name) is not None
            }
        )
        for event in events
    ]


def given_events(*events: DomainEvent) -> "History":
    """A tenant to which these events have happened."""
    return History(in_log(events))


class History:
    """A log waiting to be projected."""

    def __init__(self, events: list[DomainEvent]) -> None:
        self.events = events

    def once_erased(self, subject_id: UUID) -> "History":
        """The same log without the subject's key."""
        return History(without_key_of(subject_id, self.events))

    def project(self, projector: Projector[R], *, times: int = 1) -> "Projected[R]":
        """Projects everything, in one batch, as often as asked."""
        return Projected(projector, self.events).again(times)


class Projected(Generic[R]):
    """The rows that came out."""

    def __init__(self, projector: Projector[R], events: list[DomainEvent]) -> None:
        self.projector = projector
        self.events = events
        self.table: MemoryTable[R] = MemoryTable()

    def again(self, times: int = 1) -> Self:
        """Projects the same events over the rows there are."""
        for _ in range(times):
            self.projector.project_all(self.events, Rows(self.table))
        return self

    def row(self, *key: Any) -> R:
        """The row with this key."""
        return self.table.kept[key]

    @property
    def rows(self) -> dict[Key, R]:
        """All rows by key."""
        return self.table.kept


def is_stable(history: History, projector: Projector[R]) -> dict[Key, R]:
    """The rows, once shown that neither the batch size nor a second pass changes them."""
    rows = history.project(projector).rows
    table: Table[R] = MemoryTable()
    for event in history.events:
        projector.project_all([event], Rows(table))
    assert rows == table.kept, "one by one gives other rows than in one batch"  # type: ignore[attr-defined]
    assert history.project(projector, times=2).rows == rows, "a second pass changes rows"
    return rows


@contextmanager
def projecting(database_url: str, master_key: bytes, tenant_id: UUID) -> Iterator[psycopg.Connection[Any]]:
    """A projector's transaction inside one tenant."""
    with (
        psycopg.connect(role_conninfo(database_url, PROJECTOR, master_key)) as connection,
        connection.transaction(),
    ):
        connection.execute("select es.enter_tenant(%s)", (tenant_id,))
        yield connection


def project_into(
    database_url: str, master_key: bytes, projector: Projector[Any], events: Iterable[DomainEvent]
) -> None:
    """Projects events, as one tenant's log has them, into the real table, as the projector's role."""
    log = list(events)
    tenant_id = log[0].recorded.tenant_id if log[0].recorded else TENANT
    with projecting(database_url, master_key, tenant_id) as connection:
        projector.project_all(log, Rows(RowTable(connection, tenant_id, projector.row)))
