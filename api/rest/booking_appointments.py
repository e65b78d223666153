"""Appointments: from the hold to the last payment, and the book they stand in."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.booking_answers import readable_answers
from api.rest.conventions import Listing, Resource, View, answer_headers, etag
from api.rest.history import FactView
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking import slots
from application.booking.appointments import BookAppointment, HoldSlot, OverrideBooking
from application.booking.changes import (
    CancelAppointment,
    ConfirmAppointment,
    RecordDeposit,
    RecordStep,
    RejectAppointment,
    RescheduleAppointment,
    Step,
    SubstitutePractitioner,
)
from application.booking.wish import Wish
from application.kernel.command import Command
from application.platform.permissions import permits
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import By, Relationship, Status
from domain.booking.visit import Override, Visit
from domain.kernel.instants import Instant
from domain.kernel.money import Money
from domain.kernel.refusals import Refusal
from domain.kernel.text import Code, Line
from projections.booking import agenda
from projections.booking.agenda import AgendaRow

router = Shelf(prefix="/api/v1/booking", tags=["appointments"], route_class=StrictRoute)

ALTERNATIVES = 5


class ClientView(View):
    """Who the client is; null where the caller keeps no book, or the person was erased."""

    name: str | None
    email: str | None
    phone: str | None
    address: str | None
    note: str | None
    guests: str | None
    answers: dict[str, str]
    withheld: list[str] = Field(
        description="what was answered in confidence to those who carry the visit out"
    )


class AppointmentView(Resource):
    """One client's visit."""

    id: UUID
    uid: str = Field(description="the UID of iCalendar; it stays when the visit moves")
    sequence: int = Field(description="the SEQUENCE of iCalendar; it rises when the visit moves")
    status: Status
    is_expired: bool = Field(description="a hold whose time has run out")
    hold_until: datetime | None
    is_started: bool
    client_id: UUID
    booker_id: UUID | None
    relationship: Relationship
    client: ClientView | None
    visit: Visit
    override: Override | None
    paid_minor: int
    fee_minor: int
    refund_due_minor: int
    alternatives: list[datetime] = Field(
        description="other starts, where the money came when the time was gone"
    )


class AppointmentSummary(View):
    """A line of the book."""

    id: UUID
    version: int
    bookable_id: UUID
    is_session: bool
    session_id: UUID | None
    service_id: UUID
    site_id: UUID
    client_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    status: Status
    hold_until: datetime | None
    sequence: int

    @classmethod
    def of(cls, row: AgendaRow) -> Self:
        """The line as it stands."""
        names = set(cls.model_fields) - {"id"}
        return cls(id=row.appointment_id, **row.model_dump(include=names))


class AgendaPage(Listing[AppointmentSummary]):
    """One page of the book."""


class FactList(Listing[FactView]):
    """One page of an appointment's history."""


class Reason(Command):
    """Why, in a few words."""

    reason: Line | None = None


class Cancellation(Command):
    """Who calls it off, and why."""

    by: By = By.STAFF
    reason: Line | None = None


class Move(Command):
    """Where to. Without names the same practitioners are asked for; an empty list is anybody."""

    starts_at: Instant
    bookable_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] | None = None
    session_id: UUID | None = None
    by: By = By.STAFF


class Substitution(Command):
    """Who leaves the team, who joins it and why."""

    leaving_id: UUID
    joining_id: UUID | None = None
    reason: Line | None = None


class Progress(Command):
    """What happened."""

    step: Step
    reason: Line | None = None


class Payment(Command):
    """A payment that arrived."""

    payment_id: Code
    amount: Money


@router.post("/appointments", operation_id="book_appointment", status_code=201, summary="Book an appointment")
def book_appointment(body: BookAppointment, session: SessionDep) -> AppointmentView:
    """Books a visit or a seat. Agreed at once; a request where the service is confirmed by hand; a hold where a
    deposit comes first. A start that is not free is refused with the rule, who is in the way, and other starts."""
    return _made(session, body)


@router.post("/appointments/holds", operation_id="hold_slot", status_code=201, summary="Hold a slot")
def hold_slot(body: HoldSlot, session: SessionDep) -> AppointmentView:
    """Keeps a time for a client for as long as the service allows; then it is free again by itself."""
    return _made(session, body)


@router.post(
    "/appointments/overrides",
    operation_id="override_booking",
    status_code=201,
    summary="Book over everything",
)
def override_booking(body: OverrideBooking, session: SessionDep) -> AppointmentView:
    """In an emergency: the named team is booked whatever stands against it; who did it and which rule was set
    aside stay in the log."""
    return _made(session, body)


@router.get(
    "/appointments/{appointment_id}",
    operation_id="get_appointment",
    summary="Get an appointment",
    dependencies=[AtLeast],
)
def get_appointment(appointment_id: UUID, session: SessionDep) -> AppointmentView:
    """One visit. Whether a hold has run out is judged at this moment."""
    one = session.stream(Appointment, appointment_id)
    answer_headers(session.request)["ETag"] = etag(one.version)
    return _view(session, one)


@router.get(
    "/appointments/{appointment_id}/history",
    operation_id="get_appointment_history",
    summary="Read the history of an appointment",
    dependencies=[AtLeast],
)
def get_appointment_history(
    appointment_id: UUID, session: SessionDep, limit: Limit = 50, cursor: CursorText = None
) -> FactList:
    """Everything that happened to a visit, with who was chosen, why, and who else could have been. What the client
    answered is shown with the visit, to those it concerns."""
    session.stream(Appointment, appointment_id)
    page = session.history(appointment_id, limit=limit, cursor=cursor)
    for fact in page.data:
        fact.facts.pop("answers", None)
    return FactList(data=page.data, next_cursor=page.next_cursor)


@router.post(
    "/appointments/{appointment_id}/confirm",
    operation_id="confirm_appointment",
    summary="Confirm an appointment",
)
def confirm_appointment(appointment_id: UUID, session: SessionDep) -> AppointmentView:
    """Agrees to a request or a hold. Of two requests for one time only one can be confirmed."""
    return _changed(session, appointment_id, ConfirmAppointment(appointment_id=appointment_id))


@router.post(
    "/appointments/{appointment_id}/reject",
    operation_id="reject_appointment",
    summary="Reject an appointment",
)
def reject_appointment(appointment_id: UUID, body: Reason, session: SessionDep) -> AppointmentView:
    """Says no to a request or a hold; its time is free again."""
    return _changed(
        session, appointment_id, RejectAppointment(appointment_id=appointment_id, reason=body.reason)
    )


@router.post(
    "/appointments/{appointment_id}/reschedule",
    operation_id="reschedule_appointment",
    summary="Move an appointment",
)
def reschedule_appointment(appointment_id: UUID, body: Move, session: SessionDep) -> AppointmentView:
    """Moves a visit in one step: the old time is given back only when the new one is won. Same UID, next SEQUENCE."""
    command = RescheduleAppointment(appointment_id=appointment_id, **body.model_dump())
    return _changed(session, appointment_id, command)


@router.post(
    "/appointments/{appointment_id}/substitute",
    operation_id="substitute_practitioner",
    summary="Substitute a practitioner",
)
def substitute_practitioner(appointment_id: UUID, body: Substitution, session: SessionDep) -> AppointmentView:
    """Lets somebody else carry the visit out, at the same time; the least loaded who is free without a name."""
    command = SubstitutePractitioner(appointment_id=appointment_id, **body.model_dump())
    return _changed(session, appointment_id, command)


@router.post(
    "/appointments/{appointment_id}/cancel",
    operation_id="cancel_appointment",
    summary="Cancel an appointment",
)
def cancel_appointment(appointment_id: UUID, body: Cancellation, session: SessionDep) -> AppointmentView:
    """Calls a visit off. Clients pay by the bands agreed at booking; what was paid beyond goes back."""
    command = CancelAppointment(appointment_id=appointment_id, **body.model_dump())
    return _changed(session, appointment_id, command)


@router.post(
    "/appointments/{appointment_id}/steps", operation_id="record_step", summary="Record what happened"
)
def record_step(appointment_id: UUID, body: Progress, session: SessionDep) -> AppointmentView:
    """Arrived, checked in, started, fulfilled, absent (which can be taken back), or entered in error."""
    command = RecordStep(appointment_id=appointment_id, **body.model_dump())
    return _changed(session, appointment_id, command)


@router.post(
    "/appointments/{appointment_id}/deposits", operation_id="record_deposit", summary="Record a deposit"
)
def record_deposit(appointment_id: UUID, body: Payment, session: SessionDep) -> AppointmentView:
    """Takes note of a payment. One that comes after the hold ran out takes the time again if it is free;
    else the money is due back, once, and other starts are offered."""
    command = RecordDeposit(appointment_id=appointment_id, payment_id=body.payment_id, amount=body.amount)
    one, answer = session.change(command, Appointment, appointment_id)
    return _view(session, one, answer.saved.position, with_alternatives=True)


@router.get(
    "/agenda", operation_id="list_agenda", summary="Read the book", dependencies=[caught_up("agenda")]
)
def list_agenda(
    session: SessionDep,
    bookable_id: UUID | None = None,
    site_id: UUID | None = None,
    client_id: UUID | None = None,
    service_id: UUID | None = None,
    status: Status | None = None,
    since: Annotated[Instant | None, Query(description="visits that end after it")] = None,
    until: Annotated[Instant | None, Query(description="visits that start before it")] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> AgendaPage:
    """Visits and classes in the order of their starts: of a practitioner or room, a site, a client, a service."""
    filters: dict[str, Any] = {
        "bookable_id": bookable_id,
        "site_id": site_id,
        "client_id": client_id,
        "service_id": service_id,
        "status": None if status is None else status.value,
        "since": since,
        "until": until,
    }
    page = session.page(agenda.page, AppointmentSummary.of, limit=limit, cursor=cursor, filters=filters)
    return AgendaPage(data=page.data, next_cursor=page.next_cursor)


def _made(session: Session, command: Command) -> AppointmentView:
    one, answer, _ = session.create(command, Appointment, location="/api/v1/booking/appointments/{id}")
    return _view(session, one, answer.saved.position)


def _changed(session: Session, appointment_id: UUID, command: Command) -> AppointmentView:
    one, answer = session.change(command, Appointment, appointment_id)
    return _view(session, one, answer.saved.position)


def _view(
    session: Session, one: Appointment, position: int | None = None, *, with_alternatives: bool = False
) -> AppointmentView:
    now = session.house.clock()
    # What people said about themselves is for those who keep the book.
    keeps_book = permits("book_appointment", session.caller.roles)
    answers, withheld = readable_answers(session, one) if keeps_book else ({}, [])
    client = ClientView(
        name=one.client_name,
        email=one.client_email,
        phone=one.client_phone,
        address=one.address,
        note=one.note,
        guests=one.guests,
        answers=answers,
        withheld=withheld,
    )
    return AppointmentView(
        id=one.id,
        version=one.version,
        position=position,
        uid=f"{one.id}@escale",
        sequence=one.sequence,
        status=one.status_at(now),
        is_expired=one.is_expired(now),
        hold_until=one.hold_until,
        is_started=one.is_started,
        client_id=one.client_id,
        booker_id=one.booker_id,
        relationship=one.relationship,
        client=client if keeps_book else None,
        visit=one.agreed,
        override=one.override,
        paid_minor=one.paid_minor,
        fee_minor=one.fee_minor,
        refund_due_minor=one.refund_due_minor,
        alternatives=_alternatives(session, one) if with_alternatives else [],
    )


def _alternatives(session: Session, one: Appointment) -> list[datetime]:
    visit = one.agreed
    if one.status != Status.CANCELLED or visit.session_id is not None:
        return []
    minutes = int((visit.ends_at - visit.starts_at).total_seconds() // 60)
    ground = session.house.ground(session.tenant_id)
    wish = Wish(visit.service_id, visit.site_id, minutes, visit.mode)
    try:
        found = slots.listing(
            wish,
            ground,
            start=max(ground.now, visit.starts_at),
            end=visit.starts_at + slots.AROUND,
            limit=ALTERNATIVES,
        )
    except Refusal:  # nothing like it is offered any more
        return []
    return [one.starts_at for one in found]
