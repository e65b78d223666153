"""What is this tenant entitled to, and how does it present itself?"""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound
from domain.platform.plan import Plan
from domain.platform.tenant import (
    TenantEvent,
    TenantModulesChanged,
    TenantOpened,
    TenantPlanChanged,
    TenantThemeChanged,
)
from domain.platform.theme import Theme
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Rows
from projections.kernel.sql import Sql


class TenantRow(Row):
    """The tenant's own details, in its own partition: at most one row."""

    TABLE: ClassVar[str] = "tenant"
    KEY: ClassVar[tuple[str, ...]] = ("id",)

    id: UUID
    """The tenant's id, as the public interface names it."""
    company_name: str
    """Name of the company."""
    slug: str
    """The company's name in addresses; unique on the platform."""
    plan: Plan
    """The plan: starter, business or enterprise_plus."""
    custom_domain: str | None
    """The company's own domain name, if it has one."""
    theme: Theme
    """Colours, logo and fonts of the white-label suite."""
    modules_enabled: tuple[str, ...]
    """Names of the modules that are switched on, in alphabetical order."""
    sla_level: Decimal
    """Promised share of time the service answers: 0.995, 0.999 or 0.9995."""
    api_quota_daily: int | None
    """API calls per day; null is unlimited."""
    owner_id: UUID
    """The member who answers for the tenant since its opening."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    created_at: datetime
    """When the first fact happened (occurred_at of the event)."""
    updated_at: datetime
    """When the latest fact happened (occurred_at of the event)."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class Tenants(Projector[TenantRow]):
    """The tenant as it stands."""

    name: ClassVar[str] = "tenants"
    row: ClassVar[type[TenantRow]] = TenantRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        TenantOpened,
        TenantThemeChanged,
        TenantModulesChanged,
        TenantPlanChanged,
    )

    def project(self, event: TenantEvent, rows: Rows[TenantRow]) -> None:
        match event:
            case TenantOpened():
                rows.put(_opened(event))
            case TenantThemeChanged():
                _change(event, rows, theme=event.theme)
            case TenantModulesChanged():
                _change(event, rows, modules_enabled=event.modules_enabled)
            case TenantPlanChanged():
                _change(
                    event,
                    rows,
                    plan=event.plan,
                    sla_level=event.sla_level,
                    api_quota_daily=event.api_quota_daily,
                )
            case _:
                assert_never(event)


def _opened(event: TenantOpened) -> TenantRow:
    return TenantRow(
        id=event.originator_id,
        company_name=event.company_name,
        slug=event.slug,
        plan=event.plan,
        custom_domain=event.custom_domain,
        theme=event.theme,
        modules_enabled=event.modules_enabled,
        sla_level=event.sla_level,
        api_quota_daily=event.api_quota_daily,
        owner_id=event.owner_id,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        position=event.position,
    )


def _change(event: TenantEvent, rows: Rows[TenantRow], **values: Any) -> None:
    rows.change(
        event.originator_id,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
        **values,
    )


SELECT_TENANT = """
select id, company_name, slug, plan, custom_domain, theme, modules_enabled, sla_level, api_quota_daily,
       owner_id, version, created_at, updated_at, position
from read.tenant
where tenant_id = %(tenant_id)s and id = %(tenant_id)s
"""


def find(sql: Sql) -> TenantRow | None:
    """This tenant; None while it is not open yet."""
    row = sql.row(SELECT_TENANT)
    return None if row is None else TenantRow(**row)


def get(sql: Sql) -> TenantRow:
    """This tenant. Refuses with NotFound."""
    tenant = find(sql)
    if tenant is None:
        raise NotFound
    return tenant
