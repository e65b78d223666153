"""What did the prober see? Every look is kept, so that the figures can be made again."""

from datetime import datetime
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.billing.uptime import Health, Probe
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.text import Code

MOST_PROBES = 3_600


class ProbeTaken(DomainEvent):
    """The prober looked, and this is what it found."""

    TOPIC: ClassVar[str] = "probes.taken.v1"

    health: Health
    took_ms: Annotated[int, Field(strict=True, ge=0)]
    answer: Code | None


def probe_hour_id(platform_id: UUID, at: datetime) -> UUID:
    """The stream of one hour, so that none grows long."""
    return uuid5(platform_id, f"probes:{at:%Y-%m-%dT%H}")


class ProbeHour(Aggregate):
    """The looks of one hour."""

    CATEGORY: ClassVar[str] = "probes"

    probes: tuple[Probe, ...] = ()

    def take(self, health: Health, *, took_ms: int, answer: str | None, at: datetime) -> None:
        """Notes a look; of two at the same moment the first."""
        if len(self.probes) < MOST_PROBES and all(probe.at != at for probe in self.probes):
            self.record(ProbeTaken, at=at, health=health, took_ms=took_ms, answer=answer)

    def evolve(self, event: ProbeTaken) -> None:
        match event:
            case ProbeTaken():
                self.probes = (*self.probes, Probe(at=event.occurred_at, health=event.health))
            case _:
                assert_never(event)
