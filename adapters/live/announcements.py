"""Which violations does a tenant's log announce after a position?"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.event_store.mapper import TenantMapper, Topics
from adapters.event_store.personal_cipher import PersonalCipher
from adapters.event_store.stored import TenantNotification
from adapters.postgres.errors import translated_errors
from adapters.vault.subject_keys import SubjectKeys
from domain.travel.violation import ViolationFlagged

# One look covers no more of the log than this, however few of its events are announced.
WINDOW = 5_000

HEADS = "select tenant_id, position from es.tenant_head where tenant_id = any(%s)"
ENTER = "select es.enter_tenant(%s)"
ANNOUNCED = """
select originator_id, originator_version, topic, state, position, event_id, recorded_at, meta
from es.event
where tenant_id = %s and position > %s and position <= %s and topic = any(%s)
order by position
"""


@dataclass(frozen=True)
class Page:
    """What was announced, and how far the log was looked through."""

    alerts: list[ViolationFlagged]
    reached: int


class Announcements:
    """Reads the log itself: it is there as soon as the event is, and never told differently later."""

    def __init__(
        self, *, heads: ConnectionPool, log: ConnectionPool, topics: Topics, keys: SubjectKeys
    ) -> None:
        self._heads = heads
        self._log = log
        self._topics = topics
        self._keys = keys
        self._wanted = [ViolationFlagged.TOPIC, *ViolationFlagged.UPCASTS]

    def heads(self, tenants: Iterable[UUID]) -> dict[UUID, int]:
        """Where the logs of all these tenants end, in one question."""
        with translated_errors(), self._heads.connection() as connection:
            return dict(connection.execute(HEADS, (list(tenants),)).fetchall())

    def after(self, tenant_id: UUID, position: int, *, upto: int) -> Page:
        """The alerts after a position: those the policy wants told."""
        reached = min(upto, position + WINDOW)
        with translated_errors(), self._log.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            rows = connection.execute(ANNOUNCED, (tenant_id, position, reached, self._wanted)).fetchall()
        mapper = TenantMapper(tenant_id, self._topics, PersonalCipher(self._keys, tenant_id))
        flagged: list[ViolationFlagged] = [
            mapper.to_domain_event(
                TenantNotification(stream, version, topic, bytes(state), place, event_id, at, meta)
            )
            for stream, version, topic, state, place, event_id, at, meta in rows
        ]
        return Page([each for each in flagged if each.alert], reached)
