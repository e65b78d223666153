"""How does a company that owes money hear of it, and how does it come back?

Its invoices say what is overdue and what was paid; whoever collects may say so earlier. The scheduler asks once in
a while, and a payment at once.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.dunning import USUAL_SCHEDULE, DunningSchedule
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.issued import Standing
from domain.billing.subscription import NotSubscribed, Subscription, subscription_id
from domain.kernel.text import Code

OVERDUE = "overdue"


class NotePaymentMissed(Command):
    """Note that a payment of an invoice failed, or is overdue. By whoever collects."""

    invoice_id: UUID
    reason: Code | None = None
    schedule: DunningSchedule = USUAL_SCHEDULE


class NoteInvoicePaid(Command):
    """Note that an invoice was paid; one that nobody missed changes nothing. By whoever collects."""

    invoice_id: UUID


class AdvanceDunning(Command):
    """Look at what is overdue and what was paid, and take the steps whose time has come. By the house."""


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
    def advance(found: Subscription) -> None:
        book = context.store.read(InvoiceBook, invoices_id(context.tenant_id))
        changed = NOTHING if book is None else changes(found, book, at=context.now)
        for invoice_id in changed.missed:
            found.note_failed_payment(invoice_id, reason=OVERDUE, at=context.now)
        for invoice_id in changed.paid:
            found.note_payment(invoice_id, at=context.now)
        found.hold_dunning(book is not None and book.is_disputed, at=context.now)
        found.dun(at=context.now)

    return _changed(context, advance)


class Changes(NamedTuple):
    """What the invoices say that the dunning does not know."""

    missed: tuple[UUID, ...] = ()
    paid: tuple[UUID, ...] = ()
    is_held_or_free: bool = False


NOTHING = Changes()


def changes(found: Subscription, book: InvoiceBook, *, at: datetime) -> Changes:
    """The invoices that are overdue and not dunned yet, those that are dunned and were paid, and a dispute."""
    today = at.astimezone(ZoneInfo(found.zone)).date()
    unpaid = found.dunning.unpaid if found.dunning else {}
    invoices = book.invoices.values()
    missed = [one.invoice_id for one in invoices if one.standing(today) is Standing.OVERDUE]
    paid = [one.invoice_id for one in invoices if one.balance_minor <= 0]
    return Changes(
        tuple(one for one in missed if one not in unpaid),
        tuple(one for one in paid if one in unpaid),
        found.dunning is not None and book.is_disputed is (found.dunning.held_since is None),
    )


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
