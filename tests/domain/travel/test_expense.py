"""What did a journey really cost, and does the comparison with its estimate stay true?"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest

from domain.kernel.claims import Claim, Release
from domain.kernel.money import Money
from domain.travel.exchange import ExchangeRate
from domain.travel.expense import (
    EXPENSE_EXTERNAL_ID,
    MAX_EXPENSES,
    Bill,
    BookedJourney,
    CannotApproveOwnExpense,
    ExpenseApproved,
    ExpenseCorrected,
    ExpenseDecided,
    ExpenseOutsideTrip,
    ExpenseRejected,
    ExpenseReported,
    Expenses,
    ExpenseSegmentUnknown,
    ExpensesReconciled,
    ExpenseUnknown,
    ExpenseWithdrawn,
    ReconciliationReopened,
    TooManyExpenses,
)
from domain.travel.journey import lines_of
from domain.travel.reconciliation import Reconciliation, Spent
from tests.kit.builders import (
    MANAGER,
    NOW,
    STREAM,
    TRAVELLER,
    a_flight,
    a_stay,
    eur,
    planned,
    segment_id,
)
from tests.kit.scenario import given

TRIP = uuid5(STREAM, "trip")
FIRST = date(2030, 5, 2)
BOOKED = BookedJourney(
    trip_id=TRIP,
    traveller_id=TRAVELLER,
    starts_on=FIRST,
    ends_on=FIRST + timedelta(days=3),
    lines=lines_of([planned(a_flight()), planned(a_stay(), number=2)]),
)


def expense(number: int = 1) -> UUID:
    return uuid5(STREAM, f"expense:{number}")


def a_bill(**facts: Any) -> Bill:
    defaults: dict[str, Any] = {"category": "meals", "day": FIRST, "price": eur(4_200)}
    return Bill(**(defaults | facts))


def fact(kind: Any, number: int = 1, **facts: Any) -> Any:
    envelope = {"originator_id": STREAM, "originator_version": 1, "occurred_at": NOW}
    whose = {"traveller_id": TRAVELLER, "trip_id": TRIP, "expense_id": expense(number)}
    return kind(**(envelope | whose | facts))


def reported(number: int = 1, *, external_id: str | None = None, **facts: Any) -> ExpenseReported:
    bill = a_bill(**facts)
    told: ExpenseReported = fact(
        ExpenseReported, number, bill=bill, eur_cents=bill.eur_cents, external_id=external_id, note=None
    )
    return told


def settled(*spent: Spent) -> ExpensesReconciled:
    return ExpensesReconciled(
        originator_id=STREAM,
        originator_version=1,
        occurred_at=NOW,
        traveller_id=TRAVELLER,
        trip_id=TRIP,
        reconciled_by=MANAGER,
        reconciliation=Reconciliation.of(BOOKED.lines, spent),
    )


def report(**facts: Any) -> Any:
    return lambda one: one.report(expense(9), a_bill(**facts), BOOKED, at=NOW)


class TestReporting:
    def test_keeps_the_euros_at_the_rate_of_that_day(self) -> None:
        rate = ExchangeRate(
            currency="USD", units_per_eur=Decimal("1.25"), published_on=FIRST, source="Test rates"
        )
        paid = report(price=Money(amount_minor=10_000, currency="USD"), rate=rate)
        given(Expenses).when(paid).then(ExpenseReported, eur_cents=8_000, traveller_id=TRAVELLER)

    def test_happens_once(self) -> None:
        given(Expenses, reported(9)).when(report()).then_nothing()

    @pytest.mark.parametrize(
        ("day", "refused"),
        [
            (FIRST - timedelta(days=30), False),
            (FIRST - timedelta(days=31), True),
            (FIRST + timedelta(days=33), False),
            (FIRST + timedelta(days=34), True),
        ],
    )
    def test_is_for_a_month_around_the_journey(self, day: date, refused: bool) -> None:
        story = given(Expenses).when(report(day=day))
        story.refused(ExpenseOutsideTrip) if refused else story.then(ExpenseReported)

    def test_names_a_segment_of_the_booking_or_none(self) -> None:
        given(Expenses).when(report(segment_id=segment_id(1))).then(ExpenseReported)
        given(Expenses).when(report(segment_id=segment_id(7))).refused(ExpenseSegmentUnknown)

    def test_ends_at_two_hundred(self) -> None:
        many = [reported(number) for number in range(100, 100 + MAX_EXPENSES)]
        given(Expenses, *many).when(report()).refused(TooManyExpenses)
        given(Expenses, *many[1:]).when(report()).then(ExpenseReported)

    def test_takes_an_external_id_that_a_withdrawal_gives_back(self) -> None:
        taken = Expenses.new(STREAM)
        first = reported(external_id="CARD-1")
        assert taken.claims(first).taken == (Claim(EXPENSE_EXTERNAL_ID, "CARD-1", expense()),)
        taken.apply(first)
        released = taken.claims(fact(ExpenseWithdrawn)).released
        assert released == (Release(EXPENSE_EXTERNAL_ID, "CARD-1", expense()),)


class TestDeciding:
    def test_is_not_for_the_traveller(self) -> None:
        for decide in (
            lambda one: one.approve(expense(), by=TRAVELLER, at=NOW),
            lambda one: one.reject(expense(), by=TRAVELLER, reason="No", at=NOW),
        ):
            given(Expenses, reported()).when(decide).refused(CannotApproveOwnExpense)

    def test_happens_once_and_stands(self) -> None:
        def approve(one: Expenses) -> None:
            one.approve(expense(), by=MANAGER, at=NOW)

        approved = fact(ExpenseApproved, approved_by=MANAGER, segment_id=None)
        given(Expenses, reported()).when(approve).then(ExpenseApproved, approved_by=MANAGER)
        given(Expenses, reported(), approved).when(approve).then_nothing()
        for change in (
            lambda one: one.reject(expense(), by=MANAGER, reason="No", at=NOW),
            lambda one: one.withdraw(expense(), at=NOW),
            lambda one: one.correct(expense(), a_bill(), BOOKED, note=None, at=NOW),
        ):
            given(Expenses, reported(), approved).when(change).refused(ExpenseDecided)

    def test_is_about_an_expense_that_is_there(self) -> None:
        given(Expenses, reported()).when(lambda one: one.withdraw(expense(2), at=NOW)).refused(ExpenseUnknown)


class TestReconciling:
    def test_sets_estimate_and_actual_side_by_side(self) -> None:
        history = [
            reported(1, category="flight", segment_id=segment_id(1), price=eur(42_000)),
            reported(2),
            reported(3, price=eur(99_900)),
            fact(ExpenseRejected, 3, rejected_by=MANAGER, reason="No"),
        ]
        story = given(Expenses, *history).when(lambda one: one.reconcile(BOOKED, by=MANAGER, at=NOW))
        event = story.then(ExpensesReconciled, reconciled_by=MANAGER).recorded[-1]
        totals = event.reconciliation  # type: ignore[attr-defined]
        assert (totals.estimate_eur_cents, totals.reported_eur_cents) == (100_000, 46_200)
        assert (totals.difference_eur_cents, totals.difference_percent) == (-53_800, Decimal("-53.8"))
        assert [
            (line.category, line.estimate_eur_cents, line.reported_eur_cents, line.difference_percent)
            for line in totals.lines
        ] == [
            ("flight", 40_000, 42_000, Decimal("5.0")),
            ("hotel", 60_000, 0, Decimal("-100.0")),
            ("meals", 0, 4_200, None),
        ]
        assert [line.is_missing for line in totals.lines] == [False, True, False]
        assert totals.missing == 1

    def test_happens_once_until_something_changes(self) -> None:
        history = [reported(), settled(Spent(category="meals", segment_id=None, eur_cents=4_200))]
        given(Expenses, *history).when(lambda one: one.reconcile(BOOKED, by=MANAGER, at=NOW)).then_nothing()

    @pytest.mark.parametrize(
        ("change", "last"),
        [
            (report(), ExpenseReported),
            (
                lambda one: one.correct(expense(), a_bill(price=eur(1)), BOOKED, note=None, at=NOW),
                ExpenseCorrected,
            ),
            (lambda one: one.withdraw(expense(), at=NOW), ExpenseWithdrawn),
            (lambda one: one.reject(expense(), by=MANAGER, reason="No", at=NOW), ExpenseRejected),
        ],
    )
    def test_is_reopened_by_name_before_an_expense_changes(self, change: Any, last: Any) -> None:
        story = given(Expenses, reported(), settled()).when(change).then(last)
        assert [type(event) for event in story.recorded] == [ReconciliationReopened, last]
        assert not story.aggregate.is_reconciled
        assert story.aggregate.reconciliation is not None, "the totals as they were stay known"

    def test_is_not_reopened_by_an_approval(self) -> None:
        story = given(Expenses, reported(), settled())
        story.when(lambda one: one.approve(expense(), by=MANAGER, at=NOW)).then(ExpenseApproved)
        assert story.aggregate.is_reconciled
