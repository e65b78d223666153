"""Where exactly does each rule begin to be broken?"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.travel.itinerary import Cabin
from domain.travel.journey import PlannedSegment, totals_of
from domain.travel.policy import PolicyRules
from domain.travel.rule import Rule
from domain.travel.verdict import Committed, NotEvaluated, TripFacts, Verdict, judge
from tests.kit.builders import (
    NOW,
    POLICY,
    a_flight,
    a_leg,
    a_stay,
    days_before,
    eur,
    instant,
    kg,
    planned,
    rules,
)


def verdict_of(
    policy: PolicyRules,
    *segments: PlannedSegment,
    at: datetime = NOW,
    committed: Committed = Committed(),  # noqa: B008 - frozen
) -> Verdict:
    return judge(policy, POLICY, 7, TripFacts(segments, totals_of(segments), at, committed))


def broken(verdict: Verdict) -> list[tuple[Rule, str, str, str]]:
    return [(one.rule, one.observed, one.limit, one.unit) for one in verdict.broken]


# What breaks of itself; the price asks for approval, and budgets are the company's own.
FIVE_LIMITS = [rule for rule in Rule if rule not in (Rule.APPROVAL_ABOVE, Rule.BUDGET)]


class TestFlightClass:
    @pytest.mark.parametrize("cabin", [Cabin.ECONOMY, Cabin.PREMIUM_ECONOMY])
    def test_allows_up_to_the_limit(self, cabin: Cabin) -> None:
        verdict = verdict_of(rules(max_flight_class=Cabin.PREMIUM_ECONOMY), planned(a_flight(cabin=cabin)))
        assert verdict.broken == ()

    def test_judges_the_highest_cabin(self) -> None:
        verdict = verdict_of(
            rules(max_flight_class=Cabin.PREMIUM_ECONOMY),
            planned(a_flight()),
            planned(a_flight(cabin=Cabin.BUSINESS), number=2),
        )
        assert broken(verdict) == [(Rule.FLIGHT_CLASS, "business", "premium_economy", "cabin")]

    def test_orders_the_cabins(self) -> None:
        assert Cabin.ECONOMY < Cabin.PREMIUM_ECONOMY < Cabin.BUSINESS < Cabin.FIRST


class TestHotelStars:
    @pytest.mark.parametrize(("stars", "is_broken"), [("4", False), ("4.5", True), ("5", True), ("0", False)])
    def test_limit_of_four(self, stars: str, is_broken: bool) -> None:
        verdict = verdict_of(rules(max_hotel_stars=4), planned(a_stay(stars=Decimal(stars))))
        assert broken(verdict) == ([(Rule.HOTEL_STARS, stars, "4", "stars")] if is_broken else [])

    def test_unknown_stars_are_not_evaluated(self) -> None:
        verdict = verdict_of(rules(max_hotel_stars=4), planned(a_stay(stars=None)))
        assert verdict.broken == ()
        assert verdict.not_evaluated == (NotEvaluated(rule=Rule.HOTEL_STARS, reason="unknown_hotel_stars"),)

    def test_known_and_unknown_are_both_told(self) -> None:
        verdict = verdict_of(
            rules(max_hotel_stars=4),
            planned(a_stay(stars=None)),
            planned(a_stay(stars=Decimal(5)), number=2),
        )
        assert broken(verdict) == [(Rule.HOTEL_STARS, "5", "4", "stars")]
        assert len(verdict.not_evaluated) == 1


class TestDailyBudget:
    LIMIT = rules(max_daily_budget_eur_cents=40_000)

    def test_exactly_the_limit_is_allowed(self) -> None:
        assert verdict_of(self.LIMIT, planned(a_flight(price=eur(40_000)))).broken == ()

    def test_a_cent_more_is_not(self) -> None:
        verdict = verdict_of(self.LIMIT, planned(a_flight(price=eur(40_001))))
        assert broken(verdict) == [(Rule.DAILY_BUDGET, "400.01", "400.00", "EUR")]
        assert verdict.broken[0].period == "2030-05-02"

    def test_counts_the_whole_day(self) -> None:
        flight, leg = planned(a_flight(price=eur(39_000))), planned(a_leg(price=eur(1_001)), number=2)
        assert broken(verdict_of(self.LIMIT, flight, leg)) == [(Rule.DAILY_BUDGET, "400.01", "400.00", "EUR")]

    def test_spreads_a_stay_over_its_nights(self) -> None:
        assert verdict_of(self.LIMIT, planned(a_stay(price=eur(120_000)))).broken == ()

    @pytest.mark.parametrize(("already", "count"), [(10_000, 0), (10_001, 1)])
    def test_counts_what_other_trips_hold_that_day(self, already: int, count: int) -> None:
        committed = Committed(cents_by_day={date(2030, 5, 2): already})
        verdict = verdict_of(self.LIMIT, planned(a_flight(price=eur(30_000))), committed=committed)
        assert len(verdict.broken) == count

    def test_a_day_that_costs_nothing_breaks_nothing(self) -> None:
        committed = Committed(cents_by_day={date(2030, 5, 2): 99_999})
        assert verdict_of(self.LIMIT, planned(a_flight(price=eur(0))), committed=committed).broken == ()


class TestAdvanceBooking:
    LIMIT = rules(advance_booking_days=14)

    @pytest.mark.parametrize(("days", "count"), [(14, 0), (13, 1)])
    def test_fourteen_days_are_fine_and_thirteen_are_not(self, days: int, count: int) -> None:
        flight = a_flight()
        verdict = verdict_of(self.LIMIT, planned(flight), at=days_before(flight.departs_at, days))
        assert len(verdict.broken) == count

    def test_only_whole_days_count(self) -> None:
        at = instant("2030-04-18 08:00:01")
        assert broken(verdict_of(self.LIMIT, planned(a_flight()), at=at)) == [
            (Rule.ADVANCE_BOOKING, "13", "14", "days")
        ]

    def test_a_day_of_23_hours_is_a_day(self) -> None:
        # Paris went to summer time on 31 March 2030: the same hour 14 days later is 335 hours later.
        booked, departs = instant("2030-03-20 08:00+01:00"), instant("2030-04-03 08:00+02:00")
        assert verdict_of(self.LIMIT, planned(a_flight(departs_at=departs)), at=booked).broken == ()

    def test_a_day_of_25_hours_is_only_a_day(self) -> None:
        # And back on 27 October: 336 hours are an hour short of 14 days on the wall clock.
        booked, departs = instant("2030-10-20 08:00+02:00"), instant("2030-11-03 07:00+01:00")
        assert len(verdict_of(self.LIMIT, planned(a_flight(departs_at=departs)), at=booked).broken) == 1

    def test_judges_the_first_departure(self) -> None:
        soon = planned(a_leg(departs_at=instant("2030-03-05 08:00")), number=2)
        assert broken(verdict_of(self.LIMIT, planned(a_flight()), soon)) == [
            (Rule.ADVANCE_BOOKING, "3", "14", "days")
        ]

    @pytest.mark.parametrize(("check_in", "count"), [(date(2030, 3, 15), 0), (date(2030, 3, 14), 1)])
    def test_a_stay_alone_counts_from_its_check_in_day(self, check_in: date, count: int) -> None:
        stay = a_stay(check_in=check_in, check_out=date(2030, 3, 20))
        assert len(verdict_of(self.LIMIT, planned(stay)).broken) == count


class TestCarbonBudget:
    LIMIT = rules(carbon_budget_kg_year=Decimal(500))

    @pytest.mark.parametrize(("already", "count"), [(400_000, 0), (400_001, 1)])
    def test_is_cumulative_over_the_year(self, already: int, count: int) -> None:
        committed = Committed(grams_by_year={2030: already, 2029: 10**9})
        verdict = verdict_of(self.LIMIT, planned(a_flight(), carbon=kg("100")), committed=committed)
        assert len(verdict.broken) == count

    def test_names_the_year(self) -> None:
        verdict = verdict_of(self.LIMIT, planned(a_flight(), carbon=kg("500.001")))
        assert broken(verdict) == [(Rule.CARBON_BUDGET, "500.001", "500", "kg")]
        assert verdict.broken[0].period == "2030"

    def test_a_missing_figure_is_not_a_silent_pass(self) -> None:
        verdict = verdict_of(self.LIMIT, planned(a_stay()))
        assert verdict.not_evaluated == (NotEvaluated(rule=Rule.CARBON_BUDGET, reason="no_carbon_figure"),)


class TestApproval:
    @pytest.mark.parametrize(("price", "required"), [(40_000, False), (40_001, True)])
    def test_strictly_above(self, price: int, required: bool) -> None:
        policy = rules(requires_approval_above_eur_cents=40_000)
        assert verdict_of(policy, planned(a_flight(price=eur(price)))).requires_approval is required


class TestVerdict:
    EVERYTHING: dict[str, Any] = {
        "max_flight_class": Cabin.ECONOMY,
        "max_hotel_stars": 3,
        "max_daily_budget_eur_cents": 1,
        "advance_booking_days": 90,
        "carbon_budget_kg_year": Decimal(1),
    }
    SEGMENTS = (planned(a_flight(cabin=Cabin.FIRST), carbon=kg("2")), planned(a_stay(), number=2))

    def test_lists_every_broken_rule(self) -> None:
        verdict = verdict_of(rules(**self.EVERYTHING), *self.SEGMENTS)
        assert [one.rule for one in verdict.broken] == FIVE_LIMITS
        assert verdict.flagged
        assert (verdict.policy_id, verdict.policy_version) == (POLICY, 7)

    def test_is_stored_without_a_flag_when_flags_are_off(self) -> None:
        verdict = verdict_of(rules(**self.EVERYTHING, auto_flag_violations=False), *self.SEGMENTS)
        assert len(verdict.broken) == len(FIVE_LIMITS)
        assert not verdict.flagged

    def test_no_limit_breaks_nothing(self) -> None:
        verdict = verdict_of(rules(), *self.SEGMENTS)
        assert (verdict.broken, verdict.not_evaluated, verdict.flagged) == ((), (), False)
