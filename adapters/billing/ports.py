"""Which ports does billing bring to a command?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypedDict
from uuid import UUID

from adapters.billing.entitlements import PlatformEntitlements
from adapters.billing.price_lists import PlatformPrices
from adapters.billing.recorded_usage import RecordedUsage
from adapters.billing.seller import PlatformSeller
from adapters.billing.standings import Standings
from adapters.billing.uptime import PlatformUptime, RawProbes
from adapters.event_store.store import TenantStore
from application.ports.totals import Totals
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from projections.kernel.sql import Sql


class BillingPorts(TypedDict):
    """By the names they have among the ports."""

    entitlements: PlatformEntitlements
    price_lists: PlatformPrices
    seller: PlatformSeller
    uptime: PlatformUptime
    usage: RecordedUsage


class PlatformPorts:
    """What every company reads of the platform, made once; and what is made for each command."""

    def __init__(
        self,
        streams: Callable[[UUID], TenantStore],
        reading: Callable[[UUID], AbstractContextManager[Sql]],
        totals: Callable[[UUID], Totals],
    ) -> None:
        self._streams, self._reading = streams, reading
        self.prices, self.seller = PlatformPrices(streams), PlatformSeller(streams)
        self.standings = Standings(streams, totals)
        self._probes = RawProbes(streams)

    def of(self, store: TenantStore, totals: Totals) -> BillingPorts:
        """The ports of one command."""
        return {
            "entitlements": PlatformEntitlements(store, totals, self.prices),
            "price_lists": self.prices,
            "seller": self.seller,
            "uptime": PlatformUptime(
                self._probes,
                lambda: self._streams(PLATFORM_TENANT_ID),
                store,
                lambda: self._reading(store.tenant_id),
            ),
            "usage": RecordedUsage(lambda: self._reading(store.tenant_id)),
        }
