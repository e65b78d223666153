"""By what is a journey judged? Everything is read inside the decision and guarded, so that a
policy, a profile, a budget or an exception that moves before the append has it decided again."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from application.kernel.context import Context
from application.travel.conversion import rates_of_the_day
from domain.travel.allocation import Allocation
from domain.travel.budgets import Budgets, budgets_id
from domain.travel.commitments import (
    CARBON_YEAR,
    SPEND_YEAR,
    TRAVELLER_DAY,
    scopes_of,
    traveller_day_key,
    year_key,
)
from domain.travel.journey import JourneyTotals, at_rates, spend_by_year, totals_of
from domain.travel.policy import (
    Policy,
    PolicyInForce,
    PolicyRules,
    budgets_alone,
    default_policy_id,
    group_policy_id,
)
from domain.travel.rule import Outcome, Rule
from domain.travel.terms import Terms
from domain.travel.traveller import TravellerProfile, traveller_profile_id
from domain.travel.trip import Trip
from domain.travel.verdict import BudgetStanding, Committed, Verdict
from domain.travel.violation import Violation, violation_id

STRICT = frozenset({Outcome.REQUIRE_APPROVAL, Outcome.BLOCK})


def terms_of(trip: Trip, context: Context) -> Terms:
    """The terms of this moment."""
    profile = profile_of(trip.traveller_id, context)
    allocation = trip.allocation.model_copy(update={"group_id": profile.allocation.group_id})
    rates = rates_of_the_day(trip.segments, context)
    in_force = policy_in_force(allocation.group_id, context)
    if not trip.segments:
        return Terms(policy=in_force, allocation=allocation, rates=rates)
    policy = in_force or budgets_alone(context.tenant_id)
    journey = totals_of(at_rates(trip.segments, rates))
    committed = _committed(trip, journey, policy.rules, allocation, context)
    if in_force is None and not committed.budgets:
        return Terms(allocation=allocation, rates=rates)
    terms = Terms(policy=policy, committed=committed, allocation=allocation, rates=rates)
    exemptions = _exemptions(trip, trip.verdict_under(terms, at=context.now), context)
    terms = replace(terms, exemptions=exemptions)
    caps: dict[tuple[str, str], int] = {}
    for place, most in _caps(trip, journey, terms, policy.rules):
        # The policy and a budget may limit the same year; the narrower one holds.
        caps[place] = min(most, caps.get(place, most))
    return replace(terms, caps=caps)


def profile_of(member_id: UUID, context: Context) -> TravellerProfile:
    """The member's travel profile, empty until someone fills it in."""
    profile_id = traveller_profile_id(context.tenant_id, member_id)
    return context.store.read(TravellerProfile, profile_id) or TravellerProfile.new(profile_id)


def policy_in_force(group_id: UUID | None, context: Context) -> PolicyInForce | None:
    """The group's own policy while it is active, else the company's."""
    ids = [] if group_id is None else [group_policy_id(context.tenant_id, group_id)]
    for policy_id in (*ids, default_policy_id(context.tenant_id)):
        policy = context.store.read(Policy, policy_id)
        if policy is not None and (in_force := policy.in_force()) is not None:
            return in_force
    return None


def carbon_key(trip: Trip, year: int, rules: PolicyRules, allocation: Allocation) -> str | None:
    """Whose year the carbon budget limits; None where the trip is on no such account."""
    scopes = scopes_of(trip.traveller_id, allocation)
    if rules.carbon_budget_scope not in scopes:
        return None
    return year_key(year, rules.carbon_budget_scope, scopes[rules.carbon_budget_scope])


def _committed(
    trip: Trip, journey: JourneyTotals, rules: PolicyRules, allocation: Allocation, context: Context
) -> Committed:
    totals = context.ports.totals
    daily, yearly = rules.max_daily_budget_eur_cents, rules.carbon_budget_kg_year
    return Committed(
        cents_by_day={}
        if daily is None
        else {
            spend.day: totals.of(
                TRAVELLER_DAY,
                traveller_day_key(trip.traveller_id, spend.day),
                without=trip.id,
                same_up_to=daily - spend.eur_cents,
            )
            for spend in journey.spend_by_day
        },
        grams_by_year={}
        if yearly is None
        else {
            carbon.year: totals.of(
                CARBON_YEAR, key, without=trip.id, same_up_to=int(yearly * 1000) - carbon.grams
            )
            for carbon in journey.carbon_by_year
            if (key := carbon_key(trip, carbon.year, rules, allocation)) is not None
        },
        has_carbon_account=rules.carbon_budget_scope in scopes_of(trip.traveller_id, allocation),
        budgets=tuple(_budgets(trip, journey, allocation, context)),
    )


def _budgets(
    trip: Trip, journey: JourneyTotals, allocation: Allocation, context: Context
) -> Iterator[BudgetStanding]:
    cents = spend_by_year(journey)
    grams = {carbon.year: carbon.grams for carbon in journey.carbon_by_year}
    for year in sorted(cents.keys() | grams.keys()):
        book = context.store.read(Budgets, budgets_id(context.tenant_id, year))
        if book is None:
            continue
        for scope, scope_id in scopes_of(trip.traveller_id, allocation).items():
            for budget in book.of(scope if scope_id is None else f"{scope}:{scope_id}"):
                kind, mine = (
                    (SPEND_YEAR, cents.get(year, 0))
                    if budget.unit == "EUR"
                    else (CARBON_YEAR, grams.get(year, 0))
                )
                taken = context.ports.totals.of(
                    kind,
                    year_key(year, scope, scope_id),
                    without=trip.id,
                    same_up_to=budget.amount - mine,
                )
                yield BudgetStanding(
                    scope=budget.scope,
                    year=year,
                    unit=budget.unit,
                    limit=budget.amount,
                    taken=taken,
                    outcome=budget.outcome,
                )


def _exemptions(trip: Trip, verdict: Verdict | None, context: Context) -> Mapping[str, str]:
    if verdict is None:
        return {}
    found: dict[str, str] = {}
    for broken in verdict.violations:
        if broken.outcome in STRICT:
            flagged_id = violation_id(trip.id, policy_version=verdict.policy_version, subject=broken.subject)
            violation = context.store.read(Violation, flagged_id)
            if violation is not None and violation.exempted_observed is not None:
                found[broken.subject] = violation.exempted_observed
    return found


def _caps(
    trip: Trip, journey: JourneyTotals, terms: Terms, rules: PolicyRules
) -> Iterator[tuple[tuple[str, str], int]]:
    """What the store itself refuses to exceed, whatever this decision has read."""
    exempted = {subject.split(":")[0] for subject in terms.exemptions}

    def blocks(rule: Rule) -> bool:
        return rules.outcomes.of(rule) is Outcome.BLOCK and rule.value not in exempted

    daily, yearly = rules.max_daily_budget_eur_cents, rules.carbon_budget_kg_year
    if daily is not None and blocks(Rule.DAILY_BUDGET):
        for spend in journey.spend_by_day:
            yield (TRAVELLER_DAY, traveller_day_key(trip.traveller_id, spend.day)), daily
    if yearly is not None and blocks(Rule.CARBON_BUDGET):
        for carbon in journey.carbon_by_year:
            key = carbon_key(trip, carbon.year, rules, terms.allocation)
            if key is not None:
                yield (CARBON_YEAR, key), int(yearly * 1000)
    for budget in terms.committed.budgets:
        if (
            budget.outcome is Outcome.BLOCK
            and f"{Rule.BUDGET.value}:{budget.scope}:{budget.unit}:{budget.year}" not in terms.exemptions
        ):
            kind = SPEND_YEAR if budget.unit == "EUR" else CARBON_YEAR
            scope, _, scope_id = budget.scope.partition(":")
            key = year_key(budget.year, scope, UUID(scope_id) if scope_id else None)
            yield (kind, key), budget.limit
