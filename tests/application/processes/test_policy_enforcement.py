"""What follows when a trip is submitted or booked against the policy?"""

from datetime import date
from typing import Any, cast
from uuid import UUID, uuid5

from application.kernel.process import Effect, History, Process
from application.processes.policy_enforcement import PolicyEnforcement
from application.travel.violations import FlagViolation
from domain.travel.allocation import UNALLOCATED
from domain.travel.rule import Rule
from domain.travel.trip import Trip
from domain.travel.verdict import BrokenRule, Verdict
from tests.kit.builders import POLICY, STREAM, TRAVELLER, trip_booked, trip_planned, trip_submitted
from tests.kit.scenario import numbered

STARS = BrokenRule(rule=Rule.HOTEL_STARS, observed="5", limit="4", unit="stars")
DAYS = BrokenRule(rule=Rule.ADVANCE_BOOKING, observed="3", limit="14", unit="days")


def verdict(*broken: BrokenRule, flagged: bool = True) -> Verdict:
    return Verdict(policy_id=POLICY, policy_version=2, broken=broken, flagged=flagged)


class Past:
    """The trip as it stood with the event, after the verdicts before it."""

    tenant_id = STREAM

    def __init__(self, *events: Any) -> None:
        self.events = numbered(events)

    def find(self, kind: Any, aggregate_id: UUID) -> Any:
        return kind.fold(None, self.events) if kind is Trip else None


def follows(*events: Any) -> list[Any]:
    """What follows from the last of the events."""
    process: Process = PolicyEnforcement()
    return list(process.react(events[-1], cast(History, Past(trip_planned(), *events))))


def alerts(*events: Any) -> bool:
    return Effect("violation_alert") in follows(*events)


class TestPolicyEnforcement:
    def test_flags_every_broken_rule_and_alerts_once(self) -> None:
        first, second, alert = follows(trip_submitted(verdict=verdict(STARS, DAYS)))
        assert first == FlagViolation(
            trip_id=STREAM,
            traveller_id=TRAVELLER,
            broken=STARS,
            policy_id=POLICY,
            policy_version=2,
            stage="submitted",
            alert=True,
            starts_on=date(2030, 5, 2),
            allocation=UNALLOCATED,
        )
        assert second.broken == DAYS
        assert alert == Effect("violation_alert")

    def test_names_the_stage(self) -> None:
        assert follows(trip_booked(verdict=verdict(STARS)))[0].stage == "booked"

    def test_stays_silent_when_alerts_are_off(self) -> None:
        (only,) = follows(trip_submitted(verdict=verdict(STARS, flagged=False)))
        assert only.alert is False

    def test_has_nothing_to_do_without_a_broken_rule_or_a_policy(self) -> None:
        assert follows(trip_submitted(verdict=verdict(flagged=False))) == []
        assert follows(trip_submitted(verdict=None)) == []

    def test_ids_do_not_depend_on_the_stage(self) -> None:
        assert uuid5(STREAM, f"2:{Rule.HOTEL_STARS}") == uuid5(STREAM, "2:max_hotel_stars")

    def test_alerts_only_when_something_is_new(self) -> None:
        submitted = trip_submitted(verdict=verdict(STARS, DAYS))
        assert not alerts(submitted, trip_booked(verdict=verdict(STARS, DAYS)))
        assert not alerts(submitted, trip_booked(verdict=verdict(STARS)))
        assert len(follows(submitted, trip_booked(verdict=verdict(STARS, DAYS)))) == 2
        worse = STARS.model_copy(update={"observed": "6"})
        assert alerts(submitted, trip_submitted(verdict=verdict(worse, DAYS)))
        assert alerts(trip_submitted(verdict=verdict(STARS)), trip_booked(verdict=verdict(STARS, DAYS)))
        assert alerts(trip_submitted(verdict=None), trip_booked(verdict=verdict(STARS)))
        later_rules = verdict(STARS).model_copy(update={"policy_version": 3})
        assert alerts(trip_submitted(verdict=verdict(STARS)), trip_booked(verdict=later_rules))
