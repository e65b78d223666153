"""How does a company come to a history of travel of its own? By a seed, through the commands its people give.

The same seed gives the same wishes; what becomes of them is up to the house: a trip may be refused, be asked
about, approved, booked, changed in price by the day's rates, or cancelled.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID, uuid5

from adapters.bootstrap import House
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.platform.members import InviteMember
from application.travel.approvals import ApproveTrip
from application.travel.budgets import SetBudget
from application.travel.policies import SetPolicy
from application.travel.travellers import AssignTraveller
from application.travel.trips import BookTrip, CancelTrip, PlanTrip, SubmitTrip
from application.travel.units import OpenUnit
from application.travel.violations import AcknowledgeViolation, ExemptViolation
from domain.kernel.refusals import Refusal
from domain.platform.roles import Role
from domain.travel.itinerary import Cabin
from domain.travel.policy import Outcomes
from domain.travel.rule import Outcome
from domain.travel.unit import UnitKind
from tests.kit.house import Company, Founder

BEGINNING = datetime(2025, 2, 3, 9, 0, tzinfo=UTC)
LENGTH_DAYS = 500
SUPPLIERS = ("Air Example", "Rail Example", "Harbour Inn", "Élan Voyages", None)
AIRPORTS = ("CDG", "JFK", "NCE", "FRA", "SIN", "LHR")
CITIES = (
    ("FR", "Lyon", "Europe/Paris"),
    ("US", "New York", "America/New_York"),
    ("SG", "Singapore", "Asia/Singapore"),
)
CURRENCIES = ("EUR", "EUR", "USD", "GBP", "JPY")
OUTCOMES = (*Outcome, Outcome.WARN, Outcome.BLOCK)


@dataclass
class Travelling:
    """A company whose people travel; every order is given at a moment of its own history."""

    house: House
    company: Company
    random: Random
    now: datetime = BEGINNING
    travellers: list[UUID] = field(default_factory=list)
    departments: list[UUID] = field(default_factory=list)
    cost_centres: list[UUID] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    given: int = 0

    def give(self, command: Command) -> UUID | None:
        """The stream an order changed; None if it was refused."""
        self.given += 1
        self.now += timedelta(minutes=self.random.randint(1, 90))
        order_id = CommandId(
            uuid5(self.company.id, f"travels:{self.given}"), sha256(repr(command).encode()).digest()
        )
        actor = Actor(id=self.company.manager.id, kind="member")
        try:
            answer = self.house.execute(
                Order(self.company.id, command, actor, order_id, at=self.now, source="import")
            )
        except Refusal as refusal:
            self.refusals.append(type(refusal).__name__)
            return None
        return answer.saved.stream_id


def travelling_company(founder: Founder, slug: str, *, seed: int, trips: int = 12) -> Travelling:
    """A company with units, budgets, a policy or none, and that many trips of every fate."""
    travelling = Travelling(founder.house, founder.company(slug), Random(seed))
    _settle(travelling)
    adopts_after = travelling.random.choice((0, 0, 0, trips // 2, trips))
    for number in range(trips):
        if number == trips // 3:
            _budget(travelling)  # before it, nobody judges the trips of a company without a policy
        if number == adopts_after:
            travelling.give(_policy(travelling.random))
        _live(travelling)
        travelling.now += timedelta(days=LENGTH_DAYS / trips)
    settle_down(travelling)
    _answer_violations(travelling)
    settle_down(travelling)
    return travelling


def settle_down(travelling: Travelling) -> None:
    """Processes and read models come to the head of the log."""
    jobs, tenant_id = travelling.house.jobs, travelling.company.id
    for _ in range(2):
        assert jobs.processes.drain(tenant_id)
        assert jobs.projections.drain(tenant_id)


def _settle(travelling: Travelling) -> None:
    random = travelling.random
    travelling.travellers = [travelling.company.traveller.id]
    for number in range(random.randint(0, 3)):
        invited = InviteMember(
            email=f"traveller-{number}@{travelling.company.slug}.example.com",
            display_name=f"Traveller {number}",
            roles=(Role.TRAVELLER,),
        )
        travelling.travellers += _made(travelling, invited)
    for number in range(random.randint(0, 3)):
        opened = OpenUnit(kind=UnitKind.DEPARTMENT, code=f"D{number}", name=f"Department {number}")
        travelling.departments += _made(travelling, opened)
    for number in range(random.randint(0, 2)):
        opened = OpenUnit(kind=UnitKind.COST_CENTRE, code=f"C{number}", name=f"Cost centre {number}")
        travelling.cost_centres += _made(travelling, opened)
    for traveller in travelling.travellers:
        if random.random() < 0.6:
            department = random.choice([None, *travelling.departments])
            travelling.give(AssignTraveller(member_id=traveller, department_id=department))


def _budget(travelling: Travelling) -> None:
    random = travelling.random
    for year in (2025, 2026):
        travelling.give(
            SetBudget(year=year, owner="tenant", unit="EUR", amount=random.randint(2, 20) * 100_000)
        )
        travelling.give(
            SetBudget(year=year, owner="tenant", unit="kg", amount=random.randint(1, 9) * 1_000_000)
        )
        for department in travelling.departments:
            amount = random.randint(1, 8) * 100_000
            travelling.give(
                SetBudget(
                    year=year,
                    owner="department",
                    owner_id=department,
                    unit="EUR",
                    amount=amount,
                    outcome=random.choice(OUTCOMES),
                )
            )


def _live(travelling: Travelling) -> None:
    """One trip, as far as it comes."""
    random = travelling.random
    trip_id = travelling.give(
        PlanTrip(
            traveller_id=random.choice(travelling.travellers),
            purpose="Client visit",
            department_id=random.choice([None, *travelling.departments]),
            cost_centre_id=random.choice([None, *travelling.cost_centres]),
            segments=tuple(_segments(random, travelling.now + timedelta(days=random.randint(3, 45)))),
        )
    )
    if trip_id is None or random.random() < 0.1:
        return
    if random.random() < 0.6:
        travelling.give(SubmitTrip(trip_id=trip_id))
        travelling.give(ApproveTrip(trip_id=trip_id))
    if random.random() < 0.9:
        travelling.give(BookTrip(trip_id=trip_id))
    if random.random() < 0.25:
        travelling.give(CancelTrip(trip_id=trip_id, reason="The meeting was moved."))


def _segments(random: Random, departs: datetime) -> Iterator[dict[str, Any]]:
    for _ in range(random.randint(1, 3)):
        yield random.choice((_flight, _flight, _stay, _leg))(random, departs)
        departs += timedelta(days=random.randint(1, 12), hours=random.randint(0, 20))


def _flight(random: Random, departs: datetime) -> dict[str, Any]:
    origin, destination = random.sample(AIRPORTS, 2)
    return {
        "kind": "flight",
        "origin": origin,
        "destination": destination,
        "cabin": random.choice(list(Cabin)),
        "departs_at": departs,
        "supplier": random.choice(SUPPLIERS),
        "price": _price(random),
    }


def _stay(random: Random, departs: datetime) -> dict[str, Any]:
    country, city, zone = random.choice(CITIES)
    check_in: date = departs.date()
    return {
        "kind": "hotel",
        "country": country,
        "city": city,
        "name": "Harbour Inn",
        "stars": random.choice((None, Decimal(3), Decimal(5))),
        "check_in": check_in,
        "check_out": check_in + timedelta(days=random.randint(1, 11)),
        "time_zone": zone,
        "supplier": random.choice(SUPPLIERS),
        "price": _price(random),
    }


def _leg(random: Random, departs: datetime) -> dict[str, Any]:
    return {
        "kind": "ground",
        "mode": random.choice(("rail", "taxi", "ferry")),
        "origin": "Paris",
        "destination": "Lyon",
        "distance_km": Decimal(427),
        "departs_at": departs,
        "time_zone": "Europe/Paris",
        "supplier": random.choice(SUPPLIERS),
        "price": _price(random),
    }


def _price(random: Random) -> dict[str, Any]:
    return {"amount_minor": random.randint(0, 150_001), "currency": random.choice(CURRENCIES)}


def _policy(random: Random) -> SetPolicy:
    return SetPolicy(
        name="Generated",
        max_flight_class=random.choice((None, Cabin.ECONOMY, Cabin.BUSINESS)),
        max_hotel_stars=random.choice((None, 4)),
        max_daily_budget_eur=random.choice((None, Decimal(300))),
        advance_booking_days=random.choice((None, 7, 21)),
        requires_approval_above=random.choice((None, Decimal(900))),
        outcomes=Outcomes(
            max_flight_class=random.choice(OUTCOMES),
            max_hotel_stars=random.choice(OUTCOMES),
            advance_booking_days=random.choice(OUTCOMES),
        ),
    )


def _answer_violations(travelling: Travelling) -> None:
    with travelling.house.reading(travelling.company.id) as sql:
        found = sql.rows(
            "select violation_id from read.violation where tenant_id = %(tenant_id)s order by position limit 100"
        )
    for row in found:
        match travelling.random.randint(0, 2):
            case 0:
                travelling.give(AcknowledgeViolation(violation_id=row["violation_id"], comment="Seen"))
            case 1:
                travelling.give(ExemptViolation(violation_id=row["violation_id"], reason="No other way"))
            case _:
                pass


def _made(travelling: Travelling, command: Command) -> list[UUID]:
    made = travelling.give(command)
    return [] if made is None else [made]
