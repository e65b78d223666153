"""Everything about billing that a house consists of, put together in one place."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from adapters.billing.dunning import DunningClerk
from adapters.billing.entitlements import PlatformEntitlements
from adapters.billing.price_lists import PlatformPrices
from adapters.billing.standings import Standings
from adapters.event_store.commands import Commands
from adapters.event_store.store import TenantStore
from application.ports.totals import Totals


class BillingDesk:
    """Prices, standings and entitlements; and who acts by himself, once there are commands."""

    def __init__(self, streams: Callable[[UUID], TenantStore]) -> None:
        self.prices = PlatformPrices(streams)
        self.standings = Standings(streams)

    def entitlements(self, store: TenantStore, totals: Totals) -> PlatformEntitlements:
        """What the tenant of the store may have."""
        return PlatformEntitlements(store, totals, self.prices)

    def clerks(
        self, commands: Commands, tenants: Callable[[], Iterable[UUID]], clock: Callable[[], datetime]
    ) -> Sequence[Callable[[int], None]]:
        """The actions of the scheduler."""
        return [DunningClerk(tenants, commands, clock).act]
