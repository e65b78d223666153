"""When is it free? Slots and classes, and why a start is not there."""

from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Resource, View
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking import slots
from application.booking.sessions import CancelSession, ChangeSessionCapacity, ScheduleSession
from application.booking.wish import Wish
from application.kernel.command import Command
from domain.booking.availability import Free, Missing, Rule
from domain.booking.group_session import GroupSession, Seats
from domain.booking.offer import Mode
from domain.booking.visit import SEAT
from domain.kernel.instants import Instant

router = Shelf(prefix="/api/v1/booking", tags=["slots"], route_class=StrictRoute)

WINDOW = timedelta(weeks=4)

Since = Annotated[Instant | None, Query(description="where the window starts; now without it")]
Until = Annotated[
    Instant | None, Query(description="where it ends; four weeks on without it, twelve at most")
]
Bookables = Annotated[
    list[UUID],
    Query(max_length=20, description="who and what must take part; anybody without it"),
]
Minutes = Annotated[int | None, Query(ge=1, le=7 * 24 * 60)]
SlotLimit = Annotated[int, Query(ge=1, le=3_000, description="how many at most")]


class SlotView(View):
    """A start that the booking command accepts now."""

    starts_at: datetime
    ends_at: datetime


class SlotList(View):
    """Free starts in order, each once however many people are free then."""

    data: list[SlotView]


class SlotReason(View):
    """What the booking command would say about one start."""

    starts_at: datetime
    is_free: bool
    rule: Rule | None = Field(description="the first rule that removed it; null is free")
    bookables: list[UUID] = Field(description="who or what the rule removed")

    @classmethod
    def of(cls, answer: Free | Missing) -> Self:
        """The answer of the availability function."""
        if isinstance(answer, Free):
            return cls(starts_at=answer.start, is_free=True, rule=None, bookables=[])
        return cls(starts_at=answer.start, is_free=False, rule=answer.rule, bookables=list(answer.bookables))


class GroupSessionView(Resource):
    """A class: its time, its team and its seats."""

    id: UUID
    service_id: UUID
    site_id: UUID
    starts_at: datetime
    ends_at: datetime
    practitioner_ids: tuple[UUID, ...]
    resource_ids: tuple[UUID, ...]
    capacity: int
    seats_left: int
    is_cancelled: bool

    @classmethod
    def of(cls, one: GroupSession, seats_left: int, position: int | None = None) -> Self:
        """The session as it stands."""
        visit = one.agreed
        return cls(
            id=one.id,
            version=one.version,
            position=position,
            service_id=visit.service_id,
            site_id=visit.site_id,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            practitioner_ids=visit.practitioner_ids,
            resource_ids=visit.resource_ids,
            capacity=one.capacity,
            seats_left=seats_left,
            is_cancelled=one.is_cancelled,
        )


class GroupSessionList(View):
    """Classes in order."""

    data: list[GroupSessionView]


class NewCapacity(Command):
    """How many seats a class shall have."""

    capacity: Seats


@router.get("/slots", operation_id="list_slots", summary="List free slots", dependencies=[AtLeast])
def list_slots(
    session: SessionDep,
    service_id: UUID,
    site_id: UUID,
    since: Since = None,
    until: Until = None,
    duration_minutes: Minutes = None,
    mode: Mode | None = None,
    bookable_id: Bookables = [],  # noqa: B006
    client_id: UUID | None = None,
    limit: SlotLimit = 1_000,
) -> SlotList:
    """Every start at which the service can be booked. The booking command judges with the same function."""
    ground = session.house.ground(session.tenant_id)
    start = since or ground.now
    wish = Wish(service_id, site_id, duration_minutes, mode, tuple(bookable_id), client_id)
    found = slots.listing(wish, ground, start=start, end=until or start + WINDOW, limit=limit)
    return SlotList(data=[SlotView(starts_at=one.starts_at, ends_at=one.ends_at) for one in found])


@router.get("/slots/reason", operation_id="get_slot_reason", summary="Explain a slot", dependencies=[AtLeast])
def get_slot_reason(
    session: SessionDep,
    service_id: UUID,
    site_id: UUID,
    starts_at: Instant,
    duration_minutes: Minutes = None,
    mode: Mode | None = None,
    bookable_id: Bookables = [],  # noqa: B006
    client_id: UUID | None = None,
) -> SlotReason:
    """Why is this start not in the list? Names the first rule that removed it, and whom it removed."""
    wish = Wish(service_id, site_id, duration_minutes, mode, tuple(bookable_id), client_id)
    return SlotReason.of(slots.reason(wish, session.house.ground(session.tenant_id), starts_at))


@router.get("/sessions", operation_id="list_sessions", summary="List classes", dependencies=[AtLeast])
def list_sessions(
    session: SessionDep,
    service_id: UUID,
    site_id: UUID,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> GroupSessionList:
    """The classes of a service that take place, with the seats that are left at this moment."""
    ground = session.house.ground(session.tenant_id)
    start = since or ground.now
    found = slots.openings(
        Wish(service_id, site_id), ground, start=start, end=until or start + WINDOW, limit=limit
    )
    return GroupSessionList(data=[GroupSessionView.of(one.session, one.seats_left) for one in found])


@router.post("/sessions", operation_id="schedule_session", status_code=201, summary="Schedule a class")
def schedule_session(body: ScheduleSession, session: SessionDep) -> GroupSessionView:
    """Puts a class on the calendar: its team is taken once, and each client books a seat."""
    made, answer, _ = session.create(body, GroupSession, location="/api/v1/booking/sessions/{id}")
    return GroupSessionView.of(made, made.capacity, answer.saved.position)


@router.get(
    "/sessions/{session_id}", operation_id="get_group_session", summary="Get a class", dependencies=[AtLeast]
)
def get_group_session(session_id: UUID, session: SessionDep) -> GroupSessionView:
    """One class. `seats_left` moves with every booking, `version` only with the class itself."""
    one = session.stream(GroupSession, session_id)
    return GroupSessionView.of(one, _seats_left(session, one))


@router.put(
    "/sessions/{session_id}/capacity",
    operation_id="change_session_capacity",
    summary="Change the seats of a class",
)
def change_session_capacity(session_id: UUID, body: NewCapacity, session: SessionDep) -> GroupSessionView:
    """Adds seats, or takes free ones away: nobody loses a seat they have."""
    command = ChangeSessionCapacity(session_id=session_id, capacity=body.capacity)
    one, answer = session.change(command, GroupSession, session_id)
    return GroupSessionView.of(one, _seats_left(session, one), answer.saved.position)


@router.post("/sessions/{session_id}/cancel", operation_id="cancel_group_session", summary="Call a class off")
def cancel_group_session(session_id: UUID, session: SessionDep) -> GroupSessionView:
    """Calls a class off, and the visit of everybody who has a seat with it, in one step."""
    one, answer = session.change(CancelSession(session_id=session_id), GroupSession, session_id)
    return GroupSessionView.of(one, _seats_left(session, one), answer.saved.position)


def _seats_left(session: SessionDep, one: GroupSession) -> int:
    place = (SEAT, str(one.id))
    taken = session.house.amounts(session.tenant_id).taken([place]).get(place, 0)
    return max(0, one.capacity - taken)
