"""What is this tenant entitled to, and how does it present itself?"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.kernel.refusals import NotFound
from domain.platform.plan import Plan
from domain.platform.tenant import TenantModulesChanged, TenantOpened, TenantPlanChanged, TenantThemeChanged
from domain.platform.theme import Theme
from projections.platform import tenants
from projections.platform.tenants import Tenants
from tests.kit.builders import MANAGER, NOW, TENANT, TRAVELLER
from tests.kit.projecting import given_events, is_stable, project_into

LATER = NOW + timedelta(days=1)


def envelope(version: int = 1) -> dict[str, Any]:
    return {"originator_id": TENANT, "originator_version": version, "occurred_at": NOW}


OPENED = TenantOpened(
    **envelope(),
    company_name="Acme Voyages",
    slug="acme",
    plan=Plan.STARTER,
    custom_domain="travel.acme.example",
    theme=Theme(primary_colour="#112233"),
    modules_enabled=("trips", "policies"),
    sla_level=Decimal("0.995"),
    api_quota_daily=50_000,
    owner_id=MANAGER,
)
HISTORY = given_events(
    OPENED,
    TenantThemeChanged(**envelope(2), theme=Theme(primary_colour="#445566", body_font="Inter")),
    TenantModulesChanged(**envelope(3), modules_enabled=("carbon",)),
    TenantPlanChanged(
        **(envelope(4) | {"occurred_at": LATER}),
        plan=Plan.ENTERPRISE_PLUS,
        sla_level=Decimal("0.9995"),
        api_quota_daily=None,
    ),
)


class TestTheRow:
    def test_is_the_tenant_as_it_stands(self) -> None:
        row = is_stable(HISTORY, Tenants())[(TENANT,)]
        assert (row.company_name, row.slug) == ("Acme Voyages", "acme")
        assert row.custom_domain == "travel.acme.example"
        assert row.theme == Theme(primary_colour="#445566", body_font="Inter")
        assert row.modules_enabled == ("carbon",)
        assert (row.plan, row.sla_level, row.api_quota_daily) == (
            Plan.ENTERPRISE_PLUS,
            Decimal("0.9995"),
            None,
        )
        assert (row.version, row.created_at, row.updated_at, row.position) == (4, NOW, LATER, 4)


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    project_into(database_url, master_key, Tenants(), HISTORY.events)
    with reading(pools.queries, TENANT) as sql:
        assert tenants.get(sql) == HISTORY.project(Tenants()).row(TENANT)
    with reading(pools.queries, TRAVELLER) as sql, pytest.raises(NotFound):
        tenants.get(sql)
