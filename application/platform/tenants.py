"""How does a company get its tenant, and change how it looks?

A tenant is opened in three steps, each in one tenant and each safe to repeat: the platform
registers it, the new tenant opens itself, the platform notes that it is open. The door takes
all three at once; the process `tenant-opening` takes the rest if the door died in between.
"""

from typing import Any, Self
from uuid import UUID, uuid5

from pydantic import model_validator

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.kernel.pointing import pointing
from application.ports.store import Saved
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, Forbidden
from domain.kernel.text import EmailText, Line, Slug, Title
from domain.platform.member import SYSTEM, Member
from domain.platform.plan import TERMS, ApiQuota, ModuleLimitExceeded, Modules, Plan, SlaLevel
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import DomainName, Registration, SlugReserved
from domain.platform.roles import Role
from domain.platform.tenant import Tenant
from domain.platform.theme import PLAIN, Theme


class RegisterTenant(Command):
    """Register a company; what is left out follows its plan. In the platform's tenant."""

    company_name: Title
    slug: Slug
    plan: Plan
    custom_domain: DomainName | None = None
    theme: Theme = PLAIN
    modules_enabled: Modules = ()
    sla_level: SlaLevel | None = None
    api_quota_daily: ApiQuota | None = None
    owner_email: EmailText | None = None
    owner_name: Line | None = None

    @model_validator(mode="after")
    def names_the_owner_wholly(self) -> Self:
        if (self.owner_email is None) != (self.owner_name is None):
            raise ValueError("owner_email and owner_name go together")
        return self


class OpenTenant(Command):
    """Open the tenant in its own partition, with its first owner. In the new tenant."""

    company_name: Title
    slug: Slug
    plan: Plan
    custom_domain: DomainName | None = None
    theme: Theme = PLAIN
    modules_enabled: Modules = ()
    sla_level: SlaLevel
    api_quota_daily: ApiQuota | None = None
    owner_id: UUID
    owner_email: EmailText | None = None
    owner_name: Line | None = None


class CompleteRegistration(Command):
    """Note that the tenant is open. In the platform's tenant."""

    registration_id: UUID


class ChangeTheme(Command):
    """Change the look by JSON Merge Patch: absent stays, null removes."""

    theme: Theme


class ChangeModules(Command):
    """Switch on exactly these modules."""

    modules_enabled: Modules


class SlugTaken(CapacityTaken):
    """Another company has this slug."""

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        super().__init__(detail, **{"pointer": "/slug", **facts})


class DomainTaken(CapacityTaken):
    """Another company has this domain."""

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        super().__init__(detail, **{"pointer": "/custom_domain", **facts})


class OnlyOnThePlatform(Forbidden):
    """Only the platform's own staff registers companies."""


def tenant_id_for(command_id: UUID) -> UUID:
    """The id of the tenant a registration will get; a repeated registration gets the same."""
    return uuid5(PLATFORM_TENANT_ID, f"tenant:{command_id}")


def opening_of(registration: Registration) -> OpenTenant:
    """The second step, for the door and the process alike."""
    return OpenTenant(
        company_name=registration.company_name,
        slug=registration.slug,
        plan=registration.plan,
        custom_domain=registration.custom_domain,
        theme=registration.theme,
        modules_enabled=registration.modules_enabled,
        sla_level=registration.sla_level,
        api_quota_daily=registration.api_quota_daily,
        owner_id=registration.owner_id,
        owner_email=registration.owner_email,
        owner_name=registration.owner_name,
    )


def register_tenant(command: RegisterTenant, context: Context) -> Saved:
    _refuse_outside_platform(context)
    tenant_id = tenant_id_for(context.command.id)

    def make() -> Registration:
        return Registration.make(
            tenant_id,
            company_name=command.company_name,
            slug=command.slug,
            plan=command.plan,
            custom_domain=command.custom_domain,
            theme=command.theme,
            modules_enabled=command.modules_enabled,
            sla_level=command.sla_level,
            api_quota_daily=command.api_quota_daily,
            owner_id=uuid5(tenant_id, "owner"),
            owner_email=command.owner_email,
            owner_name=command.owner_name,
            at=context.now,
        )

    try:
        with pointing("/slug", SlugReserved), pointing("/modules_enabled", ModuleLimitExceeded):
            return context.store.add(make)
    except CapacityTaken as refusal:
        kind = SlugTaken if "tenant-slug" in refusal.kinds() else DomainTaken
        raise kind(**refusal.facts) from None


def open_tenant(command: OpenTenant, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        existing = context.store.read(Tenant, context.tenant_id)
        if existing is not None:
            return (existing,)
        tenant = Tenant.open(
            context.tenant_id,
            company_name=command.company_name,
            slug=command.slug,
            plan=command.plan,
            custom_domain=command.custom_domain,
            theme=command.theme,
            modules_enabled=command.modules_enabled,
            sla_level=command.sla_level,
            api_quota_daily=command.api_quota_daily,
            owner_id=command.owner_id,
            at=context.now,
        )
        if command.owner_email is None or command.owner_name is None:
            return (tenant,)
        owner = Member.invite(
            command.owner_id,
            tenant_id=context.tenant_id,
            email=command.owner_email,
            display_name=command.owner_name,
            roles=(Role.OWNER,),
            employee_limit=TERMS[command.plan].employee_limit,
            by=SYSTEM,
            at=context.now,
        )
        return (tenant, owner)

    return context.store.save_all(decide)


def complete_registration(command: CompleteRegistration, context: Context) -> Saved:
    _refuse_outside_platform(context)
    return context.store.change(
        Registration, command.registration_id, lambda registration: registration.complete(at=context.now)
    )


def change_theme(command: ChangeTheme, context: Context) -> Saved:
    return context.store.change(
        Tenant, context.tenant_id, lambda tenant: tenant.change_theme(command.theme, at=context.now)
    )


def change_modules(command: ChangeModules, context: Context) -> Saved:
    with pointing("/modules_enabled", ModuleLimitExceeded):
        return context.store.change(
            Tenant,
            context.tenant_id,
            lambda tenant: tenant.change_modules(command.modules_enabled, at=context.now),
        )


def _refuse_outside_platform(context: Context) -> None:
    if context.tenant_id != PLATFORM_TENANT_ID:
        raise OnlyOnThePlatform


HANDLERS: Handlers = {
    RegisterTenant: register_tenant,
    OpenTenant: open_tenant,
    CompleteRegistration: complete_registration,
    ChangeTheme: change_theme,
    ChangeModules: change_modules,
}
