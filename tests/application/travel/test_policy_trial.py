"""What would a draft have changed? The same as a reckoner finds that shares no code with the trial or the judge."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from application.kernel.counterfactual import Difference, Question, differences
from application.travel.policies import SetPolicy, rules_from
from application.travel.policy_trial import PolicyDraft, PolicyTrial, PolicyTrialSummary
from domain.kernel.event import DomainEvent
from domain.kernel.period import Period
from domain.travel.budgets import BudgetSet
from domain.travel.itinerary import HotelStay
from domain.travel.policy import PolicyAdopted, PolicyRevised, PolicyRules
from domain.travel.trip_events import (
    FlightAdded,
    HotelAdded,
    SegmentRemoved,
    TripBooked,
    TripCancelled,
    TripSubmitted,
)
from domain.travel.verdict import BrokenRule
from tests.kit.past import BOOKING, PLANNING, RULE_MAKING, RULES, START, TRAVELLING, Company, Step

NO_RULES = PolicyRules(name="None", max_hotel_stars=None, advance_booking_days=None)
CABINS = ["economy", "premium_economy", "business", "first"]
FOUNDING = st.fixed_dictionaries({"everyone": RULES, "group": RULES, "members": st.sets(st.integers(0, 2))})
THOROUGH = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def lives(*others: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    """A few plans first, so that what follows has something to act on; then whatever comes."""
    return st.tuples(
        st.lists(PLANNING, min_size=3, max_size=6),
        st.lists(st.one_of(TRAVELLING, BOOKING, *others), min_size=20, max_size=35),
    ).map(lambda parts: [*parts[0], *parts[1]])


def founding_steps(founding: dict[str, Any]) -> list[Step]:
    """The rules and the groups a company starts with."""
    return [
        ("policy", {"group": False, "rules": founding["everyone"]}),
        ("policy", {"group": True, "rules": founding["group"]}),
        *(("assign", {"who": who, "group": True}) for who in sorted(founding["members"])),
    ]


def tried(
    past: list[DomainEvent], draft: PolicyDraft, period: Period | None = None
) -> tuple[list[Difference], PolicyTrialSummary]:
    """The draft on the past."""
    trial = PolicyTrial(Question(draft.model_dump_json(), period))
    found = list(differences(trial, past))
    return found, trial.summary()


def draft_of(rules: dict[str, Any], group_id: UUID | None = None) -> PolicyDraft:
    """A draft as the door makes one."""
    return PolicyDraft(group_id=group_id, rules=rules_from(SetPolicy(**rules)))


@THOROUGH
@given(FOUNDING, lives())
def test_the_policy_in_force_changes_nothing(founding: dict[str, Any], steps: list[Step]) -> None:
    company = Company().live_through([*founding_steps(founding), *steps])
    for name, group_id in (("everyone", None), ("group", company.group)):
        found, summary = tried(company.past, draft_of(founding[name], group_id))
        assert found == []
        assert summary.differing_decisions == summary.newly_flagged_trips == 0
        assert summary.no_longer_flagged_trips == 0
        assert all(count.then == count.now for count in summary.violations)
        assert summary.flagged_trips.then == summary.flagged_trips.now
        assert summary.refused_trips.then == summary.refused_trips.now
        assert summary.not_spent_eur == summary.not_emitted_kg == 0
    event(f"decisions: {min(summary.decisions, 8)}")


@THOROUGH
@given(FOUNDING, lives(RULE_MAKING), RULES, st.booleans())
def test_a_draft_changes_what_a_plain_reckoner_finds(
    founding: dict[str, Any], steps: list[Step], rules: dict[str, Any], of_group: bool
) -> None:
    company = Company().live_through([*founding_steps(founding), *steps])
    draft = draft_of(rules, company.group if of_group else None)
    found, summary = tried(company.past, draft)
    expected = Reckoner(company.past, draft).reckon()
    assert [(one.position, one.subject, one.before, one.after) for one in found] == expected.differences
    assert summary.decisions == expected.decisions
    assert summary.refused_trips.now == len(expected.refused)
    assert summary.not_spent_eur == Decimal(expected.cents).scaleb(-2)
    assert summary.not_emitted_kg == Decimal(expected.grams).scaleb(-3)
    assert {count.rule.value: count.now for count in summary.violations if count.now} == expected.by_rule
    assert summary.differing_decisions == len({one.position for one in found})
    event(f"differences: {min(len(found), 6)}")
    event(f"refused bookings: {min(summary.refused_trips.now, 3)}")


@THOROUGH
@given(FOUNDING, lives(), RULES, st.integers(0, 160))
def test_outside_the_period_everything_stays_as_it_was(
    founding: dict[str, Any], steps: list[Step], rules: dict[str, Any], hours: int
) -> None:
    company = Company().live_through([*founding_steps(founding), *steps])
    period = Period(start=START + timedelta(hours=hours), end=START + timedelta(days=7))
    found, summary = tried(company.past, draft_of(rules), period)
    inside = {one.position: one for one in company.past if period.contains(one.occurred_at)}
    assert {one.position for one in found} <= set(inside)
    assert summary.decisions == sum(isinstance(one, TripSubmitted | TripBooked) for one in inside.values())


class TestOneStory:
    """Three bookings on one account; a draft that blocks the first lets the third pass."""

    RULES = {"name": "Draft", "max_hotel_stars": None, "advance_booking_days": None}

    def flight(self, in_days: int, cabin: str = "economy") -> Step:
        segment = {"kind": "flight", "cabin": cabin, "price": 30_000, "in_days": in_days}
        return "plan", {"who": 0, "segments": [segment]}

    def company(self, *more: Step) -> Company:
        steps: list[Step] = [
            ("policy", {"group": False, "rules": {**self.RULES, "max_daily_budget_eur": 500}}),
            self.flight(20, "first"),
            self.flight(20),
            *(("book", {"trip": number}) for number in range(2)),
            *more,
        ]
        return Company().live_through(steps)

    def draft(self) -> PolicyDraft:
        blocking = {"max_flight_class": "block"}
        return draft_of(
            {
                **self.RULES,
                "max_daily_budget_eur": 500,
                "max_flight_class": "business",
                "outcomes": blocking,
            }
        )

    def test_a_refused_trip_consumes_nothing(self) -> None:
        company = self.company()
        found, summary = tried(company.past, self.draft())
        first, second = (one.position for one in company.past if isinstance(one, TripBooked))
        assert [(one.position, one.subject, one.before, one.after) for one in found] == [
            (first, "max_flight_class", "kept", "block"),
            (second, "max_daily_budget_eur", "warn", "kept"),
        ]
        assert (found[1].observed, found[1].limit) == ("600.00", "500.00")
        assert (summary.refused_trips.now, summary.not_spent_eur) == (1, Decimal(300))
        assert (summary.newly_flagged_trips, summary.no_longer_flagged_trips) == (1, 1)
        assert summary.not_emitted_kg > 500

    def test_its_cancellation_returns_nothing(self) -> None:
        company = self.company(("cancel", {"trip": 0}), self.flight(20), ("book", {"trip": 2}))
        found, summary = tried(company.past, self.draft())
        third = [one.position for one in company.past if isinstance(one, TripBooked)][2]
        assert [one.position for one in found if one.position == third] == []
        assert (summary.not_spent_eur, summary.not_emitted_kg, summary.refused_trips.now) == (0, 0, 1)


@dataclass
class Reckoned:
    """What the reckoner found."""

    differences: list[tuple[int, str, str, str]] = field(default_factory=list)
    decisions: int = 0
    refused: set[UUID] = field(default_factory=set)
    by_rule: dict[str, int] = field(default_factory=dict)
    cents: int = 0
    grams: int = 0


class Reckoner:
    """Judges every decision from the whole log before it, again and again, by rules written out plainly."""

    def __init__(self, past: list[DomainEvent], draft: PolicyDraft) -> None:
        self.past = past
        self.draft = draft
        self.blocked: dict[int, bool] = {}  # by the position of the decision

    def reckon(self) -> Reckoned:
        """Decision after decision."""
        result = Reckoned()
        latest: dict[UUID, dict[str, str]] = {}
        for number, one in enumerate(self.past):
            if isinstance(one, TripSubmitted | TripBooked):
                result.decisions += 1
                before, after = self.then(one), self.now(one, self.past[:number])
                flags = after.pop("flagged", False)
                self.blocked[one.position] = "block" in after.values()
                latest[one.originator_id] = after
                for subject in dict.fromkeys((*before, *after)):
                    was, would_be = before.get(subject, "kept"), after.get(subject, "kept")
                    if was != would_be:
                        result.differences.append((one.position, subject, was, would_be))
                noticed = one.verdict and one.verdict.violations and counting(after, self.rules_asked)
                if noticed and one.verdict and one.verdict.flagged != flags:
                    was, would_be = ("silent", "alert")[one.verdict.flagged], ("silent", "alert")[bool(flags)]
                    result.differences.append((one.position, "auto_flag_violations", was, would_be))
        self._sum_up(result, latest)
        return result

    def _sum_up(self, result: Reckoned, latest: dict[UUID, dict[str, str]]) -> None:
        for trip_id, after in latest.items():
            if "block" in after.values():
                result.refused.add(trip_id)
            for rule in counting(after, self.rules_of.get(trip_id)):
                result.by_rule[rule] = result.by_rule.get(rule, 0) + 1
        for one in self.past:
            spared = isinstance(one, TripBooked) and self.blocked[one.position]
            if spared and one.originator_id not in self.cancelled(self.past):
                assert isinstance(one, TripBooked)
                result.cents += one.journey.spend_eur_cents
                result.grams += sum(carbon.grams for carbon in one.journey.carbon_by_year)

    rules_asked: PolicyRules | None = None

    def then(self, one: TripSubmitted | TripBooked) -> dict[str, str]:
        """What the event says."""
        if one.verdict is None:
            return {}
        found = {
            self.name(broken): "exempted" if broken.is_exempted else broken.outcome.value
            for broken in one.verdict.broken
        }
        for rule in one.verdict.approval_for:
            if rule.value == "requires_approval_above":
                found.setdefault(rule.value, "require_approval")
        return found

    def name(self, broken: BrokenRule) -> str:
        parts = [
            broken.rule.value,
            broken.scope,
            *([broken.unit, broken.period] if broken.rule == "budget" else []),
        ]
        return ":".join(part for part in parts if part)

    def now(self, one: TripSubmitted | TripBooked, before: list[DomainEvent]) -> dict[str, Any]:
        """What the draft, or whoever's policy it is, says."""
        # Where no policy is in force, the amounts set apart hold all the same.
        rules = self.rules_for(one.allocation.group_id, before) or NO_RULES
        self.rules_asked = rules
        self.rules_of = {**getattr(self, "rules_of", {}), one.originator_id: rules}
        broken = {
            (subject): (observed, outcome) for subject, observed, outcome in self.broken(one, before, rules)
        }
        exceptions = (
            {(self.name(each), each.observed) for each in one.verdict.broken if each.is_exempted}
            if one.verdict
            else set()
        )
        answer: dict[str, Any] = {
            subject: "exempted" if (subject, observed) in exceptions else outcome
            for subject, (observed, outcome) in broken.items()
        }
        violations = counting(answer, rules)
        above = rules.requires_approval_above_eur_cents
        asks = rules.outcomes.requires_approval_above.value == "require_approval"
        if asks and above is not None and one.journey.spend_eur_cents > above:
            answer["requires_approval_above"] = "require_approval"
        answer["flagged"] = bool(violations) and rules.auto_flag_violations
        return answer

    def rules_for(self, group_id: UUID | None, before: list[DomainEvent]) -> PolicyRules | None:
        """The latest rules of the group, else of everyone, the draft in the place of one of them."""
        for whose in (group_id, None):
            known = [
                each.rules
                for each in before
                if isinstance(each, PolicyAdopted | PolicyRevised) and each.group_id == whose
            ]
            if self.draft.group_id == whose:
                known = [self.draft.rules]
            if known and known[-1].is_active:
                return known[-1]
        return None

    def broken(
        self, one: TripSubmitted | TripBooked, before: list[DomainEvent], rules: PolicyRules
    ) -> Iterator[tuple[str, str, str]]:
        """(what, observed, outcome) of every rule that does not hold."""
        outcome = {name: value.value for name, value in rules.outcomes}
        segments = self.segments(one.originator_id, before)
        cabins = [each.flight.cabin.value for each in segments if isinstance(each, FlightAdded)]
        stars = [each.stay.stars for each in segments if isinstance(each, HotelAdded) and each.stay.stars]
        bookings = self.alive(before, one)
        if rules.max_flight_class and cabins:
            highest = max(cabins, key=CABINS.index)
            if CABINS.index(highest) > CABINS.index(rules.max_flight_class.value):
                yield "max_flight_class", highest, outcome["max_flight_class"]
        if rules.max_hotel_stars is not None and stars and max(stars) > rules.max_hotel_stars:
            yield "max_hotel_stars", f"{max(stars):f}", outcome["max_hotel_stars"]
        if rules.max_daily_budget_eur_cents is not None:
            days = {
                spend.day: spend.eur_cents + self.day_total(bookings, one.traveller_id, spend.day)
                for spend in one.journey.spend_by_day
            }
            if max(days.values()) > rules.max_daily_budget_eur_cents:
                yield (
                    "max_daily_budget_eur",
                    f"{max(days.values()) / 100:.2f}",
                    outcome["max_daily_budget_eur"],
                )
        if rules.advance_booking_days is not None:
            first = min((self.start_of(each) for each in segments), key=lambda start: start[0])
            zone = ZoneInfo(first[1])
            apart = first[0].astimezone(zone).replace(tzinfo=None) - one.occurred_at.astimezone(zone).replace(
                tzinfo=None
            )
            if apart.days < rules.advance_booking_days:
                yield "advance_booking_days", str(apart.days), outcome["advance_booking_days"]
        yield from self.carbon(one, bookings, rules, outcome["carbon_budget_kg_year"])
        above = rules.requires_approval_above_eur_cents
        asks = outcome["requires_approval_above"] == "require_approval"
        if not asks and above is not None and one.journey.spend_eur_cents > above:
            observed = f"{one.journey.spend_eur_cents / 100:.2f}"
            yield "requires_approval_above", observed, outcome["requires_approval_above"]
        yield from self.budgets(one, before, bookings)

    def carbon(
        self, one: TripSubmitted | TripBooked, bookings: list[TripBooked], rules: PolicyRules, outcome: str
    ) -> Iterator[tuple[str, str, str]]:
        scope = rules.carbon_budget_scope
        years = {carbon.year: carbon.grams for carbon in one.journey.carbon_by_year if carbon.grams}
        on_nobodys = scope in ("department", "cost_centre") and getattr(one.allocation, f"{scope}_id") is None
        if rules.carbon_budget_kg_year is None or not years or on_nobodys:
            return
        shared = [each for each in bookings if self.shares(each, one, scope)]
        totals = {
            year: grams
            + sum(
                carbon.grams
                for each in shared
                for carbon in each.journey.carbon_by_year
                if carbon.year == year
            )
            for year, grams in years.items()
        }
        if max(totals.values()) > rules.carbon_budget_kg_year * 1_000:
            subject = "carbon_budget_kg_year" if scope == "tenant" else f"carbon_budget_kg_year:{scope}"
            yield subject, kilograms(max(totals.values())), outcome

    def budgets(
        self, one: TripSubmitted | TripBooked, before: list[DomainEvent], bookings: list[TripBooked]
    ) -> Iterator[tuple[str, str, str]]:
        """Every amount set apart that this journey draws on; a later setting takes the place of an earlier one."""
        latest = {(each.year, each.budget.key): each.budget for each in before if isinstance(each, BudgetSet)}
        seen: dict[str, tuple[str, str]] = {}
        for year in sorted({key[0] for key in latest}):
            for owner in ("tenant", "traveller", "department", "cost_centre"):
                for (of_year, _), budget in latest.items():
                    if of_year != year or budget.owner != owner or not self.owns(budget.owner_id, one, owner):
                        continue
                    shared = [each for each in bookings if self.shares(each, one, owner)]
                    mine = self.amount(one, year, budget.unit)
                    total = mine + sum(self.amount(each, year, budget.unit) for each in shared)
                    if mine and total > budget.amount:
                        written = f"{total / 100:.2f}" if budget.unit == "EUR" else kilograms(total)
                        seen[f"budget:{budget.scope}:{budget.unit}:{year}"] = (written, budget.outcome.value)
        for subject, (observed, outcome) in seen.items():
            yield subject, observed, outcome

    def owns(self, owner_id: UUID | None, one: TripSubmitted | TripBooked, owner: str) -> bool:
        of_trip = {
            "tenant": None,
            "traveller": one.traveller_id,
            "department": one.allocation.department_id,
            "cost_centre": one.allocation.cost_centre_id,
        }[owner]
        return owner_id == of_trip

    def shares(self, booking: TripBooked, one: TripSubmitted | TripBooked, scope: str) -> bool:
        """Does the booking draw on the same account? None at all where the trip is on none."""
        if scope == "tenant":
            return True
        if scope == "traveller":
            return booking.traveller_id == one.traveller_id
        account = getattr(one.allocation, f"{scope}_id")
        return account is not None and getattr(booking.allocation, f"{scope}_id") == account

    def amount(self, one: TripSubmitted | TripBooked, year: int, unit: str) -> int:
        if unit == "EUR":
            return sum(spend.eur_cents for spend in one.journey.spend_by_day if spend.day.year == year)
        return sum(carbon.grams for carbon in one.journey.carbon_by_year if carbon.year == year)

    def alive(self, before: list[DomainEvent], one: DomainEvent) -> list[TripBooked]:
        """The bookings that count at that moment: neither refused nor called off."""
        gone = self.cancelled(before)
        return [
            each
            for each in before
            if isinstance(each, TripBooked)
            and not self.blocked[each.position]
            and each.originator_id not in gone | {one.originator_id}
        ]

    def cancelled(self, events: list[DomainEvent]) -> set[UUID]:
        return {each.originator_id for each in events if isinstance(each, TripCancelled)}

    def segments(self, trip_id: UUID, before: list[DomainEvent]) -> list[FlightAdded | HotelAdded]:
        removed = {each.segment_id for each in before if isinstance(each, SegmentRemoved)}
        return [
            each
            for each in before
            if isinstance(each, FlightAdded | HotelAdded)
            and each.originator_id == trip_id
            and each.segment_id not in removed
        ]

    def start_of(self, segment: FlightAdded | HotelAdded) -> Any:
        details = segment.flight if isinstance(segment, FlightAdded) else segment.stay
        assert not isinstance(details, HotelStay) or details.nights
        return details.starts_at, details.time_zone

    def day_total(self, bookings: list[TripBooked], traveller_id: UUID, day: date) -> int:
        return sum(
            spend.eur_cents
            for each in bookings
            for spend in each.journey.spend_by_day
            if each.traveller_id == traveller_id and spend.day == day
        )


def counting(after: dict[str, Any], rules: PolicyRules | None) -> set[str]:
    """The rules of what is to be brought to attention: neither allowed, nor exempted, nor a mere question of price."""
    if rules is None:
        return set()
    asks = rules.outcomes.requires_approval_above.value == "require_approval"
    return {
        subject.split(":")[0]
        for subject, outcome in after.items()
        if subject != "flagged"
        and outcome not in ("allow", "exempted")
        and not (subject == "requires_approval_above" and asks)
    }


def kilograms(grams: int) -> str:
    """As verdicts write them: without trailing zeros."""
    text = f"{Decimal(grams).scaleb(-3):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
