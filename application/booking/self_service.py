"""What may whoever holds a signed link do with their visit: keep it, move it, call it off?"""

from uuid import UUID

from application.booking.agreeing import landed
from application.booking.changes import book_if_free, move
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import AGREED, WAITING, Appointment
from domain.booking.appointment_events import By
from domain.booking.public_visit import PublicVisit, public_visit_id
from domain.kernel.aggregate import Aggregate
from domain.kernel.instants import Instant
from domain.kernel.refusals import Gone
from domain.kernel.text import Line
from domain.kernel.value import Value


class LinkUsed(Gone):
    """This link has been used, or the visit has changed since it was made; nothing was changed."""


class OnOnesVisit(Value):
    """An order by whoever holds a link; it stands only while the visit is as the link knows it."""

    appointment_id: UUID
    sequence: int


class KeepHold(OnOnesVisit, Command):
    """Turn what is held into a visit."""


class MoveByLink(OnOnesVisit, Command):
    """Move one's visit."""

    starts_at: Instant
    practitioner_id: UUID | None = None
    session_id: UUID | None = None


class CancelByLink(OnOnesVisit, Command):
    """Call one's visit off."""

    reason: Line | None = None


def keep_hold(command: KeepHold, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        appointment = _current(command, context)
        book_if_free(appointment, context, by=By.CLIENT)
        visit = _public_side(appointment, context)
        for each in visit:
            each.keep(at=context.now)
        return (appointment, *visit)

    return landed(context, decide)


def move_by_link(command: MoveByLink, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        appointment = _current(command, context)
        chosen = () if command.practitioner_id is None else (command.practitioner_id,)
        move(
            appointment,
            context,
            starts_at=command.starts_at,
            bookable_ids=chosen,
            session_id=command.session_id,
            by=By.CLIENT,
        )
        visit = _public_side(appointment, context)
        for each in visit:
            each.move(appointment.agreed.starts_at, at=context.now)
        return (appointment, *visit)

    return landed(context, decide)


def cancel_by_link(command: CancelByLink, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        appointment = _current(command, context)
        appointment.cancel(command.reason, by=By.CLIENT, at=context.now)
        visit = _public_side(appointment, context)
        for each in visit:
            each.end(at=context.now)
        return (appointment, *visit)

    return context.store.save_all(decide)


def require_current(appointment: Appointment, sequence: int) -> None:
    """Is the visit still as the link knows it? Moving it uses up the links made before; calling it off, all."""
    if appointment.sequence != sequence or appointment.status not in (*WAITING, *AGREED):
        raise LinkUsed


def _current(command: OnOnesVisit, context: Context) -> Appointment:
    appointment = context.store.load(Appointment, command.appointment_id)
    require_current(appointment, command.sequence)
    return appointment


def _public_side(appointment: Appointment, context: Context) -> tuple[PublicVisit, ...]:
    """What was noted when it was booked through the public door; nothing where the business booked it."""
    stream_id = public_visit_id(appointment.id)
    found = context.store.find_all({stream_id: PublicVisit}).get(stream_id)
    return (found,) if isinstance(found, PublicVisit) else ()


HANDLERS: Handlers = {
    KeepHold: keep_hold,
    MoveByLink: move_by_link,
    CancelByLink: cancel_by_link,
}
