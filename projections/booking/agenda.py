"""What is in the book? Visits and classes by practitioner, resource, site, client and service."""

from datetime import datetime
from typing import Any, ClassVar
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
from domain.booking.group_session import SessionCancelled, SessionScheduled
from domain.booking.visit import Visit
from domain.kernel.event import DomainEvent
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows, Search
from projections.kernel.sql import Sql


class AgendaRow(Row):
    """One visit or class on the agenda of one practitioner or resource that takes part in it."""

    TABLE: ClassVar[str] = "agenda_entry"
    KEY: ClassVar[tuple[str, ...]] = ("appointment_id", "bookable_id")

    appointment_id: UUID
    """The appointment, or the session where it is a class."""
    bookable_id: UUID
    """The practitioner or resource that takes part."""
    is_first: bool
    """Whether this is the first line of the visit: the one that counts where bookables do not matter."""
    is_session: bool
    """Whether it is a class rather than one client's visit."""
    session_id: UUID | None
    """The class the visit is a seat of; null is a visit of its own."""
    service_id: UUID
    """The service."""
    site_id: UUID
    """Where it takes place, or whose clock it follows."""
    client_id: UUID | None
    """The client; null is a class."""
    starts_at: datetime
    """When the visit begins, without buffers."""
    starts_s: int
    """The same in seconds since 1970; lists are sorted by it."""
    ends_at: datetime
    """When the visit ends, without buffers."""
    status: str
    """State of a FHIR Appointment: proposed, pending, booked, arrived, checked-in, fulfilled, cancelled, noshow."""
    hold_until: datetime | None
    """Until when a proposed visit keeps its time; null is for good."""
    price_minor: int
    """The price agreed, in the smallest unit of the currency; on the first line only, else 0."""
    currency: str
    """ISO 4217 code of the price."""
    sequence: int
    """How often the visit was moved or handed over: the SEQUENCE of iCalendar."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    created_position: int
    """Place of the first fact in the tenant's log."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


# The state a visit is in after each of these.
STATUS: dict[type[DomainEvent], Status] = {
    AppointmentBooked: Status.BOOKED,
    RequestRejected: Status.CANCELLED,
    ParticipantArrived: Status.ARRIVED,
    ParticipantCheckedIn: Status.CHECKED_IN,
    AppointmentFulfilled: Status.FULFILLED,
    NoShowRecorded: Status.NO_SHOW,
    NoShowReverted: Status.BOOKED,
    AppointmentCancelled: Status.CANCELLED,
    MarkedEnteredInError: Status.ENTERED_IN_ERROR,
    SessionCancelled: Status.CANCELLED,
}
Changing = (
    AppointmentBooked
    | RequestRejected
    | ParticipantArrived
    | ParticipantCheckedIn
    | AppointmentFulfilled
    | NoShowRecorded
    | NoShowReverted
    | AppointmentCancelled
    | MarkedEnteredInError
    | SessionCancelled
)
AgendaEvent = (
    SlotHeld
    | AppointmentRequested
    | AppointmentRescheduled
    | PractitionerSubstituted
    | SessionScheduled
    | Changing
)


class AgendaEntries(Projector[AgendaRow]):
    """One row per visit and bookable; who no longer takes part has no row."""

    name: ClassVar[str] = "agenda"
    row: ClassVar[type[AgendaRow]] = AgendaRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        SlotHeld,
        AppointmentRequested,
        AppointmentRescheduled,
        PractitionerSubstituted,
        SessionScheduled,
        *STATUS,
    )

    def keys(self, event: Any) -> tuple[Key, ...]:
        return ()

    def searches(self, event: Any) -> tuple[Search, ...]:
        return (("appointment_id", event.originator_id),)

    def project(self, event: AgendaEvent, rows: Rows[AgendaRow]) -> None:
        match event:
            case SlotHeld():
                _put(event, event.visit, rows, Status.PROPOSED, event.client_id, hold_until=event.hold_until)
            case AppointmentRequested():
                _put(event, event.visit, rows, Status.PENDING, event.client_id)
            case SessionScheduled():
                _put(event, event.visit, rows, Status.BOOKED, None)
            case AppointmentRescheduled() | PractitionerSubstituted():
                _move(event, rows)
            case _:
                _change(event, rows)


def _put(
    event: SlotHeld | AppointmentRequested | SessionScheduled,
    visit: Visit,
    rows: Rows[AgendaRow],
    status: Status,
    client_id: UUID | None,
    *,
    hold_until: datetime | None = None,
) -> None:
    first = AgendaRow(
        appointment_id=event.originator_id,
        bookable_id=event.originator_id,
        is_first=True,
        is_session=isinstance(event, SessionScheduled),
        session_id=visit.session_id,
        service_id=visit.service_id,
        site_id=visit.site_id,
        client_id=client_id,
        starts_at=visit.starts_at,
        starts_s=int(visit.starts_at.timestamp()),
        ends_at=visit.ends_at,
        status=status.value,
        hold_until=hold_until,
        price_minor=visit.price.amount_minor,
        currency=visit.price.currency,
        sequence=0,
        version=event.originator_version,
        created_position=event.position,
        position=event.position,
    )
    _lines(first, visit, rows)


def _lines(first: AgendaRow, visit: Visit, rows: Rows[AgendaRow]) -> None:
    """One line per member of the team; the price stands on the first."""
    for number, member in enumerate(visit.team):
        values: dict[str, Any] = {"bookable_id": member.bookable_id, "is_first": number == 0}
        if number:
            values["price_minor"] = 0
        rows.put(first.model_copy(update=values))


def _move(event: AppointmentRescheduled | PractitionerSubstituted, rows: Rows[AgendaRow]) -> None:
    known = rows.where("appointment_id", event.originator_id)
    first = next(row for row in known if row.is_first)
    for row in known:
        rows.remove(*row.key())
    moved = first.model_copy(
        update={
            "starts_at": event.visit.starts_at,
            "starts_s": int(event.visit.starts_at.timestamp()),
            "ends_at": event.visit.ends_at,
            "session_id": event.visit.session_id,
            "site_id": event.visit.site_id,
            "sequence": event.sequence,
            "version": event.originator_version,
            "position": event.position,
        }
    )
    _lines(moved, event.visit, rows)


def _change(event: Changing, rows: Rows[AgendaRow]) -> None:
    for row in rows.where("appointment_id", event.originator_id):
        values: dict[str, Any] = {
            "status": STATUS[type(event)].value,
            "version": event.originator_version,
            "position": event.position,
        }
        if isinstance(event, AppointmentBooked):
            values["hold_until"] = None
        rows.put(row.model_copy(update=values))


SELECT_AGENDA = """
select appointment_id, bookable_id, is_first, is_session, session_id, service_id, site_id, client_id, starts_at,
       starts_s, ends_at, status, hold_until, price_minor, currency, sequence, version, created_position, position
from read.agenda_entry
where tenant_id = %(tenant_id)s
"""
FIRST = "and is_first"
FILTERS = {
    "bookable_id": "and bookable_id = %(bookable_id)s",
    "site_id": "and site_id = %(site_id)s",
    "client_id": "and client_id = %(client_id)s",
    "service_id": "and service_id = %(service_id)s",
    "status": "and status = %(status)s",
    "since": "and ends_at > %(since)s",
    "until": "and starts_at < %(until)s",
}
AFTER = "and (starts_s, created_position) > (%(after_s)s, %(after_position)s)"
IN_ORDER = "order by starts_s, created_position limit %(limit)s"


def page(sql: Sql, *, after: Key | None = None, limit: int = 50, **filters: Any) -> Page[AgendaRow]:
    """Visits and classes in the order of their starts; one line each."""
    limit = min(limit, LIMIT)
    given = {name: filters[name] for name in FILTERS if filters.get(name) is not None}
    parts = [SELECT_AGENDA, *(FILTERS[name] for name in given)]
    if "bookable_id" not in given:
        parts.append(FIRST)
    if after is not None:
        parts.append(AFTER)
        given["after_s"], given["after_position"] = after
    rows = [AgendaRow(**row) for row in sql.rows(" ".join((*parts, IN_ORDER)), **given, limit=limit + 1)]
    return page_of(rows, limit, "starts_s", "created_position")
