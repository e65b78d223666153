"""How does an aggregate decide, and how does it remember?"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PrivateAttr

from domain.kernel.claims import NO_CLAIMS, Claims, net
from domain.kernel.event import DomainEvent
from domain.kernel.personal import subjects_of


class Aggregate(BaseModel):
    """State folded from one stream of events.

    Decisions are methods that may refuse and that change nothing except by `record`.
    `evolve` folds one event: it may not refuse, read a clock or draw a random number,
    and closes its `match` with `assert_never`. The declared fields are the state that a
    snapshot keeps; raising `SNAPSHOT_VERSION` makes older snapshots ignored.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    CATEGORY: ClassVar[str]
    SNAPSHOT_VERSION: ClassVar[int] = 1

    id: UUID
    version: int = 0

    _pending: list[DomainEvent] = PrivateAttr(default_factory=list)
    _claims: list[Claims] = PrivateAttr(default_factory=list)

    @classmethod
    def new(cls, aggregate_id: UUID) -> Self:
        """An aggregate to which nothing has happened yet."""
        blank: Self = cls.model_construct(id=aggregate_id, version=0)  # type: ignore[assignment]
        return blank

    def record(self, event_class: type[DomainEvent], *, at: datetime, **facts: Any) -> None:
        """Builds the event, folds it and keeps it for saving; the only way to change state."""
        event = event_class(
            originator_id=self.id, originator_version=self.version + 1, occurred_at=at, **facts
        )
        self._claims.append(self.claims(event))
        self.apply(event)
        self._pending.append(event)

    def apply(self, event: DomainEvent) -> None:
        """Folds one event of this stream."""
        self.evolve(event)
        self.version = event.originator_version

    def evolve(self, event: Any) -> None:
        """Folds the facts of one event into the state."""
        raise LookupError(f"{type(self).__name__} does not say how {type(event).__name__} changes it")

    def claims(self, event: Any) -> Claims:
        """What the event takes and releases, judged on the state before it."""
        return NO_CLAIMS

    @classmethod
    def fold(cls, initial: Self | None, events: Iterable[DomainEvent]) -> Self | None:
        """The state after `events`; None when nothing ever happened."""
        aggregate: Self | None = initial
        for event in events:
            if aggregate is None:
                aggregate = cls.new(event.originator_id)
            aggregate.apply(event)
        return aggregate

    def collect_events(self) -> list[DomainEvent]:
        """Hands over the pending events; the engine calls it once, when it saves."""
        pending, self._pending = self._pending, []
        return pending

    def collect_claims(self) -> Claims:
        """Hands over what the pending events take and release, in their order."""
        pending, self._claims = self._claims, []
        return net(pending)

    @property
    def pending_claims(self) -> Claims:
        """What the pending events take and release, in their order."""
        return net(self._claims)

    @property
    def version_found(self) -> int:
        """The version before the pending events."""
        return self.version - len(self._pending)

    @property
    def pending_subjects(self) -> frozenset[UUID]:
        """Whom the pending events name in personal fields."""
        return frozenset(subject for event in self._pending for subject in subjects_of(event))

    @property
    def has_pending_events(self) -> bool:
        """Did the last decision record anything?"""
        return bool(self._pending)
