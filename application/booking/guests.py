"""How does somebody without an account book, hold or wait for a visit, and what keeps them from taking too much?"""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.booking.appointments import BookAppointment, ClientDetails, booked
from application.booking.waitlist import JoinWaitlist, join_waitlist
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import Relationship
from domain.booking.booking_page import BookingPage, LanguageCode, PageTerms, page_id
from domain.booking.contact_block import BLOCKED, ContactNotAccepted, normalised
from domain.booking.intake import Answers
from domain.booking.offer import Confirmation, Mode, ServiceOffer
from domain.booking.public_visit import (
    AHEAD,
    KEPT,
    PublicVisit,
    TooManyHolds,
    TooManyVisitsAhead,
    public_visit_id,
)
from domain.booking.service import Service
from domain.booking.waitlist import Wanting
from domain.kernel.instants import Day, Instant
from domain.kernel.period import Period
from domain.kernel.refusals import CapacityTaken, Malformed, NotFound, RuleBroken
from domain.kernel.text import EmailText, Line, Paragraph
from domain.kernel.value import Value


class ContactMissing(Malformed):
    """Leave an e-mail address or a telephone number, so that you can be reached about the visit."""


class HoldNotOffered(RuleBroken):
    """This service is confirmed by hand; ask for the visit without holding a time first."""


class Guest(Value):
    """Who books, and how to reach them."""

    name: Line
    email: EmailText | None = None
    phone: Line | None = None
    address: Line | None = None
    born_on: Day | None = None

    @property
    def contact(self) -> str:
        """How they are counted. Refuses with ContactMissing."""
        contact = self.email or self.phone
        if contact is None:
            raise ContactMissing(pointer="/guest/email")
        return normalised(contact)


class Relative(Value):
    """For whom they book, where it is somebody else."""

    name: Line
    born_on: Day | None = None


class GuestWish(Value):
    """A visit as somebody without an account asks for it."""

    service_id: UUID
    site_id: UUID
    starts_at: Instant
    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)] | None = None
    mode: Mode | None = None
    practitioner_id: UUID | None = None
    session_id: UUID | None = None
    guest: Guest
    relative: Relative | None = None
    note: Paragraph | None = None
    answers: Answers = {}
    language: LanguageCode = "en"


class BookAsGuest(GuestWish, Command):
    """Book a visit without an account."""


class HoldAsGuest(GuestWish, Command):
    """Keep a time for a guest while they make up their mind."""


class WaitAsGuest(Command):
    """Wait for a time without an account."""

    service_id: UUID
    site_id: UUID
    window: Period
    practitioner_id: UUID | None = None
    guest: Guest
    note: Paragraph | None = None
    answers: Answers = {}


def book_as_guest(command: BookAsGuest, context: Context) -> Saved:
    return _booked(command, context, is_hold=False)


def hold_as_guest(command: HoldAsGuest, context: Context) -> Saved:
    return _booked(command, context, is_hold=True)


def wait_as_guest(command: WaitAsGuest, context: Context) -> Saved:
    require_public(context, command.service_id)
    _require_accepted(command.guest, context)
    chosen = () if command.practitioner_id is None else (command.practitioner_id,)
    wanting = Wanting(
        service_id=command.service_id,
        site_id=command.site_id,
        window=command.window,
        bookable_ids=chosen,
    )
    guest = command.guest
    client = ClientDetails(
        name=guest.name, email=guest.email, phone=guest.phone, address=guest.address, born_on=guest.born_on
    )
    order = JoinWaitlist(wanting=wanting, client=client, note=command.note, answers=command.answers)
    return join_waitlist(order, context)


def require_public(context: Context, service_id: UUID) -> PageTerms:
    """The terms of the page the service is on. What is not public is not there at all: NotFound."""
    service = context.store.read(Service, service_id)
    if service is None or not service.is_offered or not service.terms.is_bookable_online:
        raise NotFound
    page = context.store.read(BookingPage, page_id(service.terms.business_id))
    if page is None or not page.is_published:
        raise NotFound
    return page.agreed


def _booked(command: GuestWish, context: Context, *, is_hold: bool) -> Saved:
    contact = command.guest.contact
    _require_accepted(command.guest, context)

    def beside(appointment: Appointment, offer: ServiceOffer) -> tuple[PublicVisit, ...]:
        terms = require_public(context, command.service_id)
        if is_hold and offer.confirmation == Confirmation.MANUAL:
            raise HoldNotOffered
        visit = PublicVisit.new(public_visit_id(appointment.id))
        visit.make(
            appointment_id=appointment.id,
            contact_id=appointment.booker_id or appointment.client_id,
            contact=contact,
            contact_name=command.guest.name,
            language=command.language,
            starts_at=appointment.agreed.starts_at,
            hold_until=_within(appointment.hold_until, appointment.agreed.starts_at),
            most_visits=terms.most_visits_per_contact,
            most_holds=terms.most_holds_per_contact,
            at=context.now,
        )
        return (visit,)

    require_public(context, command.service_id)
    try:
        return booked(_wanted(command, context), context, is_hold=is_hold, beside=beside)
    except CapacityTaken as taken:
        if KEPT in taken.kinds():
            raise TooManyHolds(retry_after_s=60) from taken
        if AHEAD in taken.kinds():
            raise TooManyVisitsAhead(pointer="/guest/email") from taken
        raise


def _wanted(command: GuestWish, context: Context) -> BookAppointment:
    guest, relative = command.guest, command.relative
    client = ClientDetails(
        name=relative.name if relative else guest.name,
        email=guest.email,
        phone=guest.phone,
        address=guest.address,
        born_on=relative.born_on if relative else guest.born_on,
        relationship=Relationship.RELATIVE if relative else Relationship.ONESELF,
        booker_id=uuid5(context.tenant_id, f"booker:{context.command.id}") if relative else None,
    )
    return BookAppointment(
        service_id=command.service_id,
        site_id=command.site_id,
        starts_at=command.starts_at,
        duration_minutes=command.duration_minutes,
        mode=command.mode,
        bookable_ids=() if command.practitioner_id is None else (command.practitioner_id,),
        session_id=command.session_id,
        client=client,
        note=command.note,
        answers=command.answers,
        is_public=True,
    )


def _require_accepted(guest: Guest, context: Context) -> None:
    ways = [normalised(way) for way in (guest.email, guest.phone) if way]
    if not ways:
        raise ContactMissing(pointer="/guest/email")
    if context.ports.totals.holders_of(BLOCKED, ways, personal=True):
        raise ContactNotAccepted(pointer="/guest/email")


def _within(until: datetime | None, starts_at: datetime) -> datetime | None:
    return None if until is None else min(until, starts_at)


HANDLERS: Handlers = {
    BookAsGuest: book_as_guest,
    HoldAsGuest: hold_as_guest,
    WaitAsGuest: wait_as_guest,
}
