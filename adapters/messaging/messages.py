"""Through which port does a message leave the house?"""

from dataclasses import dataclass
from threading import Lock
from typing import Protocol
from uuid import UUID

import structlog

from domain.kernel.event import DomainEvent

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Message:
    """What is to be said: about which event. The sender renders the text. `key` deduplicates."""

    tenant_id: UUID
    key: str
    kind: str
    topic: str
    stream_id: UUID
    position: int
    event: DomainEvent


class Messages(Protocol):
    """Something that can deliver a message."""

    def send(self, message: Message) -> None:
        """Delivers, or raises to be asked again. The same key twice is one message."""
        ...


class LoggedMessages:
    """Notes that a message would leave, with ids only: what a house without SMTP does."""

    def send(self, message: Message) -> None:
        log.info(
            "message_sent",
            tenant_id=str(message.tenant_id),
            key=message.key,
            kind=message.kind,
            topic=message.topic,
            stream_id=str(message.stream_id),
            position=message.position,
        )


class RecordedMessages:
    """Keeps messages in memory, one per key, for tests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sent: dict[tuple[UUID, str], Message] = {}

    def send(self, message: Message) -> None:
        with self._lock:
            self._sent.setdefault((message.tenant_id, message.key), message)

    @property
    def sent(self) -> list[Message]:
        """Every message, in the order of its first sending."""
        return list(self._sent.values())
