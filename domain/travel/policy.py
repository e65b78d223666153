"""Which travel rules has a company given itself?"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, assert_never
from uuid import UUID, uuid5

from pydantic import BeforeValidator, Field, StrictBool

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.money import Cents
from domain.kernel.text import Title
from domain.kernel.value import Value
from domain.travel.itinerary import Cabin, not_a_boolean
from domain.travel.rule import Outcome, Rule

MaxStars = Annotated[int, Field(strict=True, ge=0, le=5)]
AdvanceDays = Annotated[int, Field(strict=True, ge=0, le=365)]
CarbonBudget = Annotated[
    Decimal, BeforeValidator(not_a_boolean), Field(ge=0, le=10**9, decimal_places=3, max_digits=13)
]


ApprovalLevels = Annotated[int, Field(strict=True, ge=1, le=5)]
DeadlineHours = Annotated[int, Field(strict=True, ge=1, le=24 * 90)]
# Whose emissions of a calendar year the carbon budget limits.
BudgetScope = Literal["tenant", "department", "cost_centre", "traveller"]


class Outcomes(Value):
    """What each broken rule leads to."""

    max_flight_class: Outcome = Outcome.WARN
    max_hotel_stars: Outcome = Outcome.WARN
    max_daily_budget_eur: Outcome = Outcome.WARN
    advance_booking_days: Outcome = Outcome.WARN
    carbon_budget_kg_year: Outcome = Outcome.WARN
    requires_approval_above: Outcome = Outcome.REQUIRE_APPROVAL

    def of(self, rule: Rule) -> Outcome:
        """The outcome of one rule of the policy."""
        outcome: Outcome = getattr(self, rule.value)
        return outcome


class PolicyRules(Value):
    """The whole set of rules. A limit that is None does not limit."""

    name: Title
    max_flight_class: Cabin | None = None
    max_hotel_stars: MaxStars | None = 4
    max_daily_budget_eur_cents: Cents | None = None
    advance_booking_days: AdvanceDays | None = 14
    carbon_budget_kg_year: CarbonBudget | None = None
    requires_approval_above_eur_cents: Cents | None = None
    auto_flag_violations: StrictBool = True
    is_active: StrictBool = True
    outcomes: Outcomes = Outcomes()
    carbon_budget_scope: BudgetScope = "tenant"
    approval_levels: ApprovalLevels = 1
    approval_deadline_hours: DeadlineHours | None = None


# Written out, so that a later change of a default does not reach back.
BEFORE_OUTCOMES: dict[str, Any] = {
    "outcomes": {
        "max_flight_class": "warn",
        "max_hotel_stars": "warn",
        "max_daily_budget_eur": "warn",
        "advance_booking_days": "warn",
        "carbon_budget_kg_year": "warn",
        "requires_approval_above": "require_approval",
    },
    "carbon_budget_scope": "tenant",
    "approval_levels": 1,
    "approval_deadline_hours": None,
}


class PolicyInForce(Value):
    """The rules a decision is judged by, with the version that will be named for ever after."""

    policy_id: UUID
    policy_version: int
    rules: PolicyRules


def _warning_only(payload: Payload) -> Payload:
    """Before outcomes could be chosen, a broken rule was flagged and a high price asked for approval."""
    return payload | {"group_id": None, "rules": payload["rules"] | BEFORE_OUTCOMES}


class PolicyAdopted(DomainEvent):
    """The company gave itself, or one group of its travellers, a first travel policy."""

    TOPIC: ClassVar[str] = "policy.adopted.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"policy.adopted.v1": _warning_only}

    group_id: UUID | None = None

    rules: PolicyRules
    policy_version: int


class PolicyRevised(DomainEvent):
    """The company changed its travel policy; past verdicts stand."""

    TOPIC: ClassVar[str] = "policy.revised.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"policy.revised.v1": _warning_only}

    group_id: UUID | None = None

    rules: PolicyRules
    policy_version: int


PolicyEvent = PolicyAdopted | PolicyRevised


def default_policy_id(tenant_id: UUID) -> UUID:
    """The policy of everyone whose group has none of its own."""
    return uuid5(tenant_id, "policy:default")


def group_policy_id(tenant_id: UUID, group_id: UUID) -> UUID:
    """The policy of one group of travellers."""
    return uuid5(tenant_id, f"policy:group:{group_id}")


def policy_id_of(tenant_id: UUID, group_id: UUID | None) -> UUID:
    """The policy of one group, or of everyone without one."""
    return default_policy_id(tenant_id) if group_id is None else group_policy_id(tenant_id, group_id)


def budgets_alone(tenant_id: UUID) -> PolicyInForce:
    """No rules at all, for a company that has set amounts apart and given itself no policy.

    Version 0 is none that anyone adopted; a budget holds all the same.
    """
    rules = PolicyRules(name="Budgets", max_hotel_stars=None, advance_booking_days=None)
    return PolicyInForce(policy_id=default_policy_id(tenant_id), policy_version=0, rules=rules)


class Policy(Aggregate):
    """The travel policy of a company or of one group of its travellers, version after version."""

    CATEGORY: ClassVar[str] = "policy"
    SNAPSHOT_VERSION: ClassVar[int] = 2

    group_id: UUID | None = None
    rules: PolicyRules | None = None
    policy_version: int = 0

    def adopt(self, rules: PolicyRules, *, group_id: UUID | None = None, at: datetime) -> None:
        """Puts the rules in force, as the first version or the next one."""
        if rules == self.rules:
            return
        event_class = PolicyAdopted if self.rules is None else PolicyRevised
        self.record(
            event_class, at=at, group_id=group_id, rules=rules, policy_version=self.policy_version + 1
        )

    def in_force(self) -> PolicyInForce | None:
        """The rules to judge by; None while the policy is switched off."""
        if self.rules is None or not self.rules.is_active:
            return None
        return PolicyInForce(policy_id=self.id, policy_version=self.policy_version, rules=self.rules)

    def evolve(self, event: PolicyEvent) -> None:
        match event:
            case PolicyAdopted() | PolicyRevised():
                self.group_id = event.group_id
                self.rules = event.rules
                self.policy_version = event.policy_version
            case _:
                assert_never(event)
