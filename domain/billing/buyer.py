"""What should invoices say of the company they go to?"""

from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.billing.party import NO_DETAILS, Buyer
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent


class InvoicingDetailsSet(DomainEvent):
    """The company said what its next invoices shall say of it; the whole of it."""

    TOPIC: ClassVar[str] = "invoicing-details.set.v1"

    buyer: Buyer


def invoicing_details_id(tenant_id: UUID) -> UUID:
    """The one set of particulars of a company."""
    return uuid5(tenant_id, "invoicing-details")


class InvoicingDetails(Aggregate):
    """A company's particulars for invoices."""

    CATEGORY: ClassVar[str] = "invoicing-details"

    buyer: Buyer = NO_DETAILS

    def set(self, buyer: Buyer, *, at: datetime) -> None:
        """States them anew."""
        if not self.version or buyer != self.buyer:
            self.record(InvoicingDetailsSet, at=at, buyer=buyer)

    def evolve(self, event: InvoicingDetailsSet) -> None:
        match event:
            case InvoicingDetailsSet():
                self.buyer = event.buyer
            case _:
                assert_never(event)
