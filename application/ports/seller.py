"""Who sends the invoices at this moment?"""

from typing import Protocol

from domain.billing.party import Seller


class SellerOfRecord(Protocol):
    """The platform's own particulars."""

    def current(self) -> Seller:
        """What invoices issued now say of the seller."""
        ...
