"""What exactly was agreed? Time, place, people, price, and the claims that keep them."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.booking.availability import Free, Rule
from domain.booking.limits import Bound
from domain.booking.offer import CancellationPolicy, Frozen, Mode
from domain.booking.wall_time import ZoneId
from domain.kernel.claims import UNLIMITED, Claim, Release
from domain.kernel.instants import Instant
from domain.kernel.money import Money
from domain.kernel.text import Code

PRACTITIONER, RESOURCE = "practitioner", "resource"
CLIENT = "booking-client"
SEAT = "booking-seat"
FULFILLED = "booking-fulfilled"
# An override stands beside what was booked before it, and blocks what comes after.
OVER = {PRACTITIONER: "booking-practitioner-over", RESOURCE: "booking-resource-over"}
BUSY = {PRACTITIONER: "booking-practitioner", RESOURCE: "booking-resource"}


class Why(StrEnum):
    """Why this one was chosen."""

    ASKED_FOR = "asked_for"
    ONLY_ONE = "only_one"
    LEAST_LOADED = "least_loaded"
    WAITED_LONGEST = "waited_longest"
    FIRST_FREE = "first_free"
    SUBSTITUTE = "substitute"


class Considered(Frozen):
    """Somebody who could have been chosen, and how loaded they were then."""

    bookable_id: UUID
    load_minutes: int
    weight: int


class Assignment(Frozen):
    """Somebody or something that takes part, for what, and chosen why."""

    kind: Code
    bookable_id: UUID
    ability: Code
    reason: Why
    considered: tuple[Considered, ...] = ()


class Take(Frozen):
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


class Visit(Frozen):
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

    @property
    def practitioner_ids(self) -> tuple[UUID, ...]:
        """The people of the team."""
        return tuple(one.bookable_id for one in self.team if one.kind == PRACTITIONER)

    @property
    def resource_ids(self) -> tuple[UUID, ...]:
        """The rooms and equipment of the team."""
        return tuple(one.bookable_id for one in self.team if one.kind == RESOURCE)


class Override(Frozen):
    """Who set which rule aside, in an emergency."""

    by: UUID
    rules: tuple[Rule, ...]


def assignments_of(free: Free) -> tuple[Assignment, ...]:
    """The team with the reason for each, and who else could have been chosen."""
    return tuple(
        Assignment(
            kind=member.candidate.kind,
            bookable_id=member.candidate.id,
            ability=member.need.ability,
            reason=Why(member.reason),
            considered=tuple(
                Considered(bookable_id=one.id, load_minutes=one.load_minutes, weight=one.weight)
                for one in member.considered
            ),
        )
        for member in free.team
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


def counted_takes(bounds: Iterable[Bound], day: date) -> tuple[Take, ...]:
    """What the visit counts towards limits."""
    return tuple(
        Take(kind=bound.kind, key=bound.key(day), units=bound.units, capacity=bound.most) for bound in bounds
    )


def over_takes(takes: tuple[Take, ...]) -> tuple[Take, ...]:
    """The same time, taken beside whatever was booked there before."""
    over = {BUSY[kind]: OVER[kind] for kind in BUSY}
    return tuple(
        take.model_copy(update={"kind": over[take.kind], "capacity": UNLIMITED})
        for take in takes
        if take.kind in over
    )
