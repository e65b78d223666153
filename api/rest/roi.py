"""What a company gains by its own account: inputs, result, and the events every euro comes from."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Listing, Resource, View
from api.rest.dashboards import End, Start, months
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.travel.roi import SetRoiInputs
from domain.travel.roi import Roi, RoiInputs, roi_id
from projections.travel import roi
from projections.travel.roi import Result, Source

router = Shelf(
    prefix="/api/v1/enterprise/tenants/{tenant_id}/roi", tags=["dashboards"], route_class=StrictRoute
)
CAUGHT_UP = [
    caught_up("travel-totals"),
    caught_up("travel-spend"),
    caught_up("trips"),
    caught_up("violations", fed_by="policy-enforcement"),
]


class DatedInputs(View):
    """The inputs in force from one month to the next set."""

    effective_from: date
    inputs: RoiInputs


class RoiInputsView(Resource):
    """All inputs a company has declared, the earliest first."""

    data: list[DatedInputs]

    @classmethod
    def of(cls, declared: Roi, position: int | None = None) -> Self:
        """The inputs as they stand."""
        return cls(version=declared.version, position=position, data=_dated(declared))


class RoiView(Result):
    """The return of a period, with every input it was calculated by."""

    tenant_id: UUID
    start: date
    end: date
    inputs: list[DatedInputs] = Field(description="every set that was in force in the period")


class RoiSources(Listing[Source]):
    """One page of sources: whatever the next trips and violations of the log add; it may be shorter than asked."""


@router.put("/inputs", operation_id="set_roi_inputs", summary="Declare the inputs of the return")
def set_roi_inputs(tenant_id: UUID, body: SetRoiInputs, session: SessionDep) -> RoiInputsView:
    """Declares the constants by which the months from `effective_from` on are calculated, as a whole set: what is left
    out is not calculated. Months before keep the inputs they had; the same month again replaces its set."""
    session.only_tenant(tenant_id)
    declared, answer = session.change(body, Roi, roi_id(tenant_id))
    return RoiInputsView.of(declared, answer.saved.position)


@router.get("/inputs", operation_id="get_roi_inputs", summary="Get the inputs", dependencies=[AtLeast])
def get_roi_inputs(tenant_id: UUID, session: SessionDep) -> RoiInputsView:
    """Every set of inputs and the month from which it is in force. 404 while none has been declared."""
    session.only_tenant(tenant_id)
    return session.show(RoiInputsView.of(session.stream(Roi, roi_id(tenant_id))))


@router.get("", operation_id="get_roi", summary="Return on investment", dependencies=CAUGHT_UP)
def get_roi(tenant_id: UUID, session: SessionDep, start: Start = None, end: End = None) -> RoiView:
    """What the company gained in a period by its own inputs: formula `roi-1`.

    Per trip that stands and starts in a month, by the inputs in force then. `time_saved`: minutes_saved_per_trip x
    hourly_cost / 60. `approval_time`: the same with minutes_saved_per_approval, for trips somebody approved.
    `violations_avoided`: violations_per_100_trips_before x violation_cost / 100 per trip, less violation_cost for each
    violation found and not excepted. `negotiated_rates`: reference price less price paid, per segment on a route
    with a reference price. A part without its inputs is null and says what it needs; nothing is assumed.
    `sensitivity` moves each input by a tenth; `/roi/sources` lists the trips and violations the euros come from.
    """
    session.only_tenant(tenant_id)
    first, last = months(start, end, today=session.house.clock().date())
    declared = _declared(session, tenant_id)
    every = list(_each_month(first, last))
    by_month = roi.in_force(declared.inputs_from, every)
    with session.house.reading(tenant_id) as sql:
        happened = roi.happened(sql, start=first, end=last)
    result = roi.calculate(happened, by_month, every)
    used = [by_month[month] for month in every if month in by_month]
    return RoiView(
        tenant_id=tenant_id,
        start=first,
        end=last,
        inputs=[dated for dated in _dated(declared) if dated.inputs in used],
        **dict(result),
    )


@router.get(
    "/sources", operation_id="list_roi_sources", summary="Sources of the return", dependencies=CAUGHT_UP
)
def list_roi_sources(
    tenant_id: UUID,
    session: SessionDep,
    start: Start = None,
    end: End = None,
    component: Annotated[roi.Component | None, Query(description="one part of the result only")] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> RoiSources:
    """What each trip and violation adds to each part, in the order of the log. All pages add up to the result."""
    session.only_tenant(tenant_id)
    first, last = months(start, end, today=session.house.clock().date())
    declared = _declared(session, tenant_id)

    after, following = session.place({"start": first, "end": last, "component": component}, cursor)
    with session.house.reading(tenant_id) as sql:
        found, next_after = roi.sources(
            sql, declared.inputs_from, start=first, end=last, after=int(after[0]) if after else 0, limit=limit
        )
    shown = [source for source in found if component in (None, source.component)]
    return RoiSources(data=shown, next_cursor=following(None if next_after is None else (next_after,)))


def _declared(session: Session, tenant_id: UUID) -> Roi:
    stream_id = roi_id(tenant_id)
    return session.house.streams(tenant_id).find(Roi, stream_id) or Roi.new(stream_id)


def _dated(declared: Roi) -> list[DatedInputs]:
    return [
        DatedInputs(effective_from=day, inputs=inputs) for day, inputs in sorted(declared.inputs_from.items())
    ]


def _each_month(start: date, end: date) -> list[date]:
    count = (end.year - start.year) * 12 + end.month - start.month
    return [
        date(start.year + (start.month - 1 + step) // 12, (start.month - 1 + step) % 12 + 1, 1)
        for step in range(count)
    ]
