"""How does an operator let a paused consumer go on?

A consumer that cannot take an event stands still at it, alone. The operator names that very
event, so that a decision that arrives late or twice never concerns another one.
"""

from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.refusals import Forbidden
from domain.kernel.text import Code, Line
from domain.platform.intervention import (
    Intervention,
    NotParkedThere,
    ParkedPosition,
    intervention_stream,
)
from domain.platform.platform_tenant import PLATFORM_TENANT_ID


class RetryParkedEvent(Command):
    """Let the consumer try its parked event again. In the platform's tenant."""

    company_id: UUID
    consumer: Code
    position: ParkedPosition
    reason: Line


class SkipParkedEvent(Command):
    """Let the consumer go on without its parked event. In the platform's tenant."""

    company_id: UUID
    consumer: Code
    position: ParkedPosition
    reason: Line


class OnlyForOperators(Forbidden):
    """Only the platform's own staff decides about paused consumers."""


def retry_parked_event(command: RetryParkedEvent, context: Context) -> Saved:
    return _decide(command, context)


def skip_parked_event(command: SkipParkedEvent, context: Context) -> Saved:
    return _decide(command, context)


def _decide(command: RetryParkedEvent | SkipParkedEvent, context: Context) -> Saved:
    if context.tenant_id != PLATFORM_TENANT_ID:
        raise OnlyForOperators
    if not context.ports.parked.is_parked(command.company_id, command.consumer, command.position):
        raise NotParkedThere
    stream = intervention_stream(command.company_id, command.consumer)

    def decide() -> tuple[Intervention, ...]:
        intervention = context.store.read(Intervention, stream) or Intervention.new(stream)
        act = intervention.skip if isinstance(command, SkipParkedEvent) else intervention.retry
        act(
            company_id=command.company_id,
            consumer=command.consumer,
            position=command.position,
            by=context.actor.id,
            reason=command.reason,
            at=context.now,
        )
        return (intervention,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {RetryParkedEvent: retry_parked_event, SkipParkedEvent: skip_parked_event}
