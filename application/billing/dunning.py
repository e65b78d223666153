"""How does a company that owes money hear of it, and how does it come back?

Whoever collects says what became of a payment; the scheduler asks once in a while whether a step is due.
"""

from collections.abc import Callable
from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.dunning import USUAL_SCHEDULE, DunningSchedule
from domain.billing.subscription import NotSubscribed, Subscription, subscription_id
from domain.kernel.text import Code


class NotePaymentMissed(Command):
    """Note that a payment of an invoice failed, or is overdue. By whoever collects."""

    invoice_id: UUID
    reason: Code | None = None
    schedule: DunningSchedule = USUAL_SCHEDULE


class NoteInvoicePaid(Command):
    """Note that an invoice was paid; one that nobody missed changes nothing. By whoever collects."""

    invoice_id: UUID


class AdvanceDunning(Command):
    """Take the steps of a dunning whose time has come. By the scheduler."""


def note_payment_missed(command: NotePaymentMissed, context: Context) -> Saved:
    return _changed(
        context,
        lambda found: found.note_failed_payment(
            command.invoice_id, reason=command.reason, schedule=command.schedule, at=context.now
        ),
    )


def note_invoice_paid(command: NoteInvoicePaid, context: Context) -> Saved:
    return _changed(context, lambda found: found.note_payment(command.invoice_id, at=context.now))


def advance_dunning(command: AdvanceDunning, context: Context) -> Saved:
    return _changed(context, lambda found: found.dun(at=context.now))


def _changed(context: Context, change: Callable[[Subscription], None]) -> Saved:
    def decide() -> tuple[Subscription, ...]:
        found = context.store.read(Subscription, subscription_id(context.tenant_id))
        if found is None:
            raise NotSubscribed
        change(found)
        return (found,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {
    NotePaymentMissed: note_payment_missed,
    NoteInvoicePaid: note_invoice_paid,
    AdvanceDunning: advance_dunning,
}
