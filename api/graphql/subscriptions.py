"""What is told as it happens? What became of trips, violations, appointments and reports of use.

Each message carries a cursor: whoever comes back with the last one, to whichever process, is told what
followed, each event once. The thing itself is shown as whoever listens may see it at that moment.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry import UNSET

from adapters.bootstrap import Caller, Fact
from api.graphql.answers import ReadField, made_type
from api.graphql.fields import AskingField
from api.graphql.inputs import made_argument
from api.graphql.names import pascal
from api.graphql.operations import Operation
from api.graphql.refusals import NotForYou, PlaceUnknown
from api.graphql.scalars import BigInt, DateTime, Uuid
from api.graphql.schema import Schema
from api.graphql.ties import Context
from application.platform.permissions import reach

HIDDEN = (403, 404)
# How long a listener waits before it looks whether its client is still there.
LOOK_S = 5.0


@dataclass(frozen=True)
class Topic:
    """A subscription: which events it tells, and which operation shows what they are about."""

    name: str
    events: tuple[str, ...]
    operation: str
    description: str


TOPICS = (
    Topic("trips", ("trip",), "get_trip", "Everything that becomes of trips."),
    Topic("violations", ("violation",), "get_violation", "Rules broken, acknowledged or exempted."),
    Topic("appointments", ("appointment",), "get_appointment", "Everything that becomes of appointments."),
    Topic("usage", ("usage",), "get_usage_batch", "Reports of use, as they are accepted."),
)


@strawberry.type
class Happening:
    """One event of the company's log."""

    event_id: Uuid
    type: str = strawberry.field(description="see the catalogue of events")
    position: BigInt
    occurred_at: DateTime
    recorded_at: DateTime

    @classmethod
    def of(cls, fact: Fact) -> "Happening":
        """What listeners are told of it."""
        recorded = fact.event.recorded
        if recorded is None:
            raise LookupError("only recorded events are told")
        return cls(
            event_id=Uuid(str(recorded.event_id)),
            type=fact.type,
            position=BigInt(fact.position),
            occurred_at=DateTime(fact.event.occurred_at.isoformat()),
            recorded_at=DateTime(recorded.recorded_at.isoformat()),
        )


class ListeningField(AskingField):
    """A field that goes on answering."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """One message after the other."""
        return self.resolve_with(info.context, {name[:-1]: value for name, value in kwargs.items()})


def subscriptions(schema: Schema) -> list[AskingField]:
    """The fields of the subscription type."""
    return [_field(schema, topic) for topic in TOPICS]


def _field(schema: Schema, topic: Topic) -> AskingField:
    operation = schema.operations[topic.operation]
    thing = schema.type_of(operation.answer)
    shown = topic.name.removesuffix("s") if topic.name != "usage" else "batch"
    message = made_type(
        f"{pascal(topic.name.removesuffix('s'))}Message",
        [
            ReadField("cursor", str, description="pass the last one as `after`, and what followed is told"),
            ReadField(
                "event", Happening | None, description="null in the first message: nothing happened yet"
            ),
            ReadField(shown, thing | None, description="as it is now, and as you may see it"),
        ],
        description="One event and what it is about.",
    )

    def listen(context: Context, given: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        after = given.get("after")
        return _told(context, topic, operation, shown, None if after is UNSET else after)

    field = ListeningField(
        topic.name,
        message,
        [
            made_argument(
                "after", str | None, description="the last cursor; without one you are told from now on"
            )
        ],
        listen,  # type: ignore[arg-type]
        description=topic.description,
    )
    field.is_subscription = True
    return field


async def _told(
    context: Context, topic: Topic, operation: Operation, shown: str, after: str | None
) -> AsyncGenerator[dict[str, Any], None]:
    caller, house = context.caller, context.house
    if caller is None or reach(operation.id, caller.roles, caller.scopes) is None:
        raise context.refusal(NotForYou())
    head = await run_in_threadpool(house.streams(caller.tenant_id).head)
    start = head if after is None else _place(context, caller, topic, after)
    if start > head:
        raise context.refusal(PlaceUnknown())
    listener = house.feed.hub.open(caller.tenant_id, after=start, head=head, principal=caller.member_id)
    try:
        if after is None:
            yield {"cursor": _cursor(context, caller, topic, head), "event": None, shown: None}
        while not listener.is_over:
            for fact in await listener.following(LOOK_S):
                if fact.type.partition(".")[0] not in topic.events:
                    continue
                values = {operation.path_parameters[0].name: str(fact.event.originator_id)}
                answer = await context.calls.ask(operation, values, is_counted=False)
                if answer.status in HIDDEN and reach(operation.id, caller.roles, caller.scopes) == "own":
                    continue
                yield {
                    "cursor": _cursor(context, caller, topic, fact.position),
                    "event": Happening.of(fact),
                    shown: None if answer.is_refusal else answer.document,
                }
        await context.go_away()
    finally:
        listener.close()


def _cursor(context: Context, caller: Caller, topic: Topic, position: int) -> str:
    return context.house.cursors.write(caller.tenant_id, f"subscription:{topic.name}", (position,))


def _place(context: Context, caller: Caller, topic: Topic, cursor: str) -> int:
    try:
        return int(context.house.cursors.read(caller.tenant_id, f"subscription:{topic.name}", cursor)[0])
    except Exception as error:
        raise context.refusal(error) from None
