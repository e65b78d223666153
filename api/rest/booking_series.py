"""Recurring visits: booked together, moved from one on, called off from one on."""

from datetime import time
from typing import Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Resource
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.series import BookSeries, CancelSeries, MoveSeries
from application.kernel.command import Command
from domain.booking.appointment_events import By
from domain.booking.series import AppointmentSeries, Occurrence
from domain.kernel.instants import Instant
from domain.kernel.text import Line

router = Shelf(prefix="/api/v1/booking/series", tags=["appointments"], route_class=StrictRoute)


class SeriesView(Resource):
    """Recurring visits of one client."""

    id: UUID
    service_id: UUID
    client_id: UUID
    recurrence: str = Field(description="the RRULE of iCalendar, by the clock of the site")
    zone: str
    occurrences: list[Occurrence] = Field(description="every time of the rule: booked, or left out by a rule")

    @classmethod
    def of(cls, one: AppointmentSeries, position: int | None = None) -> Self:
        """The series as it was booked; what became of each visit is asked of the visit."""
        assert one.service_id is not None
        assert one.client_id is not None
        return cls(
            id=one.id,
            version=one.version,
            position=position,
            service_id=one.service_id,
            client_id=one.client_id,
            recurrence=one.recurrence,
            zone=one.zone,
            occurrences=list(one.occurrences),
        )


class NewClock(Command):
    """From which occurrence on, and at which time of the day."""

    since: Instant
    clock: time


class Ending(Command):
    """From which occurrence on, by whom and why."""

    since: Instant
    by: By = By.STAFF
    reason: Line | None = None


@router.post("", operation_id="book_series", status_code=201, summary="Book recurring visits")
def book_series(body: BookSeries, session: SessionDep) -> SeriesView:
    """Books a visit for every time of the rule, in one step. Each is judged by the same rules as a single one;
    where one is not free nothing is booked, or the others are, as you say. A refusal lists every time."""
    made, answer, _ = session.create(body, AppointmentSeries, location="/api/v1/booking/series/{id}")
    return SeriesView.of(made, answer.saved.position)


@router.get("/{series_id}", operation_id="get_series", summary="Get recurring visits", dependencies=[AtLeast])
def get_series(series_id: UUID, session: SessionDep) -> SeriesView:
    """The rule, and what became of each of its times when it was booked."""
    return session.show(SeriesView.of(session.stream(AppointmentSeries, series_id)))


@router.post("/{series_id}/move", operation_id="move_series", summary="Move recurring visits")
def move_series(series_id: UUID, body: NewClock, session: SessionDep) -> SeriesView:
    """Moves this visit and all that follow to another time of the day, all or none. One alone is moved itself."""
    command = MoveSeries(series_id=series_id, since=body.since, clock=body.clock)
    one, answer = session.change(command, AppointmentSeries, series_id)
    return SeriesView.of(one, answer.saved.position)


@router.post("/{series_id}/cancel", operation_id="cancel_series", summary="Call recurring visits off")
def cancel_series(series_id: UUID, body: Ending, session: SessionDep) -> SeriesView:
    """Calls this visit and all that follow off. One alone is called off itself."""
    command = CancelSeries(series_id=series_id, **body.model_dump())
    one, answer = session.change(command, AppointmentSeries, series_id)
    return SeriesView.of(one, answer.saved.position)
