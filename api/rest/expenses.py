"""Expenses: what journeys really cost, beside what they were booked for."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Listing, Resource, View, answer_headers
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.travel.expenses import (
    ApproveExpense,
    CorrectExpense,
    ExpenseFacts,
    NewExpense,
    ReconcileTrip,
    RejectExpense,
    ReportExpense,
    WithdrawExpense,
)
from domain.kernel.refusals import NotFound
from domain.kernel.text import Line
from domain.travel.expense import Expense, Expenses, ExpenseStatus, expenses_id
from domain.travel.reconciliation import ExpenseCategory, Reconciliation
from domain.travel.trip import Trip
from projections.travel import expenses, reconciliations
from projections.travel.expenses import ExpenseRow
from projections.travel.reconciliations import ReconciliationRow

router = Shelf(prefix="/api/v1/enterprise", tags=["expenses"], route_class=StrictRoute)
PLACE = "/api/v1/enterprise/trips/{trip_id}/expenses"


class TripExpenses(Resource):
    """The expenses of one trip as they stand, and the last reconciliation with its totals as they were."""

    trip_id: UUID
    traveller_id: UUID
    expenses: list[Expense]
    is_reconciled: bool = Field(description="settled, and nothing has changed since")
    reconciliation: Reconciliation | None = Field(description="as it was settled last; null before")

    @classmethod
    def of(cls, kept: Expenses, position: int | None = None) -> Self:
        """The expenses as they stand."""
        return cls(
            version=kept.version,
            position=position,
            trip_id=kept.trip_id,
            traveller_id=kept.traveller_id,
            expenses=list(kept.expenses.values()),
            is_reconciled=kept.is_reconciled,
            reconciliation=kept.reconciliation,
        )


class ExpenseView(View):
    """One expense in a list."""

    id: UUID
    trip_id: UUID
    traveller_id: UUID
    category: ExpenseCategory
    segment_id: UUID | None
    day: date
    amount_minor: int
    currency: str
    eur_cents: int = Field(description="in euro cents, at the rate of that day")
    receipt_sha256: str | None
    external_id: str | None
    note: str | None
    status: ExpenseStatus
    decided_by: UUID | None
    reason: str | None = Field(description="why it was rejected")
    reported_at: datetime

    @classmethod
    def of(cls, row: ExpenseRow) -> Self:
        """The row as clients see it."""
        return cls(
            id=row.expense_id, **row.model_dump(exclude={"expense_id", "created_position", "position"})
        )


class ExpenseListing(Listing[ExpenseView]):
    """One page of expenses."""


class TripReconciliation(View):
    """A trip's estimate and actual side by side, as of now."""

    trip_id: UUID
    traveller_id: UUID
    starts_on: date
    is_cancelled: bool
    is_reconciled: bool
    reconciled_by: UUID | None
    reconciled_at: datetime | None
    reconciliation: Reconciliation

    @classmethod
    def of(cls, row: ReconciliationRow) -> Self:
        """The row as clients see it."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class Refusal(Command):
    """Why an expense is rejected."""

    reason: Line


@router.post(
    "/trips/{trip_id}/expenses", operation_id="report_expense", status_code=201, summary="Report an expense"
)
def report_expense(trip_id: UUID, body: NewExpense, session: SessionDep) -> TripExpenses:
    """Adds what was paid on a booked or completed trip, within thirty days of it. Another currency is
    converted by the rate of that day."""
    command = ReportExpense(trip_id=trip_id, **_fields_set(body))
    kept = _change(session, trip_id, command)
    answer_headers(session.request)["Location"] = PLACE.format(trip_id=trip_id)
    return kept


@router.get(
    "/trips/{trip_id}/expenses",
    operation_id="get_trip_expenses",
    summary="Get a trip's expenses",
    dependencies=[AtLeast],
)
def get_trip_expenses(trip_id: UUID, session: SessionDep) -> TripExpenses:
    """Every expense of the trip as it stands. Travellers see their own."""
    trip = session.stream(Trip, trip_id)
    session.only(trip.traveller_id)
    return session.show(TripExpenses.of(session.stream(Expenses, expenses_id(trip_id))))


@router.put(
    "/trips/{trip_id}/expenses/{expense_id}", operation_id="correct_expense", summary="Correct an expense"
)
def correct_expense(trip_id: UUID, expense_id: UUID, body: ExpenseFacts, session: SessionDep) -> TripExpenses:
    """Says again what was paid, while nobody has decided on it."""
    command = CorrectExpense(trip_id=trip_id, expense_id=expense_id, **_fields_set(body))
    return _change(session, trip_id, command)


@router.delete(
    "/trips/{trip_id}/expenses/{expense_id}", operation_id="withdraw_expense", summary="Withdraw an expense"
)
def withdraw_expense(trip_id: UUID, expense_id: UUID, session: SessionDep) -> TripExpenses:
    """Takes an expense back, while nobody has decided on it; its external id is free again."""
    return _change(session, trip_id, WithdrawExpense(trip_id=trip_id, expense_id=expense_id))


@router.post(
    "/trips/{trip_id}/expenses/{expense_id}/approve",
    operation_id="approve_expense",
    summary="Approve an expense",
)
def approve_expense(trip_id: UUID, expense_id: UUID, session: SessionDep) -> TripExpenses:
    """Agrees to an expense. Nobody approves their own."""
    return _change(session, trip_id, ApproveExpense(trip_id=trip_id, expense_id=expense_id))


@router.post(
    "/trips/{trip_id}/expenses/{expense_id}/reject",
    operation_id="reject_expense",
    summary="Reject an expense",
)
def reject_expense(trip_id: UUID, expense_id: UUID, body: Refusal, session: SessionDep) -> TripExpenses:
    """Does not agree to an expense; it counts no more."""
    command = RejectExpense(trip_id=trip_id, expense_id=expense_id, reason=body.reason)
    return _change(session, trip_id, command)


@router.post("/trips/{trip_id}/reconcile", operation_id="reconcile_trip", summary="Reconcile a trip")
def reconcile_trip(trip_id: UUID, session: SessionDep) -> TripExpenses:
    """Sets the expenses beside the estimate and keeps the totals as they are. An expense that changes
    afterwards reopens it."""
    return _change(session, trip_id, ReconcileTrip(trip_id=trip_id))


@router.get(
    "/trips/{trip_id}/reconciliation",
    operation_id="get_trip_reconciliation",
    summary="Compare estimate and actual",
    dependencies=[caught_up("reconciliations")],
)
def get_trip_reconciliation(trip_id: UUID, session: SessionDep) -> TripReconciliation:
    """What the trip was booked for beside what was reported, by segment and category, with the difference
    and what is missing. 404 for a trip that was never booked."""
    with session.house.reading(session.tenant_id) as sql:
        row = reconciliations.find(sql, trip_id)
    if row is None:
        raise NotFound
    session.only(row.traveller_id)
    return TripReconciliation.of(row)


@router.get(
    "/expenses",
    operation_id="list_expenses",
    summary="List expenses",
    dependencies=[caught_up("expenses")],
)
def list_expenses(
    session: SessionDep,
    trip_id: UUID | None = None,
    traveller_id: UUID | None = None,
    status: ExpenseStatus | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ExpenseListing:
    """Expenses, the latest reported first. Travellers see their own."""
    if traveller_id is not None and session.own_id is not None:
        session.only(traveller_id)
    filters = {"trip_id": trip_id, "traveller_id": traveller_id or session.own_id, "status": status}
    page = session.page(expenses.page, ExpenseView.of, limit=limit, cursor=cursor, filters=filters)
    return ExpenseListing(data=page.data, next_cursor=page.next_cursor)


def _fields_set(body: ExpenseFacts) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.model_fields_set}


def _change(session: Session, trip_id: UUID, command: Command) -> TripExpenses:
    kept, answer = session.change(command, Expenses, expenses_id(trip_id))
    return TripExpenses.of(kept, answer.saved.position)
