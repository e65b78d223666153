"""Into which parts do the demo companies divide themselves, and what have they set apart?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from application.kernel.command import Command
from application.travel.budgets import SetBudget
from application.travel.policies import SetPolicy
from application.travel.travellers import AssignTraveller
from application.travel.units import OpenUnit
from domain.travel.budgets import BudgetOwner
from domain.travel.itinerary import Cabin
from domain.travel.policy import Outcomes
from domain.travel.rule import Outcome
from domain.travel.unit import UnitKind

DEPARTMENTS = (("VTE", "Ventes"), ("TEC", "Technique"), ("DIR", "Direction générale"))
COST_CENTRES = (("4100", "Clients"), ("4200", "Projets internes"))
SEMINAR = ("4900", "Séminaire annuel")
SEMINAR_EUR_CENTS = 250_000
EXECUTIVES = ("CADRES", "Cadres dirigeants")
EXECUTIVES_COUNT = 3
# As far as the history and its bookings may reach from its first day.
SPAN = timedelta(days=180)

EXECUTIVES_POLICY = SetPolicy(
    name="Cadres dirigeants",
    max_flight_class=Cabin.BUSINESS,
    max_hotel_stars=5,
    advance_booking_days=3,
    requires_approval_above=Decimal(8_000),
    outcomes=Outcomes(max_flight_class=Outcome.REQUIRE_APPROVAL),
)


@dataclass(frozen=True)
class DemoOrder:
    """One order that founds a company, under the name its id follows from."""

    name: str
    command: Command


def unit_id(tenant_id: UUID, code: str) -> UUID:
    """The id the handler gives to the unit that the order `unit <code>` opens."""
    return uuid5(tenant_id, f"unit:{uuid5(tenant_id, f'demo:unit {code}')}")


def accounts_of(
    tenant_id: UUID,
    *,
    owner_id: UUID,
    manager_id: UUID,
    traveller_ids: tuple[UUID, ...],
    founded_at: datetime,
) -> Iterator[DemoOrder]:
    """Units, the executives' own policy, who belongs where under which approver, budgets of each year."""

    def unit(code: str) -> UUID:
        return unit_id(tenant_id, code)

    for kind, units in (
        (UnitKind.DEPARTMENT, DEPARTMENTS),
        (UnitKind.COST_CENTRE, (*COST_CENTRES, SEMINAR)),
        (UnitKind.TRAVELLER_GROUP, (EXECUTIVES,)),
    ):
        for code, name in units:
            yield DemoOrder(f"unit {code}", OpenUnit(kind=kind, code=code, name=name))
    group = EXECUTIVES_POLICY.model_copy(update={"group_id": unit(EXECUTIVES[0])})
    yield DemoOrder("policy executives", group)
    for number, traveller in enumerate(traveller_ids):
        # The first one is who signs in to the demo; the last ones are executives.
        is_executive = number >= len(traveller_ids) - EXECUTIVES_COUNT
        department = DEPARTMENTS[2] if is_executive else DEPARTMENTS[number % 2]
        yield DemoOrder(
            f"assign {number}",
            AssignTraveller(
                member_id=traveller,
                department_id=unit(department[0]),
                cost_centre_id=unit(COST_CENTRES[number % 2][0]),
                group_id=unit(EXECUTIVES[0]) if is_executive else None,
                approver_id=manager_id,
            ),
        )
    yield DemoOrder("assign manager", AssignTraveller(member_id=manager_id, approver_id=owner_id))
    for year in sorted({founded_at.year, (founded_at + SPAN).year}):
        yield from _budgets(year, unit)


def _budgets(year: int, unit: Callable[[str], UUID]) -> Iterator[DemoOrder]:
    def budget(
        code: str | None, owner: BudgetOwner, unit_of: str, amount: int, outcome: Outcome = Outcome.WARN
    ) -> DemoOrder:
        owner_id = None if code is None else unit(code)
        facts = {"year": year, "owner": owner, "owner_id": owner_id, "unit": unit_of, "amount": amount}
        command = SetBudget.model_validate({**facts, "outcome": outcome})
        return DemoOrder(f"budget {year} {code or owner} {unit_of}", command)

    yield budget(None, "tenant", "EUR", 600_000_00)
    yield budget(None, "tenant", "kg", 400_000_000)
    yield budget("VTE", "department", "EUR", 300_000_00)
    yield budget("TEC", "department", "EUR", 300_000_00)
    yield budget(SEMINAR[0], "cost_centre", "EUR", SEMINAR_EUR_CENTS, Outcome.BLOCK)
