"""Which travel rules has a company given itself?"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.money import Cents
from domain.kernel.text import Title
from domain.travel.itinerary import Cabin, not_a_boolean

MaxStars = Annotated[int, Field(strict=True, ge=0, le=5)]
AdvanceDays = Annotated[int, Field(strict=True, ge=0, le=365)]
CarbonBudget = Annotated[
    Decimal, BeforeValidator(not_a_boolean), Field(ge=0, le=10**9, decimal_places=3, max_digits=13)
]


class PolicyRules(BaseModel):
    """The whole set of rules. A limit that is None does not limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Title
    max_flight_class: Cabin | None = None
    max_hotel_stars: MaxStars | None = 4
    max_daily_budget_eur_cents: Cents | None = None
    advance_booking_days: AdvanceDays | None = 14
    carbon_budget_kg_year: CarbonBudget | None = None
    requires_approval_above_eur_cents: Cents | None = None
    auto_flag_violations: StrictBool = True
    is_active: StrictBool = True


class PolicyInForce(BaseModel):
    """The rules a decision is judged by, with the version that will be named for ever after."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy_id: UUID
    policy_version: int
    rules: PolicyRules


class PolicyAdopted(DomainEvent):
    """The company gave itself its first travel policy."""

    TOPIC: ClassVar[str] = "policy.adopted.v1"

    rules: PolicyRules
    policy_version: int


class PolicyRevised(DomainEvent):
    """The company changed its travel policy; past verdicts stand."""

    TOPIC: ClassVar[str] = "policy.revised.v1"

    rules: PolicyRules
    policy_version: int


PolicyEvent = PolicyAdopted | PolicyRevised


def default_policy_id(tenant_id: UUID) -> UUID:
    """The one policy stream every tenant has."""
    return uuid5(tenant_id, "policy:default")


class Policy(Aggregate):
    """The travel policy of one company, version after version."""

    CATEGORY: ClassVar[str] = "policy"

    rules: PolicyRules | None = None
    policy_version: int = 0

    def adopt(self, rules: PolicyRules, *, at: datetime) -> None:
        """Puts the rules in force, as the first version or the next one."""
        if rules == self.rules:
            return
        event_class = PolicyAdopted if self.rules is None else PolicyRevised
        self.record(event_class, at=at, rules=rules, policy_version=self.policy_version + 1)

    def in_force(self) -> PolicyInForce | None:
        """The rules to judge by; None while the policy is switched off."""
        if self.rules is None or not self.rules.is_active:
            return None
        return PolicyInForce(policy_id=self.id, policy_version=self.policy_version, rules=self.rules)

    def evolve(self, event: PolicyEvent) -> None:
        match event:
            case PolicyAdopted() | PolicyRevised():
                self.rules = event.rules
                self.policy_version = event.policy_version
            case _:
                assert_never(event)
