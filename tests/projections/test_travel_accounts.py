"""Units, travel profiles and budgets: do the rows say what the facts said, however often they are read?"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.travel.allocation import Allocation
from domain.travel.budgets import Budget, BudgetSet, BudgetWithdrawn
from domain.travel.rule import Outcome
from domain.travel.traveller import ApprovalDelegated, Delegation, DelegationEnded, TravellerAssigned
from domain.travel.unit import UnitClosed, UnitKind, UnitOpened, UnitRenamed
from projections.travel import approvals, budgets, travellers, trips, units
from projections.travel.budgets import BudgetsSet
from projections.travel.travellers import Travellers
from projections.travel.trips import Trips
from projections.travel.units import Units
from tests.kit.builders import MANAGER, NOW, STREAM, TENANT, TRAVELLER, trip_planned, trip_submitted
from tests.kit.projecting import given_events, is_stable, project_into

HOUR = timedelta(hours=1)
SALES, LAB, PROFILE = (uuid5(STREAM, name) for name in ("sales", "lab", "profile"))


def fact(stream: UUID = STREAM, **facts: Any) -> dict[str, Any]:
    return {"originator_id": stream, "originator_version": 1, "occurred_at": NOW, **facts}


def opened(unit: UUID, code: str, kind: UnitKind = UnitKind.DEPARTMENT) -> UnitOpened:
    return UnitOpened(**fact(unit, kind=kind, code=code, name=code.title()))


def delegated(start: timedelta, end: timedelta) -> ApprovalDelegated:
    delegation = Delegation(delegate_id=TRAVELLER, starts_at=NOW + start, ends_at=NOW + end)
    return ApprovalDelegated(**fact(PROFILE, member_id=MANAGER, delegation=delegation))


def budget(amount: int, unit: str = "EUR", outcome: Outcome = Outcome.WARN) -> dict[str, Any]:
    facts = {"owner": "department", "owner_id": SALES, "unit": unit, "amount": amount, "outcome": outcome}
    return fact(year=2030, budget=Budget.model_validate(facts))


UNIT_HISTORY = given_events(
    opened(SALES, "S"),
    opened(LAB, "L", UnitKind.COST_CENTRE),
    UnitRenamed(**fact(SALES, code="S2", name="Sales, north")),
    UnitClosed(**fact(LAB)),
)
ASSIGNED = TravellerAssigned(
    **fact(PROFILE, member_id=MANAGER, allocation=Allocation(department_id=SALES), approver_id=TRAVELLER)
)
TRAVELLER_HISTORY = given_events(ASSIGNED, delegated(-HOUR, HOUR))
BUDGET_HISTORY = given_events(
    BudgetSet(**budget(100)),
    BudgetSet(**budget(5_000, "kg")),
    BudgetSet(**budget(200, outcome=Outcome.BLOCK)),
    BudgetWithdrawn(**budget(5_000, "kg")),
)


def test_a_unit_keeps_its_row_when_it_is_renamed_and_closed() -> None:
    rows = is_stable(UNIT_HISTORY, Units())
    assert (rows[(SALES,)].code, rows[(SALES,)].is_open, rows[(SALES,)].version) == ("S2", True, 2)
    assert (rows[(LAB,)].kind, rows[(LAB,)].is_open) == (UnitKind.COST_CENTRE, False)


def test_a_profile_keeps_its_units_while_a_delegation_comes_and_goes() -> None:
    row = is_stable(TRAVELLER_HISTORY, Travellers())[(MANAGER,)]
    assert (row.department_id, row.approver_id, row.delegate_id) == (SALES, TRAVELLER, TRAVELLER)
    ended = given_events(
        ASSIGNED, delegated(-HOUR, HOUR), DelegationEnded(**fact(PROFILE, member_id=MANAGER))
    )
    row = is_stable(ended, Travellers())[(MANAGER,)]
    assert (row.department_id, row.delegate_id, row.delegated_until) == (SALES, None, None)


def test_a_delegation_alone_makes_a_profile() -> None:
    row = is_stable(given_events(delegated(-HOUR, HOUR)), Travellers())[(MANAGER,)]
    assert (row.department_id, row.approver_id, row.delegate_id) == (None, None, TRAVELLER)


def test_a_budget_is_what_was_set_last_and_gone_once_withdrawn() -> None:
    rows = is_stable(BUDGET_HISTORY, BudgetsSet())
    assert [(row.unit, row.amount, row.outcome) for row in rows.values()] == [("EUR", 200, Outcome.BLOCK)]


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    for projector, history in (
        (Units(), UNIT_HISTORY),
        (Travellers(), TRAVELLER_HISTORY),
        (BudgetsSet(), BUDGET_HISTORY),
    ):
        project_into(database_url, master_key, projector, history.events)
    with reading(pools.queries, TENANT) as sql:
        assert units.find(sql, SALES) == UNIT_HISTORY.project(Units()).row(SALES)
        assert [row.unit_id for row in units.page(sql).rows] == [LAB, SALES]
        assert [row.unit_id for row in units.page(sql, is_open=True).rows] == [SALES]
        assert [row.unit_id for row in units.page(sql, kind=UnitKind.COST_CENTRE).rows] == [LAB]
        first = units.page(sql, limit=1)
        assert [row.unit_id for row in units.page(sql, after=first.next_after).rows] == [SALES]
        assert travellers.find(sql, MANAGER) == TRAVELLER_HISTORY.project(Travellers()).row(MANAGER)
        assert [row.member_id for row in travellers.page(sql, department_id=SALES).rows] == [MANAGER]
        assert travellers.page(sql, department_id=LAB).rows == []
        assert [row.amount for row in budgets.of_year(sql, 2030)] == [200]
        assert budgets.of_year(sql, 2031) == []
        # The end of a delegation is no longer part of it.
        for at, standing in (
            (NOW - 2 * HOUR, []),
            (NOW - HOUR, [MANAGER]),
            (NOW, [MANAGER]),
            (NOW + HOUR, []),
        ):
            assert travellers.stood_in_for(sql, TRAVELLER, at=at) == standing
    with reading(pools.queries, STREAM) as sql:
        assert units.page(sql).rows == []
        assert travellers.page(sql).rows == []
        assert budgets.of_year(sql, 2030) == []


def test_overdue_is_what_is_due_by_then(database_url: str, master_key: bytes, pools: Pools) -> None:
    history = given_events(trip_planned(), trip_submitted(due_at=NOW + HOUR))
    project_into(database_url, master_key, Trips(), history.events)
    with reading(pools.queries, TENANT) as sql:
        assert trips.get(sql, STREAM).approval_due_at == NOW + HOUR
        assert approvals.overdue(sql, at=NOW) == []
        assert approvals.overdue(sql, at=NOW + HOUR) == [(STREAM, 0, NOW + HOUR)]
