"""How are the expenses of a trip reported, decided on and set beside its estimate?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.conversion import NoExchangeRate
from application.travel.ownership import require_own, require_traveller
from domain.kernel.instants import Day
from domain.kernel.money import Money
from domain.kernel.refusals import CapacityTaken, NotFound
from domain.kernel.text import Code, Line
from domain.kernel.value import Input
from domain.travel.expense import (
    EXPENSE_EXTERNAL_ID,
    Bill,
    BookedJourney,
    ExpenseReportedBefore,
    Expenses,
    ExpenseUnknown,
    Sha256,
    TripTakesNoExpenses,
    expenses_id,
)
from domain.travel.reconciliation import ExpenseCategory
from domain.travel.trip import Trip, TripStatus


class ExpenseFacts(Input):
    """What was paid, on which local day and for what; `receipt_sha256` is the digest of the receipt's file."""

    category: ExpenseCategory
    segment_id: UUID | None = None
    day: Day
    price: Money
    receipt_sha256: Sha256 | None = None
    note: Line | None = None


class NewExpense(ExpenseFacts):
    """An expense that was not reported yet; an `external_id` can be used once in a company."""

    external_id: Code | None = None


class ReportExpense(NewExpense, Command):
    """Report what was paid on a journey."""

    trip_id: UUID


class CorrectExpense(ExpenseFacts, Command):
    """Say again what was paid; the whole of it. Without a note the one before stays."""

    trip_id: UUID
    expense_id: UUID


class WithdrawExpense(Command):
    """Take an expense back."""

    trip_id: UUID
    expense_id: UUID


class ApproveExpense(Command):
    """Agree to an expense."""

    trip_id: UUID
    expense_id: UUID


class RejectExpense(Command):
    """Do not agree to an expense; it counts no more."""

    trip_id: UUID
    expense_id: UUID
    reason: Annotated[Line, Field(description="why")]


class ReconcileTrip(Command):
    """Set the expenses of a trip beside its estimate, and keep the totals as they are."""

    trip_id: UUID


def expense_id_of(context: Context, trip_id: UUID) -> UUID:
    """The id of the expense this order reports."""
    return uuid5(trip_id, f"expense:{context.command.id}")


def report_expense(command: ReportExpense, context: Context) -> Saved:
    expense_id = expense_id_of(context, command.trip_id)
    bill = _bill(command, context)

    def decide() -> tuple[Expenses, ...]:
        journey = _booked(command, context)
        expenses = _expenses(command.trip_id, context)
        expenses.report(
            expense_id,
            bill,
            journey,
            external_id=command.external_id,
            note=command.note,
            at=context.now,
        )
        return (expenses,)

    with _external_id_is_unique():
        return context.store.save_all(decide)


def correct_expense(command: CorrectExpense, context: Context) -> Saved:
    bill = _bill(command, context)

    def decide(expenses: Expenses) -> None:
        journey = _booked(command, context)
        expenses.correct(command.expense_id, bill, journey, note=command.note, at=context.now)

    return _change(command.trip_id, context, decide)


def withdraw_expense(command: WithdrawExpense, context: Context) -> Saved:
    return _change(
        command.trip_id, context, lambda expenses: expenses.withdraw(command.expense_id, at=context.now)
    )


def approve_expense(command: ApproveExpense, context: Context) -> Saved:
    return _change(
        command.trip_id,
        context,
        lambda expenses: expenses.approve(command.expense_id, by=context.actor.id, at=context.now),
    )


def reject_expense(command: RejectExpense, context: Context) -> Saved:
    return _change(
        command.trip_id,
        context,
        lambda expenses: expenses.reject(
            command.expense_id, by=context.actor.id, reason=command.reason, at=context.now
        ),
    )


def reconcile_trip(command: ReconcileTrip, context: Context) -> Saved:
    def decide() -> tuple[Expenses, ...]:
        expenses = _expenses(command.trip_id, context)
        expenses.reconcile(_booked(command, context), by=context.actor.id, at=context.now)
        return (expenses,)

    return context.store.save_all(decide)


def _bill(command: ExpenseFacts, context: Context) -> Bill:
    """The facts with the rate of the day on which was paid."""
    facts = command.model_dump(include={"category", "segment_id", "day", "receipt_sha256"})
    rate = None
    if command.price.currency != "EUR":
        rate = context.ports.rates.find(command.price.currency, command.day)
        if rate is None:
            raise NoExchangeRate(pointer="/price/currency")
    return Bill(price=command.price, rate=rate, **facts)


def _booked(command: ReportExpense | CorrectExpense | ReconcileTrip, context: Context) -> BookedJourney:
    """What was booked. Guarded. Refuses with NotFound, NotYourTrip, TripTakesNoExpenses."""
    trip = context.store.read(Trip, command.trip_id)
    if trip is None:
        raise NotFound
    require_own(context, trip.traveller_id)
    if trip.booked is None or trip.status not in (TripStatus.BOOKED, TripStatus.COMPLETED):
        raise TripTakesNoExpenses
    if isinstance(command, ExpenseFacts) and command.note is not None:
        # The words are kept under the traveller's key, which is gone when they are forgotten.
        require_traveller(context, trip.traveller_id, pointer="/note")
    return BookedJourney(
        trip_id=trip.id,
        traveller_id=trip.traveller_id,
        starts_on=trip.booked.starts_on,
        ends_on=trip.booked.ends_on,
        lines=trip.lines,
    )


def _expenses(trip_id: UUID, context: Context) -> Expenses:
    stream_id = expenses_id(trip_id)
    return context.store.read(Expenses, stream_id) or Expenses.new(stream_id)


def _change(trip_id: UUID, context: Context, decide: Callable[[Expenses], None]) -> Saved:
    def own(expenses: Expenses) -> None:
        require_own(context, expenses.traveller_id)
        decide(expenses)

    try:
        return context.store.change(Expenses, expenses_id(trip_id), own)
    except NotFound as refusal:
        raise ExpenseUnknown from refusal


@contextmanager
def _external_id_is_unique() -> Iterator[None]:
    try:
        yield
    except CapacityTaken as refusal:
        if EXPENSE_EXTERNAL_ID in refusal.kinds():
            raise ExpenseReportedBefore(pointer="/external_id") from refusal
        raise


HANDLERS: Handlers = {
    ReportExpense: report_expense,
    CorrectExpense: correct_expense,
    WithdrawExpense: withdraw_expense,
    ApproveExpense: approve_expense,
    RejectExpense: reject_expense,
    ReconcileTrip: reconcile_trip,
}
