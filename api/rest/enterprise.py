"""Companies: their tenants, their look, what they booked and which rules were broken."""

from decimal import Decimal
from hashlib import sha256
from typing import Self
from uuid import UUID, uuid5

from pydantic import Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.kernel.context import CommandId
from application.kernel.order import Order
from application.platform.tenants import (
    ChangeModules,
    ChangeTheme,
    CompleteRegistration,
    RegisterTenant,
    opening_of,
)
from domain.platform.plan import Plan
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import Registration
from domain.platform.tenant import Tenant
from domain.platform.theme import Theme
from projections.platform import registrations
from projections.platform.registrations import RegistrationRow

router = Shelf(prefix="/api/v1/enterprise", route_class=StrictRoute)


class TenantView(Resource):
    """A company's tenant."""

    id: UUID
    company_name: str
    slug: str
    plan: Plan
    custom_domain: str | None
    theme: Theme
    modules_enabled: list[str]
    sla_level: Decimal = Field(description="promised share of time, 0.999")
    api_quota_daily: int | None = Field(description="requests per day; null is unlimited")
    owner_id: UUID

    @classmethod
    def of(cls, tenant: Tenant | Registration | RegistrationRow, position: int | None = None) -> Self:
        """The tenant from within, or as the platform registered it."""
        return cls(
            id=tenant.registration_id if isinstance(tenant, RegistrationRow) else tenant.id,
            version=tenant.version,
            position=position,
            company_name=tenant.company_name,
            slug=tenant.slug,
            plan=tenant.plan,
            custom_domain=tenant.custom_domain,
            theme=tenant.theme,
            modules_enabled=list(tenant.modules_enabled),
            sla_level=tenant.sla_level,
            api_quota_daily=tenant.api_quota_daily,
            owner_id=tenant.owner_id,
        )


class RegisteredTenant(TenantView):
    """A new company. Hand `invitation_token` to its owner: it is shown in this answer and in repeats only."""

    invitation_token: str | None = Field(
        description="sets the owner's first password, within seven days; null when no owner was named"
    )


class TenantList(Listing[TenantView]):
    """One page of tenants."""


# Tenants


@router.post(
    "/tenants",
    operation_id="register_tenant",
    status_code=201,
    summary="Register a company",
    tags=["tenants"],
)
def register_tenant(body: RegisterTenant, session: SessionDep) -> RegisteredTenant:
    """Registers a company, opens its tenant and invites its owner; what is left out follows its plan.
    Platform staff only."""
    session.only_tenant(PLATFORM_TENANT_ID)
    made, answer, order = session.create(body, Registration, location="/api/v1/enterprise/tenants/{id}")
    _open(session, order, made)
    shown = TenantView.of(made, answer.saved.position)
    token = None if made.owner_email is None else session.invitation_of(made.id, made.owner_id)
    return RegisteredTenant(**shown.model_dump(), invitation_token=token)


@router.get(
    "/tenants",
    operation_id="list_tenants",
    summary="List tenants",
    tags=["tenants"],
    dependencies=[caught_up("registrations")],
)
def list_tenants(session: SessionDep, limit: Limit = 50, cursor: CursorText = None) -> TenantList:
    """Every company, the latest registered first. Platform staff only."""
    page = session.page(registrations.page, TenantView.of, limit=limit, cursor=cursor)
    return TenantList(data=page.data, next_cursor=page.next_cursor)


@router.get(
    "/tenants/{tenant_id}",
    operation_id="get_tenant",
    summary="Get a tenant",
    tags=["tenants"],
    dependencies=[AtLeast],
)
def get_tenant(tenant_id: UUID, session: SessionDep) -> TenantView:
    """One's own tenant; for platform staff any company as it was registered."""
    if session.tenant_id == PLATFORM_TENANT_ID:
        return session.show(TenantView.of(session.stream(Registration, tenant_id)))
    session.only_tenant(tenant_id)
    return session.show(TenantView.of(session.stream(Tenant, tenant_id)))


@router.patch(
    "/tenants/{tenant_id}/theme", operation_id="change_theme", summary="Change the look", tags=["tenants"]
)
def change_theme(tenant_id: UUID, body: Theme, session: SessionDep) -> TenantView:
    """Applies a JSON Merge Patch (RFC 7396) to the theme: absent fields stay, null removes."""
    session.only_tenant(tenant_id)
    tenant, answer = session.change(ChangeTheme(theme=body), Tenant, tenant_id)
    return TenantView.of(tenant, answer.saved.position)


@router.put(
    "/tenants/{tenant_id}/modules",
    operation_id="change_modules",
    summary="Switch modules on and off",
    tags=["tenants"],
)
def change_modules(tenant_id: UUID, body: ChangeModules, session: SessionDep) -> TenantView:
    """Switches on exactly these modules; the plan says how many there may be."""
    session.only_tenant(tenant_id)
    tenant, answer = session.change(body, Tenant, tenant_id)
    return TenantView.of(tenant, answer.saved.position)


def _open(session: Session, order: Order, registration: Registration) -> None:
    """The other two steps of a registration; the process `tenant-opening` takes them if we die here."""
    _follow_up(session, order, "open", registration.id, opening_of(registration))
    _follow_up(
        session, order, "complete", PLATFORM_TENANT_ID, CompleteRegistration(registration_id=registration.id)
    )


def _follow_up(session: Session, order: Order, step: str, tenant_id: UUID, command: Command) -> None:
    session.house.execute(
        Order(
            tenant_id=tenant_id,
            command=command,
            actor=order.actor,
            # Derived, so that a repeated registration repeats its steps calmly.
            id=CommandId(
                uuid5(order.id.id, step), sha256(order.id.request_hash + step.encode()).digest(), True
            ),
            at=order.at,
            roles=order.roles,
            correlation_id=order.id.id,
            causation_id=order.id.id,
        )
    )
