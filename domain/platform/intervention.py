"""What did operators decide about events that no consumer could take?"""

from datetime import datetime
from typing import Annotated, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Personal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code, Line
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

ParkedPosition = Annotated[int, Field(ge=1, lt=2**63)]
OperatorsWords = Annotated[Line, Personal(subject="decided_by")]


class ParkedEventRetried(DomainEvent):
    """The cause was mended; the consumer tries its parked event again."""

    TOPIC = "intervention.retried.v1"

    company_id: UUID
    consumer: Code
    parked_position: ParkedPosition
    decided_by: UUID
    reason: OperatorsWords


class ParkedEventSkipped(DomainEvent):
    """The consumer goes on without its parked event, now and in every replay."""

    TOPIC = "intervention.skipped.v1"

    company_id: UUID
    consumer: Code
    parked_position: ParkedPosition
    decided_by: UUID
    reason: OperatorsWords


class NotParkedThere(RuleBroken):
    """This consumer is not paused at this event; look where it stands, then decide again."""


def intervention_stream(company_id: UUID, consumer: str) -> UUID:
    """The stream of everything decided about one consumer of one company."""
    return uuid5(PLATFORM_TENANT_ID, f"intervention:{company_id}:{consumer}")


class Intervention(Aggregate):
    """The decisions about one consumer of one company's log. Lives in the platform's tenant."""

    CATEGORY = "intervention"

    company_id: UUID | None = None
    consumer: Code | None = None
    parked_position: int | None = None
    is_skipped: bool = False

    def retry(
        self, *, company_id: UUID, consumer: str, position: int, by: UUID, reason: str, at: datetime
    ) -> None:
        """Decides that the parked event is tried again; as often as it is parked."""
        self.record(
            ParkedEventRetried,
            at=at,
            company_id=company_id,
            consumer=consumer,
            parked_position=position,
            decided_by=by,
            reason=reason,
        )

    def skip(
        self, *, company_id: UUID, consumer: str, position: int, by: UUID, reason: str, at: datetime
    ) -> None:
        """Decides that the consumer goes on without the event."""
        self.record(
            ParkedEventSkipped,
            at=at,
            company_id=company_id,
            consumer=consumer,
            parked_position=position,
            decided_by=by,
            reason=reason,
        )

    def evolve(self, event: "InterventionEvent") -> None:
        match event:
            case ParkedEventRetried() | ParkedEventSkipped():
                self.company_id = event.company_id
                self.consumer = event.consumer
                self.parked_position = event.parked_position
                self.is_skipped = isinstance(event, ParkedEventSkipped)
            case _:
                assert_never(event)


InterventionEvent = ParkedEventRetried | ParkedEventSkipped
