"""What did a journey really cost, and was that set beside its estimate?

The expenses of one trip are one stream, so that a reconciliation is exact: it names the totals of
the moment, and whatever changes an expense afterwards reopens it first.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, Release
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.instants import Day
from domain.kernel.money import Money
from domain.kernel.personal import Impersonal, Personal
from domain.kernel.refusals import Conflict, NotFound, RuleBroken
from domain.kernel.text import Code, Line
from domain.kernel.value import Value
from domain.travel.exchange import ExchangeRate, euro_cents
from domain.travel.journey import JourneyLine
from domain.travel.reconciliation import ExpenseCategory, Reconciliation, Spent

EXPENSE_EXTERNAL_ID = "expense-external-id"
MAX_EXPENSES = 200
MARGIN_DAYS = 30

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Impersonal()]
TravellersNote = Annotated[Line | None, Personal(subject="traveller_id")]


class ExpenseStatus(StrEnum):
    """Where an expense stands."""

    REPORTED = "reported"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Bill(Value):
    """What was paid, when and for what; the rate is that of the day it was paid on."""

    category: ExpenseCategory
    segment_id: UUID | None = None
    day: Day
    price: Money
    rate: ExchangeRate | None = None
    receipt_sha256: Sha256 | None = None

    @property
    def eur_cents(self) -> int:
        """What was paid, in euro cents."""
        return euro_cents(self.price, self.rate)


class ExpenseReported(DomainEvent):
    """A traveller said what was paid on a journey."""

    TOPIC: ClassVar[str] = "expense.reported.v1"

    traveller_id: UUID
    trip_id: UUID
    expense_id: UUID
    bill: Bill
    eur_cents: int
    external_id: Code | None
    note: TravellersNote


class ExpenseCorrected(DomainEvent):
    """It was something else; the whole of it."""

    TOPIC: ClassVar[str] = "expense.corrected.v1"

    traveller_id: UUID
    trip_id: UUID
    expense_id: UUID
    bill: Bill
    eur_cents: int
    note: TravellersNote


class ExpenseWithdrawn(DomainEvent):
    """It was no expense of the journey after all."""

    TOPIC: ClassVar[str] = "expense.withdrawn.v1"

    traveller_id: UUID
    trip_id: UUID
    expense_id: UUID


def _for_no_segment(payload: Payload) -> Payload:
    return payload | {"segment_id": None}


class ExpenseApproved(DomainEvent):
    """Someone other than the traveller agreed to it; the segment it was paid for did take place."""

    TOPIC: ClassVar[str] = "expense.approved.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"expense.approved.v1": _for_no_segment}

    traveller_id: UUID
    trip_id: UUID
    expense_id: UUID
    approved_by: UUID
    segment_id: UUID | None


class ExpenseRejected(DomainEvent):
    """Someone other than the traveller did not; it counts no more."""

    TOPIC: ClassVar[str] = "expense.rejected.v1"

    traveller_id: UUID
    trip_id: UUID
    expense_id: UUID
    rejected_by: UUID
    reason: Annotated[Line, Personal(subject="traveller_id")]


class ExpensesReconciled(DomainEvent):
    """Estimate and actual were set side by side, with the totals as they were."""

    TOPIC: ClassVar[str] = "expense.reconciled.v1"

    traveller_id: UUID
    trip_id: UUID
    reconciled_by: UUID
    reconciliation: Reconciliation


class ReconciliationReopened(DomainEvent):
    """An expense changed after the reconciliation; it has to be made again."""

    TOPIC: ClassVar[str] = "expense.reconciliation-reopened.v1"

    traveller_id: UUID
    trip_id: UUID
    expense_id: UUID


ExpenseEvent = (
    ExpenseReported
    | ExpenseCorrected
    | ExpenseWithdrawn
    | ExpenseApproved
    | ExpenseRejected
    | ExpensesReconciled
    | ReconciliationReopened
)


class ExpenseUnknown(NotFound):
    """The trip has no such expense."""


class ExpenseSegmentUnknown(RuleBroken):
    """The trip was booked without such a segment; name one of its own, or none."""


class TripTakesNoExpenses(RuleBroken):
    """Expenses belong to a trip that is booked or completed."""


class ExpenseOutsideTrip(RuleBroken):
    """An expense is paid within thirty days of the journey, before or after."""


class ExpenseDecided(RuleBroken):
    """The expense was approved, rejected or withdrawn; report another one."""


class ExpenseReportedBefore(Conflict):
    """An expense with this external id was reported before."""


class TooManyExpenses(RuleBroken):
    """A trip has at most 200 expenses."""


class CannotApproveOwnExpense(RuleBroken):
    """Travellers cannot approve or reject their own expenses."""


class Expense(Value):
    """One expense as it stands."""

    expense_id: UUID
    bill: Bill
    eur_cents: int
    external_id: Code | None
    status: ExpenseStatus

    @property
    def counts(self) -> bool:
        """Is it part of what the journey cost?"""
        return self.status in (ExpenseStatus.REPORTED, ExpenseStatus.APPROVED)


class BookedJourney(Value):
    """What an expense is held against: the days and the lines of the booking."""

    trip_id: UUID
    traveller_id: UUID
    starts_on: date
    ends_on: date
    lines: tuple[JourneyLine, ...]

    @property
    def whose(self) -> dict[str, UUID]:
        """What every fact about its expenses names."""
        return {"traveller_id": self.traveller_id, "trip_id": self.trip_id}


def expenses_id(trip_id: UUID) -> UUID:
    """The expenses of one trip."""
    return uuid5(trip_id, "expenses")


class Expenses(Aggregate):
    """What was paid on one journey.  reported -> approved | rejected | withdrawn."""

    CATEGORY: ClassVar[str] = "expense"

    traveller_id: UUID
    trip_id: UUID
    expenses: dict[UUID, Expense] = {}
    reconciliation: Reconciliation | None = None
    is_reconciled: bool = False

    def report(
        self,
        expense_id: UUID,
        bill: Bill,
        journey: BookedJourney,
        *,
        external_id: str | None = None,
        note: str | None = None,
        at: datetime,
    ) -> None:
        """Adds what was paid."""
        if expense_id in self.expenses:
            return
        _require_part_of(journey, bill)
        if len(self.expenses) == MAX_EXPENSES:
            raise TooManyExpenses
        self._reopen(expense_id, at)
        self.record(
            ExpenseReported,
            at=at,
            **journey.whose,
            expense_id=expense_id,
            bill=bill,
            eur_cents=bill.eur_cents,
            external_id=external_id,
            note=note,
        )

    def correct(
        self, expense_id: UUID, bill: Bill, journey: BookedJourney, *, note: str | None, at: datetime
    ) -> None:
        """Says it again, rightly."""
        expense = self._undecided(expense_id)
        _require_part_of(journey, bill)
        if bill == expense.bill and note is None:
            return
        self._reopen(expense_id, at)
        self.record(
            ExpenseCorrected,
            at=at,
            **self._whose,
            expense_id=expense_id,
            bill=bill,
            eur_cents=bill.eur_cents,
            note=note,
        )

    def withdraw(self, expense_id: UUID, *, at: datetime) -> None:
        """Takes it back."""
        if self._known(expense_id).status is ExpenseStatus.WITHDRAWN:
            return
        self._undecided(expense_id)
        self._reopen(expense_id, at)
        self.record(ExpenseWithdrawn, at=at, **self._whose, expense_id=expense_id)

    def approve(self, expense_id: UUID, *, by: UUID, at: datetime) -> None:
        """Says yes; the totals stay as they are."""
        self._require_someone_else(by)
        if self._known(expense_id).status is ExpenseStatus.APPROVED:
            return
        expense = self._undecided(expense_id)
        self.record(
            ExpenseApproved,
            at=at,
            **self._whose,
            expense_id=expense_id,
            approved_by=by,
            segment_id=expense.bill.segment_id,
        )

    def reject(self, expense_id: UUID, *, by: UUID, reason: str, at: datetime) -> None:
        """Says no."""
        self._require_someone_else(by)
        if self._known(expense_id).status is ExpenseStatus.REJECTED:
            return
        self._undecided(expense_id)
        self._reopen(expense_id, at)
        self.record(
            ExpenseRejected,
            at=at,
            **self._whose,
            expense_id=expense_id,
            rejected_by=by,
            reason=reason,
        )

    def reconcile(self, journey: BookedJourney, *, by: UUID, at: datetime) -> None:
        """Sets estimate and actual side by side."""
        if not self.is_reconciled:
            self.record(
                ExpensesReconciled,
                at=at,
                **journey.whose,
                reconciled_by=by,
                reconciliation=self.beside(journey.lines),
            )

    def beside(self, lines: Sequence[JourneyLine]) -> Reconciliation:
        """How the expenses compare with the booking now."""
        return Reconciliation.of(
            lines,
            [
                Spent(category=one.bill.category, segment_id=one.bill.segment_id, eur_cents=one.eur_cents)
                for one in self.expenses.values()
                if one.counts
            ],
        )

    def evolve(self, event: ExpenseEvent) -> None:
        match event:
            case ExpenseReported():
                self.traveller_id, self.trip_id = event.traveller_id, event.trip_id
                self._keep(
                    Expense(
                        expense_id=event.expense_id,
                        bill=event.bill,
                        eur_cents=event.eur_cents,
                        external_id=event.external_id,
                        status=ExpenseStatus.REPORTED,
                    )
                )
            case ExpenseCorrected():
                self._change(event.expense_id, bill=event.bill, eur_cents=event.eur_cents)
            case ExpenseWithdrawn():
                self._change(event.expense_id, status=ExpenseStatus.WITHDRAWN)
            case ExpenseApproved():
                self._change(event.expense_id, status=ExpenseStatus.APPROVED)
            case ExpenseRejected():
                self._change(event.expense_id, status=ExpenseStatus.REJECTED)
            case ExpensesReconciled():
                self.traveller_id, self.trip_id = event.traveller_id, event.trip_id
                self.reconciliation = event.reconciliation
                self.is_reconciled = True
            case ReconciliationReopened():
                self.is_reconciled = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """An external id belongs to one expense of the company, until it is withdrawn."""
        match event:
            case ExpenseReported() if event.external_id is not None:
                return Claims(taken=(Claim(EXPENSE_EXTERNAL_ID, event.external_id, event.expense_id),))
            case ExpenseWithdrawn() if external_id := self.expenses[event.expense_id].external_id:
                return Claims(released=(Release(EXPENSE_EXTERNAL_ID, external_id, event.expense_id),))
            case _:
                return NO_CLAIMS

    @property
    def _whose(self) -> dict[str, UUID]:
        return {"traveller_id": self.traveller_id, "trip_id": self.trip_id}

    def _reopen(self, expense_id: UUID, at: datetime) -> None:
        if self.is_reconciled:
            self.record(ReconciliationReopened, at=at, **self._whose, expense_id=expense_id)

    def _known(self, expense_id: UUID) -> Expense:
        if expense_id not in self.expenses:
            raise ExpenseUnknown
        return self.expenses[expense_id]

    def _undecided(self, expense_id: UUID) -> Expense:
        expense = self._known(expense_id)
        if expense.status is not ExpenseStatus.REPORTED:
            raise ExpenseDecided
        return expense

    def _require_someone_else(self, decider: UUID) -> None:
        if decider == self.traveller_id:
            raise CannotApproveOwnExpense

    def _keep(self, expense: Expense) -> None:
        self.expenses = {**self.expenses, expense.expense_id: expense}

    def _change(self, expense_id: UUID, **values: Any) -> None:
        self._keep(self.expenses[expense_id].model_copy(update=values))


def _require_part_of(journey: BookedJourney, bill: Bill) -> None:
    margin = timedelta(days=MARGIN_DAYS)
    if not journey.starts_on - margin <= bill.day <= journey.ends_on + margin:
        raise ExpenseOutsideTrip(pointer="/day")
    if bill.segment_id is not None and bill.segment_id not in {line.segment_id for line in journey.lines}:
        raise ExpenseSegmentUnknown(pointer="/segment_id")
