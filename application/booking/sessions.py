"""How is a class put on the calendar, given more seats or called off?"""

from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.booking.agreeing import free_or_refused, landed, question_about, visit_of
from application.booking.ground import Ground
from application.booking.wish import Wish
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import By, Status
from domain.booking.group_session import GroupSession, Seats
from domain.booking.limits import CLIENT_LIMITS
from domain.booking.visit import CLIENT, MONTH, SEAT
from domain.kernel.aggregate import Aggregate
from domain.kernel.instants import Instant

CALLED_OFF_WITH_IT = (Status.PROPOSED, Status.PENDING, Status.BOOKED)


class ScheduleSession(Command):
    """Put a class on the calendar."""

    service_id: UUID
    site_id: UUID
    starts_at: Instant
    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)] | None = None
    bookable_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    capacity: Seats | None = None


class ChangeSessionCapacity(Command):
    """Give a class more or fewer seats; nobody loses theirs."""

    session_id: UUID
    capacity: Seats


class CancelSession(Command):
    """Call a class off, and everybody's visit with it."""

    session_id: UUID


def schedule_session(command: ScheduleSession, context: Context) -> Saved:
    session_id = uuid5(context.tenant_id, f"session:{context.command.id}")
    wish = Wish(
        service_id=command.service_id,
        site_id=command.site_id,
        duration_minutes=command.duration_minutes,
        bookable_ids=command.bookable_ids,
    )

    def decide() -> tuple[GroupSession, ...]:
        question = question_about(wish, context, command.starts_at)
        free = free_or_refused(question, command.starts_at)
        question.rely(Ground.of(context), free)
        # The session takes the team; what counts per client is the clients' own.
        visit = visit_of(question, free, client_id=session_id)
        takes = tuple(take for take in visit.takes if take.kind not in (CLIENT, MONTH, *CLIENT_LIMITS))
        session = GroupSession.new(session_id)
        session.schedule(
            visit.model_copy(update={"takes": takes}),
            command.capacity or question.offer.capacity,
            at=context.now,
        )
        return (session,)

    return landed(context, decide)


def change_session_capacity(command: ChangeSessionCapacity, context: Context) -> Saved:
    return context.store.change(
        GroupSession,
        command.session_id,
        lambda session: session.change_capacity(command.capacity, at=context.now),
    )


def cancel_session(command: CancelSession, context: Context) -> Saved:
    """One transaction: whoever joins at the same moment moves the session's guard or is called off too."""

    def decide() -> tuple[Aggregate, ...]:
        session = context.store.load(GroupSession, command.session_id)
        session.cancel(at=context.now)
        # Guarded: who joins between this look and the append makes it decide again.
        context.ports.totals.of(SEAT, str(session.id), without=session.id)
        seated = context.ports.totals.holders(SEAT, str(session.id))
        streams = context.store.find_all(dict.fromkeys(seated, Appointment))
        participants = [one for one in streams.values() if isinstance(one, Appointment)]
        for appointment in participants:
            if appointment.status_at(context.now) in CALLED_OFF_WITH_IT and not appointment.is_started:
                appointment.cancel(None, by=By.STAFF, at=context.now)
        return (session, *participants)

    return context.store.save_all(decide)


HANDLERS: Handlers = {
    ScheduleSession: schedule_session,
    ChangeSessionCapacity: change_session_capacity,
    CancelSession: cancel_session,
}
