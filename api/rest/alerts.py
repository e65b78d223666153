"""Violations as they are found: a stream that can be left and taken up again anywhere."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import date, datetime
from time import monotonic
from typing import Annotated, Self
from uuid import UUID

from fastapi import Header, Query, Response
from pydantic import Field

from adapters.bootstrap import Listener, Pace
from api.rest.conventions import View
from api.rest.event_stream import HEARTBEAT, MEDIA_TYPE, RETRY_MS, EventStream, frame
from api.rest.session import KnownDep, PositionUnknown, Session
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from domain.travel.rule import Outcome, Rule
from domain.travel.violation import Stage, ViolationFlagged

router = Shelf(prefix="/api/v1/enterprise/violations", tags=["violations"], route_class=StrictRoute)
COME_BACK = frame(event="reconnect", data="{}", retry_ms=RETRY_MS)
NO_LONGER = frame(event="ended", data='{"code":"credential_ended"}')


class ViolationAlert(View):
    """One violation as it was when it was found; the same whenever it is sent."""

    id: UUID
    position: int
    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: str
    limit: str
    unit: str
    period: str | None
    scope: str | None
    outcome: Outcome
    policy_id: UUID
    policy_version: int
    stage: Stage
    starts_on: date | None
    department_id: UUID | None
    cost_centre_id: UUID | None
    group_id: UUID | None
    flagged_at: datetime

    @classmethod
    def of(cls, flagged: ViolationFlagged) -> Self:
        """The finding as clients see it."""
        return cls(
            id=flagged.originator_id,
            flagged_at=flagged.occurred_at,
            position=flagged.position,
            **flagged.allocation.model_dump(),
            **{name: getattr(flagged, name) for name in _SAME},
        )


_SAME = set(ViolationAlert.model_fields) & set(ViolationFlagged.model_fields)
Position = Annotated[int | None, Field(ge=0, lt=2**63)]


@router.get(
    "/stream",
    operation_id="stream_violations",
    summary="Follow violations as they are found",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events (HTML standard, section 9.2).",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        }
    },
)
async def stream_violations(
    session: KnownDep,
    last_event_id: Annotated[
        Position, Query(description="like the header, for clients that cannot set one; the header wins")
    ] = None,
    last_event: Annotated[
        Position,
        Header(alias="Last-Event-ID", description="the id received last; everything after it follows"),
    ] = None,
    follow: Annotated[bool, Query(description="false: end once everything found until now was sent")] = True,
) -> EventStream:
    """Every violation the policy wants told, each exactly once. Travellers see their own.

    An event is `event: violation`, `id:` its position in the company's log, `data:` a ViolationAlert
    as JSON. Without a Last-Event-ID the stream starts now, and its first frame is an `id:` alone.
    Between events there are comments. `event: reconnect` says that this process stops: come back
    with the last id. `event: ended` says that the credential no longer opens this stream. A
    company has at most 50 streams per API process; one more is refused with 429.
    """
    after = last_event if last_event is not None else last_event_id
    head = await asyncio.to_thread(session.house.streams(session.tenant_id).head)
    if after is not None and after > head:
        place = {"pointer": "/last_event_id", "location": "query"}
        if last_event is not None:
            place = {"pointer": "/Last-Event-ID", "location": "header"}
        raise PositionUnknown(**place)
    hub = session.house.live
    listener = hub.open(session.tenant_id, after=head if after is None else after, head=head)
    opening = frame(id=head if after is None else None, retry_ms=RETRY_MS)
    frames = _frames(session, listener, opening, hub.pace, until=None if follow else head)
    return EventStream(frames, send_s=hub.pace.send_s, on_close=listener.close)


async def _frames(
    session: Session, listener: Listener[ViolationFlagged], opening: bytes, pace: Pace, *, until: int | None
) -> AsyncGenerator[bytes, None]:
    """The opening, then alerts, comments while there are none, and a word at the end."""
    yield opening
    check_at = monotonic() + pace.recheck_s
    beat_at = monotonic() + pace.heartbeat_s
    while until is None or listener.position < until:
        alerts = await listener.following(min(check_at, beat_at) - monotonic())
        if monotonic() >= check_at:
            if not await asyncio.to_thread(session.still_reaches):
                yield NO_LONGER
                return
            check_at = monotonic() + pace.recheck_s
        for alert in alerts:
            if session.own_id in (None, alert.traveller_id):
                yield frame(
                    event="violation", data=ViolationAlert.of(alert).model_dump_json(), id=alert.position
                )
                beat_at = monotonic() + pace.heartbeat_s
        if listener.is_over:
            yield COME_BACK
            return
        if monotonic() >= beat_at:
            yield HEARTBEAT
            beat_at = monotonic() + pace.heartbeat_s
