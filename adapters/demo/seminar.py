"""What happens when a budget that blocks is used up? Three journeys to one seminar."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from adapters.demo.accounts import DEPARTMENTS, SEMINAR, SEMINAR_EUR_CENTS, unit_id
from adapters.demo.companies import OpenCompany
from adapters.demo.orders import DatedOrder, trip_id_of
from application.travel.segments import InitialGround
from application.travel.trips import BookTrip, PlanTrip, SubmitTrip
from application.travel.violations import ExemptViolation, FlagViolation
from domain.kernel.money import Money
from domain.travel.allocation import Allocation
from domain.travel.itinerary import GroundMode
from domain.travel.policy import default_policy_id
from domain.travel.rule import Outcome, Rule
from domain.travel.verdict import BrokenRule
from domain.travel.violation import violation_id

FARE_EUR_CENTS = 180_000
BEGAN = timedelta(weeks=8)
AHEAD = timedelta(days=12)


def seminar_of(company: OpenCompany, today: date) -> Iterator[DatedOrder]:
    """The first journey takes most of the budget; the second is blocked; for the third someone answers."""
    began = datetime.combine(today - BEGAN, time(7), UTC)
    departs_at = began + AHEAD
    for number, traveller in enumerate(company.traveller_ids[:3]):
        name, at = f"seminar {number}", began + timedelta(hours=number)
        trip_id = trip_id_of(company.tenant_id, name)
        yield DatedOrder(at, name, _plan(company.tenant_id, traveller, departs_at), traveller)
        submit = SubmitTrip(trip_id=trip_id)
        yield DatedOrder(at + timedelta(minutes=1), f"{name} submit", submit, traveller, name)
        if number == 2:
            yield from _exception(company, trip_id, traveller, departs_at.date(), at + timedelta(minutes=2))
        book = BookTrip(trip_id=trip_id)
        yield DatedOrder(at + timedelta(minutes=30), f"{name} book", book, traveller, f"{name} submit")


def _plan(tenant_id: UUID, traveller: UUID, departs_at: datetime) -> PlanTrip:
    coach = InitialGround.model_validate(
        {
            "kind": "ground",
            "mode": GroundMode.COACH,
            "origin": "Paris",
            "destination": "Annecy",
            "distance_km": 540,
            "departs_at": departs_at,
            "time_zone": "Europe/Paris",
            "supplier": "Cars des Alpes",
            "price": Money(amount_minor=FARE_EUR_CENTS, currency="EUR"),
        }
    )
    return PlanTrip(
        traveller_id=traveller,
        purpose="Séminaire annuel",
        cost_centre_id=unit_id(tenant_id, SEMINAR[0]),
        segments=(coach,),
    )


def _exception(
    company: OpenCompany, trip_id: UUID, traveller: UUID, starts_on: date, at: datetime
) -> Iterator[DatedOrder]:
    """The violation, then the exception for what was observed: this fare on top of the first one."""
    cost_centre = unit_id(company.tenant_id, SEMINAR[0])
    broken = BrokenRule(
        rule=Rule.BUDGET,
        observed=_euros(2 * FARE_EUR_CENTS),
        limit=_euros(SEMINAR_EUR_CENTS),
        unit="EUR",
        period=str(starts_on.year),
        scope=f"cost_centre:{cost_centre}",
        outcome=Outcome.BLOCK,
    )
    # A process flags it as well, with the same facts, in its own time; the history waits for no worker.
    flag = FlagViolation(
        trip_id=trip_id,
        traveller_id=traveller,
        broken=broken,
        policy_id=default_policy_id(company.tenant_id),
        policy_version=1,
        stage="submitted",
        alert=True,
        starts_on=starts_on,
        allocation=Allocation(
            department_id=unit_id(company.tenant_id, DEPARTMENTS[0][0]), cost_centre_id=cost_centre
        ),
    )
    flagged = violation_id(trip_id, policy_version=1, subject=broken.subject)
    exempt = ExemptViolation(violation_id=flagged, reason="Intervenante invitée par la direction")
    yield DatedOrder(at, "seminar 2 flag", flag, company.manager_id)
    yield DatedOrder(at + timedelta(minutes=1), "seminar 2 exempt", exempt, company.manager_id)


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
