"""How does somebody wait for a time, and how is a time that became free offered to whoever is first?"""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from application.booking.agreeing import landed, visit_of
from application.booking.appointments import ClientDetails, require_age, require_known
from application.booking.changes import book_if_free
from application.booking.ground import Ground
from application.booking.question import Question, question_of
from application.booking.quota import require_room_in_month
from application.booking.wish import Wish
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import By
from domain.booking.appointment_refusals import SessionNotOfService
from domain.booking.availability import Free, Rule
from domain.booking.client import Client
from domain.booking.intake import Answers, written
from domain.booking.service import Service
from domain.booking.waitlist import WAITING_FOR, Passed, Standing, WaitlistEntry, WaitStatus, Wanting
from domain.kernel.aggregate import Aggregate
from domain.kernel.instants import Instant
from domain.kernel.refusals import NotFound
from domain.kernel.text import Paragraph

OFFER_LASTS = timedelta(hours=12)
# Nobody can answer in less, and an offer must end before the visit begins.
LEAST_TO_ANSWER = timedelta(minutes=30)


class JoinWaitlist(Command):
    """Wait for a time of a service to become free."""

    wanting: Wanting
    client: ClientDetails
    note: Paragraph | None = None
    answers: Answers = {}


class LeaveWaitlist(Command):
    """Wait no longer."""

    entry_id: UUID


class OfferFreedSlot(Command):
    """Offer a time to the first in the queue whom it fits; nothing happens where nobody waits for it."""

    service_id: UUID
    site_id: UUID
    starts_at: Instant


class AcceptOffer(Command):
    """Take the time that was offered."""

    entry_id: UUID


class DeclineOffer(Command):
    """Leave the time that was offered to the next."""

    entry_id: UUID


def join_waitlist(command: JoinWaitlist, context: Context) -> Saved:
    details = command.client

    def create() -> WaitlistEntry:
        service = context.store.read(Service, command.wanting.service_id)
        if service is None:
            raise NotFound(pointer="/wanting/service_id")
        service.require_bookable(is_public=False)
        if service.terms.is_group:
            raise SessionNotOfService(pointer="/wanting/service_id")
        # Whoever is offered a time takes it as they are: what a booking asks for is asked for here.
        for moment in (command.wanting.window.start, command.wanting.window.end):
            require_age(details, service.terms, moment.date())
        require_known(details, None, command.answers, service.terms, context)
        entry = WaitlistEntry.new(uuid5(context.tenant_id, f"waitlist:{context.command.id}"))
        entry.join(
            command.wanting,
            client_id=details.client_id or uuid5(context.tenant_id, f"client:{context.command.id}"),
            client_name=details.name,
            client_email=details.email,
            client_phone=details.phone,
            address=details.address,
            note=command.note,
            answers=written(command.answers),
            at=context.now,
        )
        return entry

    return context.store.add(create)


def leave_waitlist(command: LeaveWaitlist, context: Context) -> Saved:
    return _answered(command.entry_id, context, is_leaving=True)


def decline_offer(command: DeclineOffer, context: Context) -> Saved:
    return _answered(command.entry_id, context, is_leaving=False)


def accept_offer(command: AcceptOffer, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        entry = context.store.load(WaitlistEntry, command.entry_id)
        entry.accept(at=context.now)
        assert entry.appointment_id is not None
        appointment = context.store.load(Appointment, entry.appointment_id)
        book_if_free(appointment, context, by=By.CLIENT)
        return entry, appointment

    return landed(context, decide)


def offer_freed_slot(command: OfferFreedSlot, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        # Guarded: who joins or leaves between this look and the append makes it decide again.
        context.ports.totals.of(WAITING_FOR, str(command.service_id), without=command.service_id)
        queue = context.ports.totals.holders(WAITING_FOR, str(command.service_id))
        streams = context.store.find_all(dict.fromkeys(queue, WaitlistEntry))
        entries = [one for each in queue if isinstance(one := streams.get(each), WaitlistEntry)]
        lapsed: list[Aggregate] = []
        standings: list[Standing] = []
        chosen: tuple[WaitlistEntry, Question, Free] | None = None
        for entry in entries:
            standing, found = standing_of(entry, command, Ground.of(context), is_behind=chosen is not None)
            standings.append(standing)
            if standing.passed == Passed.LAPSED:
                entry.lapse(at=context.now)
                lapsed.append(entry)
            if found is not None:
                chosen = (entry, *found)
        if chosen is None:
            return (*lapsed, context.store.load(Service, command.service_id))
        return (*_offered(*chosen, tuple(standings), command.starts_at, context), *lapsed)

    return landed(context, decide)


def standing_of(
    entry: WaitlistEntry, freed: OfferFreedSlot, ground: Ground, *, is_behind: bool = False
) -> tuple[Standing, tuple[Question, Free] | None]:
    """Does the time fit whoever stands there? Judged as if they asked for it themselves."""
    passed = _passed(entry, freed, ground, is_behind=is_behind)
    if passed is not None:
        return Standing(entry_id=entry.id, passed=passed), None
    wants, start = entry.wants, freed.starts_at
    wish = Wish(wants.service_id, wants.site_id, bookable_ids=wants.bookable_ids, client_id=entry.client_id)
    question = question_of(wish, ground, start=start, end=start)
    answer = question.judge(start)
    if isinstance(answer, Free) and start - ground.now >= LEAST_TO_ANSWER:
        return Standing(entry_id=entry.id, passed=Passed.OFFERED), (question, answer)
    rule = Rule.NOTICE if isinstance(answer, Free) else answer.rule
    return Standing(entry_id=entry.id, passed=Passed.NOT_FREE_FOR_THEM, rule=rule), None


def _passed(entry: WaitlistEntry, freed: OfferFreedSlot, ground: Ground, *, is_behind: bool) -> Passed | None:
    """What settles it before anybody asks whether the time is free for them."""
    if entry.has_lapsed(ground.now):
        return Passed.LAPSED
    if is_behind:
        return Passed.BEHIND
    if entry.status == WaitStatus.OFFERED:
        return Passed.HAS_AN_OFFER
    if entry.wants.site_id != freed.site_id:
        return Passed.OTHER_PLACE
    return None if entry.wants.window.contains(freed.starts_at) else Passed.OTHER_TIME


def _offered(
    entry: WaitlistEntry,
    question: Question,
    free: Free,
    queue: tuple[Standing, ...],
    starts_at: datetime,
    context: Context,
) -> tuple[Aggregate, ...]:
    """The offer, and the hold that makes it real."""
    question.rely(Ground.of(context), free)
    until = min(context.now + OFFER_LASTS, starts_at - LEAST_TO_ANSWER / 2)
    appointment = Appointment.new(uuid5(context.tenant_id, f"appointment:{context.command.id}"))
    client = Client(
        client_id=entry.client_id,
        client_name=entry.client_name,
        client_email=entry.client_email,
        client_phone=entry.client_phone,
        address=entry.address,
        note=entry.note,
        answers=entry.answers,
    )
    visit = visit_of(question, free, client_id=entry.client_id)
    appointment.hold(visit, client, until=until, at=context.now)
    require_room_in_month([appointment], context)
    entry.offer(appointment.id, starts_at=starts_at, hold_until=until, queue=queue, at=context.now)
    return entry, appointment


def _answered(entry_id: UUID, context: Context, *, is_leaving: bool) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        entry = context.store.load(WaitlistEntry, entry_id)
        was_offered = entry.status == WaitStatus.OFFERED
        if is_leaving:
            entry.leave(at=context.now)
        else:
            entry.decline(at=context.now)
        if not was_offered or entry.appointment_id is None:
            return (entry,)
        appointment = context.store.load(Appointment, entry.appointment_id)
        if not appointment.is_expired(context.now):
            appointment.cancel(None, by=By.STAFF, at=context.now)
        return entry, appointment

    return context.store.save_all(decide)


HANDLERS: Handlers = {
    JoinWaitlist: join_waitlist,
    LeaveWaitlist: leave_waitlist,
    OfferFreedSlot: offer_freed_slot,
    AcceptOffer: accept_offer,
    DeclineOffer: decline_offer,
}
