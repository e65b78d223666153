"""What does a tenant's log announce after a position?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.event_store.mapper import TenantMapper, Topics
from adapters.event_store.personal_cipher import PersonalCipher
from adapters.event_store.stored import TenantNotification
from adapters.postgres.errors import translated_errors
from adapters.vault.subject_keys import SubjectKeys
from domain.kernel.event import DomainEvent

# One look covers no more of the log than this, however few of its events are announced.
WINDOW = 5_000

HEADS = "select tenant_id, position from es.tenant_head where tenant_id = any(%s)"
ENTER = "select es.enter_tenant(%s)"
BETWEEN = """
select originator_id, originator_version, topic, state, position, event_id, recorded_at, meta
from es.event
where tenant_id = %(tenant_id)s and position > %(after)s and position <= %(upto)s
  and (%(topics)s::text[] is null or topic = any(%(topics)s))
order by position
"""


class Placed(Protocol):
    """Something that has a place in the log."""

    @property
    def position(self) -> int:
        """Where."""


T = TypeVar("T", bound=Placed)


@dataclass(frozen=True)
class Page(Generic[T]):
    """What was announced, and how far the log was looked through."""

    alerts: list[T]
    reached: int


class Announcements(Generic[T]):
    """Reads the log itself: it is there as soon as the event is, and never told differently later.

    `tell` makes what is announced of an event, or None of it; `topics` None are all of them.
    """

    def __init__(
        self,
        tell: Callable[[DomainEvent], T | None],
        *,
        heads: ConnectionPool,
        log: ConnectionPool,
        topics: Topics,
        keys: SubjectKeys,
        wanted: Sequence[str] | None = None,
        window: int | None = None,
    ) -> None:
        self._tell = tell
        self._heads = heads
        self._log = log
        self._topics = topics
        self._keys = keys
        self._wanted = wanted
        self._window = window

    def heads(self, tenants: Iterable[UUID]) -> dict[UUID, int]:
        """Where the logs of all these tenants end, in one question."""
        with translated_errors(), self._heads.connection() as connection:
            return dict(connection.execute(HEADS, (list(tenants),)).fetchall())

    def after(
        self, tenant_id: UUID, position: int, *, upto: int, topics: Sequence[str] | None = None
    ) -> Page[T]:
        """What is announced of the events after a position; `topics` are fewer than all of them."""
        reached = min(upto, position + (self._window or WINDOW))
        asked = {
            "tenant_id": tenant_id,
            "after": position,
            "upto": reached,
            "topics": None if topics is None and self._wanted is None else list(topics or self._wanted or ()),
        }
        told = (self._tell(event) for event in self._events(tenant_id, asked))
        return Page([each for each in told if each is not None], reached)

    def _events(self, tenant_id: UUID, asked: dict[str, Any]) -> list[DomainEvent]:
        with translated_errors(), self._log.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            rows = connection.execute(BETWEEN, asked).fetchall()
        mapper = TenantMapper(tenant_id, self._topics, PersonalCipher(self._keys, tenant_id))
        return [
            mapper.to_domain_event(
                TenantNotification(stream, version, topic, bytes(state), place, event_id, at, meta)
            )
            for stream, version, topic, state, place, event_id, at, meta in rows
        ]
