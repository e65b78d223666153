"""What may a company have? Its plan says it, and the claims say what is in use."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from adapters.event_store.lookups import NOBODY
from adapters.event_store.store import TenantStore
from application.billing.subscriptions import limits_of
from application.ports.entitlements import PlanLimitReached, PlanRequired
from application.ports.price_lists import PriceLists
from application.ports.totals import Totals
from domain.billing.deal import features_of
from domain.billing.subscription import Subscription, subscription_id
from domain.booking.practitioner import EVERYBODY, PROFESSIONALS
from domain.developer.webhook_endpoint import ENDPOINTS, LIVE
from domain.kernel.aggregate import Aggregate
from domain.platform.member import ACTIVE, EMPLOYEES
from domain.platform.plan import TERMS, Plan
from domain.platform.tenant import Tenant

# What is in use of a name, as a running total of claims.
TOTALS: Mapping[str, tuple[str, str]] = {
    "employees": (EMPLOYEES, ACTIVE),
    "professionals": (PROFESSIONALS, EVERYBODY),
    "webhook_endpoints": (ENDPOINTS, LIVE),
}


class PlatformEntitlements:
    """The Entitlements port over the tenant's own streams and claims."""

    def __init__(self, store: TenantStore, totals: Totals, price_lists: PriceLists) -> None:
        self._store = store
        self._totals = totals
        self._price_lists = price_lists

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
            "webhook_endpoints": terms.webhook_endpoint_limit,
        }

    def used(self) -> Mapping[str, int]:
        tenant = self._store.read(Tenant, self._tenant_id)
        counted = {name: self._totals.of(*place, without=NOBODY) for name, place in TOTALS.items()}
        return {**counted, "modules": 0 if tenant is None else len(tenant.modules_enabled)}

    def limits(self, *, at: datetime) -> Mapping[str, int | None]:
        subscription = self._store.read(Subscription, subscription_id(self._tenant_id))
        if subscription is None:
            return {}
        offer = subscription.offer_at(self._price_lists.versions(), at)
        return {} if offer is None else limits_of(offer, self)

    def require(self, name: str, *, at: datetime) -> None:
        limit = self.limits(at=at).get(name)
        if limit is None:
            return
        used = self._totals.of(*TOTALS[name], without=NOBODY, same_up_to=limit - 1)
        if used >= limit:
            raise PlanLimitReached(exceeds={name: {"limit": limit, "used": used + 1}})

    def require_feature(self, name: str, *, at: datetime) -> None:
        found = self._store.read(Subscription, subscription_id(self._tenant_id))
        if found is not None and name not in features_of(found.line, found.terms.plan, found.flags):
            raise PlanRequired(feature=name)

    def moved_to(self, plan: str, *, at: datetime) -> Aggregate:
        tenant = self._store.read(Tenant, self._tenant_id)
        if tenant is None:
            raise LookupError("a company without a tenant subscribes to nothing")
        tenant.change_plan(Plan(plan), at=at)
        return tenant
