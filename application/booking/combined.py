"""How are several services booked in one visit, one after the other, and who takes over from whom?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.booking.agreeing import LOST, landed, visit_of
from application.booking.appointments import ClientDetails, Wanted, agree, client_of, require_fit, wish_of
from application.booking.ground import Ground
from application.booking.question import ALTERNATIVES, AROUND, Question, question_of
from application.booking.quota import require_room_in_month
from application.booking.slots import LONGEST, Slot
from application.booking.together import Together, Units
from application.booking.wish import Wish
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import OPEN, Appointment
from domain.booking.appointment_events import By
from domain.booking.appointment_refusals import SessionNotOfService, SlotNotAvailable, SlotTaken
from domain.booking.availability import Free, Missing
from domain.booking.combined_visit import MOST_PARTS, CombinedVisit, Part
from domain.booking.intake import Answers
from domain.booking.offer import Mode
from domain.booking.visit import PRACTITIONER
from domain.kernel.aggregate import Aggregate
from domain.kernel.instants import Instant
from domain.kernel.refusals import Refusal
from domain.kernel.text import Line, Paragraph
from domain.kernel.value import Value

Handover = Annotated[int, Field(strict=True, ge=0, le=240)]


class PartWanted(Value):
    """One service of the visit."""

    service_id: UUID
    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)] | None = None
    mode: Mode | None = None
    bookable_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    answers: Answers = {}


class BookCombinedVisit(Command):
    """Book several services one after the other, all or none."""

    site_id: UUID
    starts_at: Instant
    parts: Annotated[tuple[PartWanted, ...], Field(min_length=2, max_length=MOST_PARTS)]
    handover_minutes: Handover = 0
    client: ClientDetails
    note: Paragraph | None = None
    is_public: bool = False


class CancelCombinedVisit(Command):
    """Call off what is left of it."""

    combined_visit_id: UUID
    by: By = By.STAFF
    reason: Line | None = None


@dataclass(frozen=True)
class InARow:
    """The questions of all parts, and how long after the first each one begins."""

    questions: tuple[Question, ...]
    offsets: tuple[timedelta, ...]
    known: Units

    @classmethod
    def of(
        cls,
        wishes: tuple[Wish, ...],
        ground: Ground,
        *,
        start: datetime,
        end: datetime,
        handover_minutes: int,
        around: timedelta = AROUND,
    ) -> "InARow":
        """Loads them; a part begins when the one before it, both buffers and the handover are over."""
        questions: list[Question] = []
        offsets: list[timedelta] = []
        offset = timedelta()
        for number, wish in enumerate(wishes):
            question = question_of(wish, ground, start=start + offset, end=end + offset, around=around)
            if question.offer.is_group:
                raise SessionNotOfService(pointer=f"/parts/{number}/service_id")
            if questions:
                offset += question.asked.buffer_before + timedelta(minutes=handover_minutes)
                # Only the first part begins on the grid; the others follow it.
                question = replace(question, asked=replace(question.asked, is_on_grid=False))
            questions.append(question)
            offsets.append(offset)
            offset += question.asked.duration + question.asked.buffer_after
        return cls(tuple(questions), tuple(offsets), {})

    def judge(self, start: datetime) -> tuple[Free, ...] | tuple[int, Missing]:
        """The team of every part, or which part is not free and why. A client keeps whom they have if that can be."""
        together = Together(self.questions[0].ground.ports.totals, self.known)
        found: list[Free] = []
        for number, (question, offset) in enumerate(zip(self.questions, self.offsets, strict=True)):
            kept = _kept(found, question)
            asked = replace(question.asked, fixed=question.asked.fixed | kept)
            answer = together.judge(start + offset, question, asked)
            if isinstance(answer, Missing) and kept:
                answer = together.judge(start + offset, question)
            if isinstance(answer, Missing):
                return number, answer
            found.append(answer)
        return tuple(found)

    def starts(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Every start at which all parts are free, by the function that also accepts."""
        return (at for at in self.questions[0].listed(start, end) if isinstance(self.judge(at)[0], Free))


def combined_listing(
    wishes: tuple[Wish, ...],
    ground: Ground,
    *,
    start: datetime,
    end: datetime,
    handover_minutes: int,
    limit: int,
) -> list[Slot]:
    """The starts of the window at which the whole visit can be booked; each with its end."""
    end = min(end, start + LONGEST)
    row = InARow.of(
        wishes, ground, start=start, end=end, handover_minutes=handover_minutes, around=timedelta()
    )
    length = row.offsets[-1] + row.questions[-1].asked.duration
    return [Slot(at, at + length) for at in islice(row.starts(start, end), limit)]


def book_combined_visit(command: BookCombinedVisit, context: Context) -> Saved:
    wanted = tuple(_wanted(command, part) for part in command.parts)
    clients = [client_of(one, context) for one in wanted]
    wishes = tuple(wish_of(one, client) for one, client in zip(wanted, clients, strict=True))

    def decide() -> tuple[Aggregate, ...]:
        ground, start = Ground.of(context), command.starts_at
        row = InARow.of(wishes, ground, start=start, end=start, handover_minutes=command.handover_minutes)
        for one, question in zip(wanted, row.questions, strict=True):
            require_fit(one, question.offer, context, zone=question.site.zone)
        judged = row.judge(start)
        if isinstance(judged[1], Missing):
            number, missing = judged
            assert isinstance(number, int)
            raise _refusal(missing, number, wishes, ground, command)
        visits: list[Appointment] = []
        parts: list[Part] = []
        for number, free in enumerate(judged):
            assert isinstance(free, Free)
            question, client = row.questions[number], clients[number]
            question.rely(ground, free)
            visit = visit_of(question, free, client_id=client.client_id)
            appointment = Appointment.new(
                uuid5(context.tenant_id, f"appointment:{context.command.id}:{number}")
            )
            agree(appointment, visit, client, question.offer, context, is_hold=False)
            visits.append(appointment)
            before = parts[-1].practitioner_ids if parts else visit.practitioner_ids
            parts.append(
                Part(
                    appointment_id=appointment.id,
                    service_id=visit.service_id,
                    starts_at=visit.starts_at,
                    ends_at=visit.ends_at,
                    practitioner_ids=visit.practitioner_ids,
                    is_handed_over=set(before).isdisjoint(visit.practitioner_ids),
                )
            )
        require_room_in_month(visits, context)
        combined = CombinedVisit.new(uuid5(context.tenant_id, f"combined-visit:{context.command.id}"))
        combined.book(
            tuple(parts),
            client_id=clients[0].client_id,
            site_id=command.site_id,
            zone=row.questions[0].site.zone,
            at=context.now,
        )
        return (combined, *visits)

    return landed(context, decide)


def cancel_combined_visit(command: CancelCombinedVisit, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        combined = context.store.load(CombinedVisit, command.combined_visit_id)
        streams = context.store.find_all(
            dict.fromkeys((one.appointment_id for one in combined.parts), Appointment)
        )
        left = [
            one
            for one in streams.values()
            if isinstance(one, Appointment)
            and one.status_at(context.now) in OPEN
            and one.agreed.starts_at > context.now
            and not one.is_started
        ]
        for one in left:
            one.cancel(command.reason, by=command.by, at=context.now)
        combined.cancel(tuple(one.id for one in left), by=command.by, at=context.now)
        return (combined, *left)

    return context.store.save_all(decide)


def _wanted(command: BookCombinedVisit, part: PartWanted) -> Wanted:
    return Wanted(
        **part.model_dump(exclude={"answers"}),
        answers=part.answers,
        site_id=command.site_id,
        starts_at=command.starts_at,
        client=command.client,
        note=command.note,
        is_public=command.is_public,
    )


def _kept(found: list[Free], question: Question) -> frozenset[UUID]:
    """Who of the part before could go on, unless somebody is asked for by name."""
    if not found or question.asked.fixed:
        return frozenset()
    able = {need.ability for need in question.asked.needs if need.kind == PRACTITIONER}
    there = {one.id for one in question.candidates if not able.isdisjoint(one.abilities)}
    before = {member.candidate.id for member in found[-1].team if member.candidate.kind == PRACTITIONER}
    return frozenset(before & there)


def _refusal(
    missing: Missing, number: int, wishes: tuple[Wish, ...], ground: Ground, command: BookCombinedVisit
) -> Refusal:
    kind = SlotTaken if missing.rule in LOST else SlotNotAvailable
    start, anybody = command.starts_at, tuple(replace(wish, bookable_ids=()) for wish in wishes)
    others = combined_listing(
        anybody,
        ground,
        start=start,
        end=start + AROUND,
        handover_minutes=command.handover_minutes,
        limit=ALTERNATIVES,
    )
    return kind(
        rule=missing.rule.value,
        bookables=list(missing.bookables),
        alternatives=[one.starts_at for one in others],
        pointer=f"/parts/{number}" if number else "/starts_at",
    )


HANDLERS: Handlers = {
    BookCombinedVisit: book_combined_visit,
    CancelCombinedVisit: cancel_combined_visit,
}
