"""What does the collector say now of a refund or a dispute it told us of? Asked, then noted at the company."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

import structlog

from adapters.clerk import signed
from adapters.event_store.commands import Commands
from adapters.jobs.outbox import EffectContext, Performer
from application.billing.collections import ReceiveDispute, ReceiveRefund
from domain.billing.notice import NoticeReceived
from domain.kernel.refusals import NotFound

log = structlog.get_logger(__name__)


class Returns(Protocol):
    """Whoever knows which invoice of whom a refund or a dispute is about; None where it is none of ours."""

    def refund(self, external_id: str) -> tuple[UUID, ReceiveRefund] | None:
        """A refund as it stands."""
        ...

    def dispute(self, external_id: str) -> tuple[UUID, ReceiveDispute] | None:
        """A dispute as it stands."""
        ...


def refund_performer(account: Returns | None, commands: Commands) -> Performer:
    """Notes what went back to a company, or did not arrive there."""
    return _performer(None if account is None else account.refund, commands)


def dispute_performer(account: Returns | None, commands: Commands) -> Performer:
    """Notes what a company disputes, and how that ended. The seller's people should look: it is an error."""
    return _performer(None if account is None else account.dispute, commands)


def _performer(
    ask: Callable[[str], tuple[UUID, ReceiveRefund | ReceiveDispute] | None] | None, commands: Commands
) -> Performer:
    def look_up(effect: EffectContext) -> None:
        event = effect.event
        if ask is None or not isinstance(event, NoticeReceived) or event.object_id is None:
            return
        found = ask(event.object_id)
        if found is None:
            log.info("collector_notice_of_others", kind=event.kind, about=event.object_id)
            return
        tenant_id, command = found
        if isinstance(command, ReceiveDispute):
            level = log.error if command.outcome is None else log.warning
            level(
                "payment_disputed",
                tenant_id=str(tenant_id),
                reference=command.reference,
                outcome=command.outcome,
            )
        # A notice that is worked on twice may find another state: that is another order.
        state = f"{event.external_id}:{command.model_dump_json()}"
        try:
            commands.execute(signed(tenant_id, command, state, event.occurred_at))
        except NotFound:
            # Another installation collects through the same account: to ask again would change nothing.
            log.warning("collector_notice_of_others", kind=event.kind, about=event.object_id)

    return look_up
