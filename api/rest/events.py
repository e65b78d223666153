"""A company's events for programs: as they happen, as a file, and the catalogue of all there can be."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from functools import partial
from json import dumps
from time import monotonic
from typing import Annotated, Any, Literal, Self

from fastapi import Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from adapters.bootstrap import EventKind, Fact, Listener
from api.rest.conventions import View, answer_headers
from api.rest.event_stream import HEARTBEAT, MEDIA_TYPE, RETRY_MS, EventStream, frame
from api.rest.findings import ErrorPlace
from api.rest.problems import RequestInvalid
from api.rest.session import (
    CursorText,
    KnownDep,
    OperationNotPermitted,
    PositionUnknown,
    PublicDep,
    Session,
    SessionDep,
)
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.platform.permissions import reach
from domain.kernel.instants import Instant
from domain.kernel.refusals import Malformed, NotFound

router = Shelf(prefix="/api/v1/events", tags=["events"], route_class=StrictRoute)

COME_BACK = frame(event="reconnect", data="{}", retry_ms=RETRY_MS)
NO_LONGER = frame(event="ended", data='{"code":"credential_ended"}')
OTHER_HISTORY = frame(event="ended", data='{"code":"history_replaced"}')
NDJSON = "application/x-ndjson"
# A place in the stream is one in the file, and the other way round.
PLACES = "events"
MOST_TYPES = 50
LARGEST = 2**63 - 1

EventType = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}\.[a-z0-9-]{1,60}\.v[0-9]{1,3}$")]
Types = Annotated[
    list[EventType] | None,
    Query(alias="type", max_length=MOST_TYPES, description="only these types, exactly; may be repeated"),
]
WithPersonal = Annotated[
    bool,
    Query(
        description="with the fields that can name a person, as far as they were not erased; for whoever may "
        "read the audit log (scope `audit:read`)"
    ),
]
Position = Annotated[int | None, Query(ge=1, le=LARGEST)]


class EventFieldView(View):
    """One field of an event's data."""

    name: str
    kind: str = Field(description="its type, in a word or two; `schema` says it exactly")
    is_required: bool
    personal_data: Literal["personal", "pseudonymous", "none"] = Field(
        description="personal: can name a person, left out unless asked for with permission; pseudonymous: the id of "
        "a person; none: says nothing of anybody"
    )
    subject: str | None = Field(description="the field that says whose it is, where it is personal")
    erased: Any = Field(description="what it reads once that person was erased")


class EventTypeSummary(View):
    """One type of event, in short."""

    type: str
    version: int
    column: str = Field(description="the part of the product it belongs to")
    category: str = Field(description="what it happens to")
    summary: str
    has_personal: bool = Field(description="does it carry anything that can name a person?")

    @classmethod
    def of(cls, kind: EventKind) -> Self:
        """The kind, in short."""
        return cls(**{name: getattr(kind, name) for name in EventTypeSummary.model_fields})


class EventTypeView(EventTypeSummary):
    """One type of event: what it says, its schema, an example, and what in it is about a person."""

    older: list[str] = Field(description="types of the past that are told as this one")
    fields: list[EventFieldView]
    withheld: list[str] = Field(description="fields that nobody is ever told")
    schema_: dict[str, Any] = Field(alias="schema", description="the JSON Schema (2020-12) of `data`")
    example: dict[str, Any] = Field(description="a CloudEvent of this type, with its personal fields")

    @classmethod
    def of(cls, kind: EventKind) -> Self:
        """The kind, in full."""
        short = EventTypeSummary.of(kind)
        return cls(
            **dict(short),
            older=list(kind.older),
            fields=[EventFieldView(**vars(each)) for each in kind.fields],
            withheld=list(kind.withheld),
            schema=dict(kind.schema),
            example=dict(kind.example),
        )


class EventTypes(View):
    """Every type of event there is."""

    data: list[EventTypeSummary]


class EventLines(StreamingResponse):
    """One CloudEvent per line."""

    media_type = NDJSON


@dataclass(frozen=True)
class Asked:
    """What of the feed somebody wants to hear, and how much of it they may."""

    session: Session
    types: frozenset[str] | None
    with_personal: bool

    @classmethod
    def of(cls, session: Session, types: list[str] | None, *, with_personal: bool) -> Self:
        """Refuses types that do not exist, and personal fields to whoever may not read the audit log."""
        known = session.house.feed.catalogue.types
        for number, each in enumerate(types or ()):
            if each not in known:
                detail = "There is no such type of event; GET /api/v1/events/catalogue lists them."
                place = ErrorPlace(pointer=f"/type/{number}", detail=detail, location="query")
                raise RequestInvalid(errors=[place])
        asked = cls(session, frozenset(types) if types else None, with_personal)
        if not asked.still_may():
            raise OperationNotPermitted
        return asked

    def still_may(self) -> bool:
        """May they hear personal fields, if they want them? For whoever just showed who they are."""
        caller = self.session.caller
        return not self.with_personal or reach("list_audit_events", caller.roles, caller.scopes) == "all"

    def still_reaches(self) -> bool:
        """The same of the credential as it stands now."""
        return self.session.still_reaches() and (
            not self.with_personal or self.session.still_reaches("list_audit_events", "all")
        )

    def wants(self, fact: Fact) -> bool:
        """Is the event one of those asked for?"""
        return self.types is None or fact.type in self.types

    def place(self, cursor: str) -> int:
        """The position behind a cursor of the stream or the file."""
        return int(self.session.house.cursors.read(self.session.tenant_id, PLACES, cursor)[0])

    def cursor(self, position: int) -> str:
        """A place that only this company can use, and only in this history."""
        return self.session.house.cursors.write(self.session.tenant_id, PLACES, (position,))

    def head(self) -> int:
        """Where the log ends now."""
        return self.session.house.streams(self.session.tenant_id).head()


@router.get(
    "",
    operation_id="stream_events",
    summary="Follow events as they happen",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events (HTML standard, section 9.2).",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        }
    },
)
async def stream_events(
    session: KnownDep,
    type: Types = None,
    last_event_id: Annotated[
        CursorText, Query(description="like the header, for clients that cannot set one; the header wins")
    ] = None,
    last_event: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=1_024,
            description="the id received last; everything after it follows",
        ),
    ] = None,
    personal: WithPersonal = False,
    follow: Annotated[bool, Query(description="false: end once everything until now was sent")] = True,
) -> EventStream:
    """Every event of the company, each exactly once and in order, as a CloudEvent (1.0, structured JSON).

    An event has `id:`, a signed place in this company's log, and `data:`, the CloudEvent. Without a
    Last-Event-ID the stream starts now, and its first frame is an `id:` alone; so are the frames that move the
    place on while nothing of the types asked for happens, with a comment every 15 seconds. `event: reconnect`
    says that this process stops: come back with the last id. `event: ended` says that the credential no longer
    opens this stream, or that a restore replaced the history. A place of another company is refused with 400, one
    of a history that is gone with 422 `history_replaced`. There may be 25 streams per member or key, and 100 per
    company and API process; one more is refused with 429.
    """
    asked = Asked.of(session, type, with_personal=personal)
    given = last_event if last_event is not None else last_event_id
    where = ("/Last-Event-ID", "header") if last_event is not None else ("/last_event_id", "query")
    try:
        after = None if given is None else await asyncio.to_thread(asked.place, given)
    except Malformed as refusal:
        raise _placed(refusal, *where) from None
    head = await asyncio.to_thread(asked.head)
    if after is not None and after > head:
        raise _placed(PositionUnknown(), *where)
    start = head if after is None else after
    opening = await asyncio.to_thread(asked.cursor, start)
    listener = session.house.feed.hub.open(
        session.tenant_id, after=start, head=head, principal=session.principal
    )
    frames = _frames(asked, listener, opening, until=None if follow else head)
    return EventStream(frames, send_s=session.house.feed.hub.pace.send_s, on_close=listener.close)


@router.get(
    "/export",
    operation_id="export_events",
    summary="Download events",
    response_class=EventLines,
    responses={
        200: {
            "description": "One CloudEvent per line.",
            "content": {NDJSON: {"schema": {"type": "string"}}},
        }
    },
)
def export_events(
    session: SessionDep,
    type: Types = None,
    after: Annotated[
        CursorText, Query(description="go on after this place: `cursor` of a line, or an id of the stream")
    ] = None,
    from_position: Position = None,
    to_position: Annotated[Position, Query(description="inclusive")] = None,
    recorded_from: Instant | None = None,
    recorded_until: Annotated[Instant | None, Query(description="exclusive")] = None,
    personal: WithPersonal = False,
) -> EventLines:
    """The events of a range, oldest first, one CloudEvent per line, however many they are.

    `Escale-Position` names the last position the file covers, fixed when it begins: nothing before it is missing
    but what was not asked for. `Escale-Next-Cursor` is the place after it: pass it as `after` to the next download,
    or as `Last-Event-ID` to the stream. A download that broke goes on after the `cursor` of its last whole line.
    """
    asked = Asked.of(session, type, with_personal=personal)
    head = asked.head()
    try:
        begin = 0 if after is None else asked.place(after)
    except Malformed as refusal:
        raise _placed(refusal, "/after", "query") from None
    if begin > head:
        raise PositionUnknown(pointer="/after", location="query")
    upto = min(head, to_position or head)
    first = partial(session.house.webhooks.deliveries.first_position_since, session.tenant_id)
    if from_position is not None:
        begin = max(begin, from_position - 1)
    if recorded_from is not None:
        begin = max(begin, first(recorded_from) - 1)
    if recorded_until is not None:
        upto = min(upto, first(recorded_until) - 1)
    begin = min(begin, head)
    upto = max(upto, begin)
    headers = answer_headers(session.request)
    headers["Escale-Position"] = str(upto)
    headers["Escale-Next-Cursor"] = asked.cursor(upto)
    name = f"events-{begin + 1}-to-{upto}.ndjson"
    return EventLines(
        _lines(asked, begin, upto), headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/catalogue", operation_id="list_event_types", summary="List the types of events")
def list_event_types(
    door: PublicDep, column: Annotated[str | None, Query(max_length=40)] = None
) -> EventTypes:
    """Every type of event this version of the product can record; the same for every company."""
    kinds = door.house.feed.catalogue.kinds.values()
    return EventTypes(data=[EventTypeSummary.of(kind) for kind in kinds if column in (None, kind.column)])


@router.get("/catalogue/{event_type}", operation_id="get_event_type", summary="Get a type of event")
def get_event_type(event_type: str, door: PublicDep) -> EventTypeView:
    """What one type of event says: schema, example, and what in it is about a person."""
    kind = door.house.feed.catalogue.kinds.get(event_type)
    if kind is None:
        raise NotFound
    return EventTypeView.of(kind)


async def _frames(
    asked: Asked, listener: Listener[Fact], opening: str, *, until: int | None
) -> AsyncGenerator[bytes, None]:
    """The opening, then events, a sign of life while there are none, and a word at the end."""
    pace = asked.session.house.feed.hub.pace
    yield frame(id=opening, retry_ms=RETRY_MS)
    check_at = monotonic() + pace.recheck_s
    beat_at = monotonic() + pace.heartbeat_s
    while until is None or listener.position < until:
        facts = await listener.following(min(check_at, beat_at) - monotonic())
        if monotonic() >= check_at:
            ending = await asyncio.to_thread(_ending, asked, opening)
            if ending is not None:
                yield ending
                return
            check_at = monotonic() + pace.recheck_s
        for fact in facts:
            if asked.wants(fact):
                yield frame(id=asked.cursor(fact.position), data=fact.text(with_personal=asked.with_personal))
                beat_at = monotonic() + pace.heartbeat_s
        if listener.is_over:
            yield COME_BACK
            return
        if monotonic() >= beat_at:
            # Whoever waits for a rare type need not look through everything again when they come back.
            yield HEARTBEAT + frame(id=asked.cursor(listener.position))
            beat_at = monotonic() + pace.heartbeat_s


def _ending(asked: Asked, opening: str) -> bytes | None:
    """Why the stream has to end, if it has."""
    if not asked.still_reaches():
        return NO_LONGER
    try:
        asked.place(opening)
    except Malformed:
        return OTHER_HISTORY
    return None


def _lines(asked: Asked, after: int, upto: int) -> Iterator[str]:
    session = asked.session
    types = None if asked.types is None else sorted(asked.types)
    for page in session.house.feed.facts(session.tenant_id, after=after, upto=upto, types=types):
        for fact in page:
            told = fact.told(with_personal=asked.with_personal, cursor=asked.cursor(fact.position))
            yield dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def _placed(refusal: Malformed, pointer: str, location: str) -> Malformed:
    """The refusal, pointing at where the place was given."""
    refusal.facts |= {"pointer": pointer, "location": location}
    return refusal
