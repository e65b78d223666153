"""What would a draft of the travel policy have said about the journeys of the past?

Every submission and booking is judged again by the domain's own judge, in the order of the
log. A journey the draft blocks consumes nothing, so that later ones meet smaller totals, and
its cancellation returns nothing. Whose group a traveller was in, on whose account a journey
was, its euros, its grams and the exceptions made for it are taken from the event. A journey
that would have needed approval is taken to have got it. What was refused then left no
booking behind, and cannot be brought back by a milder draft.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar, assert_never
from uuid import UUID

from application.kernel.counterfactual import Difference, Question
from domain.kernel.event import DomainEvent
from domain.kernel.value import Value
from domain.travel.budgets import Budget, BudgetSet, BudgetWithdrawn
from domain.travel.commitments import (
    CARBON_YEAR,
    SPEND_YEAR,
    TRAVELLER_DAY,
    scopes_of,
    traveller_day_key,
    year_key,
)
from domain.travel.itinerary import Segment
from domain.travel.journey import JourneyTotals, PlannedSegment, spend_by_year
from domain.travel.policy import PolicyAdopted, PolicyInForce, PolicyRevised, PolicyRules, budgets_alone
from domain.travel.rule import Outcome, Rule
from domain.travel.trip_events import (
    FlightAdded,
    GroundLegAdded,
    HotelAdded,
    SegmentAdded,
    SegmentRemoved,
    TripBooked,
    TripCancelled,
    TripCompleted,
    TripSubmitted,
)
from domain.travel.verdict import BudgetStanding, Committed, TripFacts, Verdict, judge

KIND = "travel-policy"
KEPT = "kept"
EXEMPTED = "exempted"
ALERT = "auto_flag_violations"
DRAFT_ID = UUID(int=0)

Decision = TripSubmitted | TripBooked
Handled = (
    PolicyAdopted
    | PolicyRevised
    | BudgetSet
    | BudgetWithdrawn
    | SegmentAdded
    | SegmentRemoved
    | Decision
    | TripCompleted
    | TripCancelled
)


class PolicyDraft(Value):
    """The rules that are tried, for one group of travellers or for everyone without a policy of their group."""

    group_id: UUID | None = None
    rules: PolicyRules


class ThenAndNow(Value):
    """A number of trips, as it was and as it would have been."""

    then: int
    now: int


class RuleCount(ThenAndNow):
    """How many trips broke one rule."""

    rule: Rule


class PolicyTrialSummary(Value):
    """What a draft policy would have changed. Trips count as they were judged last in the period."""

    decisions: int
    differing_decisions: int
    trips: int
    violations: tuple[RuleCount, ...]
    flagged_trips: ThenAndNow
    newly_flagged_trips: int
    no_longer_flagged_trips: int
    refused_trips: ThenAndNow
    approval_trips: ThenAndNow
    not_evaluated_trips: int
    not_spent_eur: Decimal
    not_emitted_kg: Decimal


@dataclass(frozen=True, slots=True)
class _Finding:
    outcome: str
    observed: str | None = None
    limit: str | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the summary needs to know of a trip's latest verdicts, then and now."""

    then: Verdict | None
    now: Verdict | None


@dataclass(slots=True)
class _Trip:
    """What is remembered of a trip until it is over: its itinerary until it is booked, then what it holds."""

    segments: dict[UUID, PlannedSegment] = field(default_factory=dict)
    held: tuple[tuple[str, str, int], ...] = ()
    judged: _Judged | None = None
    is_refused: bool = False


class PolicyTrial:
    """A draft policy over a company's past."""

    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        PolicyAdopted,
        PolicyRevised,
        BudgetSet,
        BudgetWithdrawn,
        FlightAdded,
        HotelAdded,
        GroundLegAdded,
        SegmentRemoved,
        TripSubmitted,
        TripBooked,
        TripCompleted,
        TripCancelled,
    )

    def __init__(self, question: Question) -> None:
        draft = PolicyDraft.model_validate_json(question.draft)
        self._period = question.period
        self._draft = {draft.group_id: PolicyInForce(policy_id=DRAFT_ID, policy_version=0, rules=draft.rules)}
        self._policies: dict[UUID | None, PolicyInForce] = {}
        self._budgets: dict[tuple[int, str], dict[str, Budget]] = {}
        self._taken: Counter[tuple[str, str]] = Counter()
        self._trips: dict[UUID, _Trip] = {}
        self._tally = _Tally()

    def live_through(self, event: Handled) -> Iterable[Difference]:
        """Folds one event; a decision is judged again."""
        match event:
            case PolicyAdopted() | PolicyRevised():
                self._policies[event.group_id] = PolicyInForce(
                    policy_id=event.originator_id, policy_version=event.policy_version, rules=event.rules
                )
            case BudgetSet():
                self._budgets.setdefault((event.year, event.budget.scope), {})[event.budget.key] = (
                    event.budget
                )
            case BudgetWithdrawn():
                self._budgets.get((event.year, event.budget.scope), {}).pop(event.budget.key, None)
            case FlightAdded():
                self._keep(event, event.flight)
            case HotelAdded():
                self._keep(event, event.stay)
            case GroundLegAdded():
                self._keep(event, event.leg)
            case SegmentRemoved():
                self._trip(event).segments.pop(event.segment_id, None)
            case TripSubmitted() | TripBooked():
                return self._decide(event)
            case TripCompleted():
                self._trips.pop(event.originator_id, None)
            case TripCancelled():
                self._cancel(event)
            case _:
                assert_never(event)
        return ()

    def summary(self) -> PolicyTrialSummary:
        """What the draft would have changed so far."""
        return self._tally.summary()

    def _keep(self, event: SegmentAdded, details: Segment) -> None:
        self._trip(event).segments[event.segment_id] = PlannedSegment(
            segment_id=event.segment_id,
            details=details,
            carbon=event.carbon,
            carbon_missing=event.carbon_missing,
            rate=event.rate,
        )

    def _trip(self, event: DomainEvent) -> _Trip:
        return self._trips.setdefault(event.originator_id, _Trip())

    # Deciding again

    def _decide(self, event: Decision) -> list[Difference]:
        trip = self._trip(event)
        differing: list[Difference] = []
        if self._period is None or self._period.contains(event.occurred_at):
            policy = self._policy_for(event.allocation.group_id)
            if policy is None and any(self._standings(event)):
                policy = budgets_alone(DRAFT_ID)
            verdict = None if policy is None else self._judge(event, trip, policy)
            differing = list(_differences(event, verdict, policy))
            trip.is_refused = verdict is not None and verdict.is_blocked
            judged = _Judged(event.verdict, verdict)
            self._tally.count(trip.judged, judged, differs=bool(differing))
            trip.judged = judged
        else:
            trip.is_refused = False
        if isinstance(event, TripBooked):
            self._book(event, trip)
        return differing

    def _policy_for(self, group_id: UUID | None) -> PolicyInForce | None:
        """The group's own policy while it is active, else the company's; the draft in the place of one."""
        policies = self._policies | self._draft
        for whose in dict.fromkeys((group_id, None)):
            policy = policies.get(whose)
            if policy is not None and policy.rules.is_active:
                return policy
        return None

    def _judge(self, event: Decision, trip: _Trip, policy: PolicyInForce) -> Verdict:
        committed = Committed(
            cents_by_day=dict(self._days(event, policy.rules)),
            grams_by_year=dict(self._years(event, policy.rules)),
            has_carbon_account=policy.rules.carbon_budget_scope
            in scopes_of(event.traveller_id, event.allocation),
            budgets=tuple(self._standings(event)) if self._budgets else (),
        )
        facts = TripFacts(tuple(trip.segments.values()), event.journey, event.occurred_at, committed)
        return judge(policy.rules, policy.policy_id, policy.policy_version, facts, _exceptions(event))

    def _days(self, event: Decision, rules: PolicyRules) -> Iterator[tuple[date, int]]:
        if rules.max_daily_budget_eur_cents is not None:
            for spend in event.journey.spend_by_day:
                yield spend.day, self._taken[TRAVELLER_DAY, traveller_day_key(event.traveller_id, spend.day)]

    def _years(self, event: Decision, rules: PolicyRules) -> Iterator[tuple[int, int]]:
        scopes = scopes_of(event.traveller_id, event.allocation)
        scope = rules.carbon_budget_scope
        if rules.carbon_budget_kg_year is not None and scope in scopes:
            for carbon in event.journey.carbon_by_year:
                yield carbon.year, self._taken[CARBON_YEAR, year_key(carbon.year, scope, scopes[scope])]

    def _standings(self, event: Decision) -> Iterator[BudgetStanding]:
        years = spend_by_year(event.journey).keys() | {one.year for one in event.journey.carbon_by_year}
        for year in sorted(years):
            for scope, scope_id in scopes_of(event.traveller_id, event.allocation).items():
                whose = scope if scope_id is None else f"{scope}:{scope_id}"
                for budget in self._budgets.get((year, whose), {}).values():
                    kind = SPEND_YEAR if budget.unit == "EUR" else CARBON_YEAR
                    yield BudgetStanding(
                        scope=budget.scope,
                        year=year,
                        unit=budget.unit,
                        limit=budget.amount,
                        taken=self._taken[kind, year_key(year, scope, scope_id)],
                        outcome=budget.outcome,
                    )

    # What bookings hold

    def _book(self, event: TripBooked, trip: _Trip) -> None:
        trip.segments, trip.judged = {}, None  # a booked trip is not judged again
        if trip.is_refused:
            self._tally.save(event.journey)
        else:
            trip.held = tuple((one.kind, one.key, one.units) for one in event.commitments)
            for kind, key, units in trip.held:
                self._taken[kind, key] += units

    def _cancel(self, event: TripCancelled) -> None:
        trip = self._trips.pop(event.originator_id, _Trip())
        for kind, key, units in trip.held:
            self._taken[kind, key] -= units
            if not self._taken[kind, key]:
                del self._taken[kind, key]
        if trip.is_refused and event.returned is not None:
            # It was called off in the end: what the draft would have spared was not spent either.
            self._tally.save(event.returned, times=-1)


@dataclass
class _Tally:
    """The figures of the summary, kept up to date with every decision."""

    decisions: int = 0
    differing: int = 0
    trips: int = 0
    broken_then: Counter[Rule] = field(default_factory=Counter)
    broken_now: Counter[Rule] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    cents: int = 0
    grams: int = 0

    def count(self, before: _Judged | None, judged: _Judged, *, differs: bool) -> None:
        """Counts one decision; a trip judged before counts as it is judged now."""
        self.decisions += 1
        self.differing += differs
        if before is None:
            self.trips += 1
        else:
            self._add(before, -1)
        self._add(judged, 1)

    def save(self, journey: JourneyTotals, times: int = 1) -> None:
        """What a journey that was not booked would have spared."""
        self.cents += times * journey.spend_eur_cents
        self.grams += times * sum(carbon.grams for carbon in journey.carbon_by_year)

    def summary(self) -> PolicyTrialSummary:
        """All of it."""
        broken = self.broken_then.keys() | self.broken_now.keys()
        return PolicyTrialSummary(
            decisions=self.decisions,
            differing_decisions=self.differing,
            trips=self.trips,
            violations=tuple(
                RuleCount(rule=rule, then=self.broken_then[rule], now=self.broken_now[rule])
                for rule in Rule
                if rule in broken
            ),
            flagged_trips=self._then_and_now("flagged"),
            newly_flagged_trips=self.marks["newly flagged"],
            no_longer_flagged_trips=self.marks["no longer flagged"],
            refused_trips=self._then_and_now("refused"),
            approval_trips=self._then_and_now("approval"),
            not_evaluated_trips=self.marks["not evaluated"],
            not_spent_eur=Decimal(self.cents).scaleb(-2),
            not_emitted_kg=Decimal(self.grams).scaleb(-3),
        )

    def _add(self, judged: _Judged, times: int) -> None:
        self._add_broken(judged.then, self.broken_then, times)
        self._add_broken(judged.now, self.broken_now, times)
        for mark in _marks(judged):
            self.marks[mark] += times

    def _add_broken(self, verdict: Verdict | None, counts: Counter[Rule], times: int) -> None:
        for rule in {one.rule for one in verdict.violations} if verdict else ():
            counts[rule] += times
            if not counts[rule]:
                del counts[rule]

    def _then_and_now(self, mark: str) -> ThenAndNow:
        return ThenAndNow(then=self.marks[f"{mark} then"], now=self.marks[f"{mark} now"])


def _marks(judged: _Judged) -> Iterator[str]:
    for when, verdict in (("then", judged.then), ("now", judged.now)):
        if verdict is not None:
            if verdict.flagged:
                yield f"flagged {when}"
            if verdict.is_blocked:
                yield f"refused {when}"
            elif verdict.requires_approval:
                yield f"approval {when}"
    was, would_be = (bool(verdict and verdict.flagged) for verdict in (judged.then, judged.now))
    if was != would_be:
        yield "newly flagged" if would_be else "no longer flagged"
    if judged.now is not None and judged.now.not_evaluated:
        yield "not evaluated"


def _exceptions(event: Decision) -> Mapping[str, str]:
    """The exceptions that were made for the journey, as the verdict of the day recorded them."""
    broken = event.verdict.broken if event.verdict else ()
    return {one.subject: one.observed for one in broken if one.is_exempted}


def _differences(event: Decision, now: Verdict | None, policy: PolicyInForce | None) -> Iterator[Difference]:
    """Every rule whose outcome is another one. By which figure it was broken may differ without that."""
    then_found = _findings(event.verdict, event.journey, None)
    now_found = _findings(now, event.journey, policy)
    for subject in dict.fromkeys((*then_found, *now_found)):
        before, after = then_found.get(subject), now_found.get(subject)
        known = after or before
        outcomes = (before.outcome if before else KEPT), (after.outcome if after else KEPT)
        if known is not None and outcomes[0] != outcomes[1]:
            yield _difference(event, subject, known, *outcomes)
    if event.verdict and now and event.verdict.violations and now.violations:
        alerts = tuple("alert" if verdict.flagged else "silent" for verdict in (event.verdict, now))
        if alerts[0] != alerts[1]:
            yield _difference(event, ALERT, _Finding(alerts[1]), *alerts)


def _findings(
    verdict: Verdict | None, journey: JourneyTotals, policy: PolicyInForce | None
) -> dict[str, _Finding]:
    if verdict is None:
        return {}
    found = {
        one.subject: _Finding(EXEMPTED if one.is_exempted else one.outcome.value, one.observed, one.limit)
        for one in verdict.broken
    }
    if Rule.APPROVAL_ABOVE in verdict.approval_for:
        # A price that asks for approval breaks no rule, so the verdict does not list its figures.
        limit = policy.rules.requires_approval_above_eur_cents if policy else None
        found.setdefault(
            Rule.APPROVAL_ABOVE.value,
            _Finding(
                Outcome.REQUIRE_APPROVAL.value,
                _euros(journey.spend_eur_cents),
                None if limit is None else _euros(limit),
            ),
        )
    return found


def _difference(event: Decision, subject: str, found: _Finding, before: str, after: str) -> Difference:
    return Difference(
        position=event.position,
        stream_id=event.originator_id,
        subject=subject,
        observed=found.observed,
        limit=found.limit,
        before=before,
        after=after,
    )


def _euros(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):.2f}"
