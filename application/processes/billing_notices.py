"""Whenever a company should hear of its use or of its unpaid invoices, who is told, and who asks for the money?"""

from collections.abc import Iterable
from typing import ClassVar, Literal, assert_never

from application.kernel.command import Command
from application.kernel.process import Effect, History, is_old_news
from domain.billing.dunning import (
    DunningAct,
    SubscriptionDunned,
    SubscriptionReactivated,
    SubscriptionSuspended,
)
from domain.billing.meter_limits import MeterAlertRaised, MeterCapReached
from domain.billing.payments import DisputeEnded, InvoiceDisputed
from domain.kernel.event import DomainEvent

Notable = (
    MeterAlertRaised
    | MeterCapReached
    | SubscriptionDunned
    | SubscriptionSuspended
    | SubscriptionReactivated
    | InvoiceDisputed
    | DisputeEnded
)


class BillingNotices:
    """Writes to those who pay, and of a dispute to the seller; an attempt of a dunning charges once more."""

    name: ClassVar[str] = "billing-notices"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        MeterAlertRaised,
        MeterCapReached,
        SubscriptionDunned,
        SubscriptionSuspended,
        SubscriptionReactivated,
        InvoiceDisputed,
        DisputeEnded,
    )
    starts: ClassVar[Literal["beginning", "now"]] = "now"

    def react(self, event: Notable, history: History) -> Iterable[Command | Effect]:
        if is_old_news(event):
            return
        match event:
            case MeterAlertRaised() | MeterCapReached():
                yield Effect("usage_notice")
            case SubscriptionDunned() if event.step.act is DunningAct.ATTEMPT:
                yield Effect("charge_again")
            case SubscriptionDunned() | SubscriptionSuspended() | SubscriptionReactivated():
                yield Effect("dunning_letter")
            case InvoiceDisputed() | DisputeEnded():
                yield Effect("dispute_letter")
            case _:
                assert_never(event)
