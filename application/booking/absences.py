"""How does somebody ask to be away, and what does a yes mean for what is booked?"""

from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.absence import Absence, AbsenceKind, AbsenceStatus
from domain.booking.practitioner import Practitioner
from domain.booking.resource import Resource
from domain.booking.schedule import Schedule, SubjectKind, schedule_id
from domain.booking.visit import BUSY, OVER, PRACTITIONER, RESOURCE
from domain.kernel.aggregate import Aggregate
from domain.kernel.period import Period
from domain.kernel.refusals import NotFound
from domain.kernel.text import Line


class RequestAbsence(Command):
    """Ask for an absence of a practitioner or a resource."""

    subject_id: UUID
    kind: AbsenceKind = AbsenceKind.LEAVE
    period: Period
    reason: Line | None = None


class ApproveAbsence(Command):
    """Agree: nothing more is booked during it; what is booked already is listed."""

    absence_id: UUID


class RejectAbsence(Command):
    """Do not agree."""

    absence_id: UUID


class CancelAbsence(Command):
    """Call an absence off, approved or not."""

    absence_id: UUID


def request_absence(command: RequestAbsence, context: Context) -> Saved:
    absence_id = uuid5(context.tenant_id, f"absence:{context.command.id}")

    def create() -> Absence:
        person = context.store.read(Practitioner, command.subject_id)
        thing = None if person else context.store.read(Resource, command.subject_id)
        if person is None and thing is None:
            raise NotFound(pointer="/subject_id")
        absence = Absence.new(absence_id)
        absence.request(
            subject_id=command.subject_id,
            is_resource=person is None,
            kind=command.kind,
            period=command.period,
            reason=command.reason,
            at=context.now,
        )
        return absence

    return context.store.add(create)


def approve_absence(command: ApproveAbsence, context: Context) -> Saved:
    """The schedule moves in the same transaction: a booking that read it before decides again."""

    def decide() -> tuple[Aggregate, ...]:
        absence = context.store.load(Absence, command.absence_id)
        schedule, kind = _schedule_of(absence, context)
        absence.approve(_affected(absence, context), at=context.now)
        schedule.enter(absence.away, kind=kind, subject_id=absence.subject_id, at=context.now)
        return absence, schedule

    return context.store.save_all(decide)


def reject_absence(command: RejectAbsence, context: Context) -> Saved:
    return context.store.change(Absence, command.absence_id, lambda absence: absence.reject(at=context.now))


def cancel_absence(command: CancelAbsence, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        absence = context.store.load(Absence, command.absence_id)
        was_approved = absence.status == AbsenceStatus.APPROVED
        absence.cancel(at=context.now)
        if not was_approved:
            return (absence,)
        schedule, _ = _schedule_of(absence, context)
        schedule.take_out(absence.id, at=context.now)
        return absence, schedule

    return context.store.save_all(decide)


def _schedule_of(absence: Absence, context: Context) -> tuple[Schedule, SubjectKind]:
    kind = SubjectKind.RESOURCE if absence.is_resource else SubjectKind.PRACTITIONER
    stream_id = schedule_id(context.tenant_id, kind, absence.subject_id)
    found = context.store.find_all({stream_id: Schedule}).get(stream_id)
    return found if isinstance(found, Schedule) else Schedule.new(stream_id), kind


def _affected(absence: Absence, context: Context) -> tuple[UUID, ...]:
    kind = RESOURCE if absence.is_resource else PRACTITIONER
    away = absence.away
    held = context.ports.agenda.held(
        [BUSY[kind], OVER[kind]], [str(absence.subject_id)], start=away.starts_at, end=away.ends_at
    )
    return tuple(dict.fromkeys(one.holder for one in held))


HANDLERS: Handlers = {
    RequestAbsence: request_absence,
    ApproveAbsence: approve_absence,
    RejectAbsence: reject_absence,
    CancelAbsence: cancel_absence,
}
