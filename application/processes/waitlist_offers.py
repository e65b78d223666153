"""Whenever a time becomes free, to whom in the queue is it offered?"""

from collections.abc import Iterable
from typing import ClassVar, Literal, assert_never

from application.booking.waitlist import OfferFreedSlot
from application.kernel.command import Command
from application.kernel.process import Effect, History
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    MarkedEnteredInError,
    RequestRejected,
)
from domain.booking.visit import Visit
from domain.kernel.event import DomainEvent

Freeing = AppointmentCancelled | RequestRejected | MarkedEnteredInError | AppointmentRescheduled


class WaitlistOffers:
    """Offers the time of a visit that was called off, rejected or moved away to whoever waits for it."""

    name: ClassVar[str] = "waitlist-offers"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        AppointmentCancelled,
        RequestRejected,
        MarkedEnteredInError,
        AppointmentRescheduled,
    )
    starts: ClassVar[Literal["beginning", "now"]] = "now"

    def react(self, event: Freeing, history: History) -> Iterable[Command | Effect]:
        match event:
            case AppointmentRescheduled():
                yield from _offer(event.previous)
            case AppointmentCancelled() | RequestRejected() | MarkedEnteredInError():
                appointment = history.find(Appointment, event.originator_id)
                if appointment is not None and appointment.visit is not None:
                    yield from _offer(appointment.visit)
            case _:
                assert_never(event)


def _offer(visit: Visit) -> Iterable[Command]:
    if visit.session_id is None:
        yield OfferFreedSlot(service_id=visit.service_id, site_id=visit.site_id, starts_at=visit.starts_at)
