"""Several services in one visit, one after the other; and clients who want to be forgotten."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.booking_slots import WINDOW, Since, SlotList, SlotView, Until
from api.rest.conventions import Resource
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.combined import BookCombinedVisit, CancelCombinedVisit, combined_listing
from application.booking.wish import Wish
from application.kernel.command import Command
from application.platform.members import EraseSubject
from domain.booking.appointment_events import By
from domain.booking.combined_visit import MOST_PARTS, CombinedVisit, Part
from domain.booking.practitioner import Practitioner
from domain.kernel.refusals import NotFound
from domain.kernel.text import Line
from domain.platform.member import Member
from domain.platform.subject import DataSubject, subject_stream

router = Shelf(prefix="/api/v1/booking", tags=["appointments"], route_class=StrictRoute)


class CombinedVisitView(Resource):
    """One client's services in a row."""

    id: UUID
    client_id: UUID
    site_id: UUID
    zone: str
    parts: list[Part] = Field(description="each an appointment of its own, in order")
    is_cancelled: bool

    @classmethod
    def of(cls, one: CombinedVisit, position: int | None = None) -> Self:
        """The visit as it was booked; what became of each part is asked of the part."""
        assert one.client_id is not None
        assert one.site_id is not None
        return cls(
            id=one.id,
            version=one.version,
            position=position,
            client_id=one.client_id,
            site_id=one.site_id,
            zone=one.zone,
            parts=list(one.parts),
            is_cancelled=one.is_cancelled,
        )


class CallingOff(Command):
    """Who calls it off, and why."""

    by: By = By.STAFF
    reason: Line | None = None


class ErasedClientView(Resource):
    """A client whose personal data can no longer be read."""

    id: UUID
    erased_at: datetime


@router.get(
    "/combined-visits/slots",
    operation_id="list_combined_slots",
    summary="List free slots for several services",
    dependencies=[AtLeast],
)
def list_combined_slots(
    session: SessionDep,
    site_id: UUID,
    service_id: Annotated[
        list[UUID],
        Query(min_length=2, max_length=MOST_PARTS, description="in the order in which they follow"),
    ],
    since: Since = None,
    until: Until = None,
    handover_minutes: Annotated[int, Query(ge=0, le=240)] = 0,
    client_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> SlotList:
    """Every start at which all of the services can be booked in a row. The booking command judges the same way."""
    ground = session.house.ground(session.tenant_id)
    start = since or ground.now
    wishes = tuple(Wish(one, site_id, client_id=client_id) for one in service_id)
    found = combined_listing(
        wishes,
        ground,
        start=start,
        end=until or start + WINDOW,
        handover_minutes=handover_minutes,
        limit=limit,
    )
    return SlotList(data=[SlotView(starts_at=one.starts_at, ends_at=one.ends_at) for one in found])


@router.post(
    "/combined-visits",
    operation_id="book_combined_visit",
    status_code=201,
    summary="Book several services in a row",
)
def book_combined_visit(body: BookCombinedVisit, session: SessionDep) -> CombinedVisitView:
    """Books one service after the other in one step, all or none; the client keeps the same practitioner where that
    is possible, and is handed over where it is not."""
    made, answer, _ = session.create(body, CombinedVisit, location="/api/v1/booking/combined-visits/{id}")
    return CombinedVisitView.of(made, answer.saved.position)


@router.get(
    "/combined-visits/{combined_visit_id}",
    operation_id="get_combined_visit",
    summary="Get services in a row",
    dependencies=[AtLeast],
)
def get_combined_visit(combined_visit_id: UUID, session: SessionDep) -> CombinedVisitView:
    """The parts as they were booked."""
    return session.show(CombinedVisitView.of(session.stream(CombinedVisit, combined_visit_id)))


@router.post(
    "/combined-visits/{combined_visit_id}/cancel",
    operation_id="cancel_combined_visit",
    summary="Call services in a row off",
)
def cancel_combined_visit(
    combined_visit_id: UUID, body: CallingOff, session: SessionDep
) -> CombinedVisitView:
    """Calls off every part that has not begun, in one step."""
    command = CancelCombinedVisit(combined_visit_id=combined_visit_id, by=body.by, reason=body.reason)
    one, answer = session.change(command, CombinedVisit, combined_visit_id)
    return CombinedVisitView.of(one, answer.saved.position)


@router.post(
    "/clients/{client_id}/erase", operation_id="erase_booking_client", summary="Forget a client for good"
)
def erase_booking_client(client_id: UUID, session: SessionDep) -> ErasedClientView:
    """Destroys the key of the client's personal data: names, addresses, notes and answers can no longer be read, in
    the log as in every copy of it. What was booked, paid and queued for stays, without a person behind it."""
    streams = session.house.streams(session.tenant_id)
    # People of the company are forgotten at their own doors, which also end their access.
    is_of_the_company = any(streams.find(kind, client_id) is not None for kind in (Member, Practitioner))
    if is_of_the_company or not session.house.keeps_personal_data_of(session.tenant_id, client_id):
        raise NotFound
    session.refuse_if_match()
    answer = session.house.execute(session.prepared(EraseSubject(subject_id=client_id)))
    one = session.house.streams(session.tenant_id).load(DataSubject, subject_stream(client_id))
    assert one.erased_at is not None
    return ErasedClientView(
        id=client_id, version=one.version, position=answer.saved.position, erased_at=one.erased_at
    )
