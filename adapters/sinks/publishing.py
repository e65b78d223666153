"""What does a sink ask of a broker's client, whichever it is?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from json import dumps
from typing import Protocol
from uuid import UUID

from application.developer.cloud_events import cloud_event
from domain.kernel.event import DomainEvent

# So long a broker may take to acknowledge before it counts as away.
PATIENCE_S = 10.0
PREFIX = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class SinkRefused(Exception):
    """What was asked cannot be done, now or later, until somebody changes something."""


class BrokerAway(Exception):
    """The broker did not acknowledge. Nothing is lost: the same page is published again."""


@dataclass(frozen=True)
class Message:
    """One event as it is published."""

    event_id: UUID
    stream_id: UUID
    type: str
    body: bytes

    @classmethod
    def of(cls, event: DomainEvent) -> "Message":
        """The CloudEvent on one line; personal fields are left out."""
        told = cloud_event(event)
        body = dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(UUID(told["id"]), event.originator_id, event.TOPIC, body)


class Publisher(Protocol):
    """Publishes in order. It connects when it must, and again after it failed."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Returns once the broker has acknowledged every message.

        Raises BrokerAway when it does not, and then a prefix of the messages may have arrived, without a gap; raises
        SinkRefused when the broker says no.
        """
        ...

    def rest(self, seconds: float) -> None:
        """Lets time pass, and keeps the connection alive meanwhile."""
        ...

    def close(self) -> None:
        """Gives the connection back."""
        ...
