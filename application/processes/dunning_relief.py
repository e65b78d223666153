"""What follows when money came, went back or was no longer owed? Whether the company still owes any is looked at."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.billing.dunning import AdvanceDunning
from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant, is_old_news
from domain.billing.invoice import InvoiceCredited, PaymentReceived, PaymentTakenBack
from domain.kernel.event import DomainEvent


class DunningRelief:
    """A suspended company that pays is let in at once, not at the scheduler's next look."""

    name: ClassVar[str] = "dunning-relief"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (PaymentReceived, PaymentTakenBack, InvoiceCredited)
    starts: ClassVar[Literal["beginning", "now"]] = "now"

    def react(
        self, event: PaymentReceived | PaymentTakenBack | InvoiceCredited, history: History
    ) -> Iterable[Command | InTenant | Effect]:
        if not is_old_news(event):
            yield AdvanceDunning()
