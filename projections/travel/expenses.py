"""What was paid on this tenant's journeys, and what became of each expense?"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.personal import ERASED_TEXT
from domain.platform.subject import SubjectErased
from domain.travel.expense import (
    ExpenseApproved,
    ExpenseCorrected,
    ExpenseRejected,
    ExpenseReported,
    ExpenseStatus,
    ExpenseWithdrawn,
)
from domain.travel.reconciliation import ExpenseCategory
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class ExpenseRow(Row):
    """One expense as it stands; the euros are those of the day it was paid on."""

    TABLE: ClassVar[str] = "expense"
    KEY: ClassVar[tuple[str, ...]] = ("expense_id",)

    expense_id: UUID
    """The expense."""
    trip_id: UUID
    """The trip it was paid on."""
    traveller_id: UUID
    """The member who travels."""
    category: ExpenseCategory
    """Flight, hotel, ground, meals, fees or other."""
    segment_id: UUID | None
    """The booked segment it was paid for; null is none in particular."""
    day: date
    """Local day of the payment."""
    amount_minor: int
    """What was paid, in the smallest unit of the currency."""
    currency: str
    """ISO 4217 code."""
    eur_cents: int
    """The same in euro cents, at the rate of that day."""
    receipt_sha256: str | None
    """Digest of the receipt's file."""
    external_id: str | None
    """Its id in the system it came from; once per company."""
    note: str | None
    """The traveller's words; personal."""
    status: ExpenseStatus
    """Reported, approved, rejected or withdrawn; the last two do not count."""
    decided_by: UUID | None
    """The member who approved or rejected it."""
    reported_at: datetime
    """When it was reported (occurred_at of the event)."""
    created_position: int
    """Place of the report in the tenant's log; the order of lists, newest first."""
    position: int
    """Place of the latest fact about it."""
    reason: str | None
    """Why it was rejected; personal."""


ListedEvent = (
    ExpenseReported | ExpenseCorrected | ExpenseWithdrawn | ExpenseApproved | ExpenseRejected | SubjectErased
)


class ExpenseList(Projector[ExpenseRow]):
    """One row per expense, changed by every fact about it."""

    name: ClassVar[str] = "expenses"
    version: ClassVar[int] = 2
    row: ClassVar[type[ExpenseRow]] = ExpenseRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        ExpenseReported,
        ExpenseCorrected,
        ExpenseWithdrawn,
        ExpenseApproved,
        ExpenseRejected,
        SubjectErased,
    )

    def keys(self, event: ListedEvent) -> Iterable[Key]:
        return () if isinstance(event, SubjectErased) else ((event.expense_id,),)

    def project(self, event: ListedEvent, rows: Rows[ExpenseRow]) -> None:
        match event:
            case ExpenseReported():
                rows.put(_reported(event))
            case ExpenseCorrected():
                before = rows[(event.expense_id,)]
                note = before.note if event.note is None else event.note
                _change(event, rows, eur_cents=event.eur_cents, note=note, **_bill(event))
            case ExpenseWithdrawn():
                _change(event, rows, status=ExpenseStatus.WITHDRAWN)
            case ExpenseApproved():
                _change(event, rows, status=ExpenseStatus.APPROVED, decided_by=event.approved_by)
            case ExpenseRejected():
                _change(
                    event,
                    rows,
                    status=ExpenseStatus.REJECTED,
                    decided_by=event.rejected_by,
                    reason=event.reason,
                )
            case SubjectErased():
                for row in rows.where("traveller_id", event.subject_id):
                    words = {"note": row.note and ERASED_TEXT, "reason": row.reason and ERASED_TEXT}
                    rows.put(row.model_copy(update=words))
            case _:
                assert_never(event)


def _reported(event: ExpenseReported) -> ExpenseRow:
    return ExpenseRow(
        expense_id=event.expense_id,
        trip_id=event.trip_id,
        traveller_id=event.traveller_id,
        eur_cents=event.eur_cents,
        external_id=event.external_id,
        note=event.note,
        status=ExpenseStatus.REPORTED,
        decided_by=None,
        reason=None,
        reported_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
        **_bill(event),
    )


def _bill(event: ExpenseReported | ExpenseCorrected) -> dict[str, Any]:
    bill = event.bill
    return {
        "category": bill.category,
        "segment_id": bill.segment_id,
        "day": bill.day,
        "amount_minor": bill.price.amount_minor,
        "currency": bill.price.currency,
        "receipt_sha256": bill.receipt_sha256,
    }


def _change(
    event: ExpenseCorrected | ExpenseWithdrawn | ExpenseApproved | ExpenseRejected,
    rows: Rows[ExpenseRow],
    **values: Any,
) -> None:
    rows.change(event.expense_id, position=event.position, **values)


SELECT_EXPENSES = """
select expense_id, trip_id, traveller_id, category, segment_id, day, amount_minor, currency, eur_cents,
       receipt_sha256, external_id, note, status, decided_by, reported_at, created_position, position, reason
from read.expense
where tenant_id = %(tenant_id)s
"""
FILTERS = {
    "trip_id": "and trip_id = %(trip_id)s",
    "traveller_id": "and traveller_id = %(traveller_id)s",
    "status": "and status = %(status)s",
    "after": "and created_position < %(after)s",
}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def page(
    sql: Sql,
    *,
    trip_id: UUID | None = None,
    traveller_id: UUID | None = None,
    status: ExpenseStatus | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[ExpenseRow]:
    """Expenses, the latest reported first."""
    limit = min(limit, LIMIT)
    asked = {
        "trip_id": trip_id,
        "traveller_id": traveller_id,
        "status": status,
        "after": after[0] if after else None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_EXPENSES, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [ExpenseRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
