"""Which rules of the policy does a journey break?

Every rule is judged on its own and all broken ones are listed; what cannot be judged is said
to be so and never passes in silence. A limit reached exactly is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from domain.kernel.personal import Impersonal
from domain.kernel.text import Code
from domain.kernel.value import Value
from domain.travel.itinerary import FlightSegment, HotelStay, local_time
from domain.travel.journey import Departure, JourneyTotals, PlannedSegment, departure_of, spend_by_year
from domain.travel.policy import PolicyRules
from domain.travel.rule import Outcome, Rule

Measure = Annotated[str, StringConstraints(min_length=1, max_length=40), Impersonal()]


class BrokenRule(Value):
    """What was observed against what is allowed, and what follows.

    `period` is the worst day or year, if it has one; `scope` says whose budget was exceeded.
    An exempted rule leads to nothing: someone answers for the exception.
    """

    rule: Rule
    observed: Measure
    limit: Measure
    unit: Code
    period: Code | None = None
    scope: Code | None = None
    outcome: Outcome = Outcome.WARN
    is_exempted: bool = False

    @property
    def subject(self) -> str:
        """What an exemption is granted for: this rule; of several budgets this one, in its unit and year."""
        if self.rule is Rule.BUDGET:
            return f"{self.rule.value}:{self.scope}:{self.unit}:{self.period}"
        return self.rule.value if self.scope is None else f"{self.rule.value}:{self.scope}"

    @property
    def counts(self) -> bool:
        """Is it a violation? What the policy allows, or someone exempted, is none."""
        return self.outcome is not Outcome.ALLOW and not self.is_exempted


class NotEvaluated(Value):
    """A rule that could not be judged, or only in part."""

    rule: Rule
    reason: Literal["unknown_hotel_stars", "no_carbon_figure", "no_account"]


class Verdict(Value):
    """What the policy says about one journey at one moment.

    `flagged` asks for an alert; `approval_for` lists why someone has to agree; a blocked
    journey cannot be booked even so.
    """

    policy_id: UUID
    policy_version: int
    broken: tuple[BrokenRule, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    requires_approval: bool = False
    approval_for: tuple[Rule, ...] = ()
    is_blocked: bool = False
    flagged: bool = False

    @property
    def violations(self) -> tuple[BrokenRule, ...]:
        """The broken rules that are to be brought to the company's attention."""
        return tuple(one for one in self.broken if one.counts)


@dataclass(frozen=True)
class BudgetStanding:
    """A budget the journey draws on, and what other trips have taken of it already."""

    scope: str
    year: int
    unit: Literal["EUR", "kg"]
    limit: int
    taken: int
    outcome: Outcome


@dataclass(frozen=True)
class Committed:
    """What the claims already hold, other trips only: cents per day of this traveller, grams per
    year of whomever the carbon budget is for, and the budgets the company set apart.

    `has_carbon_account` is False where the carbon budget is a department's or a cost centre's, and
    the journey is on none: nobody's year can be judged then."""

    cents_by_day: Mapping[date, int] = field(default_factory=dict)
    grams_by_year: Mapping[int, int] = field(default_factory=dict)
    has_carbon_account: bool = True
    budgets: Sequence[BudgetStanding] = ()


# What someone agreed to make an exception of: the rule, and what was observed then.
Exemptions = Mapping[str, str]


@dataclass(frozen=True)
class TripFacts:
    """What a journey looks like to the policy at one moment."""

    segments: Sequence[PlannedSegment]
    totals: JourneyTotals
    judged_at: datetime
    committed: Committed = Committed()


def judge(
    rules: PolicyRules,
    policy_id: UUID,
    policy_version: int,
    facts: TripFacts,
    exemptions: Exemptions = MappingProxyType({}),
) -> Verdict:
    """The verdict of one policy version over one journey of at least one segment."""
    broken = tuple(_exempted(one, exemptions) for one in _broken(rules, facts))
    counting = [one for one in broken if one.counts]
    approval_for = tuple(
        dict.fromkeys(one.rule for one in counting if one.outcome is Outcome.REQUIRE_APPROVAL)
    )
    if _asks_for_approval(rules, facts):
        approval_for = (*approval_for, Rule.APPROVAL_ABOVE)
    return Verdict(
        policy_id=policy_id,
        policy_version=policy_version,
        broken=broken,
        not_evaluated=tuple(_not_evaluated(rules, facts)),
        requires_approval=bool(approval_for),
        approval_for=approval_for,
        is_blocked=any(one.outcome is Outcome.BLOCK for one in counting),
        flagged=bool(counting) and rules.auto_flag_violations,
    )


def _exempted(broken: BrokenRule, exemptions: Exemptions) -> BrokenRule:
    # An exception is made for what was observed then, not for whatever the trip has become since.
    is_exempted = exemptions.get(broken.subject) == broken.observed
    return broken.model_copy(update={"is_exempted": True}) if is_exempted else broken


def _asks_for_approval(rules: PolicyRules, facts: TripFacts) -> bool:
    limit = rules.requires_approval_above_eur_cents
    asks = rules.outcomes.requires_approval_above is Outcome.REQUIRE_APPROVAL
    return asks and limit is not None and facts.totals.spend_eur_cents > limit


def advance_days(booked_at: datetime, departure: Departure) -> int:
    """Whole days between two readings of the clock at the origin.

    A clock change in between neither adds nor takes a day: the same hour two weeks later
    is fourteen days, be it 335, 336 or 337 hours.
    """
    return (local_time(departure.at, departure.time_zone) - local_time(booked_at, departure.time_zone)).days


def _broken(rules: PolicyRules, facts: TripFacts) -> Iterator[BrokenRule]:
    for check in (
        _flight_class,
        _hotel_stars,
        _daily_budget,
        _advance_booking,
        _carbon_budget,
        _price_ceiling,
    ):
        for broken in check(rules, facts):
            yield broken.model_copy(update={"outcome": rules.outcomes.of(broken.rule)})
    yield from _budgets(facts)


def _flight_class(rules: PolicyRules, facts: TripFacts) -> Iterator[BrokenRule]:
    limit = rules.max_flight_class
    cabins = [one.details.cabin for one in facts.segments if isinstance(one.details, FlightSegment)]
    if limit is not None and cabins and max(cabins) > limit:
        yield BrokenRule(rule=Rule.FLIGHT_CLASS, observed=max(cabins).value, limit=limit.value, unit="cabin")


def _hotel_stars(rules: PolicyRules, facts: TripFacts) -> Iterator[BrokenRule]:
    limit = rules.max_hotel_stars
    stars = [stay.stars for stay in _stays(facts) if stay.stars is not None]
    if limit is not None and stars and max(stars) > limit:
        yield BrokenRule(rule=Rule.HOTEL_STARS, observed=_plain(max(stars)), limit=str(limit), unit="stars")


def _daily_budget(rules: PolicyRules, facts: TripFacts) -> Iterator[BrokenRule]:
    limit = rules.max_daily_budget_eur_cents
    cents_by_day = {
        spend.day: spend.eur_cents + facts.committed.cents_by_day.get(spend.day, 0)
        for spend in facts.totals.spend_by_day
        if spend.eur_cents
    }
    if limit is None or not cents_by_day:
        return
    worst = max(cents_by_day, key=lambda day: cents_by_day[day])
    if cents_by_day[worst] > limit:
        yield BrokenRule(
            rule=Rule.DAILY_BUDGET,
            observed=_euros(cents_by_day[worst]),
            limit=_euros(limit),
            unit="EUR",
            period=worst.isoformat(),
        )


def _advance_booking(rules: PolicyRules, facts: TripFacts) -> Iterator[BrokenRule]:
    limit = rules.advance_booking_days
    departure = departure_of(facts.segments)
    if limit is not None and departure is not None:
        days = advance_days(facts.judged_at, departure)
        if days < limit:
            yield BrokenRule(rule=Rule.ADVANCE_BOOKING, observed=str(days), limit=str(limit), unit="days")


def _carbon_budget(rules: PolicyRules, facts: TripFacts) -> Iterator[BrokenRule]:
    limit = rules.carbon_budget_kg_year
    grams_by_year = {
        carbon.year: carbon.grams + facts.committed.grams_by_year.get(carbon.year, 0)
        for carbon in facts.totals.carbon_by_year
        if carbon.grams
    }
    if limit is None or not grams_by_year or not facts.committed.has_carbon_account:
        return
    worst = max(grams_by_year, key=lambda year: grams_by_year[year])
    if grams_by_year[worst] > limit * 1000:
        yield BrokenRule(
            rule=Rule.CARBON_BUDGET,
            observed=_kilograms(grams_by_year[worst]),
            limit=_plain(limit),
            unit="kg",
            period=str(worst),
            scope=None if rules.carbon_budget_scope == "tenant" else rules.carbon_budget_scope,
        )


def _price_ceiling(rules: PolicyRules, facts: TripFacts) -> Iterator[BrokenRule]:
    """A price that asks for approval breaks no rule; one that is warned of or blocked does."""
    limit = rules.requires_approval_above_eur_cents
    is_ceiling = rules.outcomes.requires_approval_above is not Outcome.REQUIRE_APPROVAL
    if is_ceiling and limit is not None and facts.totals.spend_eur_cents > limit:
        yield BrokenRule(
            rule=Rule.APPROVAL_ABOVE,
            observed=_euros(facts.totals.spend_eur_cents),
            limit=_euros(limit),
            unit="EUR",
        )


def _budgets(facts: TripFacts) -> Iterator[BrokenRule]:
    cents = spend_by_year(facts.totals)
    grams = {carbon.year: carbon.grams for carbon in facts.totals.carbon_by_year}
    for budget in facts.committed.budgets:
        mine = cents.get(budget.year, 0) if budget.unit == "EUR" else grams.get(budget.year, 0)
        if mine and budget.taken + mine > budget.limit:
            written = _euros if budget.unit == "EUR" else _kilograms
            yield BrokenRule(
                rule=Rule.BUDGET,
                observed=written(budget.taken + mine),
                limit=written(budget.limit),
                unit=budget.unit,
                period=str(budget.year),
                scope=budget.scope,
                outcome=budget.outcome,
            )


def _not_evaluated(rules: PolicyRules, facts: TripFacts) -> Iterator[NotEvaluated]:
    if rules.max_hotel_stars is not None and any(stay.stars is None for stay in _stays(facts)):
        yield NotEvaluated(rule=Rule.HOTEL_STARS, reason="unknown_hotel_stars")
    if rules.carbon_budget_kg_year is not None:
        if not facts.committed.has_carbon_account:
            yield NotEvaluated(rule=Rule.CARBON_BUDGET, reason="no_account")
        elif any(one.carbon is None for one in facts.segments):
            yield NotEvaluated(rule=Rule.CARBON_BUDGET, reason="no_carbon_figure")


def _stays(facts: TripFacts) -> list[HotelStay]:
    return [one.details for one in facts.segments if isinstance(one.details, HotelStay)]


def _euros(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):.2f}"


def _kilograms(grams: int) -> str:
    return _plain(Decimal(grams).scaleb(-3))


def _plain(value: Decimal) -> str:
    """Without exponent or trailing zeros: 4.5, 4, 1200."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def needs_nobody(verdict: Verdict | None) -> bool:
    """May the journey be booked without anyone's approval?"""
    return verdict is None or not verdict.requires_approval
