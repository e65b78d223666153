"""What exactly is sent? Rendered from the event whenever it is needed, so that nothing personal waits in a queue."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.webhooks.signing import signed_headers
from application.developer.cloud_events import MEDIA_TYPE, cloud_event
from domain.developer.webhook_endpoint import BodyForm, Delivering
from domain.kernel.event import DomainEvent

MOST_BYTES = 20_000
USER_AGENT = "Escale-Webhooks/1 (+https://www.standardwebhooks.com)"


@dataclass(frozen=True)
class Rendered:
    """A body, byte for byte."""

    body: bytes
    is_thinned: bool

    @property
    def told(self) -> dict[str, Any]:
        """What it says."""
        said: dict[str, Any] = json.loads(self.body)
        return said


def rendered(event: DomainEvent, delivering: Delivering, *, endpoint_id: UUID, number: int) -> Rendered:
    """The event as this endpoint is told it; what would be too long in full is told thin, and says so."""
    extensions: dict[str, str | int | bool] = {"endpoint": str(endpoint_id), "deliverynumber": number}
    if delivering.body is BodyForm.FULL:
        full = _bytes(
            cloud_event(event, full=True, with_personal=delivering.with_personal, extensions=extensions)
        )
        if len(full) < MOST_BYTES:
            return Rendered(full, is_thinned=False)
        extensions["thinned"] = True
    return Rendered(_bytes(cloud_event(event, full=False, extensions=extensions)), "thinned" in extensions)


def headers_of(
    delivery_id: UUID, body: bytes, secrets: list[str], *, number: int, at: datetime
) -> dict[str, str]:
    """What is sent beside the body: the id stays, the time is the attempt's."""
    return {
        "content-type": MEDIA_TYPE,
        "user-agent": USER_AGENT,
        "escale-delivery-number": str(number),
        **signed_headers(message_id_of(delivery_id), body, secrets, at=at),
    }


def message_id_of(delivery_id: UUID) -> str:
    """The webhook-id: what a receiver remembers to notice a repeat."""
    return f"msg_{delivery_id.hex}"


def _bytes(told: dict[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
