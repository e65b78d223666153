"""How do consumers read one tenant's log, in order and without holes?"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import MapperDeserialisationError
from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.event_store.mapper import TenantMapper, Topics
from adapters.event_store.personal_cipher import PersonalCipher
from adapters.event_store.stored import TenantNotification
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from adapters.vault.subject_keys import SubjectKeys
from domain.kernel.event import DomainEvent

PAGE = 500
# A page of ordinary events weighs a tenth of this; an event with a thousand measured uses some hundred kilobytes,
# and five hundred of those at once would fill the memory and outlast every time-out, page after page.
PAGE_BYTES = 2_000_000

# An event is read if those before it in the page weigh less than that: there is always one. Its length is
# known to the database without reading it.
READ_PAGE = """
select position, originator_id, originator_version, topic, state, event_id, recorded_at, meta
from (
  select *, sum(octet_length(state)) over (order by position) - octet_length(state) as before
  from es.read_feed(%s, %s, %s, %s)
) as weighed
where before < %s
order by position
"""


class LogBroken(Exception):
    """The log of a tenant has a hole; positions are gapless by construction, so data was lost."""


class Feed:
    """Pages of stored events by position; decoded only where somebody listens."""

    def __init__(self, topics: Topics, keys: SubjectKeys) -> None:
        self._topics = topics
        self._keys = keys

    def page(
        self, connection: Connection[Any], tenant_id: UUID, *, after: int, upto: int, limit: int = PAGE
    ) -> list[TenantNotification]:
        """The events after a position, up to one known to exist: at least one, and fewer where they are heavy."""
        return self.ask(connection, tenant_id, after=after, upto=upto, limit=limit)()

    def ask(
        self, connection: Connection[Any], tenant_id: UUID, *, after: int, upto: int, limit: int = PAGE
    ) -> Callable[[], list[TenantNotification]]:
        """Sends for a page; in a pipeline nobody waits for it before it is called for."""
        cursor = connection.execute(READ_PAGE, (tenant_id, after, upto, limit, PAGE_BYTES))

        def arrived() -> list[TenantNotification]:
            rows = cursor.fetchall()
            full = sum(len(row[4]) for row in rows) >= PAGE_BYTES
            expected = range(after + 1, after + 1 + (len(rows) if full else min(limit, upto - after)))
            if [row[0] for row in rows] != list(expected):
                raise LogBroken(f"the log is not contiguous after position {after}")
            return [
                TenantNotification(stream, version, topic, state, position, event_id, recorded_at, meta)
                for position, stream, version, topic, state, event_id, recorded_at, meta in rows
            ]

        return arrived

    def decode(
        self, tenant_id: UUID, page: Iterable[TenantNotification], handled: Sequence[type[DomainEvent]]
    ) -> list[DomainEvent]:
        """The events of the handled classes. An unknown topic raises: skipping it might lose a fact."""
        stored = list(page)
        wanted = tuple(handled)
        heard = {
            topic
            for topic in {each.topic for each in stored}
            if issubclass(self._topics.event_class(topic), wanted)
        }
        read = self._mapper(tenant_id).to_domain_event
        return [read(each) for each in stored if each.topic in heard]

    def concerns(self, page: Iterable[TenantNotification], handled: Sequence[type[DomainEvent]]) -> bool:
        """Does the page hold any event of the handled classes? An unknown topic raises, as in `decode`."""
        kinds = {self._topics.event_class(stored.topic) for stored in page}
        return any(issubclass(kind, tuple(handled)) for kind in kinds)

    def may_concern(self, topics: Collection[str], handled: Sequence[type[DomainEvent]]) -> bool:
        """Could an event of these topics be of the handled classes? Of an unknown topic nobody can say."""
        try:
            return any(issubclass(self._topics.event_class(topic), tuple(handled)) for topic in topics)
        except MapperDeserialisationError:
            return True

    def event_at(self, pool: ConnectionPool, tenant_id: UUID, position: int) -> DomainEvent:
        """The one event at a position."""
        with translated_errors(), borrowed(pool) as connection:
            (stored,) = self.page(connection, tenant_id, after=position - 1, upto=position)
        event: DomainEvent = self._mapper(tenant_id).to_domain_event(stored)
        return event

    def _mapper(self, tenant_id: UUID) -> TenantMapper:
        return TenantMapper(tenant_id, self._topics, PersonalCipher(self._keys, tenant_id))
