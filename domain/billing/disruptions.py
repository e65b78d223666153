"""When was the service not as promised, and when had we said so beforehand?"""

from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.billing.uptime import Disruption, Health, Maintenance
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.period import Period
from domain.kernel.refusals import NotFound, RuleBroken
from domain.kernel.text import Title


class IncidentDeclared(DomainEvent):
    """The service was disturbed, by our own word; it need not have been seen by a probe."""

    TOPIC: ClassVar[str] = "disruptions.incident-declared.v1"

    incident_id: UUID
    since: Instant
    health: Health
    about: Title


class IncidentEnded(DomainEvent):
    """The incident is over."""

    TOPIC: ClassVar[str] = "disruptions.incident-ended.v1"

    incident_id: UUID
    until: Instant


class MaintenanceAnnounced(DomainEvent):
    """Work on the service was announced; whether in time, the dates say."""

    TOPIC: ClassVar[str] = "disruptions.maintenance-announced.v1"

    maintenance_id: UUID
    period: Period
    about: Title


DisruptionEvent = IncidentDeclared | IncidentEnded | MaintenanceAnnounced


class IncidentUnknown(NotFound):
    """There is no such incident."""


class IncidentEndsBeforeItBegins(RuleBroken):
    """An incident ends after it begins."""


def disruptions_id(platform_id: UUID) -> UUID:
    """The one calendar of the house."""
    return uuid5(platform_id, "disruptions")


class Disruptions(Aggregate):
    """Incidents and maintenance of the service."""

    CATEGORY: ClassVar[str] = "disruptions"

    begun: dict[UUID, tuple[datetime, Health]] = {}
    ended: dict[UUID, datetime] = {}
    maintenance: tuple[Maintenance, ...] = ()

    def declare(
        self, incident_id: UUID, *, since: datetime, health: Health, about: str, at: datetime
    ) -> None:
        """Says that the service is, or was, disturbed."""
        if incident_id not in self.begun:
            self.record(
                IncidentDeclared, at=at, incident_id=incident_id, since=since, health=health, about=about
            )

    def end(self, incident_id: UUID, *, until: datetime, at: datetime) -> None:
        """Says when it was over."""
        if incident_id not in self.begun:
            raise IncidentUnknown
        if until <= self.begun[incident_id][0]:
            raise IncidentEndsBeforeItBegins(pointer="/until")
        if incident_id not in self.ended:
            self.record(IncidentEnded, at=at, incident_id=incident_id, until=until)

    def announce(self, maintenance_id: UUID, period: Period, *, about: str, at: datetime) -> None:
        """Announces work on the service."""
        self.record(MaintenanceAnnounced, at=at, maintenance_id=maintenance_id, period=period, about=about)

    def incidents(self, until: datetime) -> list[Disruption]:
        """Every incident; one that is not over lasts until now."""
        found = []
        for incident_id, (since, health) in self.begun.items():
            end = self.ended.get(incident_id, until)
            if since < end:
                found.append(Disruption(period=Period(start=since, end=end), health=health))
        return found

    def evolve(self, event: DisruptionEvent) -> None:
        match event:
            case IncidentDeclared():
                self.begun = {**self.begun, event.incident_id: (event.since, event.health)}
            case IncidentEnded():
                self.ended = {**self.ended, event.incident_id: event.until}
            case MaintenanceAnnounced():
                one = Maintenance(period=event.period, announced_at=event.occurred_at)
                self.maintenance = (*self.maintenance, one)
            case _:
                assert_never(event)
