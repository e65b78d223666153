"""The service level: what was promised, what prober and company saw, and what is given back."""

from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import Field

from api.rest.conventions import Listing, View
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.ports.uptime import UptimeFigures
from domain.billing.calendar import Month, month_of, period_of
from domain.billing.sla import OwnCalls, Sla, SlaMonth, sla_id
from domain.billing.subscription import Subscription, subscription_id
from domain.billing.uptime import Uptime
from domain.kernel.money import Currency
from domain.kernel.period import Period

router = Shelf(prefix="/api/v1/billing/sla", tags=["billing"], route_class=StrictRoute)
SECOND_US = 1_000_000


class SlaMonthView(View):
    """A month against its promise. What nobody saw and what was slow is told, and counts as up."""

    month: Month
    is_final: bool = Field(description="billed and judged; before, it is what is known so far")
    promised_percent: Decimal | None = Field(description="null where the plan promises nothing")
    available_percent: Decimal
    down_s: Decimal = Field(description="by the prober or by the company's own calls; no moment counts twice")
    down_by_prober_s: Decimal = Field(
        description="by probes and declared incidents, less excused maintenance"
    )
    down_by_own_calls_s: Decimal = Field(
        description="minutes with ten or more calls of the company of which half or more were answered 5xx by the"
        " house (504 excepted), less excused maintenance"
    )
    failure_rule: int | None = Field(
        description="the version of the rule for own calls; null where a month was judged by the prober alone"
    )
    degraded_s: Decimal
    unknown_s: Decimal
    excused_s: Decimal = Field(description="maintenance announced five days ahead, four hours at most")
    credit_percent: int = Field(description="of the month's fixed fee, on the next invoice")
    credit_minor: int
    currency: Currency | None

    @classmethod
    def of(
        cls,
        month: str,
        uptime: Uptime,
        own: OwnCalls | None,
        promised: Decimal | None,
        judged: SlaMonth | None,
    ) -> Self:
        """The month as it was judged, or as it stands."""
        return cls(
            month=month,
            is_final=judged is not None,
            promised_percent=None if promised is None else promised * 100,
            available_percent=uptime.percent,
            down_s=Decimal(uptime.down_us) / SECOND_US,
            down_by_prober_s=Decimal(own.probed_down_us if own else uptime.down_us) / SECOND_US,
            down_by_own_calls_s=Decimal(own.down_us if own else 0) / SECOND_US,
            failure_rule=own.rule if own else None,
            degraded_s=Decimal(uptime.degraded_us) / SECOND_US,
            unknown_s=Decimal(uptime.unknown_us) / SECOND_US,
            excused_s=Decimal(uptime.excused_us) / SECOND_US,
            credit_percent=judged.credit_percent if judged else 0,
            credit_minor=judged.credit_minor if judged else 0,
            currency=judged.currency if judged else None,
        )


class SlaListing(Listing[SlaMonthView]):
    """The months, the latest first; the one that runs stands before them."""


@router.get("", operation_id="list_sla_months", summary="List months of service", dependencies=[AtLeast])
def list_sla_months(session: SessionDep) -> SlaListing:
    """Every month that was judged, and the one that runs as far as it is known. Always as new as can be."""
    house, streams, now = session.house, session.house.streams(session.tenant_id), session.house.clock()
    subscription = streams.find(Subscription, subscription_id(session.tenant_id))
    known = streams.find(Sla, sla_id(session.tenant_id))
    shown = [
        SlaMonthView.of(month, judged.uptime, judged.own, judged.promised, judged)
        for month, judged in sorted(known.months.items() if known else (), reverse=True)
    ]
    if subscription is not None:
        shown.insert(0, _running(house.commands.ports_of(streams).uptime, subscription.zone, now))
    return SlaListing(data=shown, next_cursor=None)


def _running(uptime: UptimeFigures, zone: str, now: datetime) -> SlaMonthView:
    month = month_of(now, zone)
    so_far = Period(start=period_of(month, zone).start, end=now)
    observed = uptime.of(so_far, now=now)
    return SlaMonthView.of(month, observed.uptime, observed.own, uptime.promised(so_far), None)
