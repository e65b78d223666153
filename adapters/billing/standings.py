"""May a company order anything new, and how many requests has it a day? Remembered for three seconds."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from uuid import UUID

from adapters.event_store.store import TenantStore
from adapters.redis.rate_limits import CappedMonth
from application.kernel.command import Command
from application.kernel.order import Order
from application.ports.totals import Totals
from domain.billing.calendar import month_of, period_of
from domain.billing.meter import API_CALLS
from domain.billing.meter_limits import MeterLimits, meter_limits_id
from domain.billing.metering import METERED, MICRO, place_of
from domain.billing.subscription import Subscription, SubscriptionStatus, subscription_id
from domain.kernel.refusals import TenantReadOnly
from domain.platform.tenant import Tenant

# As a revoked key, an unpaid bill is noticed everywhere within this time.
CACHE_S = 3.0
CACHE_SIZE = 10_000
# Without a subscription days are those of Greenwich, as the windows of its usage are.
NO_ZONE = "UTC"
SECOND = timedelta(seconds=1)
# What a company pays for. The platform's own column lets it in and out, billing lets it pay.
PAID = frozenset({"travel", "esg", "booking", "crm", "commerce", "developer"})


class CompanySuspended(TenantReadOnly):
    """An invoice is long unpaid. Everything can be read, exported and paid for; nothing new is ordered until
    it is paid."""


class SubscriptionEnded(TenantReadOnly):
    """The subscription was cancelled. Everything can be read and exported; nothing new is ordered until the company
    takes a plan again."""


@dataclass(frozen=True)
class Standing:
    """What the doors need to know about a company."""

    subscription: Subscription | None
    quota_daily: int | None
    calls_cap: int | None = None
    # What the log knows of the calls of a month.
    counted: Callable[[str], int] = lambda month: 0

    @property
    def zone(self) -> str:
        """Where its days begin."""
        return NO_ZONE if self.subscription is None else self.subscription.zone

    def capped_month(self, tenant_id: UUID, at: datetime) -> CappedMonth | None:
        """The month a call at this moment belongs to, where the company set itself a cap."""
        if self.calls_cap is None:
            return None
        name = month_of(at, self.zone)
        month = period_of(name, self.zone)
        return CappedMonth(
            key=f"escale:calls:{tenant_id}:{name}",
            cap=self.calls_cap,
            counted=self.counted(name),
            ends_in_s=max(1, -(-(month.end - at) // SECOND)),
            length_s=(month.end - month.start) // SECOND,
        )


class Standings:
    """Where each company stands, read from its own streams."""

    def __init__(self, streams: Callable[[UUID], TenantStore], totals: Callable[[UUID], Totals]) -> None:
        self._streams, self._totals = streams, totals
        self._lock = Lock()
        self._known: OrderedDict[UUID, tuple[float, Standing]] = OrderedDict()
        self._counted: dict[tuple[UUID, str], tuple[float, int]] = {}

    def of(self, tenant_id: UUID) -> Standing:
        """Where the company stands, three seconds ago at worst."""
        with self._lock:
            known = self._known.get(tenant_id)
        if known is not None and known[0] > monotonic():
            return known[1]
        standing = self._read(tenant_id)
        with self._lock:
            self._known[tenant_id] = (monotonic() + CACHE_S, standing)
            while len(self._known) > CACHE_SIZE:
                self._known.popitem(last=False)
        return standing

    def forget(self, tenant_id: UUID) -> None:
        """Looks afresh at the next question, after a change in this process."""
        with self._lock:
            self._known.pop(tenant_id, None)

    def refuse_unpaid(self, order: Order) -> None:
        """Refuses what a client orders while its company may order nothing new.

        What follows from earlier orders goes on: a process only follows.
        """
        if order.source != "client" or _column(order.command) not in PAID:
            return
        subscription = self.of(order.tenant_id).subscription
        if subscription is None:
            return
        match subscription.status(order.at):
            case SubscriptionStatus.SUSPENDED:
                raise CompanySuspended
            case SubscriptionStatus.CANCELLED:
                raise SubscriptionEnded

    def note(self, order: Order) -> None:
        """A command was applied: one that changes what is remembered makes it be forgotten."""
        if _column(order.command) in ("billing", "platform"):
            self.forget(order.tenant_id)

    def _read(self, tenant_id: UUID) -> Standing:
        subscribed, limited = subscription_id(tenant_id), meter_limits_id(tenant_id)
        found = self._streams(tenant_id).find_all(
            {tenant_id: Tenant, subscribed: Subscription, limited: MeterLimits}
        )
        tenant, subscription, limits = (found.get(each) for each in (tenant_id, subscribed, limited))
        cap = (
            limits.limits[API_CALLS].cap
            if isinstance(limits, MeterLimits) and API_CALLS in limits.limits
            else None
        )
        return Standing(
            subscription if isinstance(subscription, Subscription) else None,
            tenant.api_quota_daily if isinstance(tenant, Tenant) else None,
            None if cap is None else int(cap),
            lambda month: self._calls(tenant_id, month),
        )

    def _calls(self, tenant_id: UUID, month: str) -> int:
        """Looked up once a while: what was counted since then is in Redis."""
        with self._lock:
            known = self._counted.get((tenant_id, month))
        if known is not None and known[0] > monotonic():
            return known[1]
        place = (METERED, place_of(API_CALLS, month))
        calls = self._totals(tenant_id).taken([place])[place] // MICRO
        with self._lock:
            if len(self._counted) > CACHE_SIZE:
                self._counted.clear()
            self._counted[tenant_id, month] = (monotonic() + CACHE_S, calls)
        return calls


def _column(command: Command) -> str:
    return type(command).__module__.split(".")[1]
