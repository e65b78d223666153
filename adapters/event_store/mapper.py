"""How does an event become bytes, and bytes an event, across every version ever written?"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent, Transcoder
from pydantic import BaseModel
from pydantic_core import from_json, to_json

from adapters.event_store.personal_cipher import SEALED, PersonalCipher
from adapters.event_store.stored import TenantNotification, TenantStoredEvent
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import ENVELOPE, DomainEvent, upcast
from domain.kernel.personal import personal_fields

SNAPSHOT_PREFIX = "snapshot:"
# Most payloads hold nothing personal, which their bytes tell faster than their fields.
SEALED_MARK = f'"{SEALED}"'.encode()
OUTSIDE_SNAPSHOT = frozenset({"id", "version"})


class JsonTranscoder(Transcoder):
    """JSON by pydantic's core: one writer, one reader, no registered types."""

    def encode(self, obj: Any) -> bytes:
        return to_json(obj)

    def decode(self, data: bytes) -> Any:
        return from_json(data)


class SnapshotTaken(BaseModel):
    """An aggregate's state at a version, on its way to or from the snapshot table."""

    originator_id: UUID
    originator_version: int
    aggregate: Any


class Topics:
    """Which class reads which topic; filled from the catalog, never by import order."""

    def __init__(self, events: Iterable[type[DomainEvent]], aggregates: Iterable[type[Aggregate]]) -> None:
        self._events: dict[str, type[DomainEvent]] = {}
        for event_class in events:
            for topic in (event_class.TOPIC, *event_class.UPCASTS):
                if topic in self._events:
                    raise ValueError(f"two event classes answer to {topic}")
                self._events[topic] = event_class
        self._snapshots = {snapshot_topic(aggregate): aggregate for aggregate in aggregates}

    def event_class(self, topic: str) -> type[DomainEvent]:
        """The class that reads the topic; an unknown topic must stop the reader, not be skipped."""
        try:
            return self._events[topic]
        except KeyError:
            raise MapperDeserialisationError(f"no event class reads the topic {topic!r}") from None

    def snapshot_class(self, topic: str) -> type[Aggregate] | None:
        """The aggregate a snapshot belongs to; None when its shape is out of date."""
        return self._snapshots.get(topic)


def snapshot_topic(aggregate: type[Aggregate]) -> str:
    """The topic of today's snapshots: another number is another shape, and ignored."""
    return f"{SNAPSHOT_PREFIX}{aggregate.CATEGORY}.{aggregate.SNAPSHOT_VERSION}"


class TenantMapper(Mapper[UUID]):
    """Events and snapshots of one tenant to stored events and back."""

    def __init__(self, tenant_id: UUID, topics: Topics, cipher: PersonalCipher) -> None:
        super().__init__(transcoder=JsonTranscoder())
        self._tenant_id = tenant_id
        self._topics = topics
        self._cipher = cipher

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        if isinstance(domain_event, SnapshotTaken):
            return self._snapshot_to_stored(domain_event)
        event: DomainEvent = domain_event
        payload = event.model_dump(mode="json", exclude=set(ENVELOPE))
        self._seal(event, payload, place(event.originator_id, event.originator_version))
        return TenantStoredEvent(
            originator_id=event.originator_id,
            originator_version=event.originator_version,
            topic=event.TOPIC,
            state=self.transcoder.encode(payload),
            meta={"occurred_at": event.occurred_at.isoformat()},
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        if stored_event.topic.startswith(SNAPSHOT_PREFIX):
            return self._snapshot_from_stored(stored_event)
        assert isinstance(stored_event, TenantNotification)
        event_class = self._topics.event_class(stored_event.topic)
        try:
            meta = from_json(stored_event.meta)
            payload = self.transcoder.decode(stored_event.state)
            if SEALED_MARK in stored_event.state:
                where = place(stored_event.originator_id, stored_event.originator_version)
                self._cipher.open(payload, personal_fields(event_class), where)
            payload = upcast(event_class, stored_event.topic, payload)
            return event_class.model_validate(
                {
                    **payload,
                    "originator_id": stored_event.originator_id,
                    "originator_version": stored_event.originator_version,
                    "occurred_at": meta["occurred_at"],
                    "recorded": self._recorded(stored_event, meta),
                }
            )
        except (ValueError, KeyError, TypeError) as error:
            # The cause may quote personal text, so only its kind is named.
            raise MapperDeserialisationError(
                f"the event at position {stored_event.id} ({stored_event.topic}) cannot be read:"
                f" {type(error).__name__}"
            ) from None

    def _recorded(self, stored: TenantNotification, meta: dict[str, Any]) -> dict[str, Any]:
        # Not yet a Recorded: the event's own validation makes it one on the way.
        return {
            "tenant_id": self._tenant_id,
            "position": stored.id,
            "event_id": stored.event_id,
            "recorded_at": stored.recorded_at,
            "actor_id": meta.get("actor"),
            "actor_kind": meta.get("actor_kind", "system"),
            "command_id": meta.get("command"),
            "correlation_id": meta.get("correlation"),
            "causation_id": meta.get("causation"),
            "source": meta.get("source", "system"),
        }

    def _seal(self, model: BaseModel, payload: dict[str, Any], where: str) -> None:
        fields = personal_fields(type(model))
        subjects = {
            name: getattr(model, marker.subject)
            for name, marker in fields.items()
            if payload.get(name) is not None
        }
        self._cipher.seal(payload, fields, subjects, where)

    def _snapshot_to_stored(self, snapshot: SnapshotTaken) -> StoredEvent:
        aggregate: Aggregate = snapshot.aggregate
        payload = aggregate.model_dump(mode="json", exclude=set(OUTSIDE_SNAPSHOT))
        self._seal(aggregate, payload, place(aggregate.id, aggregate.version, "snapshot"))
        return TenantStoredEvent(
            originator_id=aggregate.id,
            originator_version=aggregate.version,
            topic=snapshot_topic(type(aggregate)),
            state=self.transcoder.encode(payload),
        )

    def _snapshot_from_stored(self, stored: StoredEvent) -> SnapshotTaken:
        kind = self._topics.snapshot_class(stored.topic)
        if kind is None:
            raise MapperDeserialisationError(f"no aggregate reads {stored.topic!r}")
        payload = self.transcoder.decode(stored.state)
        where = place(stored.originator_id, stored.originator_version, "snapshot")
        self._cipher.open(payload, personal_fields(kind), where)
        aggregate = kind.model_validate(
            {**payload, "id": stored.originator_id, "version": stored.originator_version}
        )
        return SnapshotTaken(
            originator_id=aggregate.id, originator_version=aggregate.version, aggregate=aggregate
        )


def place(stream: UUID | str, version: int, kind: str = "event") -> str:
    """Where a ciphertext belongs."""
    return f"{kind}:{stream}:{version}"
