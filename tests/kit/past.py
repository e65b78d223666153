"""How does a company come to a past that nobody invented? Random orders, served by the real handlers in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st

from application.kernel.command import Command
from application.kernel.handlers import Handlers
from application.ports.directory import Person
from application.travel import (
    approvals,
    budgets,
    policies,
    policy_trials,
    travellers,
    trips,
    units,
    violations,
)
from application.travel.approvals import ApproveTrip
from application.travel.budgets import SetBudget
from application.travel.policies import SetPolicy
from application.travel.travellers import AssignTraveller
from application.travel.trips import BookTrip, CancelTrip, CompleteTrip, PlanTrip, RemoveSegment, SubmitTrip
from application.travel.units import OpenUnit
from application.travel.violations import ExemptViolation, FlagViolation
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Refusal
from domain.travel.trip import Trip
from domain.travel.unit import UnitKind
from tests.kit.builders import MANAGER, TENANT
from tests.kit.memory import House

HANDLERS: Handlers = {
    **approvals.HANDLERS,
    **budgets.HANDLERS,
    **policies.HANDLERS,
    **policy_trials.HANDLERS,
    **travellers.HANDLERS,
    **trips.HANDLERS,
    **units.HANDLERS,
    **violations.HANDLERS,
}
START = datetime(2030, 11, 1, 9, 0, tzinfo=UTC)
TRAVELLERS = tuple(uuid5(TENANT, f"traveller {number}") for number in range(3))
HOURS_BETWEEN_ORDERS = 5
Step = tuple[str, dict[str, Any]]

OUTCOMES = st.sampled_from(["warn", "allow", "require_approval", "block"])
OUTCOMES_OF_RULES = st.fixed_dictionaries(
    {},
    optional={
        "max_flight_class": OUTCOMES,
        "max_hotel_stars": OUTCOMES,
        "max_daily_budget_eur": OUTCOMES,
        "advance_booking_days": OUTCOMES,
        "carbon_budget_kg_year": OUTCOMES,
        "requires_approval_above": OUTCOMES,
    },
)
RULES = st.fixed_dictionaries(
    {
        "name": st.just("Rules"),
        "max_flight_class": st.sampled_from([None, "economy", "business"]),
        "max_hotel_stars": st.sampled_from([None, 3, 4]),
        "max_daily_budget_eur": st.sampled_from([None, 300, 500, 900]),
        "advance_booking_days": st.sampled_from([None, 3, 14, 40]),
        "carbon_budget_kg_year": st.sampled_from([None, 700, 1_500, 3_000]),
        "requires_approval_above": st.sampled_from([None, 400, 800]),
        "auto_flag_violations": st.booleans(),
        "is_active": st.sampled_from([True, True, True, False]),
        "outcomes": OUTCOMES_OF_RULES,
        "carbon_budget_scope": st.sampled_from(["tenant", "department", "cost_centre", "traveller"]),
    }
)
SEGMENTS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "kind": st.just("flight"),
                "cabin": st.sampled_from(["economy", "business", "first"]),
                "price": st.sampled_from([10_000, 30_000, 45_000]),
                "in_days": st.sampled_from([9, 13, 15, 59, 61]),
            }
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("hotel"),
                "stars": st.sampled_from([None, 3, 4, 5]),
                "price": st.sampled_from([20_000, 50_001]),
                "in_days": st.sampled_from([9, 14, 15, 59]),
                "nights": st.integers(1, 4),
            }
        ),
    ),
    min_size=1,
    max_size=2,
)
TRIP = st.integers(0, 5)
PLANNING: st.SearchStrategy[Step] = st.tuples(
    st.just("plan"), st.fixed_dictionaries({"who": st.integers(0, 2), "segments": SEGMENTS})
)
BOOKING: st.SearchStrategy[Step] = st.tuples(
    st.sampled_from(["book", "go"]), st.fixed_dictionaries({"trip": TRIP})
)
TRAVELLING: st.SearchStrategy[Step] = st.one_of(
    PLANNING,
    BOOKING,
    BOOKING,
    st.tuples(
        st.sampled_from(["submit", "approve", "cancel", "complete", "exempt", "shorten"]),
        st.fixed_dictionaries({"trip": TRIP}),
    ),
    st.tuples(
        st.just("budget"),
        st.fixed_dictionaries(
            {
                "owner": st.sampled_from(["tenant", "department", "traveller"]),
                "unit": st.sampled_from(["EUR", "kg"]),
                "amount": st.sampled_from([500, 1_200, 2_000]),
                "outcome": OUTCOMES,
                "year": st.sampled_from([2030, 2031]),
            }
        ),
    ),
    st.tuples(st.just("assign"), st.fixed_dictionaries({"who": st.integers(0, 2), "group": st.booleans()})),
)
RULE_MAKING: st.SearchStrategy[Step] = st.tuples(
    st.just("policy"), st.fixed_dictionaries({"group": st.booleans(), "rules": RULES})
)


class Company:
    """One company in memory, with a department, a cost centre and a group of travellers."""

    def __init__(self) -> None:
        self.house = House(HANDLERS)
        self.at = START
        self.trips: list[UUID] = []
        for who in TRAVELLERS:
            self.house.directory.people[who] = Person(who, is_active=True, roles=frozenset({"traveller"}))
        self.department = self._unit(UnitKind.DEPARTMENT)
        self.cost_centre = self._unit(UnitKind.COST_CENTRE)
        self.group = self._unit(UnitKind.TRAVELLER_GROUP)

    @property
    def past(self) -> list[DomainEvent]:
        """Everything that happened, in the order of the log."""
        return self.house.store.events

    def live_through(self, steps: list[Step]) -> "Company":
        """Gives the orders one after the other; refused ones leave no event, as in life."""
        for kind, facts in steps:
            self.at += timedelta(hours=HOURS_BETWEEN_ORDERS)
            getattr(self, f"_{kind}")(**facts)
        return self

    def _do(self, command: Command, by: UUID = MANAGER) -> UUID | None:
        try:
            return self.house.execute(command, by=by, at=self.at).stream_id
        except Refusal:
            return None

    def _unit(self, kind: UnitKind) -> UUID:
        unit_id = self._do(OpenUnit(kind=kind, code=kind.value, name=kind.value))
        assert unit_id is not None
        return unit_id

    def _policy(self, *, group: bool, rules: dict[str, Any]) -> None:
        self._do(SetPolicy(**rules, group_id=self.group if group else None))

    def _budget(self, *, owner: str, unit: str, amount: int, outcome: str, year: int) -> None:
        owner_id = {"tenant": None, "department": self.department, "traveller": TRAVELLERS[0]}[owner]
        self._do(
            SetBudget.model_validate(
                {
                    "year": year,
                    "owner": owner,
                    "owner_id": owner_id,
                    "unit": unit,
                    "amount": amount * (100 if unit == "EUR" else 1_000),
                    "outcome": outcome,
                }
            )
        )

    def _assign(self, *, who: int, group: bool) -> None:
        self._do(
            AssignTraveller(
                member_id=TRAVELLERS[who],
                department_id=self.department,
                cost_centre_id=self.cost_centre,
                group_id=self.group if group else None,
                approver_id=None,
            )
        )

    def _plan(self, *, who: int, segments: list[dict[str, Any]]) -> None:
        body = {
            "traveller_id": TRAVELLERS[who],
            "purpose": "Visit",
            "segments": [self._segment(**segment) for segment in segments],
        }
        planned = self._do(PlanTrip.model_validate(body))
        if planned is not None:
            self.trips.append(planned)

    def _segment(self, *, kind: str, price: int, in_days: int, **facts: Any) -> dict[str, Any]:
        day = START + timedelta(days=in_days)
        money = {"amount_minor": price, "currency": "EUR"}
        if kind == "flight":
            return {
                "kind": kind,
                "origin": "CDG",
                "destination": "JFK",
                "departs_at": day,
                "price": money,
                **facts,
            }
        nights = timedelta(days=facts.pop("nights"))
        return {
            "kind": kind,
            "country": "US",
            "city": "New York",
            "name": "Harbour Inn",
            "check_in": day.date(),
            "check_out": (day + nights).date(),
            "time_zone": "America/New_York",
            "price": money,
            **facts,
        }

    def _submit(self, *, trip: int) -> None:
        self._act(trip, lambda trip_id: SubmitTrip(trip_id=trip_id))

    def _approve(self, *, trip: int) -> None:
        self._act(trip, lambda trip_id: ApproveTrip(trip_id=trip_id))

    def _book(self, *, trip: int) -> None:
        self._act(trip, lambda trip_id: BookTrip(trip_id=trip_id))

    def _go(self, *, trip: int) -> None:
        """All the way: asked for, agreed to, booked."""
        self._submit(trip=trip)
        self._approve(trip=trip)
        self._book(trip=trip)

    def _cancel(self, *, trip: int) -> None:
        self._act(trip, lambda trip_id: CancelTrip(trip_id=trip_id, reason="Illness"))

    def _complete(self, *, trip: int) -> None:
        self.at += timedelta(days=4)
        self._act(trip, lambda trip_id: CompleteTrip(trip_id=trip_id))

    def _shorten(self, *, trip: int) -> None:
        if trip < len(self.trips):
            segments = self.house.store.load(Trip, self.trips[trip]).segments
            if len(segments) > 1:
                self._do(RemoveSegment(trip_id=self.trips[trip], segment_id=segments[0].segment_id))

    def _exempt(self, *, trip: int) -> None:
        """Somebody makes an exception of whatever the last verdict found."""
        verdict = self.house.store.load(Trip, self.trips[trip]).verdict if trip < len(self.trips) else None
        for broken in verdict.violations if verdict else ():
            assert verdict is not None
            flagged = self._do(
                FlagViolation(
                    trip_id=self.trips[trip],
                    traveller_id=self.house.store.load(Trip, self.trips[trip]).traveller_id,
                    broken=broken,
                    policy_id=verdict.policy_id,
                    policy_version=verdict.policy_version,
                    stage="submitted",
                    alert=True,
                    starts_on=START.date(),
                    allocation=self.house.store.load(Trip, self.trips[trip]).allocation,
                )
            )
            if flagged is not None:
                self._do(ExemptViolation(violation_id=flagged, reason="The only hotel"))

    def _act(self, trip: int, order: Any) -> None:
        if trip < len(self.trips):
            self._do(order(self.trips[trip]))
