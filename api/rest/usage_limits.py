"""Limits: at which amounts of a month a company is told, and where its use ends."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.billing.meter_limits import SetMeterLimit
from application.billing.metering import Ground, counted_of, ground_at
from domain.billing.calendar import month_of
from domain.billing.meter_limits import NO_LIMIT, MeterLimit, MeterLimits, meter_limits_id
from domain.billing.price import Name

router = Shelf(prefix="/api/v1/usage/limits", tags=["usage"], route_class=StrictRoute)

MeterCode = Annotated[Name, Path()]


class UsageAlert(BaseModel):
    """One amount at which the company is told, once in a month."""

    model_config = ConfigDict(frozen=True)

    amount: Decimal | None
    percent: int | None = Field(description="of what the plan includes in a whole month")
    threshold: Decimal | None = Field(description="the amount it comes to under the plan of today")
    raised_at: datetime | None = Field(description="null: not in this month")


class UsageLimitView(BaseModel):
    """A meter that has a limit, and where its month stands."""

    model_config = ConfigDict(frozen=True)

    meter: str
    month: str = Field(description="the month it is where the company lives")
    counted: Decimal = Field(
        description="reported for the month, once per transaction id; what was corrected keeps its place"
    )
    alerts: list[UsageAlert]
    cap: Decimal | None = Field(description="the company's own")
    plan_cap: Decimal | None = Field(description="what the plan, or the deal, allows of it in a month")
    cap_reached_at: datetime | None = Field(description="since when uses are refused, in this month")


class UsageLimitList(Listing[UsageLimitView]):
    """Every meter with a limit."""


class UsageLimitResource(Resource):
    """The limit of one meter. Its version is that of all limits of the company."""

    limit: UsageLimitView


@router.get("", operation_id="list_usage_limits", summary="List usage limits", dependencies=[AtLeast])
def list_usage_limits(session: SessionDep) -> UsageLimitList:
    """Every meter with an alert or a cap. Always as new as can be."""
    ground = _ground(session)
    limited = [code for code in ground.meters if code in ground.limited([code])]
    return UsageLimitList(data=[_view(code, ground, session) for code in limited], next_cursor=None)


@router.put("/{meter}", operation_id="set_usage_limit", summary="Limit a meter")
def set_usage_limit(meter: MeterCode, body: MeterLimit, session: SessionDep) -> UsageLimitResource:
    """Tells the company, once in a month, when a meter has come to these amounts, and refuses what is beyond the cap.

    Refused uses are answered item by item with `cap_reached`; API calls with 429 `calls_cap_reached`. Neither alerts
    nor a cap takes the limit away. This operation answers when calls are capped, so that the cap can be raised.
    """
    command = SetMeterLimit(meter=meter, limit=body)
    found, answer = session.change(command, MeterLimits, meter_limits_id(session.tenant_id))
    view = _view(meter, _ground(session), session)
    return UsageLimitResource(version=found.version, position=answer.saved.position, limit=view)


def _ground(session: Session) -> Ground:
    house = session.house
    return ground_at(
        house.streams(session.tenant_id), session.tenant_id, house.price_lists.versions(), house.clock()
    )


def _view(meter: str, ground: Ground, session: Session) -> UsageLimitView:
    limits = ground.limits
    limit, included = limits.limits.get(meter, NO_LIMIT), ground.included(meter)
    month = month_of(session.house.clock(), ground.zone)
    raised = {one.alert: one.at for one in limits.in_month(meter, month)}
    cap = ground.cap(meter)
    stopped = [one.at for one in limits.in_month(meter, month) if one.alert is None and one.amount == cap]
    return UsageLimitView(
        meter=meter,
        month=month,
        counted=counted_of(meter, month, session.house.amounts(session.tenant_id)),
        alerts=[
            UsageAlert(
                amount=alert.amount,
                percent=alert.percent,
                threshold=alert.threshold(included),
                raised_at=raised.get(alert),
            )
            for alert in limit.alerts
        ],
        cap=limit.cap,
        plan_cap=ground.plan_cap(meter),
        cap_reached_at=stopped[-1] if stopped else None,
    )
