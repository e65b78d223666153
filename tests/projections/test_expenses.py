"""Do the rows of expenses and reconciliations say what the facts say?"""

from uuid import UUID

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.platform.subject import SubjectErased
from domain.travel.expense import (
    ExpenseApproved,
    ExpenseCorrected,
    ExpenseRejected,
    ExpenseReported,
    ExpenseStatus,
    ExpenseWithdrawn,
    ReconciliationReopened,
)
from projections.travel import expenses, reconciliations
from projections.travel.expenses import ExpenseList
from projections.travel.reconciliations import Reconciliations
from tests.domain.travel.test_expense import FIRST, TRIP, a_bill, expense, fact, reported, settled
from tests.kit.builders import MANAGER, NOW, TENANT, TRAVELLER, eur, segment_id, trip_booked
from tests.kit.projecting import given_events, is_stable, project_into


def noted(number: int, note: str | None) -> ExpenseReported:
    return reported(number).model_copy(update={"note": note})


def corrected(number: int = 1, *, note: str | None = None, cents: int = 100) -> ExpenseCorrected:
    bill = a_bill(price=eur(cents))
    told: ExpenseCorrected = fact(ExpenseCorrected, number, bill=bill, eur_cents=cents, note=note)
    return told


class TestTheList:
    def test_follows_an_expense(self) -> None:
        history = (
            noted(1, "Lunch"),
            corrected(1),
            noted(2, None),
            fact(ExpenseApproved, 1, approved_by=MANAGER, segment_id=None),
            fact(ExpenseRejected, 2, rejected_by=MANAGER, reason="No"),
            noted(3, None),
            fact(ExpenseWithdrawn, 3),
        )
        rows = is_stable(given_events(*history), ExpenseList())
        first, second, third = (rows[(expense(number),)] for number in (1, 2, 3))
        assert (first.eur_cents, first.note, first.status) == (100, "Lunch", ExpenseStatus.APPROVED)
        assert (second.status, second.decided_by) == (ExpenseStatus.REJECTED, MANAGER)
        assert (third.status, third.decided_by) == (ExpenseStatus.WITHDRAWN, None)

    def test_forgets_the_words_of_whoever_is_forgotten(self) -> None:
        erased = SubjectErased(
            originator_id=TRAVELLER, originator_version=1, occurred_at=NOW, subject_id=TRAVELLER
        )
        history = given_events(noted(1, "Lunch"), noted(2, None), erased)
        rows = is_stable(history, ExpenseList())
        assert rows == is_stable(history.once_erased(TRAVELLER), ExpenseList())
        assert rows[(expense(1),)].note != "Lunch"

    def test_is_read_in_pages(self, database_url: str, master_key: bytes, pools: Pools) -> None:
        history = given_events(*(noted(number, None) for number in range(1, 6)), fact(ExpenseWithdrawn, 2))
        project_into(database_url, master_key, ExpenseList(), history.events)
        with reading(pools.queries, TENANT) as sql:
            page = expenses.page(sql, limit=3)
            rest = expenses.page(sql, limit=3, after=page.next_after)
            withdrawn = expenses.page(sql, status=ExpenseStatus.WITHDRAWN)
            of_trip = expenses.page(sql, trip_id=TRIP, traveller_id=TRAVELLER)
            of_nobody = expenses.page(sql, traveller_id=MANAGER)
        assert [row.expense_id for row in (*page.rows, *rest.rows)] == [expense(n) for n in (5, 4, 3, 2, 1)]
        assert rest.next_after is None
        assert [row.expense_id for row in withdrawn.rows] == [expense(2)]
        assert (len(of_trip.rows), of_nobody.rows) == (5, [])


def booked(trip_id: UUID = TRIP) -> object:
    return trip_booked().model_copy(update={"originator_id": trip_id})


class TestTheComparison:
    def test_counts_what_stands(self) -> None:
        history = (
            booked(),
            reported(1, category="flight", segment_id=segment_id(1), price=eur(50_000)),
            reported(2),
            corrected(2, cents=300),
            reported(3),
            fact(ExpenseWithdrawn, 3),
            reported(4),
            fact(ExpenseRejected, 4, rejected_by=MANAGER, reason="No"),
        )
        row = is_stable(given_events(*history), Reconciliations())[(TRIP,)]
        assert row.reported_eur_cents == 50_300
        assert row.estimate_eur_cents == sum(line.estimate_eur_cents for line in row.reconciliation.lines)
        assert row.reconciliation.difference_eur_cents == 50_300 - row.estimate_eur_cents
        assert not row.is_reconciled

    def test_knows_whether_it_is_settled(self) -> None:
        reopened = fact(ReconciliationReopened, 1)
        history = [booked(), reported(1), settled()]
        row = is_stable(given_events(*history), Reconciliations())[(TRIP,)]
        assert (row.is_reconciled, row.reconciled_by, row.reconciled_at) == (True, MANAGER, NOW)
        row = is_stable(given_events(*history, reopened, reported(2)), Reconciliations())[(TRIP,)]
        assert (row.is_reconciled, row.reported_eur_cents) == (False, 8_400)

    def test_is_read_by_trip_and_period(self, database_url: str, master_key: bytes, pools: Pools) -> None:
        history = given_events(booked(), reported(1))
        project_into(database_url, master_key, Reconciliations(), history.events)
        expected = history.project(Reconciliations()).row(TRIP)
        with reading(pools.queries, TENANT) as sql:
            assert reconciliations.find(sql, TRIP) == expected
            assert reconciliations.find(sql, expense()) is None
            figures = reconciliations.totals(sql, start=FIRST, end=FIRST.replace(month=6))
            nothing = reconciliations.totals(sql, start=FIRST.replace(month=6), end=FIRST.replace(month=7))
        assert (figures.trips, figures.trips_reconciled) == (1, 0)
        assert (figures.estimate_eur_cents, figures.reported_eur_cents) == (
            expected.estimate_eur_cents,
            4_200,
        )
        assert nothing.trips == 0
