"""Who was chosen, over whom and why; who was offered a time before whom: and does the log say the same again?

A receipt is what the events keep. The check puts the same question once more, to the one function that lists slots and
accepts bookings, on the ground of the log as it stood when the choice was made, and compares.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from application.booking.appointments import holders_in_the_way
from application.booking.ground import Ground
from application.booking.question import AROUND, Question, question_of
from application.booking.waitlist import OfferFreedSlot, standing_of
from application.booking.wish import Wish
from domain.booking.appointment_events import (
    AppointmentRequested,
    AppointmentRescheduled,
    PractitionerSubstituted,
    SlotHeld,
)
from domain.booking.availability import Candidate, Free, Member, Missing, judge_team
from domain.booking.group_session import SessionScheduled
from domain.booking.visit import Assignment, Considered, Override, Visit, Why, assignments_of, considered_for
from domain.booking.waitlist import WAITING_FOR, Passed, SlotOffered, Standing, WaitlistEntry
from domain.kernel.event import DomainEvent

DAY = timedelta(days=1)


class Act(StrEnum):
    """What was decided."""

    BOOKED = "booked"
    HELD = "held"
    SEAT = "seat"
    OVERRIDE = "override"
    MOVED = "moved"
    HANDED_OVER = "handed_over"
    SCHEDULED = "scheduled"


@dataclass(frozen=True)
class Choice:
    """One decision about who takes part in a visit."""

    act: Act
    stream_id: UUID
    position: int
    decided_at: datetime
    visit: Visit
    client_id: UUID | None = None
    previous: Visit | None = None
    override: Override | None = None
    override_reason: str | None = None

    @property
    def chosen(self) -> tuple[Assignment, ...]:
        """Those this decision chose: all of them, or whoever came in for somebody else."""
        if self.act is not Act.HANDED_OVER or self.previous is None:
            return self.visit.team
        before = {one.bookable_id for one in self.previous.team}
        return tuple(one for one in self.visit.team if one.bookable_id not in before)


def choices_of(events: Iterable[DomainEvent]) -> list[Choice]:
    """Every decision about the team of one visit or class, in order."""
    return [choice for event in events if (choice := _choice(event)) is not None]


def _choice(event: DomainEvent) -> Choice | None:
    place: Any = {"stream_id": event.originator_id, "decided_at": event.occurred_at}
    match event:
        case SlotHeld():
            act = Act.SEAT if event.visit.session_id else Act.HELD
            return Choice(act, position=event.position, visit=event.visit, client_id=event.client_id, **place)
        case AppointmentRequested():
            act = Act.SEAT if event.visit.session_id else Act.OVERRIDE if event.override else Act.BOOKED
            return Choice(
                act,
                position=event.position,
                visit=event.visit,
                client_id=event.client_id,
                override=event.override,
                override_reason=event.override_reason,
                **place,
            )
        case AppointmentRescheduled():
            act = Act.SEAT if event.visit.session_id else Act.MOVED
            return Choice(act, position=event.position, visit=event.visit, previous=event.previous, **place)
        case PractitionerSubstituted():
            return Choice(
                Act.HANDED_OVER,
                position=event.position,
                visit=event.visit,
                previous=event.previous,
                client_id=event.client_id,
                **place,
            )
        case SessionScheduled():
            return Choice(Act.SCHEDULED, position=event.position, visit=event.visit, **place)
        case _:
            return None


def differences(choice: Choice, ground: Ground, earlier: Sequence[Visit] = ()) -> list[str]:
    """What the log says otherwise than the receipt; nothing is a receipt that holds.

    `earlier` are the visits that the same command agreed to before: they are judged as if they were booked.
    """
    match choice.act:
        case Act.SEAT:
            return []  # nobody was chosen: the team is that of the class
        case Act.OVERRIDE:
            return _of_override(choice, ground)
        case Act.HANDED_OVER:
            return _of_substitution(choice, ground)
        case _:
            question = _question(choice, ground, _asked_for(choice.visit))
            candidates = [_left_of(one, earlier) for one in question.candidates]
            answer = judge_team(choice.visit.starts_at, question.asked, candidates)
            if isinstance(answer, Missing):
                return [f"The start was not free: {answer.rule.value}."]
            return _compared(choice.chosen, _again(question, answer))


def _left_of(candidate: Candidate, earlier: Sequence[Visit]) -> Candidate:
    times = [
        (take.starts_at, take.ends_at)
        for visit in earlier
        for take in visit.takes
        if take.key == str(candidate.id) and take.starts_at and take.ends_at
    ]
    return replace(candidate, busy=candidate.busy.with_more(times)) if times else candidate


def _of_override(choice: Choice, ground: Ground) -> list[str]:
    override = choice.override or Override(by=choice.stream_id, rules=())
    visit = choice.visit
    question = _question(choice, ground, tuple(one.bookable_id for one in visit.team))
    answer = question.judge(visit.starts_at)
    if isinstance(answer, Free):
        return ["The start was free: there was nothing to set aside."]
    found = []
    if (answer.rule,) != override.rules:
        found.append(f"The rule set aside was {answer.rule.value}.")
    over = holders_in_the_way(visit, ground)
    if override.over and over != override.over:
        found.append(f"It was put over {', '.join(map(str, over)) or 'nothing'}.")
    by_id = {one.id: one for one in question.candidates}
    free = Free(visit.starts_at, visit.ends_at, ())
    for one in visit.team:
        candidate = by_id.get(one.bookable_id)
        need = next((each for each in question.asked.needs if each.ability == one.ability), None)
        if candidate is None or need is None:
            found.append(f"{one.bookable_id} could not be booked there.")
            continue
        member = Member(candidate, need, one.reason.value, (candidate,))
        again = considered_for(member, replace(free, team=(member,)), question.asked)
        found += _compared_considered(one, again)
    return found


def _of_substitution(choice: Choice, ground: Ground) -> list[str]:
    """Whoever joined was named, or was the first choice: the receipt does not say which, so either holds."""
    assert choice.previous is not None
    before, after = set(choice.previous.practitioner_ids), set(choice.visit.practitioner_ids)
    staying = (*sorted(before & after), *choice.previous.resource_ids)
    found: list[str] = []
    for named in ((), tuple(sorted(after - before))):
        question = _question(choice, ground, (*staying, *named))
        others = tuple(one for one in question.candidates if one.id not in before - after)
        answer = judge_team(choice.visit.starts_at, question.asked, others)
        if isinstance(answer, Missing):
            found = [f"Nobody was free: {answer.rule.value}."]
            continue
        joined = {one.bookable_id for one in choice.chosen}
        again = tuple(one for one in _again(question, answer) if one.bookable_id in joined)
        again = tuple(one.model_copy(update={"reason": Why.SUBSTITUTE}) for one in again)
        found = _compared(choice.chosen, again)
        if not found:
            return []
    return found


def _question(choice: Choice, ground: Ground, wanted: tuple[UUID, ...]) -> Question:
    visit, previous = choice.visit, choice.previous
    wish = Wish(
        service_id=visit.service_id,
        site_id=visit.site_id,
        duration_minutes=int((visit.ends_at - visit.starts_at).total_seconds() // 60),
        mode=visit.mode,
        bookable_ids=wanted,
        client_id=choice.client_id,
        moving_id=choice.stream_id if previous else None,
        giving_back=previous.takes if previous else (),
    )
    if visit.weighed is None:
        return question_of(wish, ground, start=visit.starts_at, end=visit.starts_at + AROUND)
    # Over the same time as then: loads are compared over it.
    return question_of(wish, ground, start=visit.weighed.start + AROUND, end=visit.weighed.end - AROUND)


def _asked_for(visit: Visit) -> tuple[UUID, ...]:
    return tuple(one.bookable_id for one in visit.team if one.reason == Why.ASKED_FOR)


def _again(question: Question, answer: Free) -> tuple[Assignment, ...]:
    return assignments_of(answer, question.asked, question.offer.shares)


def _compared(kept: Sequence[Assignment], again: Sequence[Assignment]) -> list[str]:
    chosen = [(one.ability, one.bookable_id, one.reason.value) for one in kept]
    expected = [(one.ability, one.bookable_id, one.reason.value) for one in again]
    if chosen != expected:
        return ["The choice was: " + "; ".join(" ".join(map(str, each)) for each in expected) + "."]
    return [
        found
        for one, other in zip(kept, again, strict=True)
        for found in _compared_considered(one, other.considered)
    ]


def _compared_considered(kept: Assignment, again: Sequence[Considered]) -> list[str]:
    """What older receipts do not say is not compared."""
    shown = list(again)[: len(kept.considered)]
    if all(one.stood is None for one in kept.considered):
        shown = [one.model_copy(update={"stood": None}) for one in shown]
    if tuple(shown) == kept.considered:
        return []
    wrong = next(
        (
            place
            for place, (one, other) in enumerate(zip(kept.considered, shown, strict=False))
            if one != other
        ),
        len(shown),
    )
    return [f"The order of choice for {kept.ability} was otherwise from place {wrong + 1} on."]


def queue_differences(entry: WaitlistEntry, offer: SlotOffered, ground: Ground) -> list[str]:
    """What the log says otherwise than the receipt of an offer."""
    wants = entry.wants
    freed = OfferFreedSlot(service_id=wants.service_id, site_id=wants.site_id, starts_at=offer.starts_at)
    ids = ground.ports.totals.holders(WAITING_FOR, str(wants.service_id))
    streams = ground.store.find_all(dict.fromkeys(ids, WaitlistEntry))
    queue: list[Standing] = []
    is_behind = False
    for each in ids:
        one = streams.get(each)
        if isinstance(one, WaitlistEntry):
            standing, _ = standing_of(one, freed, ground, is_behind=is_behind)
            is_behind = is_behind or standing.passed == Passed.OFFERED
            queue.append(standing)
    found = []
    if offer.waiting != len(queue):
        found.append(f"There were {len(queue)} in the queue.")
    shown = queue[: len(offer.queue)]
    if all(one.rule is None for one in offer.queue):
        shown = [one.model_copy(update={"rule": None}) for one in shown]
    for place, (kept, again) in enumerate(zip(offer.queue, shown, strict=False), start=1):
        if kept != again:
            found.append(f"At place {place} stood {again.entry_id}: {again.passed.value}.")
    return found
