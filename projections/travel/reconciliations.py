"""How does what each journey cost compare with what it was booked for?

Estimate and actual stand side by side, and are never added to each other.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.value import Value
from domain.travel.expense import (
    ExpenseCorrected,
    ExpenseRejected,
    ExpenseReported,
    ExpensesReconciled,
    ExpenseWithdrawn,
    ReconciliationReopened,
)
from domain.travel.journey import JourneyLine
from domain.travel.reconciliation import Reconciliation, Spent
from domain.travel.trip_events import TripBooked, TripCancelled
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class SpentOn(Value):
    """One expense that counts."""

    expense_id: UUID
    spent: Spent


class ReconciliationRow(Row):
    """One booked trip: its estimate, what was reported, and the difference, as of now.

    `is_reconciled` says whether someone settled it and nothing has changed since.
    """

    TABLE: ClassVar[str] = "trip_reconciliation"
    KEY: ClassVar[tuple[str, ...]] = ("trip_id",)

    trip_id: UUID
    """The trip."""
    traveller_id: UUID
    """The member who travels."""
    department_id: UUID | None
    """The department on whose account the trip is."""
    cost_centre_id: UUID | None
    """The cost centre that pays."""
    starts_on: date
    """First local day of the journey."""
    is_cancelled: bool
    """Whether the booking was called off."""
    booked: tuple[JourneyLine, ...]
    """The lines of the booking."""
    expenses: tuple[SpentOn, ...]
    """The expenses that count."""
    estimate_eur_cents: int
    """What the trip was booked for, in euro cents."""
    reported_eur_cents: int
    """What was reported, in euro cents; never added to the estimate."""
    reconciliation: Reconciliation
    """The two by segment and category, with difference and what is missing."""
    is_reconciled: bool
    """Whether someone settled it and nothing changed since."""
    reconciled_by: UUID | None
    """The member who settled it last."""
    reconciled_at: datetime | None
    """When it was settled last."""
    position: int
    """Place in the tenant's log of the latest fact about it."""


ReconcilingEvent = (
    TripBooked
    | TripCancelled
    | ExpenseReported
    | ExpenseCorrected
    | ExpenseWithdrawn
    | ExpenseRejected
    | ExpensesReconciled
    | ReconciliationReopened
)


class Reconciliations(Projector[ReconciliationRow]):
    """One row per booked trip, changed by its booking and by its expenses."""

    name: ClassVar[str] = "reconciliations"
    row: ClassVar[type[ReconciliationRow]] = ReconciliationRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        TripBooked,
        TripCancelled,
        ExpenseReported,
        ExpenseCorrected,
        ExpenseWithdrawn,
        ExpenseRejected,
        ExpensesReconciled,
        ReconciliationReopened,
    )

    def keys(self, event: ReconcilingEvent) -> Iterable[Key]:
        # A booking begins the row, whatever it was before.
        return () if isinstance(event, TripBooked) else ((_trip_id(event),),)

    def project(self, event: ReconcilingEvent, rows: Rows[ReconciliationRow]) -> None:
        match event:
            case TripBooked():
                rows.put(_booked(event))
            case TripCancelled():
                if rows.get(event.originator_id) is not None:
                    rows.change(event.originator_id, is_cancelled=True, position=event.position)
            case ExpenseReported() | ExpenseCorrected():
                spent = Spent(
                    category=event.bill.category,
                    segment_id=event.bill.segment_id,
                    eur_cents=event.eur_cents,
                )
                _spend(event, rows, (SpentOn(expense_id=event.expense_id, spent=spent),))
            case ExpenseWithdrawn() | ExpenseRejected():
                _spend(event, rows, ())
            case ExpensesReconciled():
                rows.change(
                    event.trip_id,
                    is_reconciled=True,
                    reconciled_by=event.reconciled_by,
                    reconciled_at=event.occurred_at,
                    position=event.position,
                )
            case ReconciliationReopened():
                rows.change(event.trip_id, is_reconciled=False, position=event.position)
            case _:
                assert_never(event)


def _trip_id(event: ReconcilingEvent) -> UUID:
    return event.originator_id if isinstance(event, TripBooked | TripCancelled) else event.trip_id


def _booked(event: TripBooked) -> ReconciliationRow:
    estimate = Reconciliation.of(event.lines, ())
    return ReconciliationRow(
        trip_id=event.originator_id,
        traveller_id=event.traveller_id,
        department_id=event.allocation.department_id,
        cost_centre_id=event.allocation.cost_centre_id,
        starts_on=event.journey.starts_on,
        is_cancelled=False,
        booked=event.lines,
        expenses=(),
        estimate_eur_cents=estimate.estimate_eur_cents,
        reported_eur_cents=0,
        reconciliation=estimate,
        is_reconciled=False,
        reconciled_by=None,
        reconciled_at=None,
        position=event.position,
    )


def _spend(
    event: ExpenseReported | ExpenseCorrected | ExpenseWithdrawn | ExpenseRejected,
    rows: Rows[ReconciliationRow],
    now: tuple[SpentOn, ...],
) -> None:
    row = rows[(event.trip_id,)]
    expenses = (*(one for one in row.expenses if one.expense_id != event.expense_id), *now)
    reconciliation = Reconciliation.of(row.booked, [one.spent for one in expenses])
    rows.change(
        event.trip_id,
        expenses=expenses,
        reported_eur_cents=reconciliation.reported_eur_cents,
        reconciliation=reconciliation,
        position=event.position,
    )


ONE = """
select trip_id, traveller_id, department_id, cost_centre_id, starts_on, is_cancelled, booked, expenses,
       estimate_eur_cents, reported_eur_cents, reconciliation, is_reconciled, reconciled_by, reconciled_at,
       position
from read.trip_reconciliation
where tenant_id = %(tenant_id)s and trip_id = %(trip_id)s
"""
TOTALS = """
select count(*) as trips,
       count(*) filter (where is_reconciled) as trips_reconciled,
       coalesce(sum(estimate_eur_cents), 0)::bigint as estimate_eur_cents,
       coalesce(sum(reported_eur_cents), 0)::bigint as reported_eur_cents
from read.trip_reconciliation
where tenant_id = %(tenant_id)s and not is_cancelled and starts_on >= %(start)s and starts_on < %(end)s
"""


class EstimateAndActual(Value):
    """What the trips that start in a period were booked for, and what was reported for them."""

    trips: int
    trips_reconciled: int
    estimate_eur_cents: int
    reported_eur_cents: int


def find(sql: Sql, trip_id: UUID) -> ReconciliationRow | None:
    """The trip's comparison, or None when it was never booked."""
    row = sql.row(ONE, trip_id=trip_id)
    return None if row is None else ReconciliationRow(**row)


def totals(sql: Sql, *, start: date, end: date) -> EstimateAndActual:
    """The two figures of the trips that start in `start <= day < end`."""
    row = sql.row(TOTALS, start=start, end=end)
    assert row is not None
    return EstimateAndActual(**row)
