"""Which events can there be, and what does each look like? Read off the classes, so that it cannot be wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal
from uuid import UUID, uuid5

from adapters.feeds.examples import SPACE, START, example_of
from application.catalog import AGGREGATE_OF, EVENTS
from application.developer.cloud_events import SECRET_FIELDS, cloud_event, schema_of
from domain.kernel.event import ENVELOPE, DomainEvent, Recorded
from domain.kernel.personal import personal_fields

# Ids of people, wherever they stand; so are all that end in `_by`.
PEOPLE = frozenset(
    {
        *("member_id", "traveller_id", "subject_id", "owner_id", "approver_id", "delegate_id", "manager_id"),
        *("client_id", "contact_id", "booker_id", "account_manager_id", "practitioner_id", "by"),
    }
)
DIALECT = "https://json-schema.org/draft/2020-12/schema"
PersonalData = Literal["personal", "pseudonymous", "none"]


@dataclass(frozen=True)
class EventField:
    """One field of an event's data, and how it stands to a person."""

    name: str
    kind: str
    is_required: bool
    personal_data: PersonalData
    subject: str | None
    erased: Any


@dataclass(frozen=True)
class EventKind:
    """One type of event. What takes a while to say is said when somebody asks."""

    event_class: type[DomainEvent]

    @property
    def type(self) -> str:
        """Its permanent name."""
        return self.event_class.TOPIC

    @property
    def version(self) -> int:
        """Which shape of it this is."""
        return int(self.event_class.TOPIC.rpartition(".v")[2])

    @property
    def column(self) -> str:
        """The part of the product it belongs to."""
        return self.event_class.__module__.split(".")[1]

    @property
    def category(self) -> str:
        """What it happens to."""
        return AGGREGATE_OF[self.event_class].CATEGORY

    @property
    def summary(self) -> str:
        """What it says."""
        return " ".join((self.event_class.__doc__ or "").split())

    @property
    def older(self) -> tuple[str, ...]:
        """Types of the past that are told as this one."""
        return tuple(self.event_class.UPCASTS)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Fields that nobody is told."""
        return tuple(sorted(SECRET_FIELDS & set(self.event_class.model_fields)))

    @property
    def has_personal(self) -> bool:
        """Does it carry anything that can name a person?"""
        return bool(set(personal_fields(self.event_class)) - SECRET_FIELDS)

    @cached_property
    def fields(self) -> tuple[EventField, ...]:
        """The fields of its data."""
        return tuple(_fields(self.event_class, self.schema))

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of its data."""
        return _schema(self.event_class)

    @cached_property
    def example(self) -> Mapping[str, Any]:
        """A CloudEvent of this type, personal fields and all."""
        return cloud_event(recorded_example(self.event_class), with_personal=True)


class EventCatalogue:
    """Every type of event, made when somebody first asks."""

    @cached_property
    def kinds(self) -> Mapping[str, EventKind]:
        """By type, the columns and categories together."""
        kinds = sorted(map(EventKind, EVENTS), key=lambda kind: (kind.column, kind.category))
        return {kind.type: kind for kind in kinds}

    @cached_property
    def types(self) -> frozenset[str]:
        """The types alone, which cost nothing to know."""
        return frozenset(event.TOPIC for event in EVENTS)

    def topics_of(self, types: Iterable[str]) -> list[str]:
        """Under which names the log holds events of these types: today's, and those of their older shapes."""
        wanted = set(types)
        return [
            topic
            for event in EVENTS
            if event.TOPIC in wanted
            for topic in (event.TOPIC, *event.UPCASTS)
        ]  # fmt: skip


def recorded_example(event_class: type[DomainEvent]) -> DomainEvent:
    """An example as if it were in a log."""
    recorded = Recorded(
        tenant_id=uuid5(SPACE, "company"),
        position=41,
        event_id=uuid5(SPACE, event_class.TOPIC),
        recorded_at=START + timedelta(milliseconds=4),
        actor_id=uuid5(SPACE, "member"),
        actor_kind="member",
    )
    return example_of(event_class).model_copy(update={"recorded": recorded})


def _schema(event_class: type[DomainEvent]) -> dict[str, Any]:
    """The JSON Schema of `data`. Personal fields are not required: not everybody is told them."""
    whole = event_class.model_json_schema(mode="serialization")
    left_out = ENVELOPE | SECRET_FIELDS
    optional = left_out | set(personal_fields(event_class))
    properties = {
        name: {word: value for word, value in part.items() if word != "title"}
        for name, part in whole.get("properties", {}).items()
        if name not in left_out
    }
    schema = {
        "$schema": DIALECT,
        "$id": schema_of(event_class.TOPIC),
        "title": event_class.__name__,
        "description": " ".join((event_class.__doc__ or "").split()),
        "type": "object",
        "properties": properties,
        "required": [name for name in whole.get("required", []) if name not in optional],
        "additionalProperties": False,
    }
    definitions = _used(properties, whole.get("$defs", {}))
    return {**schema, "$defs": definitions} if definitions else schema


def _used(part: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The definitions that a part of a schema names, and those that they name."""
    found: dict[str, Any] = {}
    waiting = [part]
    while waiting:
        match waiting.pop():
            case {"$ref": str(reference), **others}:
                name = reference.rpartition("/")[2]
                if name not in found:
                    found[name] = definitions[name]
                    waiting.append(definitions[name])
                waiting += others.values()
            case dict() as inner:
                waiting += inner.values()
            case list() as several:
                waiting += several
    return dict(sorted(found.items()))


def _fields(event_class: type[DomainEvent], schema: Mapping[str, Any]) -> Iterable[EventField]:
    markers = personal_fields(event_class)
    for name, part in schema["properties"].items():
        marker = markers.get(name)
        annotation = event_class.model_fields[name].annotation
        yield EventField(
            name=name,
            kind=_kind(part),
            is_required=name in schema["required"],
            personal_data="personal"
            if marker
            else "pseudonymous"
            if _names_somebody(event_class, name, annotation)
            else "none",
            subject=marker.subject if marker else None,
            erased=marker.erased if marker else None,
        )


def _names_somebody(event_class: type[DomainEvent], name: str, annotation: Any) -> bool:
    """Is it the id of a person? Once they are erased nothing is left that says whose it was."""
    subjects = {marker.subject for marker in personal_fields(event_class).values()}
    is_id = annotation in (UUID, UUID | None)
    return is_id and (name in subjects or name in PEOPLE or name.endswith("_by"))


def _kind(part: Mapping[str, Any]) -> str:
    """The type of a field in a word or two."""
    match part:
        case {"$ref": str(reference)}:
            return reference.rpartition("/")[2]
        case {"anyOf": list(several)} | {"oneOf": list(several)}:
            return " | ".join(dict.fromkeys(map(_kind, several)))
        case {"type": "array", "items": dict(items)}:
            return f"array of {_kind(items)}"
        case {"type": "array", "prefixItems": list(several)}:
            return f"array of {' | '.join(dict.fromkeys(map(_kind, several)))}"
        case {"const": constant}:
            return f'"{constant}"'
        case {"format": str(form), "type": "string"}:
            return form
        case {"type": str(kind)}:
            return kind
    return "any"
