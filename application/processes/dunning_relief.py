"""What follows when money came, went back, is disputed or no longer owed? Whether any is owed is looked at."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.billing.dunning import AdvanceDunning
from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant, is_old_news
from domain.billing.invoice import InvoiceCredited
from domain.billing.payments import (
    DisputeEnded,
    InvoiceDisputed,
    PaymentReceived,
    PaymentTakenBack,
)
from domain.kernel.event import DomainEvent

Heard = PaymentReceived | PaymentTakenBack | InvoiceCredited | InvoiceDisputed | DisputeEnded


class DunningRelief:
    """A suspended company that pays is let in at once, and a disputed payment holds its dunning up at once."""

    name: ClassVar[str] = "dunning-relief"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        PaymentReceived,
        PaymentTakenBack,
        InvoiceCredited,
        InvoiceDisputed,
        DisputeEnded,
    )
    starts: ClassVar[Literal["beginning", "now"]] = "now"

    def react(self, event: Heard, history: History) -> Iterable[Command | InTenant | Effect]:
        if not is_old_news(event):
            yield AdvanceDunning()
