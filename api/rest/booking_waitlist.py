"""The waiting list: who waits, who was offered a time that is kept for them, and why them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Resource, View, answer_headers, etag
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.waitlist import (
    AcceptOffer,
    DeclineOffer,
    JoinWaitlist,
    LeaveWaitlist,
    OfferFreedSlot,
)
from application.kernel.command import Command
from application.platform.permissions import permits
from domain.booking.service import Service
from domain.booking.waitlist import WAITING_FOR, Standing, WaitlistEntry, WaitStatus, Wanting

router = Shelf(prefix="/api/v1/booking/waitlist", tags=["waitlist"], route_class=StrictRoute)

MOST = 200


class WaitlistView(Resource):
    """One client's place in the queue for a service."""

    id: UUID
    wanting: Wanting
    client_id: UUID
    client_name: str | None = Field(description="null where the caller keeps no book")
    status: WaitStatus
    place: int | None = Field(description="how many wait in front, plus one; null is who waits no longer")
    appointment_id: UUID | None = Field(description="the visit that is kept for them")
    starts_at: datetime | None = Field(description="the time that was offered")
    hold_until: datetime | None = Field(description="until when it is kept")
    queue: tuple[Standing, ...] = Field(
        description="the receipt: who stood where when the offer was made, and why each was passed"
    )

    @classmethod
    def of(cls, one: WaitlistEntry, session: Session, position: int | None = None) -> Self:
        """The place as it is at this moment."""
        queue = session.house.amounts(session.tenant_id).holders(WAITING_FOR, str(one.wants.service_id))
        lapsed = one.has_lapsed(session.house.clock())
        return cls(
            id=one.id,
            version=one.version,
            position=position,
            wanting=one.wants,
            client_id=one.client_id,
            client_name=one.client_name if permits("join_waitlist", session.caller.roles) else None,
            status=WaitStatus.LAPSED if lapsed else one.status,
            place=queue.index(one.id) + 1 if one.id in queue else None,
            appointment_id=one.appointment_id,
            starts_at=one.starts_at,
            hold_until=one.hold_until,
            queue=one.queue,
        )


class Queue(View):
    """Who waits for a service, the first first."""

    data: list[WaitlistView]


class Offered(Resource):
    """Whether somebody was offered the time."""

    entry_id: UUID | None = Field(description="whom it was offered to; null is nobody whom it fits")


@router.post("", operation_id="join_waitlist", status_code=201, summary="Join the waiting list")
def join_waitlist(body: JoinWaitlist, session: SessionDep) -> WaitlistView:
    """Takes a place at the end of the queue for a service. A time that becomes free is kept for the first
    whom it fits."""
    made, answer, _ = session.create(body, WaitlistEntry, location="/api/v1/booking/waitlist/{id}")
    return WaitlistView.of(made, session, answer.saved.position)


@router.get("", operation_id="list_waitlist", summary="Read the waiting list", dependencies=[AtLeast])
def list_waitlist(session: SessionDep, service_id: UUID) -> Queue:
    """The queue of a service as it stands, the first two hundred."""
    ids = session.house.amounts(session.tenant_id).holders(WAITING_FOR, str(service_id))[:MOST]
    streams = session.house.streams(session.tenant_id).find_all(dict.fromkeys(ids, WaitlistEntry))
    entries = [one for each in ids if isinstance(one := streams.get(each), WaitlistEntry)]
    return Queue(data=[WaitlistView.of(one, session) for one in entries])


@router.post("/offers", operation_id="offer_freed_slot", summary="Offer a free time to the queue")
def offer_freed_slot(body: OfferFreedSlot, session: SessionDep) -> Offered:
    """Offers a free time to the first in the queue whom it fits. Happens by itself when a visit is called off
    or moved; asked again after an offer ran out, it goes to the next."""
    session.refuse_if_match()
    session.stream(Service, body.service_id)
    order = session.prepared(body)
    answer = session.house.execute(order)
    streams = session.house.streams(session.tenant_id)
    found = streams.find_all({answer.saved.stream_id: WaitlistEntry}).get(answer.saved.stream_id)
    offered = isinstance(found, WaitlistEntry) and found.status == WaitStatus.OFFERED
    answer_headers(session.request)["ETag"] = etag(answer.saved.version)
    return Offered(
        version=answer.saved.version,
        position=answer.saved.position,
        entry_id=answer.saved.stream_id if offered else None,
    )


@router.get("/{entry_id}", operation_id="get_waitlist_entry", summary="Get a place", dependencies=[AtLeast])
def get_waitlist_entry(entry_id: UUID, session: SessionDep) -> WaitlistView:
    """One place in the queue, with the receipt of its offer."""
    one = session.stream(WaitlistEntry, entry_id)
    answer_headers(session.request)["ETag"] = etag(one.version)
    return WaitlistView.of(one, session)


@router.post("/{entry_id}/accept", operation_id="accept_offer", summary="Accept an offer")
def accept_offer(entry_id: UUID, session: SessionDep) -> WaitlistView:
    """Takes the time that is kept: the visit is agreed."""
    return _changed(session, entry_id, AcceptOffer(entry_id=entry_id))


@router.post("/{entry_id}/decline", operation_id="decline_offer", summary="Decline an offer")
def decline_offer(entry_id: UUID, session: SessionDep) -> WaitlistView:
    """Leaves the time to the next in the queue."""
    return _changed(session, entry_id, DeclineOffer(entry_id=entry_id))


@router.post("/{entry_id}/leave", operation_id="leave_waitlist", summary="Leave the waiting list")
def leave_waitlist(entry_id: UUID, session: SessionDep) -> WaitlistView:
    """Waits no longer; what was kept goes to the next."""
    return _changed(session, entry_id, LeaveWaitlist(entry_id=entry_id))


def _changed(session: Session, entry_id: UUID, command: Command) -> WaitlistView:
    one, answer = session.change(command, WaitlistEntry, entry_id)
    return WaitlistView.of(one, session, answer.saved.position)
