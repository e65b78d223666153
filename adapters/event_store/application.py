"""How is the eventsourcing library put together for one tenant?"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.application import Application, Repository
from eventsourcing.persistence import (
    EventStore,
    InfrastructureFactory,
    Mapper,
    ProcessRecorder,
    TrackingRecorder,
    Transcoder,
)
from eventsourcing.utils import Environment
from psycopg_pool import ConnectionPool

from adapters.event_store.appending import AppendRequest, ClaimKeys
from adapters.event_store.line import TenantLine
from adapters.event_store.mapper import JsonTranscoder, SnapshotTaken, TenantMapper, Topics
from adapters.event_store.outcomes import Outcome
from adapters.event_store.personal_cipher import PersonalCipher
from adapters.event_store.recorders import (
    ReadAhead,
    TenantApplicationRecorder,
    TenantSnapshotRecorder,
    TenantTrackingRecorder,
)
from adapters.vault.subject_keys import SubjectKeys
from domain.kernel.aggregate import Aggregate

# Each of these switches on a library feature with a reproduced defect for this use.
FORBIDDEN_SETTINGS = ("POSTGRES_ENABLE_DB_FUNCTIONS", "AGGREGATE_CACHE_MAXSIZE")


class UnsafeSetting(Exception):
    """A setting of the eventsourcing library would break a promise of the store."""


@dataclass(frozen=True)
class Engine:
    """What all tenants share: the pool, the line, the topics and the keys."""

    pool: ConnectionPool
    tracking_pool: ConnectionPool
    line: TenantLine[AppendRequest, Outcome]
    topics: Topics
    keys: SubjectKeys
    claim_keys: ClaimKeys


class TenantFactory(InfrastructureFactory[TrackingRecorder]):
    """Hands the library our recorders. Owns nothing: closing it leaves the shared pool open."""

    def __init__(self, engine: Engine, tenant_id: UUID) -> None:
        super().__init__(Environment("escale", {"IS_SNAPSHOTTING_ENABLED": "y"}))
        self._engine = engine
        self._tenant_id = tenant_id
        self._ahead = ReadAhead()

    def aggregate_recorder(self, purpose: str = "events") -> TenantSnapshotRecorder:
        return TenantSnapshotRecorder(self._tenant_id, self._engine.pool, self._ahead)

    def application_recorder(self) -> TenantApplicationRecorder:
        return TenantApplicationRecorder(self._tenant_id, self._engine.pool, self._engine.line, self._ahead)

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> TenantTrackingRecorder:
        return TenantTrackingRecorder(self._tenant_id, self._engine.tracking_pool)

    def process_recorder(self) -> ProcessRecorder:
        raise RuntimeError("Processes run from the feed, with their own checkpoints.")


class TenantApplication(Application[UUID]):
    """The library's application, bound to one tenant. Cheap: it owns no pool."""

    is_snapshotting_enabled = True

    def __init__(self, engine: Engine, tenant_id: UUID) -> None:
        self._engine = engine
        self.tenant_id = tenant_id
        super().__init__()
        # History is read without snapshots: they hold one moment only.
        self.history: Repository[UUID] = Repository(self.events)

    def construct_env(self, name: str, env: Any = None) -> Environment:
        return Environment(name, {"IS_SNAPSHOTTING_ENABLED": "y"})

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        return TenantFactory(self._engine, self.tenant_id)

    def construct_transcoder(self) -> Transcoder:
        return JsonTranscoder()

    def construct_mapper(self) -> Mapper[UUID]:
        cipher = PersonalCipher(self._engine.keys, self.tenant_id)
        return TenantMapper(self.tenant_id, self._engine.topics, cipher)

    def construct_snapshot_store(self) -> EventStore[UUID]:
        return CurrentSnapshots(
            self.mapper, self.factory.aggregate_recorder(purpose="snapshots"), self._engine.topics
        )

    def prepare_keys(self, aggregates: Sequence[Aggregate]) -> None:
        """Makes the keys of everyone the pending events name at once, rather than one by one on the way."""
        subjects = {subject for aggregate in aggregates for subject in aggregate.pending_subjects}
        if len(subjects) > 1:
            self._engine.keys.prepare(self.tenant_id, subjects)

    def events_of_streams(self, stream_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
        """The events of many streams, oldest first, in one look."""
        assert isinstance(self.recorder, TenantApplicationRecorder)
        return {
            stream_id: [self.mapper.to_domain_event(stored) for stored in events]
            for stream_id, events in self.recorder.select_streams(stream_ids).items()
        }

    def take_snapshot_of(self, aggregate: Aggregate) -> None:
        """Keeps the state of an aggregate, so that a long stream loads fast."""
        assert self.snapshots is not None
        self.snapshots.put(
            [
                SnapshotTaken(
                    originator_id=aggregate.id, originator_version=aggregate.version, aggregate=aggregate
                )
            ]
        )


class CurrentSnapshots(EventStore[UUID]):
    """Snapshots of today's shape only; others are passed over as if they were not there."""

    def __init__(self, mapper: Mapper[UUID], recorder: Any, topics: Topics) -> None:
        super().__init__(mapper, recorder)
        self._topics = topics

    def get(self, originator_id: UUID, **bounds: Any) -> Any:
        return (
            self.mapper.to_domain_event(snapshot)
            for snapshot in self.recorder.select_events(originator_id, **bounds)
            if self._topics.snapshot_class(snapshot.topic) is not None
        )


def refuse_unsafe_settings() -> None:
    """Refuses to start under settings of the library that lose or mix up events."""
    for name in FORBIDDEN_SETTINGS:
        if any(key == name or key.endswith("_" + name) for key in os.environ):
            raise UnsafeSetting(f"{name} is set in the environment; it breaks the order of events. Unset it.")
