"""May a company order anything new, and how many requests has it a day? Remembered for three seconds."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from uuid import UUID

from adapters.event_store.store import TenantStore
from application.kernel.command import Command
from application.kernel.order import Order
from domain.billing.subscription import Subscription, SubscriptionStatus, subscription_id
from domain.kernel.refusals import TenantReadOnly
from domain.platform.tenant import Tenant

# As a revoked key, an unpaid bill is noticed everywhere within this time.
CACHE_S = 3.0
CACHE_SIZE = 10_000
# Without a subscription days are those of Greenwich, as the windows of its usage are.
NO_ZONE = "UTC"
# What a company pays for. The platform's own column lets it in and out, billing lets it pay.
PAID = frozenset({"travel", "esg", "booking", "crm", "commerce", "developer"})


class CompanySuspended(TenantReadOnly):
    """An invoice is long unpaid. Everything can be read, exported and paid for; nothing new is ordered until
    it is paid."""


class SubscriptionEnded(TenantReadOnly):
    """The subscription was cancelled. Everything can be read and exported; nothing new is ordered."""


@dataclass(frozen=True)
class Standing:
    """What the doors need to know about a company."""

    subscription: Subscription | None
    quota_daily: int | None

    @property
    def zone(self) -> str:
        """Where its days begin."""
        return NO_ZONE if self.subscription is None else self.subscription.zone


class Standings:
    """Where each company stands, read from its own streams."""

    def __init__(self, streams: Callable[[UUID], TenantStore]) -> None:
        self._streams = streams
        self._lock = Lock()
        self._known: OrderedDict[UUID, tuple[float, Standing]] = OrderedDict()

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
        subscribed = subscription_id(tenant_id)
        found = self._streams(tenant_id).find_all({tenant_id: Tenant, subscribed: Subscription})
        tenant, subscription = found.get(tenant_id), found.get(subscribed)
        return Standing(
            subscription if isinstance(subscription, Subscription) else None,
            tenant.api_quota_daily if isinstance(tenant, Tenant) else None,
        )


def _column(command: Command) -> str:
    return type(command).__module__.split(".")[1]
