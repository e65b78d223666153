"""Uses too old for their company's own rule: the rule, those that wait, and how they are let go."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, CursorText, Limit, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.billing.usage import LimitUsageAge, ReleaseParkedUsage
from domain.billing.meter_limits import MeterLimits, meter_limits_id
from domain.billing.parking import ParkedUsage, ParkedUse, parked_usage_id

router = Shelf(prefix="/api/v1/usage", tags=["usage"], route_class=StrictRoute)


class UsageAgeLimitView(Resource):
    """How far back a use may lie when it is reported. Its version is that of all limits of the company."""

    most_days: int | None = Field(description="null: however far")


class ParkedUseView(BaseModel):
    """A use that waits: it has its transaction id for good, and counts nowhere."""

    model_config = ConfigDict(frozen=True)

    transaction_id: str
    meter: str
    at: datetime
    quantity: Decimal
    subject: str | None
    corrects: str | None
    batch_id: str = Field(description="the batch it was reported in")
    number: int = Field(description="its place in the batch, from 0")
    reported_at: datetime

    @classmethod
    def of(cls, use: ParkedUse) -> "ParkedUseView":
        """The use as it was reported."""
        return cls(**{**dict(use), "batch_id": str(use.batch_id)})


class ParkedUseList(Listing[ParkedUseView]):
    """One page of the uses that wait, by transaction id."""


class ReleasedUsage(Resource):
    """What was released, and how many uses still wait."""

    released: int
    waiting: int


@router.get(
    "/age-limit", operation_id="get_usage_age_limit", summary="Get the age limit", dependencies=[AtLeast]
)
def get_usage_age_limit(session: SessionDep) -> UsageAgeLimitView:
    """How many days back a use may lie. Always as new as can be."""
    stream_id = meter_limits_id(session.tenant_id)
    found = session.house.streams(session.tenant_id).find(MeterLimits, stream_id)
    limits = found or MeterLimits.new(stream_id)
    return session.show(UsageAgeLimitView(version=limits.version, most_days=limits.most_days))


@router.put("/age-limit", operation_id="limit_usage_age", summary="Limit the age of uses")
def limit_usage_age(body: LimitUsageAge, session: SessionDep) -> UsageAgeLimitView:
    """From now on, older uses are parked: kept for good under their ids, visible, and on no invoice until released.

    What was counted or parked before stays so. Null, as at first, parks none: whatever is reported is billed.
    """
    found, answer = session.change(body, MeterLimits, meter_limits_id(session.tenant_id))
    return UsageAgeLimitView(version=found.version, position=answer.saved.position, most_days=found.most_days)


@router.get("/parked", operation_id="list_parked_usage", summary="List parked usage", dependencies=[AtLeast])
def list_parked_usage(session: SessionDep, limit: Limit = 50, cursor: CursorText = None) -> ParkedUseList:
    """The uses that were too old when they were reported, and wait. Always as new as can be."""
    after, following = session.place({}, cursor)
    parked = session.house.streams(session.tenant_id).find(ParkedUsage, parked_usage_id(session.tenant_id))
    waiting = parked.waiting if parked else {}
    names = [name for name in sorted(waiting) if after is None or name > after[0]][: limit + 1]
    last = (names[limit - 1],) if len(names) > limit else None
    shown = [ParkedUseView.of(waiting[name]) for name in names[:limit]]
    return ParkedUseList(data=shown, next_cursor=following(last))


@router.post("/parked/release", operation_id="release_parked_usage", summary="Release parked usage")
def release_parked_usage(body: ReleaseParkedUsage, session: SessionDep) -> ReleasedUsage:
    """Lets up to a thousand parked uses count: those of a billed month are corrections on the next invoice.

    No cap holds them up. All of them, or none when nothing waits under one of the ids.
    """
    parked, answer = session.change(body, ParkedUsage, parked_usage_id(session.tenant_id))
    return ReleasedUsage(
        version=parked.version,
        position=answer.saved.position,
        released=len(set(body.transaction_ids)),
        waiting=len(parked.waiting),
    )
