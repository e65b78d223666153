"""What exactly was agreed? Time, place, people, price, and the claims that keep them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from domain.booking.availability import Asked, Candidate, Free, Member, Rule, Sheet
from domain.booking.limits import Bound
from domain.booking.offer import CancellationPolicy, Mode, Percent
from domain.booking.spans import micros, moment_of
from domain.booking.wall_time import ZoneId, local_day
from domain.kernel.claims import UNLIMITED, Claim, Release
from domain.kernel.event import Payload
from domain.kernel.instants import Instant
from domain.kernel.money import Money
from domain.kernel.period import Period
from domain.kernel.text import Code
from domain.kernel.value import Value

PRACTITIONER, RESOURCE = "practitioner", "resource"
CLIENT = "booking-client"
SEAT = "booking-seat"
MONTH = "booking-month"  # visits of a month; the limit is the plan's, so the claim itself has none
FULFILLED = "booking-fulfilled"
# An override stands beside what was booked before it, and blocks what comes after.
OVER = {PRACTITIONER: "booking-practitioner-over", RESOURCE: "booking-resource-over"}
BUSY = {PRACTITIONER: "booking-practitioner", RESOURCE: "booking-resource"}

# A receipt shows everybody in front of the chosen one, within reason, and some of those behind.
LEAST_CONSIDERED, MOST_CONSIDERED = 20, 200


class Why(StrEnum):
    """Why this one was chosen."""

    ASKED_FOR = "asked_for"
    ONLY_ONE = "only_one"
    LEAST_LOADED = "least_loaded"
    WAITED_LONGEST = "waited_longest"
    FIRST_FREE = "first_free"
    SUBSTITUTE = "substitute"


class Stood(StrEnum):
    """How somebody stood in the order of choice: chosen, behind, or passed over by this rule."""

    CHOSEN = "chosen"
    CHOSEN_ELSEWHERE = "chosen_elsewhere"
    NOT_ASKED_FOR = "not_asked_for"
    BEHIND = "behind"
    OUTSIDE_HOURS = "outside_hours"
    ABSENT = "absent"
    DAILY_LIMIT = "daily_limit"
    WEEKLY_LIMIT = "weekly_limit"
    MONTHLY_LIMIT = "monthly_limit"
    TAKEN = "taken"


class Considered(Value):
    """Somebody who could have been chosen, in the order of choice: how loaded they were, and how they stood."""

    bookable_id: UUID
    load_minutes: int
    weight: int
    served_at: Instant | None = (
        None  # when they last served before the visit; of equal loads the longest wait is first
    )
    stood: Stood | None = None  # None: chosen before receipts said so


class Assignment(Value):
    """Somebody or something that takes part, for what, and chosen why."""

    kind: Code
    bookable_id: UUID
    ability: Code
    reason: Why
    considered: tuple[Considered, ...] = ()
    share_percent: Percent | None = None  # of the price, for the whole role; None: nothing was agreed


class Take(Value):
    """One claim of a visit: an interval of a bookable, or a unit of an amount such as visits per day."""

    kind: Code
    key: Code
    units: Annotated[int, Field(strict=True, ge=1)] = 1
    capacity: Annotated[int, Field(strict=True, ge=1)] = 1
    starts_at: Instant | None = None
    ends_at: Instant | None = None

    def claim(self, holder: UUID, expires_at: datetime | None = None) -> Claim:
        """The claim this take stands for."""
        return Claim(
            self.kind,
            self.key,
            holder,
            units=self.units,
            capacity=self.capacity,
            shape="amount" if self.starts_at is None else "interval",
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            expires_at=expires_at,
        )

    def among(self, seats: int | None) -> "Take":
        """The same among so many seats, if it is a seat of a class that has another number by now."""
        return self if seats is None or self.kind != SEAT else self.model_copy(update={"capacity": seats})

    def release(self, holder: UUID) -> Release:
        """What gives it back."""
        return Release(self.kind, self.key, holder)


class Visit(Value):
    """A visit as agreed: what changes later about the service changes nothing here."""

    service_id: UUID
    service_version: int
    business_id: UUID
    site_id: UUID
    session_id: UUID | None = None
    mode: Mode
    starts_at: Instant
    ends_at: Instant
    zone: ZoneId
    price: Money
    deposit: Money
    cancellation: CancellationPolicy
    team: tuple[Assignment, ...]
    takes: tuple[Take, ...]
    weighed: Period | None = None  # the time over which loads were compared; None: nobody was chosen by load

    def is_as(self, other: "Visit") -> bool:
        """Is it the same to whoever comes: time, place, people and price? How the people were chosen does not count."""
        without: Any = {
            "takes": True,
            "weighed": True,
            "team": {"__all__": {"considered", "reason", "share_percent"}},
        }
        return self.model_dump(exclude=without) == other.model_dump(exclude=without)

    @property
    def month(self) -> str:
        """The month in which it takes place, by the clock at its site."""
        return month_of(self.starts_at, self.zone)

    @property
    def practitioner_ids(self) -> tuple[UUID, ...]:
        """The people of the team."""
        return tuple(one.bookable_id for one in self.team if one.kind == PRACTITIONER)

    @property
    def resource_ids(self) -> tuple[UUID, ...]:
        """The rooms and equipment of the team."""
        return tuple(one.bookable_id for one in self.team if one.kind == RESOURCE)


class Override(Value):
    """Who set which rule aside, in an emergency, and over which visits and classes."""

    by: UUID
    rules: tuple[Rule, ...]
    over: tuple[UUID, ...] = ()


def assignments_of(free: Free, asked: Asked, shares: Mapping[str, int | None]) -> tuple[Assignment, ...]:
    """The team with the reason for each, who else could have been chosen, and why they were not."""
    return tuple(
        Assignment(
            kind=member.candidate.kind,
            bookable_id=member.candidate.id,
            ability=member.need.ability,
            reason=Why(member.reason),
            considered=considered_for(member, free, asked),
            share_percent=shares.get(member.need.ability) if member.candidate.kind == PRACTITIONER else None,
        )
        for member in free.team
    )


def considered_for(member: Member, free: Free, asked: Asked) -> tuple[Considered, ...]:
    """The receipt of one choice: everybody in front of the chosen one, and some behind."""
    chosen = next(place for place, one in enumerate(member.considered) if one.id == member.candidate.id)
    shown = min(max(chosen + 1, LEAST_CONSIDERED), MOST_CONSIDERED)
    needs = {other.candidate.id: other.need for other in free.team}
    sheet, day = Sheet(asked, ()), local_day(free.start, asked.zone)

    def stood(candidate: Candidate) -> Stood:
        if candidate.id in needs:
            return Stood.CHOSEN if needs[candidate.id] == member.need else Stood.CHOSEN_ELSEWHERE
        rule = sheet.rule_of_candidate(candidate, micros(free.start), day)
        if rule is not None:
            return Stood(rule.value)
        return Stood.NOT_ASKED_FOR if member.reason == Why.ASKED_FOR else Stood.BEHIND

    return tuple(
        Considered(
            bookable_id=one.id,
            load_minutes=one.load_minutes,
            weight=one.weight,
            served_at=moment_of(one.served_at) if one.served_at else None,
            stood=stood(one),
        )
        for one in member.considered[:shown]
    )


def interval_takes(free: Free, *, blocked_from: datetime, blocked_until: datetime) -> tuple[Take, ...]:
    """The time of everybody and everything in the team, buffers and rest included."""
    return tuple(
        Take(
            kind=BUSY[member.candidate.kind],
            key=str(member.candidate.id),
            capacity=member.candidate.capacity,
            starts_at=blocked_from,
            ends_at=blocked_until + member.candidate.rest,
        )
        for member in free.team
    )


def month_of(start: datetime, zone: str) -> str:
    """A month by the wall clock: 2030-05."""
    return f"{local_day(start, zone):%Y-%m}"


def month_take(month: str) -> Take:
    """One visit of that month."""
    return Take(kind=MONTH, key=month, capacity=UNLIMITED)


def counted_takes(bounds: Iterable[Bound], day: date) -> tuple[Take, ...]:
    """What the visit counts towards limits."""
    return tuple(
        Take(kind=bound.kind, key=bound.key(day), units=bound.units, capacity=bound.most) for bound in bounds
    )


def over_takes(takes: tuple[Take, ...]) -> tuple[Take, ...]:
    """The same time, taken beside whatever was booked there before; it counts as a visit of its month too."""
    over = {BUSY[kind]: OVER[kind] for kind in BUSY}
    months = tuple(take for take in takes if take.kind == MONTH)
    return months + tuple(
        take.model_copy(update={"kind": over[take.kind], "capacity": UNLIMITED})
        for take in takes
        if take.kind in over
    )


def without_receipt(payload: Payload) -> Payload:
    """A visit agreed before receipts: who was chosen and over whom is there, how each stood is not."""
    return payload
