"""Every rule at its edge, in one table: the limit, just under, just over, missing, in another currency, across a
change of the clock."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.kernel.money import Money
from domain.travel.exchange import ExchangeRate, euro_cents
from domain.travel.itinerary import Cabin
from domain.travel.journey import PlannedSegment, totals_of
from domain.travel.policy import Outcomes
from domain.travel.rule import Outcome, Rule
from domain.travel.verdict import BudgetStanding, Committed, TripFacts, Verdict, judge
from tests.kit.builders import NOW, POLICY, a_flight, a_stay, days_before, eur, instant, kg, planned, rules

FREE = eur(0)
OUTSIDE = "outside"  # the rule is broken
INSIDE = "inside"
UNKNOWN = "unknown"  # it cannot be judged, and says so


def rate(currency: str, units: str) -> ExchangeRate:
    return ExchangeRate(
        currency=currency, units_per_eur=Decimal(units), published_on=date(2030, 3, 1), source="Test rates"
    )


def flight(
    price: Money = FREE, *, at: str | None = None, by: ExchangeRate | None = None, **facts: Any
) -> Any:
    when = {} if at is None else {"departs_at": instant(at)}
    carbon = facts.pop("carbon", kg("0"))
    return planned(a_flight(price=price, **when, **facts), carbon=carbon).model_copy(update={"rate": by})


def stay(stars: str | None) -> PlannedSegment:
    known = None if stars is None else Decimal(stars)
    return planned(a_stay(stars=known, price=eur(0)), carbon=kg("0"))


def foreign(amount: int, currency: str, units: str) -> PlannedSegment:
    segment: PlannedSegment = flight(Money(amount_minor=amount, currency=currency), by=rate(currency, units))
    return segment


@dataclass
class Edge:
    """One line of the table: which rule, with what limit, meets what journey, and on which side it ends up."""

    case: str
    rule: Rule
    side: str
    limit: dict[str, Any]
    segment: PlannedSegment
    at: datetime = NOW
    committed: Committed = field(default_factory=Committed)


CLASS, STARS, DAY = Rule.FLIGHT_CLASS, Rule.HOTEL_STARS, Rule.DAILY_BUDGET
ADVANCE, CARBON, PRICE, BUDGET = Rule.ADVANCE_BOOKING, Rule.CARBON_BUDGET, Rule.APPROVAL_ABOVE, Rule.BUDGET

PREMIUM = {"max_flight_class": Cabin.PREMIUM_ECONOMY}
FOUR = {"max_hotel_stars": 4}
EUR_400 = {"max_daily_budget_eur_cents": 40_000}
DAYS_14 = {"advance_booking_days": 14}
KG_500 = {"carbon_budget_kg_year": Decimal(500)}
ABOVE_400 = {
    "requires_approval_above_eur_cents": 40_000,
    "outcomes": Outcomes(requires_approval_above=Outcome.WARN),
}
NO_ACCOUNT = Committed(has_carbon_account=False)
SET_APART = Committed(
    budgets=(BudgetStanding("tenant", 2030, "EUR", limit=100_000, taken=60_000, outcome=Outcome.WARN),)
)
CARBON_APART = Committed(
    budgets=(BudgetStanding("tenant", 2030, "kg", limit=100_000, taken=60_000, outcome=Outcome.WARN),)
)
ONE_DAY_TAKEN = Committed(cents_by_day={date(2030, 5, 2): 10_000})
YEAR_TAKEN = Committed(grams_by_year={2030: 400_000, 2029: 10**9})
DEPARTS = datetime.fromisoformat("2030-05-02T08:00:00+00:00")

EDGES = [
    Edge("the limit itself", CLASS, INSIDE, PREMIUM, flight(cabin=Cabin.PREMIUM_ECONOMY)),
    Edge("just under", CLASS, INSIDE, PREMIUM, flight(cabin=Cabin.ECONOMY)),
    Edge("just over", CLASS, OUTSIDE, PREMIUM, flight(cabin=Cabin.BUSINESS)),
    Edge("no flight at all", CLASS, INSIDE, PREMIUM, stay("3")),
    Edge("the limit itself", STARS, INSIDE, FOUR, stay("4")),
    Edge("just under", STARS, INSIDE, FOUR, stay("3.5")),
    Edge("just over", STARS, OUTSIDE, FOUR, stay("4.5")),
    Edge("unknown", STARS, UNKNOWN, FOUR, stay(None)),
    Edge("the limit itself", DAY, INSIDE, EUR_400, flight(eur(40_000))),
    Edge("just under", DAY, INSIDE, EUR_400, flight(eur(39_999))),
    Edge("just over", DAY, OUTSIDE, EUR_400, flight(eur(40_001))),
    Edge("with others, the limit", DAY, INSIDE, EUR_400, flight(eur(30_000)), committed=ONE_DAY_TAKEN),
    Edge("with others, over", DAY, OUTSIDE, EUR_400, flight(eur(30_001)), committed=ONE_DAY_TAKEN),
    Edge("no price", DAY, INSIDE, EUR_400, flight(eur(0)), committed=ONE_DAY_TAKEN),
    Edge("dollars, the limit", DAY, INSIDE, EUR_400, foreign(80_000, "USD", "2")),
    Edge("dollars, over", DAY, OUTSIDE, EUR_400, foreign(80_002, "USD", "2")),
    Edge("yen, no minor unit", DAY, INSIDE, EUR_400, foreign(60_000, "JPY", "150")),
    Edge("yen, over", DAY, OUTSIDE, EUR_400, foreign(60_002, "JPY", "150")),
    Edge("dinars, three digits", DAY, INSIDE, EUR_400, foreign(1_320_000, "TND", "3.3")),
    Edge("dinars, over", DAY, OUTSIDE, EUR_400, foreign(1_320_033, "TND", "3.3")),
    # 00:30 in Paris is the evening before in UTC: the day is the traveller's.
    Edge(
        "after midnight there",
        DAY,
        INSIDE,
        EUR_400,
        flight(eur(40_000), at="2030-05-03 00:30+02:00"),
        committed=ONE_DAY_TAKEN,
    ),
    Edge(
        "before midnight there",
        DAY,
        OUTSIDE,
        EUR_400,
        flight(eur(40_000), at="2030-05-02 23:30+02:00"),
        committed=ONE_DAY_TAKEN,
    ),
    Edge("the limit itself", ADVANCE, INSIDE, DAYS_14, flight(), at=days_before(DEPARTS, 14)),
    Edge("earlier", ADVANCE, INSIDE, DAYS_14, flight(), at=days_before(DEPARTS, 15)),
    Edge("a second too late", ADVANCE, OUTSIDE, DAYS_14, flight(), at=instant("2030-04-18 08:00:01")),
    Edge(
        "335 hours, clock put forward",
        ADVANCE,
        INSIDE,
        DAYS_14,
        flight(at="2030-04-03 08:00+02:00"),
        at=instant("2030-03-20 08:00+01:00"),
    ),
    Edge(
        "336 hours, clock put back",
        ADVANCE,
        OUTSIDE,
        DAYS_14,
        flight(at="2030-11-03 07:00+01:00"),
        at=instant("2030-10-20 08:00+02:00"),
    ),
    Edge(
        "337 hours, clock put back",
        ADVANCE,
        INSIDE,
        DAYS_14,
        flight(at="2030-11-03 08:00+01:00"),
        at=instant("2030-10-20 08:00+02:00"),
    ),
    Edge("the limit itself", CARBON, INSIDE, KG_500, flight(carbon=kg("500"))),
    Edge("just under", CARBON, INSIDE, KG_500, flight(carbon=kg("499.999"))),
    Edge("just over", CARBON, OUTSIDE, KG_500, flight(carbon=kg("500.001"))),
    Edge("with the year, the limit", CARBON, INSIDE, KG_500, flight(carbon=kg("100")), committed=YEAR_TAKEN),
    Edge("with the year, over", CARBON, OUTSIDE, KG_500, flight(carbon=kg("100.001")), committed=YEAR_TAKEN),
    Edge("no figure", CARBON, UNKNOWN, KG_500, flight(carbon=None)),
    Edge("on nobody's account", CARBON, UNKNOWN, KG_500, flight(carbon=kg("900")), committed=NO_ACCOUNT),
    Edge("the limit itself", PRICE, INSIDE, ABOVE_400, flight(eur(40_000))),
    Edge("just over", PRICE, OUTSIDE, ABOVE_400, flight(eur(40_001))),
    Edge("dollars, over", PRICE, OUTSIDE, ABOVE_400, foreign(80_002, "USD", "2")),
    Edge("the limit itself", BUDGET, INSIDE, {}, flight(eur(40_000)), committed=SET_APART),
    Edge("just over", BUDGET, OUTSIDE, {}, flight(eur(40_001)), committed=SET_APART),
    Edge("another year", BUDGET, INSIDE, {}, flight(eur(90_000), at="2031-05-02 08:00"), committed=SET_APART),
    Edge("carbon, the limit", BUDGET, INSIDE, {}, flight(carbon=kg("40")), committed=CARBON_APART),
    Edge("carbon, over", BUDGET, OUTSIDE, {}, flight(carbon=kg("40.001")), committed=CARBON_APART),
]


def verdict_at(edge: Edge, **more: Any) -> Verdict:
    facts = TripFacts((edge.segment,), totals_of([edge.segment]), edge.at, edge.committed)
    return judge(rules(**{**edge.limit, **more}), POLICY, 1, facts)


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge.rule.value}: {edge.case}")
def test_edge(edge: Edge) -> None:
    verdict = verdict_at(edge)
    assert [one.rule for one in verdict.broken] == ([edge.rule] if edge.side == OUTSIDE else [])
    assert [one.rule for one in verdict.not_evaluated] == ([edge.rule] if edge.side == UNKNOWN else [])


def test_every_rule_has_both_sides_in_the_table() -> None:
    for side in (INSIDE, OUTSIDE):
        assert {edge.rule for edge in EDGES if edge.side == side} == set(Rule)


OVER = {edge.rule: edge for edge in EDGES if edge.side == OUTSIDE and edge.rule is not BUDGET}


class TestOutcomes:
    @pytest.mark.parametrize("rule", list(OVER))
    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_follow_from_the_rule_that_is_broken(self, rule: Rule, outcome: Outcome) -> None:
        verdict = verdict_at(OVER[rule], outcomes=Outcomes.model_validate({rule.value: outcome}))
        if rule is PRICE and outcome is Outcome.REQUIRE_APPROVAL:
            # A price that only asks for a yes breaks no rule.
            assert (verdict.broken, verdict.approval_for) == ((), (PRICE,))
            return
        (broken,) = verdict.broken
        assert broken.outcome is outcome
        assert bool(verdict.violations) == (outcome is not Outcome.ALLOW)
        assert verdict.flagged == (outcome is not Outcome.ALLOW)
        assert verdict.requires_approval == (outcome is Outcome.REQUIRE_APPROVAL)
        assert verdict.approval_for == ((rule,) if outcome is Outcome.REQUIRE_APPROVAL else ())
        assert verdict.is_blocked == (outcome is Outcome.BLOCK)

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_of_a_budget_are_the_budgets_own(self, outcome: Outcome) -> None:
        standing = BudgetStanding("tenant", 2030, "EUR", limit=1, taken=0, outcome=outcome)
        edge = Edge("", BUDGET, OUTSIDE, {}, flight(eur(2)), committed=Committed(budgets=(standing,)))
        verdict = verdict_at(edge)
        assert (verdict.is_blocked, verdict.requires_approval) == (
            outcome is Outcome.BLOCK,
            outcome is Outcome.REQUIRE_APPROVAL,
        )

    def test_are_nothing_once_exempted_for_what_was_observed(self) -> None:
        edge = OVER[DAY]
        facts = TripFacts((edge.segment,), totals_of([edge.segment]), edge.at, edge.committed)
        policy = rules(**EUR_400, outcomes=Outcomes(max_daily_budget_eur=Outcome.BLOCK))
        observed = judge(policy, POLICY, 1, facts).broken[0].observed
        assert not judge(policy, POLICY, 1, facts, {DAY.value: observed}).is_blocked
        assert judge(policy, POLICY, 1, facts, {DAY.value: "0.01"}).is_blocked


class TestMinorUnits:
    @pytest.mark.parametrize(
        ("amount", "currency", "units", "cents"),
        [
            (150, "JPY", "150", 100),
            (1, "JPY", "175.68", 1),
            (3_300, "TND", "3.3", 100),
            (1, "TND", "3.3", 0),
            (200, "USD", "2", 100),
            (1, "USD", "2", 0),  # half a cent, to even
            (3, "USD", "2", 2),  # one and a half, to even
            (5, "USD", "2", 2),  # two and a half, to even
        ],
    )
    def test_are_those_of_the_currency(self, amount: int, currency: str, units: str, cents: int) -> None:
        assert euro_cents(Money(amount_minor=amount, currency=currency), rate(currency, units)) == cents

    def test_of_another_currency_than_the_rates_are_refused(self) -> None:
        with pytest.raises(LookupError, match="no rate for USD"):
            euro_cents(Money(amount_minor=1, currency="USD"), rate("JPY", "150"))
