"""How do visits recur: booked together, moved from one occurrence on, or called off from one on?"""

from dataclasses import replace
from datetime import datetime, time
from typing import Annotated
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import Field

from application.booking.agreeing import free_or_refused, landed, question_about, visit_of
from application.booking.appointments import Wanted, agree, client_of, require_fit, wish_of
from application.booking.changes import moving
from application.booking.ground import Ground
from application.booking.question import AROUND, Question, question_of
from application.booking.quota import require_room_in_month
from application.booking.together import Together
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import OPEN, Appointment
from domain.booking.appointment_events import By
from domain.booking.appointment_refusals import SessionNotOfService
from domain.booking.availability import Asked, Free, Missing
from domain.booking.client import Client
from domain.booking.series import (
    MOST_OCCURRENCES,
    AppointmentSeries,
    NoOccurrences,
    Occurrence,
    OnConflict,
    RecurrenceRule,
    SeriesNotFree,
    TooManyOccurrences,
)
from domain.booking.visit import Visit
from domain.booking.wall_time import instant_of, local_day, minute_of
from domain.kernel.aggregate import Aggregate
from domain.kernel.instants import Day, Instant
from domain.kernel.text import Line


class BookSeries(Wanted, Command):
    """Book recurring visits; the first is at `starts_at`."""

    recurrence: RecurrenceRule
    excluded_days: Annotated[tuple[Day, ...], Field(max_length=MOST_OCCURRENCES)] = ()
    on_conflict: OnConflict = OnConflict.REFUSE


class MoveSeries(Command):
    """Move the visits from one occurrence on to another time of the day, all or none."""

    series_id: UUID
    since: Instant
    clock: time


class CancelSeries(Command):
    """Call the visits off from one occurrence on."""

    series_id: UUID
    since: Instant
    by: By = By.STAFF
    reason: Line | None = None


def book_series(command: BookSeries, context: Context) -> Saved:
    client = client_of(command, context)

    def decide() -> tuple[Aggregate, ...]:
        first = question_about(wish_of(command, client), context, command.starts_at)
        if first.offer.is_group or command.session_id is not None:
            raise SessionNotOfService(pointer="/session_id")
        require_fit(command, first.offer, context, zone=first.site.zone)
        starts = _starts(command, context, zone=first.site.zone)
        ground = Ground.of(context)
        question = question_of(first.wish, ground, start=starts[0], end=starts[-1] + AROUND)
        judged = _judged(question, starts, client, context)
        conflicts = [occurrence for occurrence, _, _ in judged if occurrence.rule is not None]
        if conflicts and (command.on_conflict == OnConflict.REFUSE or len(conflicts) == len(judged)):
            raise SeriesNotFree(
                rule=str(conflicts[0].rule),
                occurrences=[occurrence.model_dump(mode="json") for occurrence, _, _ in judged],
                alternatives=question.alternatives(conflicts[0].starts_at),
                pointer="/recurrence",
            )
        series = AppointmentSeries.new(uuid5(context.tenant_id, f"series:{context.command.id}"))
        series.book(
            tuple(occurrence for occurrence, _, _ in judged),
            service_id=question.service.id,
            client_id=client.client_id,
            zone=question.site.zone,
            recurrence=command.recurrence,
            excluded_days=command.excluded_days,
            on_conflict=command.on_conflict,
            at=context.now,
        )
        visits: list[Appointment] = []
        for occurrence, free, visit in judged:
            if free is not None and visit is not None and occurrence.appointment_id is not None:
                question.rely(ground, free)
                appointment = Appointment.new(occurrence.appointment_id)
                agree(appointment, visit, client, question.offer, context, is_hold=False)
                visits.append(appointment)
        require_room_in_month(visits, context)
        return (series, *visits)

    return landed(context, decide)


def move_series(command: MoveSeries, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        series, following = _following(command.series_id, command.since, context)
        for appointment in following:
            agreed = appointment.agreed
            day = local_day(agreed.starts_at, agreed.zone)
            start = instant_of(day, minute_of(command.clock), agreed.zone)
            question = question_about(moving(appointment, agreed.practitioner_ids), context, start)
            free = free_or_refused(question, start)
            question.rely(Ground.of(context), free)
            visit = visit_of(question, free, client_id=appointment.client_id)
            kept = {"price": agreed.price, "deposit": agreed.deposit, "cancellation": agreed.cancellation}
            appointment.reschedule(visit.model_copy(update=kept), by=By.STAFF, at=context.now)
        ids = tuple(one.id for one in following)
        series.move(ids, since=command.since, clock=command.clock, at=context.now)
        return (series, *following)

    return landed(context, decide)


def cancel_series(command: CancelSeries, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        series, following = _following(command.series_id, command.since, context)
        for appointment in following:
            appointment.cancel(command.reason, by=command.by, at=context.now)
        series.end(tuple(one.id for one in following), since=command.since, at=context.now)
        return (series, *following)

    return context.store.save_all(decide)


def _following(
    series_id: UUID, since: datetime, context: Context
) -> tuple[AppointmentSeries, list[Appointment]]:
    """The visits from that occurrence on that can still be changed, in order."""
    series = context.store.load(AppointmentSeries, series_id)
    streams = context.store.find_all(dict.fromkeys(series.appointment_ids, Appointment))
    visits = [one for one in streams.values() if isinstance(one, Appointment)]
    following = [
        one
        for one in visits
        if one.agreed.starts_at >= max(since, context.now)
        and one.status_at(context.now) in OPEN
        and not one.is_started
    ]
    return series, sorted(following, key=lambda one: one.agreed.starts_at)


def _starts(command: BookSeries, context: Context, *, zone: str) -> list[datetime]:
    """The instants of the rule: wall times first, then their zone, so that ten o'clock stays ten o'clock."""
    first = command.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    walls = context.ports.recurrence.wall_times(
        command.recurrence, first, zone=zone, most=MOST_OCCURRENCES + 1 + len(command.excluded_days)
    )
    kept = [wall for wall in walls if wall.date() not in command.excluded_days]
    if len(kept) > MOST_OCCURRENCES:
        raise TooManyOccurrences(pointer="/recurrence")
    if not kept:
        raise NoOccurrences(pointer="/recurrence")
    # What was asked for stays that instant, also where the wall shows its time twice.
    return [
        command.starts_at if wall == first else instant_of(wall.date(), wall.hour * 60 + wall.minute, zone)
        for wall in kept
    ]


def _judged(
    question: Question, starts: list[datetime], client: Client, context: Context
) -> list[tuple[Occurrence, Free | None, Visit | None]]:
    """Every occurrence by the one function, with the limits that the ones before it use up."""
    together = Together(context.ports.totals)
    judged: list[tuple[Occurrence, Free | None, Visit | None]] = []
    asked: Asked = question.asked
    for number, start in enumerate(starts):
        answer = together.judge(start, question, asked)
        if isinstance(answer, Missing):
            judged.append((Occurrence(starts_at=start, rule=answer.rule), None, None))
            continue
        visit = visit_of(question, answer, client_id=client.client_id)
        if not asked.fixed:
            # The client keeps the team of the first visit.
            asked = replace(asked, fixed=frozenset(visit.practitioner_ids))
        appointment_id = uuid5(context.tenant_id, f"appointment:{context.command.id}:{number}")
        judged.append((Occurrence(starts_at=start, appointment_id=appointment_id), answer, visit))
    return judged


HANDLERS: Handlers = {
    BookSeries: book_series,
    MoveSeries: move_series,
    CancelSeries: cancel_series,
}
