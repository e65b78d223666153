"""Companies: their tenants, their look, their travel policy and what was booked against it."""

from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Self
from uuid import UUID, uuid5

from fastapi import APIRouter, Query
from pydantic import Field

from api.rest.conventions import Listing, Resource, View
from api.rest.findings import ErrorPlace
from api.rest.problems import RequestInvalid
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
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
from application.travel.policies import SetPolicy
from domain.kernel.instants import Day
from domain.kernel.refusals import NotFound
from domain.platform.plan import Plan
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import Registration
from domain.platform.tenant import Tenant
from domain.platform.theme import Theme
from domain.travel.itinerary import Cabin
from domain.travel.policy import BudgetScope, Outcomes, Policy, default_policy_id
from projections.platform import registrations
from projections.platform.registrations import RegistrationRow
from projections.travel import travel_spend
from projections.travel.travel_spend import SpendFigures

router = APIRouter(prefix="/api/v1/enterprise", route_class=StrictRoute)
LONGEST_PERIOD_DAYS = 3 * 366


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


class Analytics(View):
    """What a company's journeys cost and emitted in the months of a period."""

    tenant_id: UUID
    start: date
    end: date
    total: SpendFigures
    by_month: list[SpendFigures]
    by_month_and_type: list[SpendFigures]


class PolicyView(Resource):
    """A company's travel policy. A limit of null does not limit."""

    id: UUID
    policy_version: int = Field(description="the version that verdicts name")
    name: str
    max_flight_class: Cabin | None
    max_hotel_stars: int | None
    max_daily_budget_eur: Decimal | None
    advance_booking_days: int | None
    carbon_budget_kg_year: Decimal | None
    requires_approval_above: Decimal | None
    auto_flag_violations: bool
    is_active: bool
    outcomes: Outcomes = Field(description="what each broken rule leads to")
    carbon_budget_scope: BudgetScope = Field(description="whose emissions of a year the carbon budget limits")
    approval_levels: int = Field(description="how many approvers have to agree, one after the other")
    approval_deadline_hours: int | None = Field(description="hours each approver has; null is no limit")
    group_id: UUID | None = Field(description="the group of travellers it is for; null is everyone else")

    @classmethod
    def of(cls, policy: Policy, position: int | None = None) -> Self:
        """The policy with its amounts in euros, as they were sent."""
        if policy.rules is None:
            raise NotFound
        rules = policy.rules
        return cls(
            id=policy.id,
            version=policy.version,
            position=position,
            policy_version=policy.policy_version,
            group_id=policy.group_id,
            max_daily_budget_eur=_euros(rules.max_daily_budget_eur_cents),
            requires_approval_above=_euros(rules.requires_approval_above_eur_cents),
            **rules.model_dump(exclude={"max_daily_budget_eur_cents", "requires_approval_above_eur_cents"}),
        )


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


@router.get(
    "/tenants/{tenant_id}/analytics",
    operation_id="get_tenant_analytics",
    summary="Spend, carbon and violations",
    tags=["tenants"],
    dependencies=[caught_up("travel-spend")],
)
def get_tenant_analytics(
    tenant_id: UUID,
    session: SessionDep,
    start: Annotated[
        Day | None, Query(description="first month of the period; a year ago by default")
    ] = None,
    end: Annotated[Day | None, Query(description="the month after the last one")] = None,
) -> Analytics:
    """Booked and cancelled trips, spend, carbon and violations, in all, by month and by type of cost."""
    session.only_tenant(tenant_id)
    period = _months(start, end, today=session.house.clock().date())
    with session.house.reading(tenant_id) as sql:
        return Analytics(
            tenant_id=tenant_id,
            start=period[0],
            end=period[1],
            total=travel_spend.total(sql, start=period[0], end=period[1]),
            by_month=travel_spend.by_month(sql, start=period[0], end=period[1]),
            by_month_and_type=travel_spend.by_month_and_type(sql, start=period[0], end=period[1]),
        )


# Policies


@router.post(
    "/policies",
    operation_id="set_policy",
    status_code=201,
    summary="Set the travel policy",
    tags=["policies"],
)
def set_policy(body: SetPolicy, session: SessionDep) -> PolicyView:
    """Puts a whole set of rules in force, as the next version. Past verdicts stand."""
    policy, answer, _ = session.create(body, Policy, location="/api/v1/enterprise/policies")
    return PolicyView.of(policy, answer.saved.position)


@router.get(
    "/policies",
    operation_id="get_policy",
    summary="Get the policy in force",
    tags=["policies"],
    dependencies=[AtLeast],
)
def get_policy(session: SessionDep) -> PolicyView:
    """The rules journeys are judged by now. 404 while the company has given itself none."""
    return session.show(PolicyView.of(session.stream(Policy, default_policy_id(session.tenant_id))))


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


def _months(start: date | None, end: date | None, *, today: date) -> tuple[date, date]:
    first = (start or today.replace(year=today.year - 1, day=1)).replace(day=1)
    last = (end or date(today.year + today.month // 12, today.month % 12 + 1, 1)).replace(day=1)
    if not 0 < (last - first).days <= LONGEST_PERIOD_DAYS:
        detail = "Must be a later month than start, by three years at most."
        raise RequestInvalid(errors=[ErrorPlace(pointer="/end", detail=detail, location="query")])
    return first, last


def _euros(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)
