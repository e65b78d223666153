"""Who sends the invoices? The platform says it; every invoice keeps what it said then."""

from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.billing.party import SHIPPED_SELLER, Seller
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent


class SellerDeclared(DomainEvent):
    """The platform said who it is; invoices issued from now on say so."""

    TOPIC: ClassVar[str] = "seller.declared.v1"

    seller: Seller


def seller_id(platform_id: UUID) -> UUID:
    """The one seller of the house."""
    return uuid5(platform_id, "seller")


class DeclaredSeller(Aggregate):
    """The seller as it is named now."""

    CATEGORY: ClassVar[str] = "seller"

    seller: Seller = SHIPPED_SELLER

    def declare(self, seller: Seller, *, at: datetime) -> None:
        """Names the seller."""
        if not self.version or seller != self.seller:
            self.record(SellerDeclared, at=at, seller=seller)

    def evolve(self, event: SellerDeclared) -> None:
        match event:
            case SellerDeclared():
                self.seller = event.seller
            case _:
                assert_never(event)
