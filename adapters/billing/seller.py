"""Who sends the invoices? What the platform's own stream says, read afresh."""

from collections.abc import Callable
from uuid import UUID

from adapters.event_store.store import TenantStore
from domain.billing.party import SHIPPED_SELLER, Seller
from domain.billing.seller import DeclaredSeller, seller_id
from domain.platform.platform_tenant import PLATFORM_TENANT_ID


class PlatformSeller:
    """The SellerOfRecord port over the platform's streams."""

    def __init__(self, streams: Callable[[UUID], TenantStore]) -> None:
        self._streams = streams

    def current(self) -> Seller:
        platform = self._streams(PLATFORM_TENANT_ID)
        declared = platform.find(DeclaredSeller, seller_id(PLATFORM_TENANT_ID))
        return SHIPPED_SELLER if declared is None else declared.seller
