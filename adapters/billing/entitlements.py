"""What may a company have? The plan of its tenant says it, and the claims say what is in use."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from adapters.event_store.lookups import NOBODY
from adapters.event_store.store import TenantStore
from application.ports.totals import Totals
from domain.kernel.aggregate import Aggregate
from domain.platform.member import ACTIVE, EMPLOYEES
from domain.platform.plan import TERMS, Plan
from domain.platform.tenant import Tenant


class PlatformEntitlements:
    """The Entitlements port over the tenant's own streams and claims."""

    def __init__(self, store: TenantStore, totals: Totals) -> None:
        self._store = store
        self._totals = totals

    @property
    def _tenant_id(self) -> UUID:
        return self._store.tenant_id

    def of_suite(self, plan: str) -> Mapping[str, int | None] | None:
        if plan not in set(Plan):
            return None
        terms = TERMS[Plan(plan)]
        return {
            "api_calls_daily": terms.api_quota_daily,
            "employees": terms.employee_limit,
            "modules": terms.module_limit,
        }

    def used(self) -> Mapping[str, int]:
        tenant = self._store.read(Tenant, self._tenant_id)
        return {
            "employees": self._totals.of(EMPLOYEES, ACTIVE, without=NOBODY),
            "modules": 0 if tenant is None else len(tenant.modules_enabled),
        }

    def moved_to(self, plan: str, *, at: datetime) -> Aggregate:
        tenant = self._store.read(Tenant, self._tenant_id)
        if tenant is None:
            raise LookupError("a company without a tenant subscribes to nothing")
        tenant.change_plan(Plan(plan), at=at)
        return tenant
