"""What does a fact look like outside the house? A CloudEvent 1.0, the same through every door."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.kernel.event import ENVELOPE, DomainEvent
from domain.kernel.personal import personal_fields

SPEC_VERSION = "1.0"
JSON_TYPE = "application/json"
MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
# Digests of secrets are nobody's business, whoever asks.
SECRET_FIELDS = frozenset({"password_hash", "secret_hash"})


def cloud_event(
    event: DomainEvent,
    *,
    full: bool = True,
    with_personal: bool = False,
    extensions: Mapping[str, str | int | bool] | None = None,
) -> dict[str, Any]:
    """The event in the structured JSON form.

    Thin, it says what happened to which thing, and at which position; full, it carries the event's own fields
    in `data`. Personal fields are left out unless `with_personal`; erased ones show their erased form.
    `tenant`, `position` and `recordedtime` are extensions; `subject` is category/id of the stream.
    """
    recorded = event.recorded
    if recorded is None:
        raise LookupError("a pending event is no fact yet")
    told: dict[str, Any] = {
        "specversion": SPEC_VERSION,
        "id": str(recorded.event_id),
        "source": source_of(event),
        "type": event.TOPIC,
        "subject": subject_of(event),
        "time": _instant(event.occurred_at),
        "recordedtime": _instant(recorded.recorded_at),
        "tenant": str(recorded.tenant_id),
        "position": recorded.position,
        **(extensions or {}),
    }
    if full:
        told |= {
            "datacontenttype": JSON_TYPE,
            "dataschema": schema_of(event.TOPIC),
            "data": data_of(event, with_personal=with_personal),
        }
    return told


def source_of(event: DomainEvent) -> str:
    """Whose log the fact stands in; with the id it is unique in the world."""
    if event.recorded is None:
        raise LookupError("a pending event has no source yet")
    return f"urn:escale:tenant:{event.recorded.tenant_id}"


def subject_of(event: DomainEvent) -> str:
    """The thing it happened to: `trip/0199f5a2-…`."""
    return f"{event.TOPIC.partition('.')[0]}/{event.originator_id}"


def schema_of(topic: str) -> str:
    """The name of the data's schema; a new version of an event has a new one."""
    return f"urn:escale:event:{topic}"


def data_of(event: DomainEvent, *, with_personal: bool) -> dict[str, Any]:
    """The event's own fields; never digests of secrets, and personal text only where it is allowed."""
    hidden = set(ENVELOPE) | SECRET_FIELDS
    if not with_personal:
        hidden |= set(personal_fields(type(event)))
    return event.model_dump(mode="json", exclude=hidden)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
