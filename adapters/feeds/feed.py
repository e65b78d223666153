"""What does a company's feed hold, as it happens and as a file?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from json import dumps
from typing import Any
from uuid import UUID

from adapters.event_store.application import Engine
from adapters.feeds.catalogue import EventCatalogue
from adapters.live.announcements import Announcements
from adapters.live.hub import Hub, Pace
from adapters.postgres.pools import Pools
from adapters.redis.request_trail import RequestTrail
from application.developer.cloud_events import cloud_event
from domain.kernel.event import DomainEvent
from domain.platform.member import MemberErased
from domain.platform.subject import SubjectErased
from domain.travel.violation import ViolationFlagged

# So many events are read, decoded and held at a time, however long the log is.
PAGE = 500
PACE = Pace(streams_per_tenant=100, streams_per_principal=25)


@dataclass
class Fact:
    """One event on its way to many clients: each of its two wordings is written once."""

    event: DomainEvent
    position: int
    _wordings: dict[bool, str] = field(default_factory=dict)

    @classmethod
    def of(cls, event: DomainEvent) -> "Fact":
        """The event, whoever will be told."""
        return cls(event, event.position)

    @property
    def type(self) -> str:
        """What happened; an event stored in an older shape goes by the name of today's."""
        return self.event.TOPIC

    def text(self, *, with_personal: bool) -> str:
        """The CloudEvent, as JSON on one line."""
        known = self._wordings.get(with_personal)
        if known is None:
            told = self.told(with_personal=with_personal)
            known = self._wordings[with_personal] = dumps(told, ensure_ascii=False, separators=(",", ":"))
        return known

    def told(self, *, with_personal: bool, **extensions: str) -> dict[str, Any]:
        """The CloudEvent, with more attributes of this door."""
        return cloud_event(self.event, with_personal=with_personal, extensions=extensions)

    @property
    def is_erasure(self) -> bool:
        """From here on, what was told before reads differently."""
        return isinstance(self.event, MemberErased | SubjectErased)


class EventFeed:
    """The feeds of all companies: whom to tell, what to read, what there can be, and what programs asked lately."""

    def __init__(self, pools: Pools, engine: Engine, redis_url: str) -> None:
        self.catalogue = EventCatalogue()
        self.trail = RequestTrail(redis_url)
        self._announcements = Announcements(
            Fact.of,
            heads=pools.dispatcher,
            log=pools.queries,
            topics=engine.topics,
            keys=engine.keys,
            window=PAGE,
        )
        self.hub = Hub(self._announcements, redis_url, pace=PACE, forgets=lambda fact: fact.is_erasure)

    def facts(
        self, tenant_id: UUID, *, after: int, upto: int, types: Sequence[str] | None
    ) -> Iterator[list[Fact]]:
        """Pages of what happened after a position and up to another; of each type its older shapes too."""
        topics = None if types is None else self.catalogue.topics_of(types)
        while after < upto:
            page = self._announcements.after(tenant_id, after, upto=upto, topics=topics)
            after = page.reached
            yield page.alerts


def violations_of(pools: Pools, engine: Engine, redis_url: str) -> Hub[ViolationFlagged]:
    """Whoever listens for violations: those the policy wants told."""
    announcements = Announcements(
        _alert,
        heads=pools.dispatcher,
        log=pools.queries,
        topics=engine.topics,
        keys=engine.keys,
        wanted=[ViolationFlagged.TOPIC, *ViolationFlagged.UPCASTS],
    )
    return Hub(announcements, redis_url)


def _alert(event: DomainEvent) -> ViolationFlagged | None:
    return event if isinstance(event, ViolationFlagged) and event.alert else None
