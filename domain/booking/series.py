"""Which visits belong together because they recur? The rule, and what became of every occurrence."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, ClassVar, assert_never
from uuid import UUID

from pydantic import StringConstraints

from domain.booking.availability import Rule
from domain.booking.wall_time import ZoneId
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Day, Instant
from domain.kernel.personal import Impersonal
from domain.kernel.refusals import Malformed, RuleBroken
from domain.kernel.value import Value

RecurrenceRule = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z][A-Z0-9=;,:+-]{0,199}$"),
    Impersonal(),
]
MOST_OCCURRENCES = 53


class OnConflict(StrEnum):
    """What happens when an occurrence is not free: nothing is booked, or the others are."""

    REFUSE = "refuse"
    SKIP = "skip"


class Occurrence(Value):
    """One time of the rule: booked as this appointment, or left out by this rule."""

    starts_at: Instant
    appointment_id: UUID | None = None
    rule: Rule | None = None


class SeriesBooked(DomainEvent):
    """Visits recur by this rule; every occurrence was judged in the same command."""

    TOPIC: ClassVar[str] = "series.booked.v1"

    service_id: UUID
    client_id: UUID
    zone: ZoneId
    recurrence: RecurrenceRule
    excluded_days: tuple[Day, ...]
    on_conflict: OnConflict
    occurrences: tuple[Occurrence, ...]


class SeriesMoved(DomainEvent):
    """From this occurrence on the visits take place at another time of the day."""

    TOPIC: ClassVar[str] = "series.moved.v1"

    since: Instant
    clock: time
    appointment_ids: tuple[UUID, ...]


class SeriesEnded(DomainEvent):
    """From this occurrence on the visits are called off."""

    TOPIC: ClassVar[str] = "series.ended.v1"

    since: Instant
    appointment_ids: tuple[UUID, ...]


SeriesEvent = SeriesBooked | SeriesMoved | SeriesEnded


class SeriesNotFree(RuleBroken):
    """Not every occurrence is free; nothing was booked."""


class TooManyOccurrences(Malformed):
    """A series has at most 53 occurrences."""


class NoOccurrences(Malformed):
    """By this rule nothing would ever take place."""


class AppointmentSeries(Aggregate):
    """Recurring visits of one client."""

    CATEGORY: ClassVar[str] = "series"

    service_id: UUID | None = None
    client_id: UUID | None = None
    zone: ZoneId = "UTC"
    recurrence: RecurrenceRule = "FREQ=DAILY"
    occurrences: tuple[Occurrence, ...] = ()

    def book(
        self,
        occurrences: tuple[Occurrence, ...],
        *,
        service_id: UUID,
        client_id: UUID,
        zone: str,
        recurrence: str,
        excluded_days: tuple[Day, ...],
        on_conflict: OnConflict,
        at: datetime,
    ) -> None:
        """Takes note of what became of every occurrence."""
        if not self.version:
            self.record(
                SeriesBooked,
                at=at,
                service_id=service_id,
                client_id=client_id,
                zone=zone,
                recurrence=recurrence,
                excluded_days=excluded_days,
                on_conflict=on_conflict,
                occurrences=occurrences,
            )

    def move(self, appointment_ids: tuple[UUID, ...], *, since: datetime, clock: time, at: datetime) -> None:
        """Takes note that these visits take place at another time of the day."""
        if appointment_ids:
            self.record(SeriesMoved, at=at, since=since, clock=clock, appointment_ids=appointment_ids)

    def end(self, appointment_ids: tuple[UUID, ...], *, since: datetime, at: datetime) -> None:
        """Takes note that these visits are called off."""
        if appointment_ids:
            self.record(SeriesEnded, at=at, since=since, appointment_ids=appointment_ids)

    @property
    def appointment_ids(self) -> tuple[UUID, ...]:
        """The visits that were booked."""
        return tuple(one.appointment_id for one in self.occurrences if one.appointment_id is not None)

    def evolve(self, event: SeriesEvent) -> None:
        match event:
            case SeriesBooked():
                self.service_id = event.service_id
                self.client_id = event.client_id
                self.zone = event.zone
                self.recurrence = event.recurrence
                self.occurrences = event.occurrences
            case SeriesMoved() | SeriesEnded():
                # The visits remember themselves; the series keeps what was booked by its rule.
                pass
            case _:
                assert_never(event)
