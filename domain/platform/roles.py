"""Which roles does a member play, and which scopes may an API key carry?"""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from domain.kernel.refusals import RuleBroken
from domain.platform.platform_tenant import PLATFORM_TENANT_ID


class Role(StrEnum):
    """What a member does in the company; one member may play several roles."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    FINANCE = "finance"
    TRAVELLER = "traveller"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    PLATFORM_ADMIN = "platform_admin"


class Scope(StrEnum):
    """What an API key may touch; it never reaches further than the member it belongs to."""

    TRIPS_READ = "trips:read"
    TRIPS_WRITE = "trips:write"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    VIOLATIONS_READ = "violations:read"
    VIOLATIONS_WRITE = "violations:write"
    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    KEYS_WRITE = "keys:write"
    ANALYTICS_READ = "analytics:read"
    CARBON_READ = "carbon:read"
    CARBON_WRITE = "carbon:write"
    AUDIT_READ = "audit:read"
    EVENTS_READ = "events:read"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    USAGE_WRITE = "usage:write"
    PLATFORM_WRITE = "platform:write"
    BOOKINGS_READ = "bookings:read"
    BOOKINGS_WRITE = "bookings:write"
    CATALOGUE_WRITE = "catalogue:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


def _roles_once(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    return tuple(sorted(set(roles)))


def _scopes_once(scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    return tuple(sorted(set(scopes)))


Roles = Annotated[tuple[Role, ...], Field(min_length=1, max_length=len(Role)), AfterValidator(_roles_once)]
Scopes = Annotated[
    tuple[Scope, ...], Field(min_length=1, max_length=len(Scope)), AfterValidator(_scopes_once)
]

# Whoever plays one of these answers for the tenant: only their own kind may appoint or remove them.
OWNING = frozenset({Role.OWNER, Role.PLATFORM_ADMIN})

PLATFORM_ROLES = frozenset({Role.PLATFORM_ADMIN, Role.AUDITOR})
COMPANY_ROLES = frozenset(Role) - {Role.PLATFORM_ADMIN}


class RoleNotOffered(RuleBroken):
    """This tenant has no such role: the platform's roles and a company's roles do not mix."""


def refuse_foreign_roles(tenant_id: UUID, roles: tuple[Role, ...]) -> None:
    """Platform administrators exist only in the platform's own tenant."""
    offered = PLATFORM_ROLES if tenant_id == PLATFORM_TENANT_ID else COMPANY_ROLES
    foreign = sorted(set(roles) - offered)
    if foreign:
        raise RoleNotOffered(roles=[role.value for role in foreign])
