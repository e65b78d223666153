"""Which companies asked the platform for a tenant, under which name?"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self, assert_never
from uuid import UUID

from pydantic import StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Impersonal, Personal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import EmailText, Line, Slug, Title
from domain.platform.plan import TERMS, ApiQuota, Modules, Plan, SlaLevel, refuse_too_many_modules
from domain.platform.theme import PLAIN, Theme

DomainName = Annotated[
    str,
    StringConstraints(
        max_length=253,
        to_lower=True,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
    ),
    Impersonal(),
]

# Names the platform itself answers to, or that would mislead people.
RESERVED_SLUGS = frozenset(
    {
        *(
            "admin",
            "api",
            "app",
            "assets",
            "auth",
            "billing",
            "cdn",
            "docs",
            "escale",
            "help",
            "login",
            "mail",
        ),
        *("platform", "root", "static", "status", "support", "www"),
    }
)


class RegistrationMade(DomainEvent):
    """A company was registered; everything needed to open its tenant is here."""

    TOPIC = "registration.made.v1"

    tenant_id: UUID
    company_name: Title
    slug: Slug
    plan: Plan
    custom_domain: DomainName | None
    theme: Theme
    modules_enabled: Modules
    sla_level: SlaLevel
    api_quota_daily: ApiQuota | None
    owner_id: UUID
    owner_email: Annotated[EmailText | None, Personal(subject="owner_id", erased=None)]
    owner_name: Annotated[Line | None, Personal(subject="owner_id", erased=None)]


class RegistrationCompleted(DomainEvent):
    """The tenant was opened in its own partition."""

    TOPIC = "registration.completed.v1"


class SlugReserved(RuleBroken):
    """This slug belongs to the platform; choose another."""


class Registration(Aggregate):
    """A company on its way to its own tenant: made -> completed. Its id is the new tenant's id."""

    CATEGORY = "registration"

    company_name: Title
    slug: Slug
    plan: Plan
    custom_domain: DomainName | None = None
    theme: Theme = PLAIN
    modules_enabled: Modules = ()
    sla_level: SlaLevel
    api_quota_daily: ApiQuota | None = None
    owner_id: UUID
    owner_email: Annotated[EmailText | None, Personal(subject="owner_id", erased=None)] = None
    owner_name: Annotated[Line | None, Personal(subject="owner_id", erased=None)] = None
    is_completed: bool = False

    @classmethod
    def make(
        cls,
        tenant_id: UUID,
        *,
        company_name: str,
        slug: str,
        plan: Plan,
        custom_domain: str | None,
        theme: Theme,
        modules_enabled: tuple[str, ...],
        sla_level: Decimal | None,
        api_quota_daily: int | None,
        owner_id: UUID,
        owner_email: str | None,
        owner_name: str | None,
        at: datetime,
    ) -> Self:
        """Registers a company; what is left open (SLA, quota) follows the plan."""
        if slug in RESERVED_SLUGS:
            raise SlugReserved(slug=slug)
        refuse_too_many_modules(plan, modules_enabled)
        terms = TERMS[plan]
        registration = cls.new(tenant_id)
        registration.record(
            RegistrationMade,
            at=at,
            tenant_id=tenant_id,
            company_name=company_name,
            slug=slug,
            plan=plan,
            custom_domain=custom_domain,
            theme=theme,
            modules_enabled=modules_enabled,
            sla_level=terms.sla_level if sla_level is None else sla_level,
            api_quota_daily=terms.api_quota_daily if api_quota_daily is None else api_quota_daily,
            owner_id=owner_id,
            owner_email=owner_email,
            owner_name=owner_name,
        )
        return registration

    def complete(self, *, at: datetime) -> None:
        """Notes that the tenant is open."""
        if self.is_completed:
            return
        self.record(RegistrationCompleted, at=at)

    def claims(self, event: "RegistrationEvent") -> Claims:
        """A slug and a domain name one tenant, platform-wide and for good."""
        match event:
            case RegistrationMade():
                slug = Claim(kind="tenant-slug", key=event.slug, holder=event.originator_id)
                if event.custom_domain is None:
                    return Claims(taken=(slug,))
                domain = Claim(kind="tenant-domain", key=event.custom_domain, holder=event.originator_id)
                return Claims(taken=(slug, domain))
            case RegistrationCompleted():
                return NO_CLAIMS
            case _:
                assert_never(event)

    def evolve(self, event: "RegistrationEvent") -> None:
        match event:
            case RegistrationMade():
                self.company_name = event.company_name
                self.slug = event.slug
                self.plan = event.plan
                self.custom_domain = event.custom_domain
                self.theme = event.theme
                self.modules_enabled = event.modules_enabled
                self.sla_level = event.sla_level
                self.api_quota_daily = event.api_quota_daily
                self.owner_id = event.owner_id
                self.owner_email = event.owner_email
                self.owner_name = event.owner_name
            case RegistrationCompleted():
                self.is_completed = True
            case _:
                assert_never(event)


RegistrationEvent = RegistrationMade | RegistrationCompleted
