"""Whose time does a visit take on which day, what does it bring in, and what became of it?

One line per visit or class, member of its team and day, so that every figure is a plain sum of lines:

* `booked_minutes` counts while the time is taken: agreed, begun, fulfilled, or the client did not come. A hold, a
  request, and what was called off or entered in error take none. Buffers are not counted. The time of a class
  stands on the lines of the class; its seats have none, but their prices.
* A day is that of the wall clock at the site; a visit over midnight has its minutes on two days, and its money on
  the first. The day a clock goes back has 25 hours.
* Money is split by contribution (`contributions`), exact to the smallest unit. What is expected is earned once the
  visit is fulfilled; of a visit missed or called off late, the fee that was agreed is.
* An emergency put in over another visit counts beside it: a day may be booked for more than was offered.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from domain.booking.appointment_events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentFulfilled,
    AppointmentRequested,
    AppointmentRescheduled,
    MarkedEnteredInError,
    NoShowRecorded,
    NoShowReverted,
    ParticipantArrived,
    ParticipantCheckedIn,
    PractitionerSubstituted,
    RequestRejected,
    SlotHeld,
    Status,
)
from domain.booking.contribution import contributions, divided
from domain.booking.group_session import SessionCancelled, SessionScheduled
from domain.booking.visit import PRACTITIONER, RESOURCE, Visit
from domain.booking.wall_time import days_between, instant_of
from domain.kernel.event import DomainEvent
from projections.booking.agenda import STATUS
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows, Search
from projections.kernel.sql import Sql

MINUTE = timedelta(minutes=1)
Of = Literal["practitioner", "resource", "site"]
EXPECTED = frozenset({Status.BOOKED, Status.ARRIVED, Status.CHECKED_IN})
TAKING = EXPECTED | {Status.FULFILLED, Status.NO_SHOW}


class VisitLineRow(Row):
    """One day of one visit or class, for one practitioner or resource that takes part in it."""

    TABLE: ClassVar[str] = "visit_line"
    KEY: ClassVar[tuple[str, ...]] = ("appointment_id", "bookable_id", "day")

    appointment_id: UUID
    """The appointment, or the session where it is a class."""
    bookable_id: UUID
    """The practitioner or resource that takes part."""
    day: date
    """The day by the wall clock at the site."""
    place: int
    """Place in the team, from 0."""
    is_first: bool
    """Whether this line stands for the whole visit: the first day of the first member of the team."""
    is_first_day: bool
    """Whether this line stands for the visit of this practitioner or resource: the day it begins."""
    kind: str
    """Practitioner or resource."""
    is_session: bool
    """Whether it is a class rather than one client's visit."""
    session_id: UUID | None
    """The class the visit is a seat of; null is a visit of its own."""
    service_id: UUID
    """The service."""
    site_id: UUID
    """Where it takes place, or whose clock it follows."""
    zone: str
    """Time zone of the site."""
    starts_at: datetime
    """When the visit begins, without buffers."""
    ends_at: datetime
    """When the visit ends, without buffers."""
    status: str
    """State of a FHIR Appointment: proposed, pending, booked, arrived, checked-in, fulfilled, cancelled, noshow."""
    minutes: int
    """Minutes of the visit on this day; 0 for the seat of a class."""
    booked_minutes: int
    """The same while the visit takes the time of this practitioner or resource, else 0."""
    currency: str
    """ISO 4217 code of the amounts."""
    price_minor: int
    """This line's part of the price agreed, in the smallest unit of the currency; 0 after the first day."""
    expected_minor: int
    """The same while the visit is agreed and not yet over, else 0."""
    earned_minor: int
    """This line's part of what was earned: the price of a visit fulfilled, the fee of one missed or called off."""
    asked_at: datetime
    """When the visit was first asked for (occurred_at of the event)."""
    agreed_at: datetime | None
    """When it was agreed; null is not yet, or never."""
    lead_minutes: int
    """From asking to the start of the visit as it stands; 0 where it was put in afterwards."""
    called_off_by: str | None
    """Client, staff or automatic; null is not called off."""
    created_position: int
    """Place of the first fact in the tenant's log."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


Asking = SlotHeld | AppointmentRequested | SessionScheduled
Moving = AppointmentRescheduled | PractitionerSubstituted


class VisitLines(Projector[VisitLineRow]):
    """One row per visit, member and day; who no longer takes part has no row."""

    name: ClassVar[str] = "visit-lines"
    row: ClassVar[type[VisitLineRow]] = VisitLineRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        SlotHeld,
        AppointmentRequested,
        SessionScheduled,
        AppointmentRescheduled,
        PractitionerSubstituted,
        AppointmentBooked,
        RequestRejected,
        ParticipantArrived,
        ParticipantCheckedIn,
        AppointmentFulfilled,
        NoShowRecorded,
        NoShowReverted,
        AppointmentCancelled,
        MarkedEnteredInError,
        SessionCancelled,
    )

    def keys(self, event: Any) -> tuple[Key, ...]:
        return ()

    def searches(self, event: Any) -> tuple[Search, ...]:
        return (("appointment_id", event.originator_id),)

    def project(self, event: Any, rows: Rows[VisitLineRow]) -> None:
        known = sorted(
            rows.where("appointment_id", event.originator_id), key=lambda row: (row.place, row.day)
        )
        if any(row.position >= event.position for row in known):
            return  # it is in already
        match event:
            case SlotHeld() | AppointmentRequested() | SessionScheduled():
                _put_all(event.visit, _asked(event), rows)
            case AppointmentRescheduled() | PractitionerSubstituted():
                for row in known:
                    rows.remove(*row.key())
                _put_all(event.visit, {**_kept(known[0]), "position": event.position}, rows)
            case _:
                _settle(event, known, rows)


def _asked(event: Asking) -> dict[str, Any]:
    """What is the same on every line of a visit that is new."""
    status = {SlotHeld: Status.PROPOSED, AppointmentRequested: Status.PENDING}.get(type(event), Status.BOOKED)
    return {
        "appointment_id": event.originator_id,
        "is_session": isinstance(event, SessionScheduled),
        "status": status.value,
        "asked_at": event.occurred_at,
        "agreed_at": event.occurred_at if status is Status.BOOKED else None,
        "called_off_by": None,
        "created_position": event.position,
        "position": event.position,
    }


def _kept(row: VisitLineRow) -> dict[str, Any]:
    """What a visit keeps when it moves."""
    return row.model_dump(
        include={
            *("appointment_id", "is_session", "status", "asked_at", "agreed_at"),
            *("called_off_by", "created_position"),
        }
    )


def _put_all(visit: Visit, kept: dict[str, Any], rows: Rows[VisitLineRow]) -> None:
    amount_minor = 0 if kept["is_session"] else visit.price.amount_minor
    prices = divided(amount_minor, contributions(visit.team))
    asked_at: datetime = kept["asked_at"]
    for place, member in enumerate(visit.team):
        for number, (day, minutes) in enumerate(_days(visit)):
            line = VisitLineRow(
                **kept,
                bookable_id=member.bookable_id,
                day=day,
                place=place,
                is_first=place == number == 0,
                is_first_day=number == 0,
                kind=member.kind,
                session_id=visit.session_id,
                service_id=visit.service_id,
                site_id=visit.site_id,
                zone=visit.zone,
                starts_at=visit.starts_at,
                ends_at=visit.ends_at,
                # The time of a class is taken by the class, once for all its seats.
                minutes=0 if visit.session_id else minutes,
                booked_minutes=0,
                currency=visit.price.currency,
                price_minor=prices[place] if number == 0 else 0,
                expected_minor=0,
                earned_minor=0,
                lead_minutes=max((visit.starts_at - asked_at) // MINUTE, 0),
            )
            rows.put(_counted(line, fee_minor=0))


def _days(visit: Visit) -> Iterator[tuple[date, int]]:
    """Every day of the visit by the clock at its site, and its minutes on it."""
    for day in days_between(visit.starts_at, visit.ends_at, visit.zone):
        midnight = instant_of(day, 0, visit.zone)
        next_midnight = instant_of(day + timedelta(days=1), 0, visit.zone)
        yield day, (min(visit.ends_at, next_midnight) - max(visit.starts_at, midnight)) // MINUTE


def _settle(event: Any, known: list[VisitLineRow], rows: Rows[VisitLineRow]) -> None:
    """Gives every line the state the visit is in now, and its part of the fee if there is one."""
    status = STATUS[type(event)]
    fee_minor = event.fee.amount_minor if isinstance(event, AppointmentCancelled | NoShowRecorded) else 0
    fees = divided(fee_minor, [row.price_minor for row in known])
    for row, part in zip(known, fees, strict=True):
        changed: dict[str, Any] = {"status": status.value, "position": event.position}
        if isinstance(event, AppointmentBooked):
            changed["agreed_at"] = event.occurred_at
        if isinstance(event, AppointmentCancelled):
            changed["called_off_by"] = event.by.value
        rows.put(_counted(row.model_copy(update=changed), fee_minor=part))


def _counted(row: VisitLineRow, *, fee_minor: int) -> VisitLineRow:
    """The line with what it counts for in its state."""
    status = Status(row.status)
    return row.model_copy(
        update={
            "booked_minutes": row.minutes if status in TAKING else 0,
            "expected_minor": row.price_minor if status in EXPECTED else 0,
            "earned_minor": row.price_minor if status is Status.FULFILLED else fee_minor,
        }
    )


BOOKED = """
select day, {subject} as subject_id, sum(booked_minutes)::bigint as booked_minutes,
       count(*) filter (where is_first_day and booked_minutes > 0) as visits
from read.visit_line
where tenant_id = %(tenant_id)s and kind = %(kind)s and day >= %(start)s and day < %(end)s
group by 1, 2
"""
BOOKED_OF: dict[Of, tuple[str, str]] = {
    "practitioner": (BOOKED.format(subject="bookable_id"), PRACTITIONER),
    "resource": (BOOKED.format(subject="bookable_id"), RESOURCE),
    "site": (BOOKED.format(subject="site_id"), PRACTITIONER),
}


def minutes_booked(
    sql: Sql, of: Of, *, start: date, end: date
) -> Mapping[tuple[date, UUID], Mapping[str, Any]]:
    """Minutes and visits by day and practitioner, resource or site."""
    statement, kind = BOOKED_OF[of]
    rows = sql.rows(statement, kind=kind, start=start, end=end)
    return {(row["day"], row["subject_id"]): row for row in rows}


TAKEN = """
select bookable_id, site_id, starts_at, ends_at
from read.visit_line
where tenant_id = %(tenant_id)s and kind = 'practitioner' and booked_minutes > 0 and is_first_day
  and day >= %(start)s and day < %(end)s
limit %(limit)s
"""
MOST_TAKEN = 100_000


def time_taken(sql: Sql, *, start: date, end: date) -> Sequence[Mapping[str, Any]]:
    """When every practitioner is booked, of visits that begin on these days."""
    return sql.rows(TAKEN, start=start, end=end, limit=MOST_TAKEN)
