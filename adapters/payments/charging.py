"""How is the money of an unpaid invoice asked for once more, and never taken twice?

The attempt has a name at the collector, which keeps its first answer; after a doubt the invoice is looked at before
anything is asked again. So a process that is killed in between takes nothing twice.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog

from adapters.clerk import signed
from adapters.event_store.commands import Commands
from adapters.jobs.outbox import EffectContext, Performer
from application.billing.collections import NoteCharge, ReceiveCollected
from application.ports.collector import Collector, CollectorRefused, CollectorUnavailable, OutcomeUnknown
from domain.billing.calendar import local_day
from domain.billing.collection import Charge, ChargeOutcome, Collection, DocumentState, collection_id
from domain.billing.dunning import DunningStep, SubscriptionDunned
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.issued import Invoice

log = structlog.get_logger(__name__)

ATTEMPTS = 5
UTC = "UTC"


class Charging:
    """Takes what is still open of the invoices that a dunning is about."""

    def __init__(self, collector: Collector, commands: Commands, now: Callable[[], datetime]) -> None:
        self._collector, self._commands, self._now = collector, commands, now

    def charge(self, tenant_id: UUID, event: SubscriptionDunned) -> None:
        """One attempt for each invoice that is open; what was attempted is not attempted again."""
        streams = self._commands.reading(tenant_id)
        book = streams.find(InvoiceBook, invoices_id(tenant_id))
        known = streams.find(Collection, collection_id(tenant_id))
        for invoice_id in event.invoice_ids if book and known else ():
            assert book is not None
            assert known is not None
            invoice, sent = book.invoices.get(invoice_id), known.documents.get(invoice_id)
            if invoice is None or invoice.balance_minor <= 0:
                continue
            if sent is None or sent.state is not DocumentState.SENT or sent.external_id is None:
                continue  # the collector does not have it, or something else than we do
            charge = Charge(document_id=invoice_id, number=event.step.number, due_at=event.step.due_at)
            if charge not in known.charged:
                self._once(tenant_id, invoice, sent.external_id, event.step)

    def _once(self, tenant_id: UUID, invoice: Invoice, external_id: str, step: DunningStep) -> None:
        now = self._now()
        today = local_day(now, UTC)
        outcome = self._asked(external_id, f"{step.number}:{step.due_at:%Y%m%d%H%M%S}")
        name = f"charge:{external_id}:{step.number}:{step.due_at.isoformat()}"
        if outcome is ChargeOutcome.PAID:
            collected = ReceiveCollected(
                invoice_id=invoice.invoice_id,
                amount_minor=invoice.balance_minor,
                received_on=today,
                # The collector's own word of it has the same reference, and counts for nothing then.
                reference=external_id,
            )
            self._commands.execute(signed(tenant_id, collected, f"{name}:money:{today}", now))
        note = NoteCharge(
            document_id=invoice.invoice_id, number=step.number, due_at=step.due_at, outcome=outcome
        )
        self._commands.execute(signed(tenant_id, note, name, now))
        log.info("charged_again", tenant_id=str(tenant_id), number=step.number, outcome=outcome.value)

    def _asked(self, external_id: str, name: str) -> ChargeOutcome:
        for attempt in range(ATTEMPTS):
            if self._collector.is_paid(external_id):
                return ChargeOutcome.PAID
            try:
                self._collector.charge(external_id, name=name, attempt=attempt)
            except OutcomeUnknown as unknown:
                log.info("collector_outcome_unknown", error=str(unknown), attempt=attempt)
            except CollectorRefused:
                return ChargeOutcome.PAID if self._collector.is_paid(external_id) else ChargeOutcome.DECLINED
        if self._collector.is_paid(external_id):
            return ChargeOutcome.PAID
        raise CollectorUnavailable("It is not known what became of a charge, again and again.")


def charging_performer(charging: Charging | None) -> Performer:
    """Performs an attempt of a dunning; without a key there is nobody who could be asked."""

    def perform(effect: EffectContext) -> None:
        if charging is not None and isinstance(effect.event, SubscriptionDunned):
            charging.charge(effect.tenant_id, effect.event)

    return perform
