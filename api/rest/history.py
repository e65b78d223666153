"""What is shown of a recorded fact?"""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import View
from domain.kernel.event import ENVELOPE, DomainEvent


class FactView(View):
    """One event of a stream, with what the log knows of it."""

    version: int
    position: int
    event_id: UUID
    topic: str
    occurred_at: datetime = Field(description="when it happened")
    recorded_at: datetime = Field(description="when the log learned of it")
    actor_id: UUID | None
    actor_kind: str
    source: str
    command_id: UUID | None
    correlation_id: UUID | None
    causation_id: UUID | None = Field(description="the event a process answered, if it was one")
    facts: dict[str, Any] = Field(description="the event's own fields; erased ones show their erased form")

    @classmethod
    def of(cls, event: DomainEvent) -> Self:
        """The event as it was recorded."""
        recorded = event.recorded
        if recorded is None:
            raise LookupError("only recorded events have a history")
        return cls(
            version=event.originator_version,
            topic=event.TOPIC,
            occurred_at=event.occurred_at,
            facts=event.model_dump(mode="json", exclude=set(ENVELOPE)),
            **recorded.model_dump(exclude={"tenant_id"}),
        )
