"""What may an analyst read, and what does every column mean?

The tables are those of the read models, as their rows document them, and the log itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from projections.catalog import PROJECTORS
from projections.kernel.row import Row

SCHEMA = "analytics"

Kind = Literal["uuid", "text", "integer", "number", "boolean", "timestamp", "date", "json"]

# The first that fits decides: a boolean is an integer to Python, and a moment a date.
KINDS: tuple[tuple[type, Kind], ...] = (
    (bool, "boolean"),
    (UUID, "uuid"),
    (int, "integer"),
    (Decimal, "number"),
    (datetime, "timestamp"),
    (date, "date"),
    (str, "text"),
)
SQL_TYPES: dict[Kind, str] = {
    "uuid": "uuid",
    "text": "text",
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "timestamp": "timestamp with time zone",
    "date": "date",
    "json": "jsonb",
}


@dataclass(frozen=True)
class Column:
    """One column of a view. `kind` says what a question may do with it."""

    name: str
    sql_type: str
    description: str
    kind: Kind


@dataclass(frozen=True)
class AnalyticsTable:
    """One view of schema `analytics`."""

    name: str
    summary: str
    columns: tuple[Column, ...]


class ColumnUndocumented(Exception):
    """A column nobody explained: write a docstring under its field."""


def column(name: str, kind: Kind, description: str) -> Column:
    """A column in the SQL type of its kind."""
    return Column(name, SQL_TYPES[kind], description, kind)


TENANT = column("tenant_id", "uuid", "The tenant the row belongs to; always your own.")


def table_of(row: type[Row]) -> AnalyticsTable:
    """The table of one read model. Refuses a column without a docstring."""
    return AnalyticsTable(
        row.TABLE,
        " ".join((row.__doc__ or "").split()),
        (TENANT, *(_described(row, name) for name in row.model_fields)),
    )


def _described(row: type[Row], name: str) -> Column:
    field = row.model_fields[name]
    if not field.description:
        raise ColumnUndocumented(f"{row.__name__}.{name}: {ColumnUndocumented.__doc__}")
    return column(name, kind_of(field.annotation), " ".join(field.description.split()))


def kind_of(annotation: Any) -> Kind:
    """What a question may do with values of this type; whatever has parts is JSON."""
    if get_origin(annotation) in (Union, UnionType):
        kinds = {kind_of(each) for each in get_args(annotation) if each is not NoneType}
        return kinds.pop() if len(kinds) == 1 else "json"
    if get_origin(annotation) is Literal:
        return kind_of(type(get_args(annotation)[0]))
    if isinstance(annotation, type):
        return next((kind for known, kind in KINDS if issubclass(annotation, known)), "json")
    return "json"


EVENT = AnalyticsTable(
    "event",
    "The log itself: every fact, in the order of its position. What names a person is ciphertext.",
    (
        TENANT,
        column("position", "integer", "Place in the tenant's log, 1 for the first; without gaps."),
        column("event_id", "uuid", "The event."),
        column("topic", "text", "What happened, with the version of its shape: trip.planned.v1."),
        column("stream_id", "uuid", "Whom it happened to: the id of the trip, the member, the policy."),
        column("stream_version", "integer", "Place in the stream, 1 for the first."),
        column("occurred_at", "timestamp", "When it happened."),
        column("recorded_at", "timestamp", "When it was written down, by the server's clock."),
        column("actor_id", "uuid", "Who did it; null for the house itself."),
        column("actor_kind", "text", "What the actor is: member, api_key, process, import or system."),
        column("command_id", "uuid", "The command it answers; null without one."),
        column("correlation_id", "uuid", "The conversation it belongs to; null without one."),
        column("causation_id", "uuid", "The event that caused it; null without one."),
        column("source", "text", "Where it came from: client, process, import or system."),
        column(
            "payload",
            "json",
            "The fact's own fields. Personal ones are ciphertext, as stored; what opens a door is left out.",
        ),
    ),
)

POSITION = AnalyticsTable(
    "position",
    "How far each table is: what it shows includes every event up to its position.",
    (
        TENANT,
        column("table_name", "text", "The table of this schema."),
        column(
            "position", "integer", "Place in the tenant's log up to which the table includes every event."
        ),
        column("head", "integer", "Place of the latest event in the tenant's log."),
        column("is_paused", "boolean", "Whether the table waits for an operator and falls behind."),
    ),
)

TABLES: tuple[AnalyticsTable, ...] = (*(table_of(projector.row) for projector in PROJECTORS), EVENT)
# Every view there is: the tables one asks, and the one that says how far they are.
VIEWS: tuple[AnalyticsTable, ...] = (*TABLES, POSITION)


def described(views: Sequence[AnalyticsTable] = VIEWS) -> list[dict[str, Any]]:
    """The dictionary as JSON has it."""
    return [
        {
            "name": view.name,
            "summary": view.summary,
            "columns": [
                {"name": one.name, "type": one.sql_type, "kind": one.kind, "description": one.description}
                for one in view.columns
            ],
        }
        for view in views
    ]
