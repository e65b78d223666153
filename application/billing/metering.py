"""What does a decision about use stand on: the meters, where months begin, and the limits that apply?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from application.kernel.context import Context
from application.ports.totals import Totals
from domain.billing.meter import COUNTED_HERE, SHIPPED_METERS, Meter, Meters, meters_id
from domain.billing.meter_limits import NO_LIMIT, MeterLimits, meter_limits_id
from domain.billing.metering import METERED, MICRO, Months, Room, place_of, units_of
from domain.billing.price import PlanPrices, PriceKind
from domain.billing.subscription import Subscription, subscription_id
from domain.billing.terms import Terms
from domain.billing.usage import Use
from domain.kernel.aggregate import Aggregate

NOBODY = UUID(int=0)
# Without a subscription months are those of Greenwich, as the windows of its usage are.
NO_ZONE = "UTC"


class Streams(Protocol):
    """Where streams are looked up."""

    def find_all(self, kinds: Mapping[UUID, type[Aggregate]]) -> Mapping[UUID, Aggregate]:
        """Many streams in one look."""
        ...


@dataclass(frozen=True)
class Ground:
    """What applies to one company at one moment."""

    meters: Mapping[str, Meter]
    subscription: Subscription | None
    offer: PlanPrices | None
    limits: MeterLimits

    @property
    def zone(self) -> str:
        """Where its months begin."""
        return NO_ZONE if self.subscription is None else self.subscription.zone

    def included(self, meter: str) -> Decimal | None:
        """What the plan includes of a meter in a whole month; None where it says nothing of it."""
        return None if self.subscription is None else included_in(self.offer, self.subscription.terms, meter)

    def cap(self, meter: str) -> Decimal | None:
        """Where use of a meter ends in each month."""
        return self.limits.limits.get(meter, NO_LIMIT).capped(self.plan_cap(meter))

    def plan_cap(self, meter: str) -> Decimal | None:
        """A limit of the plan, or of the deal, that bears the name of a meter, is a cap on each month of it."""
        limit = None if self.offer is None or meter in COUNTED_HERE else self.offer.limits.get(meter)
        return None if limit is None else Decimal(limit)

    def limited(self, meters: Sequence[str]) -> Mapping[str, Decimal | None]:
        """Those of the meters that have an alert or a cap."""
        caps = {meter: self.cap(meter) for meter in dict.fromkeys(meters) if meter in self.meters}
        return {meter: cap for meter, cap in caps.items() if cap is not None or meter in self.limits.limits}


def included_in(offer: PlanPrices | None, terms: Terms, meter: str) -> Decimal | None:
    """What a plan includes of a meter in a whole month."""
    found = [
        price.included
        for price in (offer.charged(terms.model) if offer else ())
        if price.kind is PriceKind.METER and price.meter == meter and price.included > 0
    ]
    return found[0] if found else None


def ground_of(context: Context) -> Ground:
    """For a decision. The limits are guarded: whoever sets one sees every use before it, and none slips by.

    Meters never go away or change, and months stay where they began.
    """
    ground = ground_at(context.store, context.tenant_id, context.ports.price_lists.versions(), context.now)
    context.store.rely_on(ground.limits.id, ground.limits.version)
    return ground


def ground_at(streams: Streams, tenant_id: UUID, versions: Iterable[PlanPrices], at: datetime) -> Ground:
    """Read in one look."""
    meters_at, subscribed, limited = (
        meters_id(tenant_id),
        subscription_id(tenant_id),
        meter_limits_id(tenant_id),
    )
    found = streams.find_all({meters_at: Meters, subscribed: Subscription, limited: MeterLimits})
    meters, subscription, limits = (found.get(each) for each in (meters_at, subscribed, limited))
    taken = subscription if isinstance(subscription, Subscription) else None
    return Ground(
        meters.all() if isinstance(meters, Meters) else SHIPPED_METERS,
        taken,
        None if taken is None else taken.offer_at(versions, at),
        limits if isinstance(limits, MeterLimits) else MeterLimits.new(limited),
    )


def room_for(uses: Sequence[Use], ground: Ground, totals: Totals) -> Room:
    """What is left for the uses; amounts that matter are guarded."""
    caps = ground.limited([use.meter for use in uses])
    most = {
        meter: sum(
            units_of(use, ground.meters[meter].aggregation)
            for use in uses
            if use.meter == meter and use.meter in ground.meters
        )
        for meter in caps
    }

    def counted(place: str) -> int:
        meter, _, month = place.rpartition(":")
        limit = ground.limits.limits.get(meter, NO_LIMIT)
        said = {one.amount for one in ground.limits.in_month(meter, month) if one.alert is not None}
        amounts = [amount for amount in limit.thresholds(ground.included(meter)) if amount not in said]
        cap = caps[meter]
        lowest = min([*amounts, *([] if cap is None else [cap])], default=None)
        # Well below every amount at which something happens, it does not matter who else is counting.
        same = None if lowest is None else int(lowest * MICRO) - most[meter] - 1
        return totals.of(METERED, place, without=NOBODY, same_up_to=same if same and same > 0 else None)

    return Room(
        ground.meters,
        caps,
        Months(ground.zone),
        counted=counted,
        subjects=lambda place: frozenset(totals.holders(METERED, place)),
    )


def raise_reached(ground: Ground, room: Room, context: Context) -> bool:
    """Notes alerts and caps that a batch has reached; is there anything to save?"""
    touched = {**room.totals}
    for meter, month in room.refused:
        touched.setdefault((meter, month), ground.cap(meter) or Decimal(0))
    for (meter, month), total in touched.items():
        ground.limits.note(
            meter,
            month,
            counted=total,
            included=ground.included(meter),
            cap=ground.cap(meter),
            is_refused=(meter, month) in room.refused,
            at=context.now,
        )
    return ground.limits.has_pending_events


def counted_of(meter: str, month: str, totals: Totals) -> Decimal:
    """What was counted towards the limits of a meter in a month. For showing: not guarded."""
    place = (METERED, place_of(meter, month))
    return Decimal(totals.taken([place])[place]) / MICRO
