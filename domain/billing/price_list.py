"""Which prices has the platform published since, and from when on?"""

from datetime import datetime, timedelta
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.billing.fitting import require_currency
from domain.billing.price import PlanPrices
from domain.billing.shipped import SHIPPED
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import RuleBroken

NOTICE = timedelta(days=1)
MAX_VERSIONS = 500


class PricesPublished(DomainEvent):
    """A plan got other prices from a moment on; the whole of it."""

    TOPIC: ClassVar[str] = "prices.published.v1"

    plan_prices: PlanPrices


class PricesWithoutNotice(RuleBroken):
    """Prices are published at least a day before they apply, so that nothing already used gets dearer."""


class PriceListFull(RuleBroken):
    """The price list holds 500 published versions; that is as many as it takes."""


def price_list_id(platform_id: UUID) -> UUID:
    """The one price list of the house."""
    return uuid5(platform_id, "price-list")


class PriceList(Aggregate):
    """Everything published after the house was shipped, in the order of publication."""

    CATEGORY: ClassVar[str] = "prices"

    published: tuple[PlanPrices, ...] = ()

    def publish(self, plan_prices: PlanPrices, *, at: datetime) -> None:
        """Announces other prices for a plan, or a new plan."""
        if plan_prices in self.published:
            return
        if plan_prices.effective_from < at + NOTICE:
            raise PricesWithoutNotice(pointer="/effective_from")
        for before in all_versions(self):
            is_same = (before.line, before.plan) == (plan_prices.line, plan_prices.plan)
            if is_same and not before.on_quote and not plan_prices.on_quote:
                require_currency(before, plan_prices)
        if len(self.published) == MAX_VERSIONS:
            raise PriceListFull
        self.record(PricesPublished, at=at, plan_prices=plan_prices)

    def evolve(self, event: PricesPublished) -> None:
        match event:
            case PricesPublished():
                self.published = (*self.published, event.plan_prices)
            case _:
                assert_never(event)


def all_versions(price_list: PriceList | None) -> tuple[PlanPrices, ...]:
    """What was shipped and what was published since."""
    return SHIPPED if price_list is None else (*SHIPPED, *price_list.published)
