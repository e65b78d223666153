"""When does a class take place, and how many seats has it? The seats themselves are claims of the appointments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, assert_never

from pydantic import Field

from domain.booking.availability import Asked, Missing, Rule, Sheet
from domain.booking.spans import micros
from domain.booking.visit import Take, Visit, without_receipt
from domain.booking.wall_time import local_day
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims
from domain.kernel.event import DomainEvent, Upcast
from domain.kernel.refusals import RuleBroken

SESSION_OF = "booking-session"  # an index kept by claims: the sessions of one service

Seats = Annotated[int, Field(strict=True, ge=1, le=1000)]


class SessionScheduled(DomainEvent):
    """A class takes place; whoever gives it is taken once, for everybody."""

    TOPIC: ClassVar[str] = "group-session.scheduled.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"group-session.scheduled.v1": without_receipt}

    visit: Visit
    capacity: Seats


class CapacityChanged(DomainEvent):
    """The class has more or fewer seats from now on; nobody loses theirs."""

    TOPIC: ClassVar[str] = "group-session.capacity-changed.v1"

    capacity: Seats


class SessionCancelled(DomainEvent):
    """The class does not take place."""

    TOPIC: ClassVar[str] = "group-session.cancelled.v1"


SessionEvent = SessionScheduled | CapacityChanged | SessionCancelled


class SessionIsCancelled(RuleBroken):
    """This session does not take place."""


class GroupSession(Aggregate):
    """A class: its time, its team and its seats."""

    CATEGORY: ClassVar[str] = "group-session"

    visit: Visit | None = None
    capacity: int = 0
    is_cancelled: bool = False

    def schedule(self, visit: Visit, capacity: int, *, at: datetime) -> None:
        """Puts it on the calendar."""
        if not self.version:
            self.record(SessionScheduled, at=at, visit=visit, capacity=capacity)

    def change_capacity(self, capacity: int, *, at: datetime) -> None:
        """Adds or takes away seats."""
        self.require_on()
        if capacity != self.capacity:
            self.record(CapacityChanged, at=at, capacity=capacity)

    def cancel(self, *, at: datetime) -> None:
        """Calls it off."""
        if not self.is_cancelled:
            self.record(SessionCancelled, at=at)

    def require_on(self) -> None:
        """Refuses where it was called off."""
        if self.is_cancelled:
            raise SessionIsCancelled

    @property
    def agreed(self) -> Visit:
        """Its time, place and team."""
        assert self.visit is not None
        return self.visit

    def evolve(self, event: SessionEvent) -> None:
        match event:
            case SessionScheduled():
                self.visit = event.visit
                self.capacity = event.capacity
            case CapacityChanged():
                self.capacity = event.capacity
            case SessionCancelled():
                self.is_cancelled = True
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """The time of the team, and the place among the sessions of the service."""
        match event:
            case SessionScheduled():
                visit = event.visit
                listed = Claim(
                    SESSION_OF,
                    str(visit.service_id),
                    self.id,
                    capacity=UNLIMITED,
                    starts_at=visit.starts_at,
                    ends_at=visit.ends_at,
                )
                return Claims(taken=(*(take.claim(self.id) for take in visit.takes), listed))
            case SessionCancelled():
                listed_take = Take(kind=SESSION_OF, key=str(self.agreed.service_id))
                takes = {(take.kind, take.key): take for take in (*self.agreed.takes, listed_take)}
                return Claims(released=tuple(take.release(self.id) for take in takes.values()))
            case _:
                return NO_CLAIMS


def judge_seat(start: datetime, asked: Asked, seats_left: int) -> Missing | None:
    """The rule that keeps a client out of a session; None where there is a seat."""
    sheet, at = Sheet(asked, ()), micros(start)
    is_full = local_day(start, asked.zone) in asked.client_full_days
    rule = sheet.rule_of_time(at) or (Rule.CLIENT_LIMIT if is_full else None) or sheet.rule_of_client(at)
    if rule is None and seats_left < 1:
        rule = Rule.SEATS_TAKEN
    return None if rule is None else Missing(start, rule)
