"""What does a plan of the platform include?"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from domain.kernel.personal import Impersonal
from domain.kernel.refusals import RuleBroken


class Plan(StrEnum):
    """The three plans of the white-label suite."""

    STARTER = "starter"
    BUSINESS = "business"
    ENTERPRISE_PLUS = "enterprise_plus"


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """In alphabetical order without repeats, so that equal sets are equal facts."""
    return tuple(sorted(set(values)))


ModuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$"), Impersonal()]
Modules = Annotated[tuple[ModuleName, ...], Field(max_length=60), AfterValidator(_each_once)]

# NUMERIC(6,5): a share of time, 0.9995 at best by contract.
SlaLevel = Annotated[Decimal, Field(gt=0, le=1, max_digits=6, decimal_places=5)]

# Calls per day; None is unlimited.
ApiQuota = Annotated[int, Field(strict=True, ge=1, le=10**9)]


@dataclass(frozen=True)
class PlanTerms:
    """What the price list promises; None is unlimited. Employees are members who may take part."""

    sla_level: Decimal
    api_quota_daily: int | None
    module_limit: int | None
    employee_limit: int | None
    webhook_endpoint_limit: int


TERMS: Mapping[Plan, PlanTerms] = {
    Plan.STARTER: PlanTerms(
        sla_level=Decimal("0.995"),
        api_quota_daily=50_000,
        module_limit=3,
        employee_limit=500,
        webhook_endpoint_limit=5,
    ),
    Plan.BUSINESS: PlanTerms(
        sla_level=Decimal("0.999"),
        api_quota_daily=500_000,
        module_limit=None,
        employee_limit=5_000,
        webhook_endpoint_limit=20,
    ),
    Plan.ENTERPRISE_PLUS: PlanTerms(
        sla_level=Decimal("0.9995"),
        api_quota_daily=None,
        module_limit=None,
        employee_limit=None,
        webhook_endpoint_limit=50,
    ),
}


class ModuleLimitExceeded(RuleBroken):
    """The plan does not include that many modules."""


def refuse_too_many_modules(plan: Plan, modules: tuple[str, ...]) -> None:
    """The starter plan ends at three modules."""
    limit = TERMS[plan].module_limit
    if limit is not None and len(modules) > limit:
        raise ModuleLimitExceeded(plan=plan.value, limit=limit, asked=len(modules))
