"""Which travel policy is in force, and which were in force before?"""

from datetime import timedelta
from typing import Any

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.travel.itinerary import Cabin
from domain.travel.policy import PolicyRevised
from projections.travel import policies
from projections.travel.policies import Policies
from tests.kit.builders import NOW, STREAM, TENANT, policy_adopted, rules
from tests.kit.projecting import given_events, is_stable, project_into

DAY = timedelta(days=1)


def policy_revised(version: int, **facts: Any) -> PolicyRevised:
    return PolicyRevised(
        originator_id=STREAM,
        originator_version=version,
        occurred_at=NOW + (version - 1) * DAY,
        rules=rules(**facts),
        policy_version=version,
    )


ADOPTED = policy_adopted(max_flight_class=Cabin.BUSINESS, max_daily_budget_eur_cents=40_000)
HISTORY = given_events(ADOPTED, policy_revised(2, max_hotel_stars=3), policy_revised(3, is_active=False))


class TestTheRows:
    def test_are_one_per_version_and_the_same_every_time(self) -> None:
        rows = is_stable(HISTORY, Policies())
        assert [(row.policy_version, row.replaced_at) for row in rows.values()] == [
            (1, NOW + DAY),
            (2, NOW + 2 * DAY),
            (3, None),
        ]
        assert {row.created_at for row in rows.values()} == {NOW}

    def test_hold_every_rule(self) -> None:
        row = HISTORY.project(Policies()).row(STREAM, 1)
        assert (row.max_flight_class, row.max_daily_budget_eur_cents) == ("business", 40_000)


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    with reading(pools.queries, TENANT) as sql:
        assert policies.in_force(sql) is None
    project_into(database_url, master_key, Policies(), HISTORY.events[:2])
    with reading(pools.queries, TENANT) as sql:
        policy = policies.in_force(sql)
        assert policy == given_events(*HISTORY.events[:2]).project(Policies()).row(STREAM, 2)
    project_into(database_url, master_key, Policies(), HISTORY.events[2:])
    with reading(pools.queries, TENANT) as sql:
        assert policies.in_force(sql) is None
        newest = policies.latest(sql)
        assert newest is not None
        assert newest.policy_version == 3
        earlier = policies.in_force(sql, at=NOW + DAY / 2)
        assert earlier is not None
        assert earlier.policy_version == 1
        assert policies.in_force(sql, at=NOW - DAY) is None
        first = policies.page(sql, limit=2)
        assert [row.policy_version for row in first.rows] == [3, 2]
        assert [row.policy_version for row in policies.page(sql, after=first.next_after).rows] == [1]
        assert policies.find(sql, 1) == HISTORY.project(Policies()).row(STREAM, 1)
