"""What is a tenant entitled to, and how does it present itself?"""

from datetime import datetime
from decimal import Decimal
from typing import Self, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.text import Slug, Title
from domain.platform.plan import TERMS, ApiQuota, Modules, Plan, SlaLevel, refuse_too_many_modules
from domain.platform.registration import DomainName
from domain.platform.theme import PLAIN, Theme


class TenantOpened(DomainEvent):
    """A company's tenant was opened in its own partition."""

    TOPIC = "tenant.opened.v1"

    company_name: Title
    slug: Slug
    plan: Plan
    custom_domain: DomainName | None
    theme: Theme
    modules_enabled: Modules
    sla_level: SlaLevel
    api_quota_daily: ApiQuota | None
    owner_id: UUID


class TenantThemeChanged(DomainEvent):
    """The suite got another look; the whole theme as it is from now on."""

    TOPIC = "tenant.theme-changed.v1"

    theme: Theme


class TenantModulesChanged(DomainEvent):
    """Other modules are switched on; the whole list as it is from now on."""

    TOPIC = "tenant.modules-changed.v1"

    modules_enabled: Modules


class TenantPlanChanged(DomainEvent):
    """The company moved to another plan, with its service level and quota."""

    TOPIC = "tenant.plan-changed.v1"

    plan: Plan
    sla_level: SlaLevel
    api_quota_daily: ApiQuota | None


class Tenant(Aggregate):
    """One company in its own partition; the stream's id is the tenant's id."""

    CATEGORY = "tenant"

    company_name: Title
    slug: Slug
    plan: Plan
    custom_domain: DomainName | None = None
    theme: Theme = PLAIN
    modules_enabled: Modules = ()
    sla_level: SlaLevel
    api_quota_daily: ApiQuota | None = None
    owner_id: UUID
    opened_at: datetime

    @classmethod
    def open(
        cls,
        tenant_id: UUID,
        *,
        company_name: str,
        slug: str,
        plan: Plan,
        custom_domain: str | None,
        theme: Theme,
        modules_enabled: tuple[str, ...],
        sla_level: Decimal,
        api_quota_daily: int | None,
        owner_id: UUID,
        at: datetime,
    ) -> Self:
        """Opens the tenant as it was registered."""
        tenant = cls.new(tenant_id)
        tenant.record(
            TenantOpened,
            at=at,
            company_name=company_name,
            slug=slug,
            plan=plan,
            custom_domain=custom_domain,
            theme=theme,
            modules_enabled=modules_enabled,
            sla_level=sla_level,
            api_quota_daily=api_quota_daily,
            owner_id=owner_id,
        )
        return tenant

    def change_theme(self, patch: Theme, *, at: datetime) -> None:
        """Applies a JSON Merge Patch to the theme."""
        theme = self.theme.merged_with(patch)
        if theme == self.theme:
            return
        self.record(TenantThemeChanged, at=at, theme=theme)

    def change_modules(self, modules_enabled: tuple[str, ...], *, at: datetime) -> None:
        """Switches on exactly these modules, as many as the plan includes."""
        refuse_too_many_modules(self.plan, modules_enabled)
        if set(modules_enabled) == set(self.modules_enabled):
            return
        self.record(TenantModulesChanged, at=at, modules_enabled=modules_enabled)

    def change_plan(self, plan: Plan, *, at: datetime) -> None:
        """Moves to another plan; service level and quota become those of the plan."""
        if plan == self.plan:
            return
        refuse_too_many_modules(plan, self.modules_enabled)
        terms = TERMS[plan]
        self.record(
            TenantPlanChanged,
            at=at,
            plan=plan,
            sla_level=terms.sla_level,
            api_quota_daily=terms.api_quota_daily,
        )

    def evolve(self, event: "TenantEvent") -> None:
        match event:
            case TenantOpened():
                self.company_name = event.company_name
                self.slug = event.slug
                self.plan = event.plan
                self.custom_domain = event.custom_domain
                self.theme = event.theme
                self.modules_enabled = event.modules_enabled
                self.sla_level = event.sla_level
                self.api_quota_daily = event.api_quota_daily
                self.owner_id = event.owner_id
                self.opened_at = event.occurred_at
            case TenantThemeChanged():
                self.theme = event.theme
            case TenantModulesChanged():
                self.modules_enabled = event.modules_enabled
            case TenantPlanChanged():
                self.plan = event.plan
                self.sla_level = event.sla_level
                self.api_quota_daily = event.api_quota_daily
            case _:
                assert_never(event)


TenantEvent = TenantOpened | TenantThemeChanged | TenantModulesChanged | TenantPlanChanged
