"""Which visits of one client follow each other, one service after the other?"""

from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID

from domain.booking.appointment_events import By
from domain.booking.wall_time import ZoneId
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.value import Value

MOST_PARTS = 10


class Part(Value):
    """One service of the visit; `is_handed_over` when somebody else takes over from the part before."""

    appointment_id: UUID
    service_id: UUID
    starts_at: Instant
    ends_at: Instant
    practitioner_ids: tuple[UUID, ...]
    is_handed_over: bool = False


class CombinedVisitBooked(DomainEvent):
    """Several services were booked one after the other, in one step."""

    TOPIC: ClassVar[str] = "combined-visit.booked.v1"

    client_id: UUID
    site_id: UUID
    zone: ZoneId
    parts: tuple[Part, ...]


class CombinedVisitCancelled(DomainEvent):
    """What was left of it is called off."""

    TOPIC: ClassVar[str] = "combined-visit.cancelled.v1"

    by: By
    appointment_ids: tuple[UUID, ...]


CombinedVisitEvent = CombinedVisitBooked | CombinedVisitCancelled


class CombinedVisit(Aggregate):
    """One client's services in a row; each part is an appointment of its own."""

    CATEGORY: ClassVar[str] = "combined-visit"

    client_id: UUID | None = None
    site_id: UUID | None = None
    zone: ZoneId = "UTC"
    parts: tuple[Part, ...] = ()
    is_cancelled: bool = False

    def book(
        self, parts: tuple[Part, ...], *, client_id: UUID, site_id: UUID, zone: str, at: datetime
    ) -> None:
        """Takes note of the parts."""
        if not self.version:
            self.record(
                CombinedVisitBooked, at=at, client_id=client_id, site_id=site_id, zone=zone, parts=parts
            )

    def cancel(self, appointment_ids: tuple[UUID, ...], *, by: By, at: datetime) -> None:
        """Takes note that these parts are called off."""
        if not self.is_cancelled:
            self.record(CombinedVisitCancelled, at=at, by=by, appointment_ids=appointment_ids)

    def evolve(self, event: CombinedVisitEvent) -> None:
        match event:
            case CombinedVisitBooked():
                self.client_id = event.client_id
                self.site_id = event.site_id
                self.zone = event.zone
                self.parts = event.parts
            case CombinedVisitCancelled():
                self.is_cancelled = True
            case _:
                assert_never(event)
