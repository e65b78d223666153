"""What does the engine's stored event carry with us, beyond stream, version, topic and state?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from uuid_utils.compat import uuid7


@dataclass(frozen=True)
class TenantStoredEvent(StoredEvent):
    """An event on its way into the log: its id is fixed before the first try."""

    event_id: UUID = field(default_factory=uuid7)
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TenantNotification(Notification):
    """An event read from the log: `id` is its position in the tenant's sequence."""

    event_id: UUID
    recorded_at: datetime
    meta: str


def with_event_id(stored: StoredEvent) -> TenantStoredEvent:
    """The same event with an id of its own, for callers that know nothing of ids."""
    if isinstance(stored, TenantStoredEvent):
        return stored
    return TenantStoredEvent(stored.originator_id, stored.originator_version, stored.topic, stored.state)
