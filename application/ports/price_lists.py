"""What does the platform charge?"""

from typing import Protocol

from domain.billing.price import PlanPrices


class PriceLists(Protocol):
    """The price list of the house, which every company reads and none keeps."""

    def versions(self) -> tuple[PlanPrices, ...]:
        """Every version of every plan, shipped or published, whether or not it applies yet."""
        ...
