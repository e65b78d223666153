"""What follows when there is something to collect, or something was collected?

Whatever the collector must know is an effect, performed outside of every transaction; what it told us becomes
a command of the company it is about.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.billing.collections import ReceiveCollected, ReceiveFailedPayment
from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant, is_old_news
from domain.billing.invoice import CreditNoteNumbered, InvoiceNumbered
from domain.billing.notice import NoticeReceived
from domain.billing.stay import SubscriptionReturned
from domain.billing.subscription import SubscriptionStarted
from domain.kernel.event import DomainEvent

REJECTED = "v1.billing.meter.error_report_triggered"
# Notices of refunds and disputes name no invoice of ours, may come in any order, and say what was: the collector
# is asked what each is about, and where it stands now.
REFUNDS = frozenset({"refund.created", "refund.updated", "refund.failed"})
DISPUTES = frozenset({"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"})
Heard = SubscriptionStarted | SubscriptionReturned | InvoiceNumbered | CreditNoteNumbered | NoticeReceived


class Collecting:
    """From the document to the collector, and back with the money."""

    name: ClassVar[str] = "collecting"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        SubscriptionStarted,
        SubscriptionReturned,
        InvoiceNumbered,
        CreditNoteNumbered,
        NoticeReceived,
    )
    starts: ClassVar[Literal["beginning", "now"]] = "now"

    def react(self, event: Heard, history: History) -> Iterable[Command | InTenant | Effect]:
        if is_old_news(event):
            return
        match event:
            case SubscriptionStarted() | SubscriptionReturned() | InvoiceNumbered() | CreditNoteNumbered():
                yield Effect("settle_collection")
            case NoticeReceived(kind="invoice.paid") if event.company_id and event.invoice_id:
                received = ReceiveCollected(
                    invoice_id=event.invoice_id,
                    amount_minor=event.amount_minor,
                    received_on=event.happened_at.date(),
                    reference=event.object_id or event.external_id,
                )
                yield InTenant(event.company_id, received)
            case NoticeReceived(kind="invoice.payment_failed") if event.company_id and event.invoice_id:
                failed = ReceiveFailedPayment(
                    invoice_id=event.invoice_id, notice=event.external_id, failed_at=event.happened_at
                )
                yield InTenant(event.company_id, failed)
            case NoticeReceived():
                if event.kind == REJECTED:
                    yield Effect("look_up_rejection")
                elif event.kind in REFUNDS:
                    yield Effect("look_up_refund")
                elif event.kind in DISPUTES:
                    yield Effect("look_up_dispute")
