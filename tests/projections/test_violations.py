"""Which rules of its travel policy were broken, by which trips?"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.travel.allocation import UNALLOCATED, Allocation
from domain.travel.rule import Outcome, Rule
from domain.travel.violation import (
    ViolationAcknowledged,
    ViolationExempted,
    ViolationFlagged,
    ViolationRevised,
    ViolationStatus,
)
from projections.travel import violations
from projections.travel.violations import Violations
from tests.kit.builders import MANAGER, NOW, POLICY, STREAM, TENANT, TRAVELLER
from tests.kit.projecting import given_events, is_stable, project_into

DAY = timedelta(days=1)


def finding(number: int) -> UUID:
    return uuid5(STREAM, f"finding:{number}")


def violation_flagged(number: int = 1, **facts: Any) -> ViolationFlagged:
    defaults: dict[str, Any] = {
        "originator_id": finding(number),
        "originator_version": 1,
        "occurred_at": NOW,
        "trip_id": STREAM,
        "traveller_id": TRAVELLER,
        "rule": Rule.ADVANCE_BOOKING,
        "observed": "2",
        "limit": "14",
        "unit": "days",
        "period": None,
        "policy_id": POLICY,
        "policy_version": 1,
        "stage": "booked",
        "alert": True,
        "scope": None,
        "outcome": Outcome.WARN,
        "starts_on": date(2030, 5, 2),
        "allocation": UNALLOCATED,
    }
    return ViolationFlagged(**(defaults | facts))


class TestTheRow:
    def test_states_what_was_observed_and_what_is_allowed(self) -> None:
        row = is_stable(given_events(violation_flagged()), Violations())[(finding(1),)]
        assert (row.rule, row.observed, row.limit, row.unit) == (Rule.ADVANCE_BOOKING, "2", "14", "days")
        assert (row.policy_version, row.stage, row.flagged_at, row.position) == (1, "booked", NOW, 1)

    def test_shows_the_latest_figures_in_its_old_place(self) -> None:
        revised = ViolationRevised(
            originator_id=finding(1),
            originator_version=2,
            occurred_at=NOW + DAY,
            trip_id=STREAM,
            traveller_id=TRAVELLER,
            rule=Rule.ADVANCE_BOOKING,
            observed="1",
            limit="14",
            unit="days",
            period=None,
            stage="booked",
            alert=False,
            scope=None,
            outcome=Outcome.WARN,
            starts_on=date(2030, 5, 2),
            allocation=UNALLOCATED,
        )
        history = given_events(violation_flagged(stage="submitted"), violation_flagged(2), revised)
        row = is_stable(history, Violations())[(finding(1),)]
        assert (row.observed, row.stage, row.alert) == ("1", "booked", False)
        assert (row.flagged_at, row.position) == (NOW, 1)

    def test_says_who_decided_last_and_when(self) -> None:
        facts = {"originator_id": finding(1), "trip_id": STREAM, "traveller_id": TRAVELLER}
        seen = ViolationAcknowledged(
            **facts,
            originator_version=2,
            occurred_at=NOW + DAY,
            acknowledged_by=MANAGER,
            comment="Seen to",
        )
        excused = ViolationExempted(
            **facts,
            originator_version=3,
            occurred_at=NOW + 2 * DAY,
            exempted_by=POLICY,
            observed="2",
            reason="Trade fair",
        )
        row = is_stable(given_events(violation_flagged(), seen), Violations())[(finding(1),)]
        assert (row.status, row.decided_by, row.decided_at) == ("acknowledged", MANAGER, NOW + DAY)
        row = is_stable(given_events(violation_flagged(), seen, excused), Violations())[(finding(1),)]
        assert (row.status, row.decided_by, row.decided_at) == ("exempted", POLICY, NOW + 2 * DAY)


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    history = given_events(
        violation_flagged(1),
        violation_flagged(2, trip_id=finding(7), occurred_at=NOW + DAY),
        violation_flagged(
            3,
            traveller_id=MANAGER,
            occurred_at=NOW + 2 * DAY,
            outcome=Outcome.BLOCK,
            allocation=Allocation(department_id=finding(8), cost_centre_id=finding(9)),
        ),
        violation_flagged(4, rule=Rule.DAILY_BUDGET, policy_version=2, occurred_at=NOW - DAY),
    )
    project_into(database_url, master_key, Violations(), history.events)
    with reading(pools.queries, TENANT) as sql:

        def listed(**filters: Any) -> list[int]:
            return [row.position for row in violations.page(sql, **filters).rows]

        assert violations.get(sql, finding(2)) == history.project(Violations()).row(finding(2))
        assert violations.find(sql, finding(99)) is None
        assert listed() == [4, 3, 2, 1]
        assert listed(rule=Rule.DAILY_BUDGET) == [4]
        assert listed(trip_id=finding(7)) == [2]
        assert listed(traveller_id=MANAGER) == [3]
        assert listed(policy_version=1) == [3, 2, 1]
        assert listed(outcome=Outcome.BLOCK) == [3]
        assert listed(status=ViolationStatus.OPEN) == [4, 3, 2, 1]
        assert listed(status=ViolationStatus.EXEMPTED) == []
        assert listed(department_id=finding(8)) == [3]
        assert listed(cost_centre_id=finding(9)) == [3]
        assert listed(flagged_from=NOW, flagged_until=NOW + 2 * DAY) == [2, 1]
        assert listed(policy_version=1, traveller_id=TRAVELLER, rule=Rule.ADVANCE_BOOKING) == [2, 1]
        first = violations.page(sql, limit=2)
    # A newcomer moves nothing from one page to another.
    project_into(
        database_url,
        master_key,
        Violations(),
        given_events(*history.events, violation_flagged(5)).events[-1:],
    )
    with reading(pools.queries, TENANT) as sql:
        assert [row.position for row in violations.page(sql, after=first.next_after, limit=2).rows] == [2, 1]
        assert violations.page(sql, after=first.next_after, limit=2).next_after is None
    with reading(pools.queries, finding(1)) as sql:
        assert violations.page(sql).rows == []
