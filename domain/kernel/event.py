"""What is a fact, and how does an old fact stay readable?"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

Payload = dict[str, Any]
Upcast = Callable[[Payload], Payload]


class Recorded(BaseModel):
    """What the store knows of an event once it is in the log; absent on a pending event."""

    model_config = ConfigDict(frozen=True)

    tenant_id: UUID
    position: int
    event_id: UUID
    recorded_at: datetime
    actor_id: UUID | None = None
    actor_kind: str = "system"
    command_id: UUID | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    source: str = "system"


class DomainEvent(BaseModel):
    """One fact, in the words of the business.

    Subclasses add the payload. The names and fields of a released event are the storage
    format: a new shape is a new class version (`.v2`) whose `UPCASTS` lift the older ones,
    one version at a time.
    """

    # Built when first met: no process meets every event, and each would start later for them.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    TOPIC: ClassVar[str]
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {}

    originator_id: UUID
    originator_version: int
    occurred_at: datetime
    recorded: Recorded | None = None

    @property
    def position(self) -> int:
        """The event's place in its tenant's log; only a recorded event has one."""
        if self.recorded is None:
            raise LookupError("a pending event has no position yet")
        return self.recorded.position


ENVELOPE = frozenset(DomainEvent.model_fields)


def upcast(event_class: type[DomainEvent], topic: str, payload: Payload) -> Payload:
    """Lifts the payload of an older version to the shape of `event_class`, step by step."""
    if topic == event_class.TOPIC:
        return payload
    name, _, version = topic.rpartition(".v")
    _, _, current = event_class.TOPIC.rpartition(".v")
    for step in range(int(version), int(current)):
        payload = event_class.UPCASTS[f"{name}.v{step}"](payload)
    return payload
