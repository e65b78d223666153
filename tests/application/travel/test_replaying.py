"""Whatever a company does, is its history worth the same verdicts and the same budgets when it is read again?"""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from application.kernel.handlers import Handlers
from application.travel import approvals, budgets, policies, trips, violations
from application.travel.approvals import ApproveTrip, RejectTrip
from application.travel.budgets import SetBudget
from application.travel.policies import SetPolicy
from application.travel.trips import AddFlight, BookTrip, CancelTrip, PlanTrip, SubmitTrip
from domain.kernel.refusals import Refusal
from domain.travel.budgets import Budgets, budgets_id
from domain.travel.trip import Trip
from domain.travel.trip_events import TripBooked, TripCancelled, TripSubmitted
from tests.kit.builders import NOW, TENANT, TRAVELLER
from tests.kit.memory import House

HANDLERS: Handlers = {
    **trips.HANDLERS,
    **approvals.HANDLERS,
    **policies.HANDLERS,
    **violations.HANDLERS,
    **budgets.HANDLERS,
}
OUTCOMES = st.sampled_from(["allow", "warn", "require_approval", "block"])
CAP = 100_000

flights = st.builds(
    lambda cents, currency, day, cabin: {
        "origin": "CDG",
        "destination": "JFK",
        "cabin": cabin,
        "departs_at": f"2030-05-{day:02}T08:00:00Z",
        "price": {"amount_minor": cents, "currency": currency},
    },
    st.integers(0, 60_000),
    st.sampled_from(["EUR", "USD", "JPY"]),
    st.integers(1, 4),
    st.sampled_from(["economy", "business"]),
)
trip_numbers = st.integers(0, 3)
steps = st.one_of(
    st.tuples(st.just("plan"), trip_numbers, flights),
    st.tuples(st.just("add"), trip_numbers, flights),
    st.tuples(st.sampled_from(["submit", "approve", "reject", "book", "cancel"]), trip_numbers, st.none()),
    st.tuples(st.just("policy"), st.integers(0, 80_000), st.tuples(OUTCOMES, OUTCOMES)),
    st.tuples(st.just("budget"), st.integers(0, CAP), OUTCOMES),
)


def command_of(kind: str, number: int, fact: Any, planned: dict[int, UUID]) -> Any:
    """The order a step stands for; None where it needs a trip that is not planned."""
    trip_id = planned.get(number)
    match kind:
        case "plan":
            segments = [{"kind": "flight", **fact}]
            return PlanTrip.model_validate(
                {"traveller_id": str(TRAVELLER), "purpose": "X", "segments": segments}
            )
        case "policy":
            outcomes = {"max_daily_budget_eur": fact[0], "max_flight_class": fact[1]}
            rules = {"name": "P", "max_flight_class": "economy", "max_daily_budget_eur": number / 100}
            return SetPolicy.model_validate({**rules, "outcomes": outcomes, "advance_booking_days": None})
        case "budget":
            facts = {"year": 2030, "owner": "tenant", "unit": "EUR", "amount": number, "outcome": fact}
            return SetBudget.model_validate(facts)
    if trip_id is None:
        return None
    return {
        "add": lambda: AddFlight.model_validate({"trip_id": str(trip_id), **fact}),
        "submit": lambda: SubmitTrip(trip_id=trip_id),
        "approve": lambda: ApproveTrip(trip_id=trip_id),
        "reject": lambda: RejectTrip(trip_id=trip_id, reason="X"),
        "book": lambda: BookTrip(trip_id=trip_id),
        "cancel": lambda: CancelTrip(trip_id=trip_id, reason="X"),
    }[kind]()


def lived(story: list[Any]) -> tuple[House, dict[int, UUID], list[tuple[str, Any]]]:
    """A company that has done all this, and what each step was answered."""
    house, planned, answers = House(HANDLERS), dict[int, UUID](), list[tuple[str, Any]]()
    for at, (kind, number, fact) in enumerate(story):
        command = command_of(kind, number, fact, planned)
        if command is None:
            continue
        try:
            saved = house.execute(command, at=NOW + timedelta(minutes=at), key=str(at))
            answers.append(("done", saved.version))
            if kind == "plan":
                planned[number] = saved.stream_id
        except Refusal as refusal:
            answers.append((refusal.code(), None))
    return house, planned, answers


def verdicts(house: House) -> list[Any]:
    return [
        event.verdict.model_dump() if event.verdict else None
        for event in house.store.events
        if isinstance(event, TripSubmitted | TripBooked)
    ]


@settings(max_examples=150, deadline=None)
@given(story=st.lists(steps, min_size=5, max_size=40))
def test_replaying_gives_equal_verdicts_and_equal_budgets(story: list[Any]) -> None:
    house, planned, answers = lived(story)
    again, _, answered = lived(story)
    assert (verdicts(again), answered, again.store.units) == (verdicts(house), answers, house.store.units)

    # The claims are what the events say, and a sum of their own over bookings and cancellations says the same.
    folded: dict[Any, int] = {}
    standing: Counter[int] = Counter()
    for trip_id in set(planned.values()) | {
        event.originator_id for event in house.store.events if isinstance(event, TripBooked)
    }:
        trip, booked = Trip.new(trip_id), 0
        for event in house.store.history(trip_id):
            claims = trip.claims(event)
            for release in claims.released:
                folded.pop((release.kind, release.key, release.holder), None)
            folded |= {(one.kind, one.key, one.holder): one.units for one in claims.taken}
            trip.apply(event)
            match event:
                case TripBooked():
                    booked = sum(share.eur_cents for line in event.lines for share in line.shares)
                case TripCancelled():
                    booked = 0
        standing[2030] += booked
    assert folded == house.store.units
    taken = sum(
        units for (kind, key, _), units in house.store.units.items() if (kind, key) == ("spend-year", "2030")
    )
    assert taken == standing[2030]


@settings(max_examples=100, deadline=None)
@given(story=st.lists(steps, min_size=5, max_size=40), cap=st.integers(0, CAP))
def test_a_budget_that_blocks_from_the_start_is_never_exceeded(story: list[Any], cap: int) -> None:
    others = [step for step in story if step[0] != "budget"]
    house, _, _ = lived([("budget", cap, "block"), *others])
    book = house.store.read(Budgets, budgets_id(TENANT, 2030))
    assert book is not None
    taken = sum(
        units for (kind, key, _), units in house.store.units.items() if (kind, key) == ("spend-year", "2030")
    )
    assert taken <= cap
