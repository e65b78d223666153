"""How is a visit booked: held, requested, agreed at once, or put in over everything in an emergency?"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.booking.agreeing import (
    free_or_refused,
    landed,
    question_about,
    refusal_of,
    seat_of,
    visit_of,
)
from application.booking.ground import Ground
from application.booking.question import Question
from application.booking.quota import require_room_in_month
from application.booking.wish import Wish
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import By, Relationship
from domain.booking.appointment_refusals import (
    AddressMissing,
    BirthDateMissing,
    BookerMissing,
    ClientTooOld,
    ClientTooYoung,
    NoSeatsLeft,
    OverrideNotNeeded,
    PrerequisiteMissing,
    SessionNotOfService,
    SlotNotAvailable,
)
from domain.booking.availability import Free, Member, Missing, Rule
from domain.booking.client import Client
from domain.booking.group_session import GroupSession, judge_seat
from domain.booking.intake import Answers, check_answers, written
from domain.booking.offer import Confirmation, Mode, ServiceOffer
from domain.booking.visit import BUSY, FULFILLED, OVER, SEAT, Override, Visit, over_takes
from domain.booking.wall_time import local_day
from domain.kernel.aggregate import Aggregate
from domain.kernel.instants import Day, Instant
from domain.kernel.refusals import CapacityTaken
from domain.kernel.text import EmailText, Line, Paragraph
from domain.kernel.value import Value

EMERGENCY = timedelta(days=366)  # what is further away than that is none


class ClientDetails(Value):
    """For whom the visit is, and who books it."""

    client_id: UUID | None = None
    name: Line
    email: EmailText | None = None
    phone: Line | None = None
    address: Line | None = None
    born_on: Day | None = None
    relationship: Relationship = Relationship.ONESELF
    booker_id: UUID | None = None


class Wanted(Value):
    """A visit as somebody asks for it."""

    service_id: UUID
    site_id: UUID
    starts_at: Instant
    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)] | None = None
    mode: Mode | None = None
    bookable_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    session_id: UUID | None = None
    client: ClientDetails
    note: Paragraph | None = None
    guests: Paragraph | None = None
    answers: Answers = {}
    is_public: bool = False


class BookAppointment(Wanted, Command):
    """Book a visit: agreed at once, or as a request or a hold where the service asks for more."""


class HoldSlot(Wanted, Command):
    """Keep a time for a client for as long as the service allows."""


class OverrideBooking(Wanted, Command):
    """Put a visit in over everything, in an emergency; whoever is named carries it out."""

    reason: Line


def book_appointment(command: BookAppointment, context: Context) -> Saved:
    return booked(command, context, is_hold=False)


def hold_slot(command: HoldSlot, context: Context) -> Saved:
    return booked(command, context, is_hold=True)


def override_booking(command: OverrideBooking, context: Context) -> Saved:
    client = client_of(command, context)

    def decide() -> tuple[Appointment, ...]:
        question = question_about(wish_of(command, client), context, command.starts_at)
        answer = question.judge(command.starts_at)
        if isinstance(answer, Free):
            raise OverrideNotNeeded(pointer="/starts_at")
        if abs(command.starts_at - context.now) > EMERGENCY:
            raise refusal_of(question, answer)
        team = tuple(
            Member(one, need, "asked_for", (one,))
            for one in question.candidates
            for need in question.asked.needs
            if one.id in question.asked.fixed and one.kind == need.kind and need.ability in one.abilities
        )
        if {member.candidate.id for member in team} != question.asked.fixed or not team:
            raise refusal_of(question, Missing(command.starts_at, Rule.NOBODY_ABLE))
        free = Free(command.starts_at, command.starts_at + question.asked.duration, team)
        question.rely(Ground.of(context), free)
        visit = visit_of(question, free, client_id=client.client_id)
        over = holders_in_the_way(visit, Ground.of(context))
        visit = visit.model_copy(update={"takes": over_takes(visit.takes)})
        appointment = Appointment.new(_new_id(context))
        override = Override(by=context.actor.id, rules=(answer.rule,), over=over)
        appointment.request(
            visit, client, blocks=False, override=override, override_reason=command.reason, at=context.now
        )
        appointment.book(by=By.STAFF, at=context.now)
        return (appointment,)

    return landed(context, decide)


def client_of(command: Wanted, context: Context) -> Client:
    """The client; a guest gets an id of this booking's own."""
    details = command.client
    if details.relationship != Relationship.ONESELF and details.booker_id is None:
        raise BookerMissing(pointer="/client/booker_id")
    return Client(
        client_id=details.client_id or uuid5(context.tenant_id, f"client:{context.command.id}"),
        booker_id=details.booker_id,
        relationship=details.relationship,
        client_name=details.name,
        client_email=details.email,
        client_phone=details.phone,
        address=details.address,
        note=command.note,
        guests=command.guests,
        answers=written(command.answers),
    )


def require_fit(command: Wanted, offer: ServiceOffer, context: Context, *, zone: str) -> None:
    """Refuses what the service's own conditions forbid: age, prerequisites, address, intake."""
    require_age(command.client, offer, local_day(command.starts_at, zone))
    require_known(command.client, command.mode, command.answers, offer, context)


def require_known(
    client: ClientDetails, mode: Mode | None, answers: Answers, offer: ServiceOffer, context: Context
) -> None:
    """Refuses what the service has to know of a client, whenever the visit is."""
    if offer.prerequisite_ids:
        client_id = client.client_id
        places = [(FULFILLED, f"{client_id}:{service_id}") for service_id in offer.prerequisite_ids]
        taken = context.ports.totals.taken(places)
        if client_id is None or any(not taken.get(place) for place in places):
            raise PrerequisiteMissing(pointer="/client/client_id")
    if (mode or offer.modes[0]) == Mode.CLIENT_HOME and client.address is None:
        raise AddressMissing(pointer="/client/address")
    check_answers(offer.intake, answers)


def start_of(session_id: UUID | None, named: datetime, context: Context) -> datetime:
    """A seat is judged at the time of its class, whatever start was named with it."""
    session = context.store.find_all({session_id: GroupSession}).get(session_id) if session_id else None
    return session.agreed.starts_at if isinstance(session, GroupSession) else named


def holders_in_the_way(visit: Visit, ground: Ground) -> tuple[UUID, ...]:
    """The visits and classes that have the time of this team, in the order of their starts."""
    kinds = [*BUSY.values(), *OVER.values()]
    spans = [
        (one.starts_at, one.ends_at)
        for one in visit.takes
        if one.kind in kinds and one.starts_at and one.ends_at
    ]
    held = ground.ports.agenda.held(
        kinds,
        [str(one.bookable_id) for one in visit.team],
        start=min(start for start, _ in spans),
        end=max(end for _, end in spans),
    )
    return tuple(dict.fromkeys(one.holder for one in held))


def session_seat(session_id: UUID, question: Question, context: Context, *, client_id: UUID) -> Visit:
    """A seat of that session. Refuses where none is left, naming other sessions' starts by their rule."""
    session = context.store.find_all({session_id: GroupSession}).get(session_id)
    if not isinstance(session, GroupSession) or session.agreed.service_id != question.service.id:
        raise SessionNotOfService(pointer="/session_id")
    session.require_on()
    Ground.of(context).store.rely_on(session.id, session.version)
    taken = context.ports.totals.taken([(SEAT, str(session.id))]).get((SEAT, str(session.id)), 0)
    given_back = sum(take.kind == SEAT and take.key == str(session.id) for take in question.wish.giving_back)
    missing = judge_seat(session.agreed.starts_at, question.asked, session.capacity - taken + given_back)
    if missing is not None:
        kind = NoSeatsLeft if missing.rule == Rule.SEATS_TAKEN else SlotNotAvailable
        raise kind(rule=missing.rule.value, bookables=[session.id], alternatives=[], pointer="/session_id")
    return seat_of(session, question.offer, client_id=client_id)


def booked(
    command: Wanted,
    context: Context,
    *,
    is_hold: bool,
    beside: Callable[[Appointment, ServiceOffer], tuple[Aggregate, ...]] = lambda appointment, offer: (),
) -> Saved:
    """Books or holds; `beside` are the streams that are saved in the same transaction."""
    client = client_of(command, context)

    def decide() -> tuple[Aggregate, ...]:
        start = start_of(command.session_id, command.starts_at, context)
        question = question_about(wish_of(command, client), context, start)
        offer = question.offer
        require_fit(command.model_copy(update={"starts_at": start}), offer, context, zone=question.site.zone)
        if offer.is_group or command.session_id is not None:
            if command.session_id is None:
                raise SessionNotOfService(pointer="/session_id")
            visit = session_seat(command.session_id, question, context, client_id=client.client_id)
            for stream_id, version in question.seen.items():
                context.store.rely_on(stream_id, version)
        else:
            free = free_or_refused(question, start)
            question.rely(Ground.of(context), free)
            visit = visit_of(question, free, client_id=client.client_id)
        appointment = Appointment.new(_new_id(context))
        agree(appointment, visit, client, offer, context, is_hold=is_hold)
        require_room_in_month([appointment], context)
        return (appointment, *beside(appointment, offer))

    try:
        return landed(context, decide)
    except CapacityTaken as lost:
        if SEAT in lost.kinds():
            raise NoSeatsLeft(
                rule=Rule.SEATS_TAKEN.value,
                bookables=[command.session_id],
                alternatives=[],
                pointer="/session_id",
            ) from lost
        raise


def agree(
    appointment: Appointment,
    visit: Visit,
    client: Client,
    offer: ServiceOffer,
    context: Context,
    *,
    is_hold: bool,
) -> None:
    """Records the visit as the service wants it: held, requested or agreed at once."""
    at = context.now
    if is_hold or visit.deposit.amount_minor:
        appointment.hold(visit, client, until=at + timedelta(seconds=offer.hold_s), at=at)
    elif offer.confirmation == Confirmation.MANUAL:
        appointment.request(visit, client, blocks=offer.does_pending_block, at=at)
    else:
        appointment.request(visit, client, blocks=False, at=at)
        appointment.book(by=By.AUTOMATIC, at=at)


def wish_of(command: Wanted, client: Client) -> Wish:
    """What availability needs to know of it."""
    return Wish(
        service_id=command.service_id,
        site_id=command.site_id,
        duration_minutes=command.duration_minutes,
        mode=command.mode,
        bookable_ids=command.bookable_ids,
        client_id=client.client_id,
        is_public=command.is_public,
    )


def _new_id(context: Context) -> UUID:
    return uuid5(context.tenant_id, f"appointment:{context.command.id}")


def require_age(client: ClientDetails, offer: ServiceOffer, on: date) -> None:
    """Refuses who is too young or too old for the service on that day."""
    if offer.least_age is None and offer.most_age is None:
        return
    born = client.born_on
    if born is None:
        raise BirthDateMissing(pointer="/client/born_on")
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if offer.least_age is not None and age < offer.least_age:
        raise ClientTooYoung(pointer="/client/born_on")
    if offer.most_age is not None and age > offer.most_age:
        raise ClientTooOld(pointer="/client/born_on")


HANDLERS: Handlers = {
    BookAppointment: book_appointment,
    HoldSlot: hold_slot,
    OverrideBooking: override_booking,
}
