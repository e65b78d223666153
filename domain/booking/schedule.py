"""When is somebody or something there to be booked? Wall-time rules, exceptions, and absences."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, ClassVar, Self, assert_never
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from domain.booking.spans import NOWHERE, Span, Spans
from domain.booking.wall_time import (
    DAY_MINUTES,
    Weekday,
    ZoneId,
    days_between,
    instant_of,
    minute_of,
    weekday_of,
)
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Day, Instant
from domain.kernel.personal import Impersonal
from domain.kernel.text import CountryCode
from domain.kernel.value import Input, Value

MIDNIGHT = time()


class SubjectKind(StrEnum):
    """Whose schedule it is."""

    PRACTITIONER = "practitioner"
    RESOURCE = "resource"
    SERVICE = "service"
    SITE = "site"


class Hours(Value):
    """From `opens` until `closes` by the clock on the wall; closing at or before opening is the next day."""

    opens: time
    closes: time

    def span_on(self, day: date, zone: str) -> Span:
        """The instants of these hours on one day."""
        opens, closes = minute_of(self.opens), minute_of(self.closes)
        until = closes if closes > opens else closes + DAY_MINUTES
        return instant_of(day, opens, zone), instant_of(day, until, zone)


class WeeklyHours(Hours):
    """Hours of one weekday, in one week of a rotation."""

    day: Weekday
    week: Annotated[int, Field(ge=0, le=51)] = 0


class Pattern(Value):
    """Hours that repeat every `cycle_weeks`, while they are valid; for some services only, if any are named."""

    hours: Annotated[tuple[WeeklyHours, ...], Field(max_length=200)]
    cycle_weeks: Annotated[int, Field(ge=1, le=52)] = 1
    first_week: Day | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    service_ids: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def rotates_from_somewhere(self) -> Self:
        if self.cycle_weeks > 1 and self.first_week is None:
            raise ValueError("first_week says which week of the rotation is week 0")
        if any(each.week >= self.cycle_weeks for each in self.hours):
            raise ValueError("week must be less than cycle_weeks")
        return self

    def on(self, day: date, service_id: UUID | None) -> Iterator[Hours]:
        """The hours of one day."""
        if self.service_ids and service_id not in self.service_ids:
            return
        if (self.valid_from and day < self.valid_from) or (self.valid_until and day >= self.valid_until):
            return
        week = 0
        if self.first_week is not None:
            monday = self.first_week - timedelta(days=self.first_week.weekday())
            week = (day - monday).days // 7 % self.cycle_weeks
        yield from (each for each in self.hours if each.week == week and each.day == weekday_of(day))


class DateOverride(Value):
    """The hours of one date, whatever the rules say; none is closed."""

    day: Day
    hours: Annotated[tuple[Hours, ...], Field(max_length=24)] = ()


class HolidayCalendar(Value):
    """Whose public holidays close this schedule: a country, and a part of it."""

    country: CountryCode
    subdivision: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,8}$"), Impersonal()] | None = None


class Terms(Input):
    """The whole of a schedule that people write."""

    zone: ZoneId
    patterns: Annotated[tuple[Pattern, ...], Field(max_length=50)] = ()
    overrides: Annotated[tuple[DateOverride, ...], Field(max_length=1000)] = ()
    holidays: HolidayCalendar | None = None


class Away(Value):
    """An approved absence."""

    absence_id: UUID
    starts_at: Instant
    ends_at: Instant


class ScheduleSet(DomainEvent):
    """The hours of somebody or something are these from now on; the whole of them."""

    TOPIC: ClassVar[str] = "schedule.set.v1"

    subject_kind: SubjectKind
    subject_id: UUID
    terms: Terms


class AbsenceEntered(DomainEvent):
    """An absence was approved: nothing can be booked during it."""

    TOPIC: ClassVar[str] = "schedule.absence-entered.v1"

    subject_kind: SubjectKind
    subject_id: UUID
    away: Away


class AbsenceTakenOut(DomainEvent):
    """An approved absence no longer applies."""

    TOPIC: ClassVar[str] = "schedule.absence-taken-out.v1"

    absence_id: UUID


ScheduleEvent = ScheduleSet | AbsenceEntered | AbsenceTakenOut


@lru_cache(maxsize=65_536)
def schedule_id(tenant_id: UUID, kind: SubjectKind, subject_id: UUID) -> UUID:
    """The schedule of one subject."""
    return uuid5(tenant_id, f"schedule:{kind}:{subject_id}")


class Schedule(Aggregate):
    """Hours and absences of one practitioner, resource, service or site; what a booking guards."""

    CATEGORY: ClassVar[str] = "schedule"

    subject_kind: SubjectKind | None = None
    subject_id: UUID | None = None
    terms: Terms | None = None
    aways: tuple[Away, ...] = ()

    def define(self, terms: Terms, *, kind: SubjectKind, subject_id: UUID, at: datetime) -> None:
        """Gives the subject these hours."""
        if self.terms != terms:
            self.record(ScheduleSet, at=at, subject_kind=kind, subject_id=subject_id, terms=terms)

    def enter(self, away: Away, *, kind: SubjectKind, subject_id: UUID, at: datetime) -> None:
        """Enters an approved absence."""
        if all(known.absence_id != away.absence_id for known in self.aways):
            self.record(AbsenceEntered, at=at, subject_kind=kind, subject_id=subject_id, away=away)

    def take_out(self, absence_id: UUID, *, at: datetime) -> None:
        """Takes an absence out again."""
        if any(known.absence_id == absence_id for known in self.aways):
            self.record(AbsenceTakenOut, at=at, absence_id=absence_id)

    @property
    def is_for_some_services(self) -> bool:
        """Are there hours for some services only?"""
        return self.terms is not None and any(pattern.service_ids for pattern in self.terms.patterns)

    def open_between(
        self, start: datetime, end: datetime, *, service_id: UUID | None, holidays: Iterable[date] = ()
    ) -> Spans:
        """When it is open in [start, end); hours that began before are included."""
        if self.terms is None:
            return Spans()
        closed = frozenset(holidays) if self.terms.holidays else frozenset()
        exceptions = {each.day: each.hours for each in self.terms.overrides}
        found: list[Span] = []
        for day in days_between(start - timedelta(days=1), end, self.terms.zone):
            hours: Iterable[Hours]
            if day in exceptions:
                hours = exceptions[day]
            elif day in closed:
                hours = ()
            else:
                hours = [each for pattern in self.terms.patterns for each in pattern.on(day, service_id)]
            found.extend(each.span_on(day, self.terms.zone) for each in hours)
        return Spans(found)

    def away_between(self, start: datetime, end: datetime) -> Spans:
        """Approved absences that touch [start, end)."""
        if not self.aways:
            return NOWHERE
        return Spans(
            (each.starts_at, each.ends_at)
            for each in self.aways
            if each.starts_at < end and each.ends_at > start
        )

    def evolve(self, event: ScheduleEvent) -> None:
        match event:
            case ScheduleSet():
                self.subject_kind = event.subject_kind
                self.subject_id = event.subject_id
                self.terms = event.terms
            case AbsenceEntered():
                self.subject_kind = event.subject_kind
                self.subject_id = event.subject_id
                # What is long over cannot be booked into any more; it stays in the stream.
                over = event.occurred_at - timedelta(days=400)
                self.aways = (*(each for each in self.aways if each.ends_at > over), event.away)
            case AbsenceTakenOut():
                self.aways = tuple(each for each in self.aways if each.absence_id != event.absence_id)
            case _:
                assert_never(event)
