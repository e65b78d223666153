"""Which rules of the policy does a journey break?

Every rule is judged on its own and all broken ones are listed; what cannot be judged is said
to be so and never passes in silence. A limit reached exactly is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from domain.kernel.personal import Impersonal
from domain.kernel.text import Code
from domain.travel.itinerary import FlightSegment, HotelStay, local_time
from domain.travel.journey import Departure, JourneyTotals, PlannedSegment, departure_of
from domain.travel.policy import PolicyRules

Measure = Annotated[str, StringConstraints(min_length=1, max_length=40), Impersonal()]


class Rule(StrEnum):
    """The rules a journey can break, named as the policy's own fields."""

    FLIGHT_CLASS = "max_flight_class"
    HOTEL_STARS = "max_hotel_stars"
    DAILY_BUDGET = "max_daily_budget_eur"
    ADVANCE_BOOKING = "advance_booking_days"
    CARBON_BUDGET = "carbon_budget_kg_year"


class BrokenRule(BaseModel):
    """What was observed against what is allowed; `period` is the worst day or year, if it has one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Rule
    observed: Measure
    limit: Measure
    unit: Code
    period: Code | None = None


class NotEvaluated(BaseModel):
    """A rule that could not be judged, or only in part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Rule
    reason: Literal["unknown_hotel_stars", "no_carbon_figure"]


class Verdict(BaseModel):
    """What the policy says about one journey at one moment. `flagged` asks for an alert."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy_id: UUID
    policy_version: int
    broken: tuple[BrokenRule, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    requires_approval: bool = False
    flagged: bool = False


@dataclass(frozen=True)
class Committed:
    """What the claims already hold, other trips only: cents per day of this traveller, grams per year."""

    cents_by_day: Mapping[date, int] = field(default_factory=dict)
    grams_by_year: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TripFacts:
    """What a journey looks like to the policy at one moment."""

    segments: Sequence[PlannedSegment]
    totals: JourneyTotals
    judged_at: datetime
    committed: Committed = Committed()


def judge(rules: PolicyRules, policy_id: UUID, policy_version: int, facts: TripFacts) -> Verdict:
    """The verdict of one policy version over one journey of at least one segment."""
    broken = tuple(_broken(rules, facts))
    approval_above = rules.requires_approval_above_eur_cents
    return Verdict(
        policy_id=policy_id,
        policy_version=policy_version,
        broken=broken,
        not_evaluated=tuple(_not_evaluated(rules, facts)),
        requires_approval=approval_above is not None and facts.totals.spend_eur_cents > approval_above,
        flagged=bool(broken) and rules.auto_flag_violations,
    )


def advance_days(booked_at: datetime, departure: Departure) -> int:
    """Whole days between two readings of the clock at the origin.

    A clock change in between neither adds nor takes a day: the same hour two weeks later
    is fourteen days, be it 335, 336 or 337 hours.
    """
    return (local_time(departure.at, departure.time_zone) - local_time(booked_at, departure.time_zone)).days


def _broken(rules: PolicyRules, facts: TripFacts) -> Iterator[BrokenRule]:
    yield from _flight_class(rules, facts)
    yield from _hotel_stars(rules, facts)
    yield from _daily_budget(rules, facts)
    yield from _advance_booking(rules, facts)
    yield from _carbon_budget(rules, facts)


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
    if limit is None or not grams_by_year:
        return
    worst = max(grams_by_year, key=lambda year: grams_by_year[year])
    if grams_by_year[worst] > limit * 1000:
        yield BrokenRule(
            rule=Rule.CARBON_BUDGET,
            observed=_plain(Decimal(grams_by_year[worst]).scaleb(-3)),
            limit=_plain(limit),
            unit="kg",
            period=str(worst),
        )


def _not_evaluated(rules: PolicyRules, facts: TripFacts) -> Iterator[NotEvaluated]:
    if rules.max_hotel_stars is not None and any(stay.stars is None for stay in _stays(facts)):
        yield NotEvaluated(rule=Rule.HOTEL_STARS, reason="unknown_hotel_stars")
    if rules.carbon_budget_kg_year is not None and any(one.carbon is None for one in facts.segments):
        yield NotEvaluated(rule=Rule.CARBON_BUDGET, reason="no_carbon_figure")


def _stays(facts: TripFacts) -> list[HotelStay]:
    return [one.details for one in facts.segments if isinstance(one.details, HotelStay)]


def _euros(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):.2f}"


def _plain(value: Decimal) -> str:
    """Without exponent or trailing zeros: 4.5, 4, 1200."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
