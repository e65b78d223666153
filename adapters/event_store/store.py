"""How does a decision become events, however many others are deciding at the same moment?"""

from collections.abc import Callable, Iterable, Mapping
from random import uniform
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError

from adapters.event_store.appending import ObservedTotal
from adapters.event_store.application import TenantApplication
from adapters.event_store.mapper import SnapshotTaken
from adapters.event_store.outcomes import StaleAppend
from application.kernel.context import CommandId
from application.ports.store import A, AsOf, Saved
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import net
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Conflict, NotFound, StaleVersion

PATIENCE_S = 2.0
LONGEST_PAUSE_S = 0.05


class TenantStore:
    """The streams of one tenant, for one command. Implements the AggregateStore port."""

    def __init__(
        self,
        application: TenantApplication,
        *,
        command: CommandId | None = None,
        provenance: Mapping[str, Any] | None = None,
        expected_version: int | None = None,
        expected_stream: UUID | None = None,
    ) -> None:
        self._application = application
        self._command = command
        self._provenance = dict(provenance or {})
        self._expected_version = expected_version
        self._expected_stream = expected_stream
        self._guards: dict[UUID, int] = {}
        self._totals: list[ObservedTotal] = []

    @property
    def tenant_id(self) -> UUID:
        """Whose streams these are."""
        return self._application.tenant_id

    # Changing

    def add(self, create: Callable[[], Aggregate]) -> Saved:
        return self._until_it_lands(lambda: self._create(create()))

    def change(self, kind: type[A], aggregate_id: UUID, decide: Callable[[A], Any]) -> Saved:
        return self._until_it_lands(lambda: self._change_once(kind, aggregate_id, decide))

    def save_all(self, decide: Callable[[], tuple[Aggregate, ...]]) -> Saved:
        return self._until_it_lands(lambda: self._save_once(decide))

    def _create(self, aggregate: Aggregate) -> Saved:
        try:
            return self._save(aggregate)
        except StaleAppend:
            if self._guards and not self._exists(type(aggregate), aggregate.id):
                raise
            existing = self.find(type(aggregate), aggregate.id)
            version = existing.version if existing else None
            raise Conflict(f"This {aggregate.CATEGORY} exists already.", current_version=version) from None

    def _change_once(self, kind: type[A], aggregate_id: UUID, decide: Callable[[A], Any]) -> Saved:
        aggregate = self.load(kind, aggregate_id)
        if self._expected_version not in (None, aggregate.version):
            raise StaleVersion(current_version=aggregate.version)
        decide(aggregate)
        return self._save(aggregate)

    def _save_once(self, decide: Callable[[], tuple[Aggregate, ...]]) -> Saved:
        if self._expected_version is not None and self._expected_stream is not None:
            current = self._version_of(self._expected_stream)
            if current != self._expected_version:
                raise StaleVersion(current_version=current)
        return self._save(*self._as_expected(*decide()))

    def _version_of(self, stream_id: UUID) -> int:
        latest = list(self._application.events.get(stream_id, desc=True, limit=1))
        return latest[0].originator_version if latest else 0

    def _as_expected(self, *aggregates: Aggregate) -> tuple[Aggregate, ...]:
        """The client's version is that of the first stream, for which the answer is given."""
        found = aggregates[0].version_found
        if self._expected_version not in (None, found):
            raise StaleVersion(current_version=found)
        return aggregates

    def _until_it_lands(self, attempt: Callable[[], Saved]) -> Saved:
        deadline = monotonic() + PATIENCE_S
        pause_s = 0.001
        while True:
            self._guards, self._totals = {}, []
            try:
                return attempt()
            except StaleAppend:
                if monotonic() > deadline:
                    raise Conflict() from None
                # Jitter keeps writers of one stream from meeting again and again.
                sleep(uniform(0, pause_s))
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _save(self, *aggregates: Aggregate) -> Saved:
        changed = [aggregate for aggregate in aggregates if aggregate.has_pending_events]
        first = aggregates[0]
        if not changed:
            return Saved(first.id, first.version, self.head(), recorded=False, left=first)
        claims = [aggregate.collect_claims() for aggregate in changed]
        own = {aggregate.id for aggregate in changed}
        self._application.prepare_keys(changed)
        recordings = self._application.save(
            *changed,
            command=self._command,
            provenance=self._provenance,
            guards={stream: version for stream, version in self._guards.items() if stream not in own},
            claims=net(claims),
            totals=self._totals,
        )
        return Saved(first.id, first.version, recordings[-1].notification.id, left=first)

    # Reading

    def read(self, kind: type[A], aggregate_id: UUID) -> A | None:
        aggregate = self.find(kind, aggregate_id)
        self._guards[aggregate_id] = 0 if aggregate is None else aggregate.version
        return aggregate

    def find_all(self, kinds: Mapping[UUID, type[Aggregate]]) -> Mapping[UUID, Aggregate]:
        found: dict[UUID, Aggregate] = {}
        for stream_id, events in self._application.events_of_streams(list(kinds)).items():
            aggregate = folding(kinds[stream_id])(None, events)
            if aggregate is not None:
                found[stream_id] = aggregate
        return found

    def rely_on(self, aggregate_id: UUID, version: int) -> None:
        self._guards[aggregate_id] = version

    def observe(self, total: ObservedTotal) -> None:
        """Remembers a total the decision read: if it has moved too far by the append, it decides again."""
        self._totals.append(total)

    def load(self, kind: type[A], aggregate_id: UUID) -> A:
        aggregate = self.find(kind, aggregate_id)
        if aggregate is None:
            raise NotFound()
        return aggregate

    def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """A stream as it stands; None when nothing happened there yet."""
        try:
            found: A = self._application.repository.get(aggregate_id, projector_func=folding(kind))
            return found
        except AggregateNotFoundError:
            return None

    def as_of(self, kind: type[A], aggregate_id: UUID, at: AsOf) -> A:
        try:
            found: A = self._application.history.get(
                aggregate_id, version=at.version, projector_func=folding(kind, only=at)
            )
            return found
        except AggregateNotFoundError:
            raise NotFound() from None

    def events_of(self, aggregate_id: UUID, *, after: int, limit: int) -> list[DomainEvent]:
        """The recorded events of one stream after a version, oldest first."""
        found: list[Any] = list(self._application.events.get(aggregate_id, gt=after, limit=limit))
        return found

    def head(self) -> int:
        """The position of the tenant's last event."""
        return self._application.recorder.max_notification_id() or 0

    def _exists(self, kind: type[Aggregate], aggregate_id: UUID) -> bool:
        return self.find(kind, aggregate_id) is not None


def folding(kind: type[A], only: AsOf | None = None) -> Callable[..., Any]:
    """The library's projector function for one kind of aggregate, up to a point in history."""

    def fold(initial: A | None, events: Iterable[Any]) -> A | None:
        aggregate = initial
        for event in events:
            if isinstance(event, SnapshotTaken):
                if not isinstance(event.aggregate, kind):
                    return None  # the id of something else
                aggregate = event.aggregate
            elif event.TOPIC.partition(".")[0] != kind.CATEGORY:
                return None  # the id of something else
            elif only is not None and aggregate is None and event.originator_version > 1:
                return None  # facts of before the beginning, as far as this point in history knows
            elif only is None or _happened_by(event, only):
                aggregate = kind.fold(aggregate, (event,))
        return aggregate

    return fold


def _happened_by(event: Any, at: AsOf) -> bool:
    if at.position is not None and event.recorded.position > at.position:
        return False
    if at.known_at is not None and event.recorded.recorded_at > at.known_at:
        return False
    return not (at.occurred_at is not None and event.occurred_at > at.occurred_at)
