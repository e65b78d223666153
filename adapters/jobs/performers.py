"""How is each kind of effect performed?"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import structlog
from psycopg_pool import ConnectionPool

from adapters.jobs.checkpoints import ENTER, Checkpoints, Decision
from adapters.jobs.outbox import EffectContext, Performer
from adapters.messaging.messages import Message, Messages
from adapters.postgres.errors import translated_errors
from adapters.vault.subject_keys import SubjectKeys
from domain.kernel.event import DomainEvent
from domain.platform.intervention import ParkedEventRetried, ParkedEventSkipped

log = structlog.get_logger(__name__)

DELETE_SNAPSHOTS = "delete from es.snapshot where tenant_id = %s"


def build_performers(
    *,
    messages: Messages,
    keys: SubjectKeys,
    snapshot_pool: ConnectionPool,
    checkpoints: Checkpoints,
    close_login: Callable[[UUID, str], bool],
) -> Mapping[str, Performer]:
    """Every kind of effect the processes yield, and who performs it."""
    return {
        "violation_alert": sending(messages),
        "approval_requested": sending(messages),
        "approval_decided": sending(messages),
        "signup_letter": sending(messages),
        "webhook_disabled": sending(messages),
        "usage_notice": sending(messages),
        "dunning_letter": sending(messages),
        "dispute_letter": sending(messages),
        "destroy_subject_key": destroying(keys, snapshot_pool),
        "resume_consumer": resuming(checkpoints),
        "close_sql_login": closing(close_login),
    }


def sending(messages: Messages) -> Performer:
    """Hands the effect to the messages port."""

    def send(effect: EffectContext) -> None:
        event = effect.event
        messages.send(
            Message(
                tenant_id=effect.tenant_id,
                key=effect.effect_key,
                kind=effect.kind,
                topic=event.TOPIC,
                stream_id=event.originator_id,
                position=event.position,
                event=event,
            )
        )

    return send


def resuming(checkpoints: Checkpoints) -> Performer:
    """Lets the consumer go on as an operator decided; when the door has done so already, nothing happens."""

    def resume(effect: EffectContext) -> None:
        carry_out(checkpoints, effect.event)

    return resume


def carry_out(checkpoints: Checkpoints, decision: DomainEvent) -> bool:
    """Does what the decision says, unless the consumer has left the event it concerns."""
    decided_at = decision.recorded.recorded_at if decision.recorded else None
    match decision:
        case ParkedEventRetried(company_id=company, consumer=consumer, parked_position=position):
            return checkpoints.retry(company, consumer, Decision(position, decided_at))
        case ParkedEventSkipped(company_id=company, consumer=consumer, parked_position=position):
            return checkpoints.skip(company, consumer, Decision(position, decided_at))
        case _:
            raise LookupError(f"{type(decision).__name__} decides about no consumer")


def closing(close: Callable[[UUID, str], bool]) -> Performer:
    """Ends a login at the server; when the door has done so already, nothing happens."""

    def close_login(effect: EffectContext) -> None:
        event: Any = effect.event
        close(effect.tenant_id, event.user_name)

    return close_login


def destroying(keys: SubjectKeys, snapshot_pool: ConnectionPool) -> Performer:
    """Destroys the key of the event's subject, then every snapshot of the tenant.

    Any stream may mention the subject, and snapshots are never the truth: all of them go.
    """

    def destroy(effect: EffectContext) -> None:
        event: Any = effect.event
        subject_id: UUID = event.subject_id
        keys.destroy(effect.tenant_id, subject_id)
        with translated_errors(), snapshot_pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (effect.tenant_id,))
            connection.execute(DELETE_SNAPSHOTS, (effect.tenant_id,))
        log.info("subject_key_destroyed", tenant_id=str(effect.tenant_id), subject_id=str(subject_id))

    return destroy
