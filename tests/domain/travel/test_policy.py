"""When does a company's policy change, and when is it in force?"""

from datetime import date, datetime
from typing import Any

import pytest

from domain.travel.allocation import UNALLOCATED
from domain.travel.policy import Policy, PolicyAdopted, PolicyRevised, PolicyRules
from domain.travel.rule import Rule
from domain.travel.verdict import BrokenRule
from domain.travel.violation import Violation, ViolationFlagged, ViolationRevised
from tests.kit.builders import NOW, POLICY, STREAM, TRAVELLER, policy_adopted, rules
from tests.kit.scenario import given


class TestAdopt:
    def test_starts_with_version_one(self) -> None:
        given(Policy).when(lambda policy: policy.adopt(rules(name="First"), at=NOW)).then(
            PolicyAdopted, policy_version=1, rules=rules(name="First")
        )

    def test_revises_with_the_next_version(self) -> None:
        given(Policy, policy_adopted()).when(
            lambda policy: policy.adopt(rules(max_hotel_stars=3), at=NOW)
        ).then(PolicyRevised, policy_version=2, rules=rules(max_hotel_stars=3))

    def test_is_calm_when_the_rules_are_the_same(self) -> None:
        given(Policy, policy_adopted()).when(lambda policy: policy.adopt(rules(), at=NOW)).then_nothing()

    def test_defaults_are_those_of_the_product(self) -> None:
        defaults = PolicyRules(name="Default")
        assert (defaults.max_hotel_stars, defaults.advance_booking_days) == (4, 14)
        assert (defaults.auto_flag_violations, defaults.is_active) == (True, True)
        assert defaults.max_flight_class is None


class TestInForce:
    def test_names_the_version(self) -> None:
        in_force = given(Policy, policy_adopted()).aggregate.in_force()
        assert in_force is not None
        assert in_force.policy_version == 1

    def test_is_nothing_while_inactive(self) -> None:
        assert given(Policy, policy_adopted(is_active=False)).aggregate.in_force() is None

    def test_is_nothing_before_adoption(self) -> None:
        assert given(Policy).aggregate.in_force() is None


class TestFlag:
    BROKEN = BrokenRule(rule=Rule.HOTEL_STARS, observed="5", limit="4", unit="stars")

    def flag(self, violation: Violation, at: datetime = NOW) -> None:
        violation.flag(
            self.BROKEN,
            trip_id=STREAM,
            traveller_id=TRAVELLER,
            policy_id=POLICY,
            policy_version=1,
            stage="submitted",
            alert=True,
            starts_on=date(2030, 5, 2),
            allocation=UNALLOCATED,
            at=at,
        )

    def test_records_what_was_observed(self) -> None:
        given(Violation).when(self.flag).then(
            ViolationFlagged, rule=Rule.HOTEL_STARS, observed="5", limit="4", unit="stars", alert=True
        )

    def test_is_calm_when_flagged_already(self) -> None:
        event = given(Violation).when(self.flag).recorded[0]
        given(Violation, event).when(self.flag).then_nothing()

    @pytest.mark.parametrize(
        "change", [{"observed": "4.5"}, {"limit": "3"}, {"stage": "booked"}, {"alert": False}]
    )
    def test_is_revised_when_figures_or_stage_change(self, change: dict[str, Any]) -> None:
        event = given(Violation).when(self.flag).recorded[0]

        def again(violation: Violation) -> None:
            facts: dict[str, Any] = {"stage": "submitted", "alert": True} | change
            broken = self.BROKEN.model_copy(
                update={name: facts.pop(name) for name in ("observed", "limit") if name in facts}
            )
            violation.flag(
                broken,
                trip_id=STREAM,
                traveller_id=TRAVELLER,
                policy_id=POLICY,
                policy_version=1,
                starts_on=date(2030, 5, 2),
                allocation=UNALLOCATED,
                at=NOW,
                **facts,
            )

        given(Violation, event).when(again).then(ViolationRevised, **change)
