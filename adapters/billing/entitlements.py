"""What may a company have? Its plan says it, and the claims say what is in use."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from adapters.event_store.lookups import NOBODY
from adapters.event_store.store import TenantStore
from application.billing.metering import NO_ZONE
from application.billing.subscriptions import limits_of
from application.ports.entitlements import PlanLimitReached, PlanRequired
from application.ports.price_lists import PriceLists
from application.ports.totals import Totals
from domain.billing.calendar import month_of
from domain.billing.deal import features_of
from domain.billing.meter import SHIPPED_METERS
from domain.billing.metering import METERED, MICRO, place_of
from domain.billing.subscription import Subscription, subscription_id
from domain.booking.practitioner import EVERYBODY, PROFESSIONALS
from domain.developer.webhook_endpoint import ENDPOINTS, LIVE
from domain.kernel.aggregate import Aggregate
from domain.kernel.entitled import ENTITLED
from domain.platform.member import ACTIVE, EMPLOYEES
from domain.platform.plan import TERMS, Plan
from domain.platform.tenant import Tenant

# What is in use of a name, as a running total of claims.
TOTALS: Mapping[str, tuple[str, str]] = {
    "employees": (EMPLOYEES, ACTIVE),
    "professionals": (PROFESSIONALS, EVERYBODY),
    "webhook_endpoints": (ENDPOINTS, LIVE),
}


MODULES = "modules"
# What fills up month by month is no reason against a smaller plan.
MONTHLY = frozenset({"appointments_monthly", "api_calls_daily", *SHIPPED_METERS})


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

    def used(self, names: Iterable[str]) -> Mapping[str, int]:
        return {name: self._in_use(name, None) for name in names if name not in MONTHLY}

    def limits(self, *, at: datetime) -> Mapping[str, int | None]:
        subscription = self._store.read(Subscription, subscription_id(self._tenant_id))
        if subscription is None:
            return {}
        offer = subscription.offer_at(self._price_lists.versions(), at)
        return {} if offer is None else limits_of(offer, self)

    def require(self, name: str, *, units: int = 1, at: datetime) -> None:
        limit = self.limits(at=at).get(name)
        if limit is None:
            return
        used = self._in_month(name, at, limit - units) if name in SHIPPED_METERS else None
        if used is None:
            used = self._in_use(name, limit - units)
        if used + units > limit:
            raise PlanLimitReached(exceeds={name: {"limit": limit, "used": used + units}})

    def require_feature(self, name: str, *, at: datetime) -> None:
        if not self.has_feature(name):
            raise PlanRequired(feature=name)

    def has_feature(self, name: str) -> bool:
        found = self._store.read(Subscription, subscription_id(self._tenant_id))
        return found is None or name in features_of(found.line, found.terms.plan, found.flags)

    def _in_use(self, name: str, same_up_to: int | None) -> int:
        if name == MODULES:
            tenant = self._store.read(Tenant, self._tenant_id)
            return 0 if tenant is None else len(tenant.modules_enabled)
        place = TOTALS.get(name, (ENTITLED, name))
        return self._totals.of(*place, without=NOBODY, same_up_to=_bound(same_up_to))

    def _in_month(self, meter: str, at: datetime, same_up_to: int) -> int:
        subscription = self._store.read(Subscription, subscription_id(self._tenant_id))
        month = month_of(at, subscription.zone if subscription else NO_ZONE)
        bound = _bound(same_up_to * MICRO)
        units = self._totals.of(METERED, place_of(meter, month), without=NOBODY, same_up_to=bound)
        return -(-units // MICRO)

    def moved_to(self, plan: str, *, at: datetime) -> Aggregate:
        tenant = self._store.read(Tenant, self._tenant_id)
        if tenant is None:
            raise LookupError("a company without a tenant subscribes to nothing")
        tenant.change_plan(Plan(plan), at=at)
        return tenant


def _bound(same_up_to: int | None) -> int | None:
    return same_up_to if same_up_to is not None and same_up_to > 0 else None
