"""Which hours were on offer, by what was known of them then, and who was away?

A day's hours are those set last before the day was over: hours that are set later change no day that is past.
An absence counts whenever it was agreed to, until it is taken out again.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from domain.booking.schedule import AbsenceEntered, AbsenceTakenOut, ScheduleSet, Terms
from domain.kernel.event import DomainEvent
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows, Search
from projections.kernel.sql import Sql


class OfferedHoursRow(Row):
    """The hours of a practitioner, resource, service or site while they were in force; or an absence."""

    TABLE: ClassVar[str] = "offered_hours"
    KEY: ClassVar[tuple[str, ...]] = ("entry_id", "number")

    entry_id: UUID
    """The schedule, or the absence."""
    number: int
    """Version of the schedule; 0 is an absence."""
    schedule_id: UUID
    """The schedule it belongs to."""
    subject_kind: str
    """Practitioner, resource, service or site."""
    subject_id: UUID
    """Whose hours they are."""
    is_absence: bool
    """Whether it is an absence rather than hours."""
    starts_at: datetime
    """When the hours were set, or the absence begins."""
    ends_at: datetime | None
    """When other hours replaced them, or the absence ends; null is still so."""
    terms: Terms | None
    """The hours: wall-time rules with their zone, exceptions by date, public holidays; null is an absence."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class OfferedHours(Projector[OfferedHoursRow]):
    """One row per version of a schedule, and one per approved absence."""

    name: ClassVar[str] = "offered-hours"
    row: ClassVar[type[OfferedHoursRow]] = OfferedHoursRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (ScheduleSet, AbsenceEntered, AbsenceTakenOut)

    def keys(self, event: Any) -> tuple[Key, ...]:
        match event:
            case ScheduleSet():
                return ((event.originator_id, event.originator_version),)
            case AbsenceEntered():
                return ((event.away.absence_id, 0),)
            case _:
                return ((event.absence_id, 0),)

    def searches(self, event: Any) -> tuple[Search, ...]:
        return (("schedule_id", event.originator_id),) if isinstance(event, ScheduleSet) else ()

    def project(self, event: Any, rows: Rows[OfferedHoursRow]) -> None:
        match event:
            case ScheduleSet():
                _set(event, rows)
            case AbsenceEntered():
                rows.put(
                    OfferedHoursRow(
                        entry_id=event.away.absence_id,
                        number=0,
                        schedule_id=event.originator_id,
                        subject_kind=event.subject_kind.value,
                        subject_id=event.subject_id,
                        is_absence=True,
                        starts_at=event.away.starts_at,
                        ends_at=event.away.ends_at,
                        terms=None,
                        position=event.position,
                    )
                )
            case AbsenceTakenOut():
                rows.remove(event.absence_id, 0)
            case _:
                raise LookupError(type(event).__name__)


def _set(event: ScheduleSet, rows: Rows[OfferedHoursRow]) -> None:
    if rows.get(event.originator_id, event.originator_version) is not None:
        return  # it is in already
    for row in rows.where("schedule_id", event.originator_id):
        if not row.is_absence and row.ends_at is None:
            rows.put(row.model_copy(update={"ends_at": event.occurred_at, "position": event.position}))
    rows.put(
        OfferedHoursRow(
            entry_id=event.originator_id,
            number=event.originator_version,
            schedule_id=event.originator_id,
            subject_kind=event.subject_kind.value,
            subject_id=event.subject_id,
            is_absence=False,
            starts_at=event.occurred_at,
            ends_at=None,
            terms=event.terms,
            position=event.position,
        )
    )


SELECT_HOURS = """
select entry_id, number, schedule_id, subject_kind, subject_id, is_absence, starts_at, ends_at, terms, position
from read.offered_hours
where tenant_id = %(tenant_id)s and subject_id = any(%(subject_ids)s) and starts_at < %(end)s
  and (ends_at is null or ends_at > %(start)s)
order by subject_id, starts_at, number limit %(limit)s
"""
MOST_HOURS = 50_000


def hours_of(sql: Sql, subject_ids: list[UUID], *, start: datetime, end: datetime) -> list[OfferedHoursRow]:
    """What was in force in [start, end), the older first."""
    found = sql.rows(SELECT_HOURS, subject_ids=subject_ids, start=start, end=end, limit=MOST_HOURS)
    return [OfferedHoursRow(**row) for row in found]
