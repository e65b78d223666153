"""How does a company set its travel policy?"""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StrictBool

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import require_unit
from domain.kernel.text import Title
from domain.travel.itinerary import Cabin, not_a_boolean
from domain.travel.policy import (
    AdvanceDays,
    ApprovalLevels,
    BudgetScope,
    CarbonBudget,
    DeadlineHours,
    MaxStars,
    Outcomes,
    Policy,
    PolicyRules,
    policy_id_of,
)
from domain.travel.unit import UnitKind

Euros = Annotated[
    Decimal, BeforeValidator(not_a_boolean), Field(ge=0, le=10**10, decimal_places=2, max_digits=13)
]


class SetPolicy(Command):
    """Put a whole set of rules in force, for everyone or for one group of travellers. A limit of null
    does not limit. A group whose policy is not active is judged by everyone's."""

    name: Title
    max_flight_class: Cabin | None = None
    max_hotel_stars: MaxStars | None = 4
    max_daily_budget_eur: Euros | None = None
    advance_booking_days: AdvanceDays | None = 14
    carbon_budget_kg_year: CarbonBudget | None = None
    requires_approval_above: Euros | None = None
    auto_flag_violations: StrictBool = True
    is_active: StrictBool = True
    outcomes: Outcomes = Outcomes()
    carbon_budget_scope: BudgetScope = "tenant"
    approval_levels: ApprovalLevels = 1
    approval_deadline_hours: DeadlineHours | None = None
    group_id: UUID | None = None


class AdoptFirstPolicy(Command):
    """Put the rules in force that a new company begins with, unless it has any."""


def set_policy(command: SetPolicy, context: Context) -> Saved:
    group_id = command.group_id
    policy_id = policy_id_of(context.tenant_id, group_id)
    rules = rules_from(command)

    def decide() -> tuple[Policy, ...]:
        require_unit(context, group_id, UnitKind.TRAVELLER_GROUP, pointer="/group_id")
        policy = context.store.read(Policy, policy_id) or Policy.new(policy_id)
        policy.adopt(rules, group_id=group_id, at=context.now)
        return (policy,)

    return context.store.save_all(decide)


def adopt_first_policy(command: AdoptFirstPolicy, context: Context) -> Saved:
    policy_id = policy_id_of(context.tenant_id, None)

    def decide() -> tuple[Policy, ...]:
        policy = context.store.read(Policy, policy_id) or Policy.new(policy_id)
        if not policy.version:
            policy.adopt(rules_from(SetPolicy(name="First policy")), group_id=None, at=context.now)
        return (policy,)

    return context.store.save_all(decide)


def rules_from(command: SetPolicy) -> PolicyRules:
    """The rules with their amounts in cents."""
    return PolicyRules(
        name=command.name,
        max_flight_class=command.max_flight_class,
        max_hotel_stars=command.max_hotel_stars,
        max_daily_budget_eur_cents=_cents(command.max_daily_budget_eur),
        advance_booking_days=command.advance_booking_days,
        carbon_budget_kg_year=command.carbon_budget_kg_year,
        requires_approval_above_eur_cents=_cents(command.requires_approval_above),
        auto_flag_violations=command.auto_flag_violations,
        is_active=command.is_active,
        outcomes=command.outcomes,
        carbon_budget_scope=command.carbon_budget_scope,
        approval_levels=command.approval_levels,
        approval_deadline_hours=command.approval_deadline_hours,
    )


def _cents(euros: Decimal | None) -> int | None:
    return None if euros is None else int(euros * 100)


HANDLERS: Handlers = {SetPolicy: set_policy, AdoptFirstPolicy: adopt_first_policy}
