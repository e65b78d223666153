"""How is a booked visit confirmed, moved, handed over, carried out, paid for or called off?"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from application.booking.agreeing import free_or_refused, landed, question_about, refusal_of, visit_of
from application.booking.appointments import session_seat, start_of
from application.booking.ground import Ground
from application.booking.question import Question
from application.booking.quota import has_room_in_month, require_room_in_month
from application.booking.wish import Wish
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import By
from domain.booking.appointment_refusals import TeamOfTheSession
from domain.booking.availability import Free, Missing, judge_team
from domain.booking.group_session import GroupSession
from domain.booking.visit import PRACTITIONER, SEAT, Assignment, Visit, Why
from domain.kernel.instants import Instant
from domain.kernel.money import Money
from domain.kernel.refusals import CapacityTaken, NotFound, Refusal
from domain.kernel.text import Code, Line


class ConfirmAppointment(Command):
    """Agree to what was requested or held."""

    appointment_id: UUID


class RejectAppointment(Command):
    """Say no to what was requested or held."""

    appointment_id: UUID
    reason: Line | None = None


class RescheduleAppointment(Command):
    """Move a visit. Without names the same practitioners are asked for; an empty list is anybody."""

    appointment_id: UUID
    starts_at: Instant
    bookable_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] | None = None
    session_id: UUID | None = None
    by: By = By.STAFF


class SubstitutePractitioner(Command):
    """Let somebody else carry the visit out; without a name the least loaded who is free."""

    appointment_id: UUID
    leaving_id: UUID
    joining_id: UUID | None = None
    reason: Line | None = None


class CancelAppointment(Command):
    """Call the visit off."""

    appointment_id: UUID
    by: By = By.STAFF
    reason: Line | None = None


class Step(StrEnum):
    """What happens on the day."""

    ARRIVE = "arrive"
    CHECK_IN = "check-in"
    START = "start"
    FULFIL = "fulfil"
    NO_SHOW = "no-show"
    REVERT_NO_SHOW = "revert-no-show"
    ENTERED_IN_ERROR = "entered-in-error"


class RecordStep(Command):
    """Take note of what happened on the day."""

    appointment_id: UUID
    step: Step
    reason: Line | None = None


class RecordDeposit(Command):
    """Take note of a payment that arrived."""

    appointment_id: UUID
    payment_id: Code
    amount: Money


def confirm_appointment(command: ConfirmAppointment, context: Context) -> Saved:
    """Whoever was to carry it out may be away by now: what was approved since the request is judged as well."""

    def decide() -> tuple[Appointment, ...]:
        appointment = context.store.load(Appointment, command.appointment_id)
        book_if_free(appointment, context, by=By.STAFF)
        return (appointment,)

    return landed(context, decide)


def reject_appointment(command: RejectAppointment, context: Context) -> Saved:
    return context.store.change(
        Appointment, command.appointment_id, lambda one: one.reject(command.reason, at=context.now)
    )


def reschedule_appointment(command: RescheduleAppointment, context: Context) -> Saved:
    def decide() -> tuple[Appointment, ...]:
        appointment = context.store.load(Appointment, command.appointment_id)
        move(
            appointment,
            context,
            starts_at=command.starts_at,
            bookable_ids=command.bookable_ids,
            session_id=command.session_id,
            by=command.by,
        )
        return (appointment,)

    return landed(context, decide)


def move(
    appointment: Appointment,
    context: Context,
    *,
    starts_at: datetime,
    bookable_ids: tuple[UUID, ...] | None,
    session_id: UUID | None,
    by: By,
) -> None:
    """Moves the visit to a start that is free. Refuses like a booking of that start."""
    appointment.require_changeable(by=by, at=context.now)
    agreed = appointment.agreed
    wanted = agreed.practitioner_ids if bookable_ids is None else bookable_ids
    class_id = (session_id or agreed.session_id) if agreed.session_id else None
    start = start_of(class_id, starts_at, context)
    question = question_about(moving(appointment, wanted), context, start)
    if class_id is not None:
        visit = session_seat(class_id, question, context, client_id=appointment.client_id)
    else:
        free = free_or_refused(question, start)
        question.rely(Ground.of(context), free)
        visit = visit_of(question, free, client_id=appointment.client_id)
    # What was agreed at booking stays agreed: its price, its deposit and its bands.
    kept = {"price": agreed.price, "deposit": agreed.deposit, "cancellation": agreed.cancellation}
    appointment.reschedule(visit.model_copy(update=kept), by=by, at=context.now)
    require_room_in_month([appointment], context)


def substitute_practitioner(command: SubstitutePractitioner, context: Context) -> Saved:
    def decide() -> tuple[Appointment, ...]:
        appointment = context.store.load(Appointment, command.appointment_id)
        agreed = appointment.agreed
        if agreed.session_id is not None:
            raise TeamOfTheSession
        if command.leaving_id not in agreed.practitioner_ids:
            raise NotFound("This practitioner is not in the team of this visit.", pointer="/leaving_id")
        staying = [one for one in agreed.practitioner_ids if one != command.leaving_id]
        wanted = [*staying, *agreed.resource_ids, *([command.joining_id] if command.joining_id else [])]
        question = question_about(moving(appointment, tuple(wanted)), context, agreed.starts_at)
        others = tuple(one for one in question.candidates if one.id != command.leaving_id)
        answer = judge_team(agreed.starts_at, question.asked, others)
        if isinstance(answer, Missing):
            raise refusal_of(question, answer)
        question.rely(Ground.of(context), answer)
        appointment.substitute(_handed_over(question, answer, appointment), command.reason, at=context.now)
        return (appointment,)

    return landed(context, decide)


def cancel_appointment(command: CancelAppointment, context: Context) -> Saved:
    return context.store.change(
        Appointment,
        command.appointment_id,
        lambda one: one.cancel(command.reason, by=command.by, at=context.now),
    )


def record_step(command: RecordStep, context: Context) -> Saved:
    def decide(appointment: Appointment) -> None:
        at = context.now
        match command.step:
            case Step.ARRIVE:
                appointment.arrive(at=at)
            case Step.CHECK_IN:
                appointment.check_in(at=at)
            case Step.START:
                appointment.start(at=at)
            case Step.FULFIL:
                appointment.fulfil(at=at)
            case Step.NO_SHOW:
                appointment.no_show(at=at)
            case Step.REVERT_NO_SHOW:
                appointment.revert_no_show(at=at)
            case Step.ENTERED_IN_ERROR:
                appointment.mark_entered_in_error(command.reason, at=at)
            case _:
                assert_never(command.step)

    return context.store.change(Appointment, command.appointment_id, decide)


def record_deposit(command: RecordDeposit, context: Context) -> Saved:
    """The time of an expired hold is taken again if it is still free; else the money goes back, once."""

    def decide() -> tuple[Appointment, ...]:
        appointment = context.store.load(Appointment, command.appointment_id)
        session = _session_of(appointment, context)
        is_lost = appointment.is_expired(context.now) and not (
            _is_still_free(appointment, session, context) and has_room_in_month(appointment, context)
        )
        if is_lost:
            appointment.pay_in_vain(command.payment_id, command.amount, at=context.now)
        else:
            seats = _seats(appointment, session, context)
            appointment.pay(command.payment_id, command.amount, at=context.now, seats=seats)
        return (appointment,)

    def in_vain(appointment: Appointment) -> None:
        appointment.pay_in_vain(command.payment_id, command.amount, at=context.now)

    try:
        return context.store.save_all(decide)
    except CapacityTaken:
        return context.store.change(Appointment, command.appointment_id, in_vain)


def book_if_free(appointment: Appointment, context: Context, *, by: By) -> None:
    """Agrees to it. Refuses, with the rule and other starts, where its team is no longer free for it."""
    session = _session_of(appointment, context)
    appointment.book(by=by, at=context.now, seats=_seats(appointment, session, context))
    require_room_in_month([appointment], context)
    if not appointment.has_pending_events:
        return
    if session is not None:
        session.require_on()
    else:
        question, answer = _judged_again(appointment, context)
        if isinstance(answer, Missing):
            raise refusal_of(question, answer)
        question.rely(Ground.of(context), answer)


def _judged_again(appointment: Appointment, context: Context) -> tuple[Question, Free | Missing]:
    """Is the team that was agreed still free, whatever the service asks of new visits?"""
    agreed = appointment.agreed
    wanted = (*agreed.practitioner_ids, *agreed.resource_ids)
    question = question_about(moving(appointment, wanted), context, agreed.starts_at)
    return question, judge_team(agreed.starts_at, question.asked, question.candidates)


def _is_still_free(appointment: Appointment, session: GroupSession | None, context: Context) -> bool:
    if appointment.agreed.starts_at <= context.now:
        return False
    if session is not None:
        return not session.is_cancelled
    try:
        question, answer = _judged_again(appointment, context)
    except Refusal:  # the site or the business is gone: no reason to keep the money
        return False
    if isinstance(answer, Missing):
        return False
    question.rely(Ground.of(context), answer)
    return True


def _session_of(appointment: Appointment, context: Context) -> GroupSession | None:
    """The class of a seat, guarded: should it be called off before the append, all is judged again."""
    if appointment.agreed.session_id is None:
        return None
    session = context.store.load(GroupSession, appointment.agreed.session_id)
    context.store.rely_on(session.id, session.version)
    return session


def _seats(appointment: Appointment, session: GroupSession | None, context: Context) -> int | None:
    """Among how many a seat is taken for good: nobody loses theirs, but a hold that ran out is nobody's."""
    if session is None:
        return None
    if appointment.is_expired(context.now):
        return session.capacity
    held = (take.capacity for take in appointment.agreed.takes if take.kind == SEAT)
    return max(session.capacity, *held)


def moving(appointment: Appointment, wanted: tuple[UUID, ...]) -> Wish:
    """The wish of a visit that moves: what it takes now does not stand in its own way."""
    agreed = appointment.agreed
    minutes = int((agreed.ends_at - agreed.starts_at).total_seconds() // 60)
    return Wish(
        service_id=agreed.service_id,
        site_id=agreed.site_id,
        duration_minutes=minutes,
        mode=agreed.mode,
        bookable_ids=wanted,
        client_id=appointment.client_id,
        moving_id=appointment.id,
        giving_back=agreed.takes,
    )


def _handed_over(question: Question, free: Free, appointment: Appointment) -> Visit:
    agreed = appointment.agreed
    visit = visit_of(question, free, client_id=appointment.client_id)
    before = {one.bookable_id: one for one in agreed.team}
    team = tuple(before.get(one.bookable_id) or _as_substitute(one) for one in visit.team)
    return agreed.model_copy(update={"team": team, "takes": visit.takes, "weighed": visit.weighed})


def _as_substitute(assignment: Assignment) -> Assignment:
    if assignment.kind != PRACTITIONER:
        return assignment
    return assignment.model_copy(update={"reason": Why.SUBSTITUTE})


HANDLERS: Handlers = {
    ConfirmAppointment: confirm_appointment,
    RejectAppointment: reject_appointment,
    RescheduleAppointment: reschedule_appointment,
    SubstitutePractitioner: substitute_practitioner,
    CancelAppointment: cancel_appointment,
    RecordStep: record_step,
    RecordDeposit: record_deposit,
}
