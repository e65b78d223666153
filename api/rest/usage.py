"""Usage: what clients report, what becomes of each use, and what the meters come to."""

from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.billing.usage import DefineMeter, ReportUsage
from domain.billing.meter import COUNTED_HERE, SHIPPED_METERS, Aggregation, Meter, Meters, meters_id
from domain.billing.subscription import Subscription, subscription_id
from domain.billing.usage import ItemStatus, Reason, UsageBatch
from domain.kernel.instants import Instant
from domain.kernel.period import Period
from domain.kernel.refusals import Malformed, NotFound
from projections.billing import usage
from projections.billing.usage import Window, WindowFigure

router = Shelf(prefix="/api/v1/usage", tags=["usage"], route_class=StrictRoute)

# What the house counts lies in the memory of a process for five seconds before it is in the log.
COUNTING_LAG = timedelta(seconds=10)
MOST_DAYS = {"hour": 62, "day": 1_100, "month": 11_000}


class MeterUnknown(NotFound):
    """This company has no such meter."""


class PeriodTooLong(Malformed):
    """A period has at most 62 days by hour, 1 100 by day and 11 000 by month, and ends after it starts."""


class UsageMeterView(Meter):
    """What is counted, and whether the house counts it itself."""

    is_counted_here: bool = Field(description="such a meter takes no reports")


class UsageMeterList(Listing[UsageMeterView]):
    """Every meter of the company."""


class DefinedMeter(Resource):
    """A meter of the company's own."""

    meter: UsageMeterView


class UseOutcome(BaseModel):
    """What became of one use."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(description="its place in the batch, from 0")
    transaction_id: str | None
    status: ItemStatus
    reason: Reason | None = Field(description="why it does not count")
    field: str | None = Field(description="which field the reason is about")


class UsageBatchView(Resource):
    """A batch of uses, each with its outcome: accepted, duplicate, conflict, rejected or parked."""

    id: UUID
    accepted: int
    duplicate: int
    conflict: int
    rejected: int
    parked: int = Field(description="too old by the company's own rule: kept, and counted once released")
    outcomes: list[UseOutcome]

    @classmethod
    def of(cls, batch: UsageBatch, position: int | None = None) -> Self:
        """The batch in the order it was sent."""
        outcomes = [
            UseOutcome(
                number=one.number,
                transaction_id=one.transaction_id,
                status=ItemStatus.ACCEPTED,
                reason=None,
                field=None,
            )
            for one in batch.counted
        ]
        outcomes += [UseOutcome(**dict(one)) for one in batch.uncounted]
        times = {status.value: sum(one.status is status for one in outcomes) for status in ItemStatus}
        return cls(
            version=batch.version,
            position=position,
            id=batch.id,
            outcomes=sorted(outcomes, key=lambda one: one.number),
            **times,
        )


class UsageView(BaseModel):
    """What a meter came to, by window. The same `cut` gives the same figures for ever."""

    model_config = ConfigDict(frozen=True)

    meter: str
    aggregation: Aggregation
    window: Window
    zone: str = Field(description="where days and months begin: the zone of the subscription")
    cut: int = Field(description="the position up to which reports were read; pass it to read the same again")
    complete_until: datetime | None = Field(
        description="every report acknowledged until then is in; null before the first event. What the house"
        " counts itself is in ten seconds before"
    )
    data: list[WindowFigure] = Field(description="windows without any use are left out")


@router.get("/meters", operation_id="list_usage_meters", summary="List usage meters", dependencies=[AtLeast])
def list_usage_meters(session: SessionDep) -> UsageMeterList:
    """Every meter of the company, shipped ones included. Always as new as can be."""
    return UsageMeterList(data=[_view(one) for one in _meters(session).values()], next_cursor=None)


@router.post("/meters", operation_id="define_usage_meter", summary="Define a usage meter", status_code=201)
def define_usage_meter(body: DefineMeter, session: SessionDep) -> DefinedMeter:
    """Begins to count something. What a meter makes of its uses never changes."""
    made, answer, _ = session.create(body, Meters, location="/api/v1/usage/meters")
    view = _view(Meter.model_validate(body.model_dump()))
    return DefinedMeter(version=made.version, position=answer.saved.position, meter=view)


@router.post("/events", operation_id="report_usage", summary="Report usage")
def report_usage(body: ReportUsage, session: SessionDep) -> UsageBatchView:
    """Takes up to a thousand uses and answers for each: a bad one never loses the others.

    Accepted uses are durable. The same `transaction_id` with the same content is a duplicate, however much
    later; with other content it is a conflict, and the first stays.
    """
    batch, answer, _ = session.create(body, UsageBatch, location="/api/v1/usage/events/{id}")
    return UsageBatchView.of(batch, answer.saved.position)


@router.get(
    "/events/{batch_id}",
    operation_id="get_usage_batch",
    summary="Get a batch of usage",
    dependencies=[AtLeast],
)
def get_usage_batch(batch_id: UUID, session: SessionDep) -> UsageBatchView:
    """What became of each use of a batch."""
    return session.show(UsageBatchView.of(session.stream(UsageBatch, batch_id)))


@router.get("", operation_id="get_usage", summary="Get usage", dependencies=[caught_up("usage")])
def get_usage(
    meter: Annotated[str, Query(max_length=60)],
    start: Annotated[Instant, Query(alias="from")],
    end: Annotated[Instant, Query(alias="to")],
    session: SessionDep,
    window: Window = "day",
    cut: Annotated[
        int | None, Query(ge=0, lt=2**63, description="a cut of an earlier answer; the latest by default")
    ] = None,
) -> UsageView:
    """What a meter came to by hour, day or month of the company's zone."""
    if not start < end or (end - start).days > MOST_DAYS[window]:
        raise PeriodTooLong(pointer="/to", location="query")
    known = _meters(session).get(meter)
    if known is None:
        raise MeterUnknown
    zone = _zone(session)
    with session.house.reading(session.tenant_id) as sql:
        read = usage.cut(sql, cut)
        found = usage.figures(
            sql,
            meter,
            known.aggregation,
            Period(start=start, end=end),
            window=window,
            zone=zone,
            at=read.position,
        )
    return UsageView(
        meter=meter,
        aggregation=known.aggregation,
        window=window,
        zone=zone,
        cut=read.position,
        complete_until=_complete(meter, read.complete_until),
        data=found,
    )


def _view(meter: Meter) -> UsageMeterView:
    return UsageMeterView(**meter.model_dump(), is_counted_here=meter.code in COUNTED_HERE)


def _meters(session: Session) -> dict[str, Meter]:
    found = session.house.streams(session.tenant_id).find(Meters, meters_id(session.tenant_id))
    return dict(SHIPPED_METERS if found is None else found.all())


def _complete(meter: str, until: datetime | None) -> datetime | None:
    return until - COUNTING_LAG if until is not None and meter in COUNTED_HERE else until


def _zone(session: Session) -> str:
    """Where the company's days begin; in UTC for one without a subscription."""
    streams = session.house.streams(session.tenant_id)
    found = streams.find(Subscription, subscription_id(session.tenant_id))
    return "UTC" if found is None else found.zone
