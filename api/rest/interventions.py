"""Paused consumers: which company's figures stand still, and what the platform's operators decide about it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from adapters.bootstrap import PausedUnit
from api.rest.conventions import Resource, View
from api.rest.session import Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.platform.interventions import RetryParkedEvent, SkipParkedEvent
from domain.kernel.refusals import NotFound
from domain.kernel.text import Code, Line
from domain.platform.intervention import Intervention, ParkedPosition
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

router = Shelf(prefix="/api/v1/platform/paused-consumers", tags=["platform"], route_class=StrictRoute)


class PausedConsumer(View):
    """A consumer of one company's log that could not take an event and stands still; all else goes on."""

    company_id: UUID
    consumer: str
    position: int = Field(description="of the event it could not take")
    head: int = Field(description="of the company's log")
    error: str = Field(description="what failed and where; never what stood in the event")
    parked_at: datetime

    @classmethod
    def of(cls, unit: PausedUnit) -> Self:
        """The unit as operators see it."""
        return cls(
            company_id=unit.company_id,
            consumer=unit.consumer,
            position=unit.position,
            head=unit.head,
            error=unit.error,
            parked_at=unit.parked_at,
        )


class PausedConsumers(View):
    """All of them, the longest waiting first; at most a thousand."""

    data: list[PausedConsumer]


class Judgement(Command):
    """Which event the decision is about, and why it was taken."""

    position: ParkedPosition
    reason: Line


class InterventionView(Resource):
    """The latest decision about one consumer of one company."""

    id: UUID
    company_id: UUID
    consumer: str
    parked_position: int
    is_skipped: bool

    @classmethod
    def of(cls, intervention: Intervention, position: int | None = None) -> Self:
        """The decision as it was recorded."""
        if intervention.company_id is None or intervention.consumer is None:
            raise NotFound
        return cls(
            id=intervention.id,
            version=intervention.version,
            position=position,
            company_id=intervention.company_id,
            consumer=intervention.consumer,
            parked_position=intervention.parked_position or 0,
            is_skipped=intervention.is_skipped,
        )


@router.get("", operation_id="list_paused_consumers", summary="List paused consumers")
def list_paused_consumers(session: SessionDep) -> PausedConsumers:
    """Every consumer that stands still at an event and waits for a decision. Platform staff only."""
    session.only_tenant(PLATFORM_TENANT_ID)
    return PausedConsumers(data=[PausedConsumer.of(unit) for unit in session.house.interventions.paused()])


@router.post(
    "/{company_id}/{consumer}/retry", operation_id="retry_parked_event", summary="Retry a parked event"
)
def retry_parked_event(
    company_id: UUID, consumer: Code, body: Judgement, session: SessionDep
) -> InterventionView:
    """Lets the consumer try the event again, after its cause was mended. Platform staff only."""
    command = RetryParkedEvent(
        company_id=company_id, consumer=consumer, position=body.position, reason=body.reason
    )
    return _decide(session, command)


@router.post("/{company_id}/{consumer}/skip", operation_id="skip_parked_event", summary="Skip a parked event")
def skip_parked_event(
    company_id: UUID, consumer: Code, body: Judgement, session: SessionDep
) -> InterventionView:
    """Lets the consumer go on without the event, now and in every replay. Platform staff only."""
    command = SkipParkedEvent(
        company_id=company_id, consumer=consumer, position=body.position, reason=body.reason
    )
    return _decide(session, command)


def _decide(session: Session, command: RetryParkedEvent | SkipParkedEvent) -> InterventionView:
    session.only_tenant(PLATFORM_TENANT_ID)
    session.refuse_if_match()
    order = session.prepared(command)
    answer = session.house.interventions.decide(order)
    return InterventionView.of(session.left(order, answer, Intervention), answer.saved.position)
