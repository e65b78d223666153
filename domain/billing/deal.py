"""What was agreed with one company besides the price list: prices of its own, a term, features?

Events and rules of a part of the subscription's stream.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from domain.billing.charge import Fixed, PerUnit
from domain.billing.price import Name, PlanPrices, PriceKind, ProductLine
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.value import Value

# What a year in advance is worth, per cent of the monthly fee: the product documents name no figure.
YEARLY_DISCOUNT_PERCENT: Mapping[ProductLine, Decimal] = dict.fromkeys(ProductLine, Decimal(10))
# What plans include besides amounts. Of the plans that are not named here nothing is withheld.
BUSINESS = frozenset({"graphql", "portal", "erp", "co2_dashboard", "priority_support"})
GRAND = BUSINESS | {"webhooks", "multi_brand", "security_audit", "account_manager"}
FEATURES: Mapping[tuple[ProductLine, str], frozenset[str]] = {
    (ProductLine.WHITE_LABEL, "starter"): frozenset(),
    (ProductLine.WHITE_LABEL, "business"): BUSINESS,
    (ProductLine.WHITE_LABEL, "enterprise_plus"): GRAND,
    (ProductLine.CRM, "free"): frozenset(),
}
EVERY_FEATURE = GRAND

Months = Annotated[int, Field(strict=True, ge=1, le=60)]


class Deal(Value):
    """Prices of a plan that apply to one company instead of the list's, from `since` until another deal.

    Until `committed_until` the company stays; afterwards the prices go on from month to month.
    """

    quote_id: UUID | None
    offer: PlanPrices
    since: Instant
    committed_until: Instant | None

    def is_committed(self, at: datetime) -> bool:
        """Is the agreed term still running?"""
        return self.committed_until is not None and at < self.committed_until


class SubscriptionAgreed(DomainEvent):
    """A deal was struck: by a quote with an account manager, or for a year at the list's yearly price."""

    TOPIC: ClassVar[str] = "subscription.agreed.v1"

    deal: Deal
    account_manager_id: UUID | None


class SubscriptionEndPlanned(DomainEvent):
    """The company leaves at the end of the term it agreed to; until then everything goes on."""

    TOPIC: ClassVar[str] = "subscription.end-planned.v1"

    ends_at: Instant


class SubscriptionFeatureSwitched(DomainEvent):
    """A feature is on or off for this company, whatever its plan says; null leaves it to the plan again."""

    TOPIC: ClassVar[str] = "subscription.feature-switched.v1"

    feature: Name
    is_on: bool | None


DealEvent = SubscriptionAgreed | SubscriptionEndPlanned | SubscriptionFeatureSwitched


def deal_for(deals: Sequence[Deal], plan: str, at: datetime) -> Deal | None:
    """The deal in force for a plan at a moment: the last one struck, if it is about that plan."""
    struck = [deal for deal in deals if deal.since <= at]
    return struck[-1] if struck and struck[-1].offer.plan == plan else None


def months_later(at: datetime, months: int, zone: str) -> datetime:
    """The same local day and hour so many months on; on the month's last day where it has no such day."""
    local = at.astimezone(ZoneInfo(zone))
    count = local.year * 12 + local.month - 1 + months
    year, month = count // 12, count % 12 + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)


def features_of(line: ProductLine, plan: str, flags: Mapping[str, bool]) -> frozenset[str]:
    """What a company may use: what its plan includes, and what was switched for it alone."""
    included = FEATURES.get((line, plan), EVERY_FEATURE)
    on = {name for name, is_on in flags.items() if is_on}
    off = {name for name, is_on in flags.items() if not is_on}
    return (included | on) - off


def for_a_year(offer: PlanPrices) -> PlanPrices:
    """The plan at the price of whoever stays for a year: fees and seats are cheaper, use costs the same."""
    kept = 1 - YEARLY_DISCOUNT_PERCENT[offer.line] / 100
    prices = []
    for price in offer.prices:
        charge = price.charge
        if price.kind in (PriceKind.RECURRING, PriceKind.SEAT):
            if isinstance(charge, Fixed):
                charge = Fixed(amount=charge.amount * kept)
            elif isinstance(charge, PerUnit):
                charge = PerUnit(unit_amount=charge.unit_amount * kept)
        prices.append(price.model_copy(update={"charge": charge}))
    return offer.model_copy(update={"prices": tuple(prices)})


def monthly_fee(offer: PlanPrices) -> Decimal:
    """What the plan itself costs a month."""
    fees = [
        price.charge.amount
        for price in offer.prices
        if price.kind is PriceKind.RECURRING and isinstance(price.charge, Fixed)
    ]
    return sum(fees, Decimal(0))
