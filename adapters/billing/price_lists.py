"""Which prices apply? Those of the platform's own stream, read afresh for every command."""

from collections.abc import Callable
from uuid import UUID

from adapters.event_store.store import TenantStore
from domain.billing.price import PlanPrices
from domain.billing.price_list import PriceList, all_versions, price_list_id
from domain.platform.platform_tenant import PLATFORM_TENANT_ID


class PlatformPrices:
    """The PriceLists port over the platform's streams.

    The look-up crosses tenants, so it is not guarded; it need not be, since no price is published
    for less than a day ahead.
    """

    def __init__(self, streams: Callable[[UUID], TenantStore]) -> None:
        self._streams = streams

    def versions(self) -> tuple[PlanPrices, ...]:
        platform = self._streams(PLATFORM_TENANT_ID)
        return all_versions(platform.find(PriceList, price_list_id(PLATFORM_TENANT_ID)))
