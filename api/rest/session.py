"""Who asks, how far may they reach, and how does their request become an order?"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid5

from fastapi import Depends, Query, Request

from adapters.bootstrap import Caller, CommandStatus
from api.rest.conventions import (
    Listing,
    NotModified,
    Resource,
    View,
    answer_headers,
    client_has,
    etag,
    expected_version,
    idempotency_key,
    link_to_next,
    listing_name,
    requested_tenant,
)
from api.rest.deferring import is_later, judged_again
from api.rest.door import Door
from api.rest.history import FactView
from api.rest.spending import spend_of
from api.rest.sunsets import DEPRECATED
from application.kernel.command import Command
from application.kernel.context import Actor, ActorKind, Reach
from application.kernel.order import Answer, Order
from application.platform.permissions import reach
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    RuleBroken,
    Unauthenticated,
)
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from projections.kernel.page import Page

A = TypeVar("A", bound=Aggregate)
R = TypeVar("R", bound=Resource)
V = TypeVar("V", bound=View)

PATIENCE_S = 2.0


class OperationNotPermitted(Forbidden):
    """Your roles, or the scopes of your key, do not include this operation."""


class PositionUnknown(Malformed):
    """No change has this position yet; take it from the answer to a command."""


@dataclass
class Session(Door):
    """A request of someone known, for one operation they may perform."""

    caller: Caller
    reach: Reach

    @property
    def tenant_id(self) -> UUID:
        """The only tenant this request can see."""
        return self.caller.tenant_id

    @property
    def own_id(self) -> UUID | None:
        """Whose rows to show: the caller's own, or (None) everyone's."""
        return self.caller.member_id if self.reach == "own" else None

    def only(self, member_id: UUID) -> None:
        """Treats what belongs to someone else as unknown, where only one's own may be seen."""
        if self.own_id not in (None, member_id):
            raise NotFound

    def only_tenant(self, tenant_id: UUID) -> None:
        """Treats every other tenant as unknown."""
        if tenant_id != self.tenant_id:
            raise NotFound

    @property
    def is_in_person(self) -> bool:
        """A person who signed in, rather than a program with a key."""
        return self.caller.api_key_id is None

    @property
    def principal(self) -> UUID:
        """Whose Idempotency-Keys these are: equal keys of others are other commands."""
        return self.caller.api_key_id or self.caller.member_id

    def only_own_command(self, command_id: UUID, status: CommandStatus) -> None:
        """Treats the commands of others as unknown.

        A command of one's own is signed in the log by its events; one that left none is
        known to whoever repeats its Idempotency-Key.
        """
        key = idempotency_key(self.request)
        if self.own_id is None or (key is not None and uuid5(self.principal, key) == command_id):
            return
        if status.stream_id is None or status.version is None:
            raise NotFound
        streams = self.house.streams(self.tenant_id)
        for event in streams.events_of(status.stream_id, after=status.version - 1, limit=1):
            signed = event.recorded
            if signed and (signed.command_id, signed.actor_id) == (command_id, self.own_id):
                return
        raise NotFound

    def invitation_of(self, tenant_id: UUID, member_id: UUID) -> str:
        """The token of someone just invited, who has no password yet; a repeat shows the same."""
        return self.house.identity.credentials.invitation(
            tenant_id=tenant_id, member_id=member_id, password_generation=0
        )

    def still_reaches(self, operation: str | None = None, how_far: Reach | None = None) -> bool:
        """Does the same credential open this operation, or another, as far as it did? For answers that last."""
        try:
            caller = self.house.identity.caller_of(bearer_of(self.request), at=self.house.clock())
        except Unauthenticated:
            return False
        return reach(operation or self.operation, caller.roles, caller.scopes) == (how_far or self.reach)

    # Commands

    def prepared(
        self, command: Command, *, version: int | None = None, stream_id: UUID | None = None
    ) -> Order:
        """The order this request gives; `version` is the one that stream must have."""
        return self.order(
            command,
            tenant_id=self.tenant_id,
            actor=Actor(id=self.caller.member_id, kind=self._actor_kind, reach=self.reach),
            principal=self.principal,
            roles=self.caller.roles,
            version=version,
            stream_id=stream_id,
        )

    def change(self, command: Command, kind: type[A], aggregate_id: UUID) -> tuple[A, Answer]:
        """Executes a command on one resource, at the version in If-Match if there is one."""
        order = self.prepared(command, version=expected_version(self.request), stream_id=aggregate_id)
        try:
            answer = self.house.execute(order)
        except (Conflict, RuleBroken) as refusal:
            current = self.house.streams(self.tenant_id).find(kind, aggregate_id)
            if current is not None:
                refusal.facts.setdefault("current_version", current.version)
            raise
        return self.left(order, answer, kind), answer

    def create(self, command: Command, kind: type[A], *, location: str) -> tuple[A, Answer, Order]:
        """Executes a command that makes a resource; `location` has a place for its id."""
        self.refuse_if_match()
        order = self.prepared(command)
        answer = self.house.execute(order)
        made = self.left(order, answer, kind)
        answer_headers(self.request)["Location"] = location.format(id=made.id)
        return made, answer, order

    # Reads

    def stream(self, kind: type[A], aggregate_id: UUID) -> A:
        """A stream of the tenant as it stands. Refuses with NotFound."""
        return self.house.streams(self.tenant_id).load(kind, aggregate_id)

    def show(self, view: R) -> R:
        """The resource, unless the client has this version already."""
        answer_headers(self.request)["ETag"] = etag(view.version)
        if client_has(self.request, view.version):
            raise NotModified
        return view

    def page(
        self,
        query: Callable[..., Page[Any]],
        view: Callable[[Any], V],
        *,
        limit: int,
        cursor: str | None,
        filters: Mapping[str, Any] | None = None,
    ) -> Listing[V]:
        """One page of a read model."""
        filters = dict(filters or {})
        name, cursors = listing_name(self.operation, filters), self.house.cursors
        after = None if cursor is None else tuple(map(int, cursors.read(self.tenant_id, name, cursor)))
        with self.house.reading(self.tenant_id) as sql:
            page = query(sql, after=after, limit=limit, **filters)
        following = None if page.next_after is None else cursors.write(self.tenant_id, name, page.next_after)
        if following is not None:
            link_to_next(self.request, following)
        return Listing(data=[view(row) for row in page.rows], next_cursor=following)

    def place(
        self, filters: Mapping[str, Any], cursor: str | None
    ) -> tuple[tuple[str, ...] | None, Callable[[tuple[Any, ...] | None], str | None]]:
        """Where a page that is no read model's own starts, and what makes the cursor of the one after it."""
        name = listing_name(self.operation, filters)
        cursors = self.house.cursors

        def following(after: tuple[Any, ...] | None) -> str | None:
            if after is None:
                return None
            written = cursors.write(self.tenant_id, name, after)
            link_to_next(self.request, written)
            return written

        return None if cursor is None else cursors.read(self.tenant_id, name, cursor), following

    def history(self, stream_id: UUID, *, limit: int, cursor: str | None) -> Listing[FactView]:
        """One page of a stream's events, oldest first."""
        name = listing_name(self.operation, {"stream": stream_id})
        cursors = self.house.cursors
        after = 0 if cursor is None else int(cursors.read(self.tenant_id, name, cursor)[0])
        events = self.house.streams(self.tenant_id).events_of(stream_id, after=after, limit=limit + 1)
        following = None
        if len(events) > limit:
            last = events[limit - 1].originator_version
            following = cursors.write(self.tenant_id, name, (last,))
            link_to_next(self.request, following)
        return Listing(data=[FactView.of(event) for event in events[:limit]], next_cursor=following)

    @property
    def _actor_kind(self) -> ActorKind:
        if self.caller.api_key_id is not None:
            return "api_key"
        return "platform_admin" if self.tenant_id == PLATFORM_TENANT_ID else "member"


def public_door(request: Request) -> Door:
    """For operations that need no credential; counted per network address."""
    door = Door(request)
    door.spend(f"address:{door.address}", door.limits.stranger)
    door.refuse_malformed()
    return door


def session_of(request: Request) -> Session:
    """The session behind the bearer credential; the tenant comes from nowhere else."""
    door = Door(request)
    caller = known(door)
    request.scope.get("log_facts", {})["tenant_id"] = str(caller.tenant_id)
    if not is_later(request):  # what is done later was counted when it was accepted
        spend_of(caller, door)
    if requested_tenant(request) not in (None, caller.tenant_id):
        raise NotFound
    how_far = reach(door.operation, caller.roles, caller.scopes)
    if how_far is None:
        raise OperationNotPermitted
    if door.operation in DEPRECATED:
        door.house.deprecated_calls.note(door.operation, caller)
    door.refuse_malformed()
    return Session(request, caller=caller, reach=how_far)


KnownDep = Annotated[Session, Depends(session_of)]


async def admitted(session: KnownDep) -> AsyncIterator[Session]:
    """The session, once its company has a place in this process. A worker's threads are places enough."""
    if is_later(session.request):
        yield session
        return
    async with session.request.app.state.places.of(session.tenant_id):
        yield session


PublicDep = Annotated[Door, Depends(public_door)]
SessionDep = Annotated[Session, Depends(admitted)]

Limit = Annotated[int, Query(ge=1, le=100, description="how many at most")]
CursorText = Annotated[
    str | None,
    Query(max_length=1_024, description="`next_cursor` of the page before; opaque, bound to its filters"),
]
MinPosition = Annotated[
    int | None,
    Query(
        ge=0, lt=2**63, description="wait, for two seconds at most, until the answer includes this position"
    ),
]


# Whoever waits for a position takes no place meanwhile.
def known_position(session: KnownDep, min_position: MinPosition = None) -> int | None:
    """The position the answer must include. Refuses one that the log has not reached itself."""
    if min_position and session.house.streams(session.tenant_id).head() < min_position:
        raise PositionUnknown(pointer="/min_position", location="query")
    return min_position


# For reads from the streams themselves, which are always as new as can be.
AtLeast = Depends(known_position)


def caught_up(projection: str, *, fed_by: str | None = None) -> Any:
    """A dependency: the read waits until its projection has passed `min_position`; holds no thread meanwhile.

    A view whose events come from a process waits for the process first, then for all it has said.
    """

    async def wait(session: KnownDep, min_position: Annotated[int | None, Depends(known_position)]) -> None:
        if not min_position:
            return
        positions, tenant_id, clock = session.house.positions, session.tenant_id, asyncio.get_running_loop()
        deadline = clock.time() + PATIENCE_S
        if fed_by is not None:
            await positions.wait(tenant_id, f"process:{fed_by}", min_position, PATIENCE_S)
            min_position = await asyncio.to_thread(session.house.streams(tenant_id).head)
        left_s = max(0.0, deadline - clock.time())
        await positions.wait(tenant_id, f"projection:{projection}", min_position, left_s)

    return Depends(wait)


def bearer_of(request: Request) -> str:
    """The one bearer credential of a request. Refuses with Unauthenticated."""
    presented = request.headers.getlist("authorization")
    scheme, _, token = presented[0].partition(" ") if len(presented) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    return token.strip()


def known(door: Door) -> Caller:
    """Whoever the credential is of. Refuses with Unauthenticated, and counts who fails."""
    if (judged := judged_again(door.request)) is not None:
        return judged
    try:
        return door.house.identity.caller_of(bearer_of(door.request), at=door.house.clock())
    except Unauthenticated as refusal:
        refusal.facts["presented"] = "authorization" in door.request.headers
        # Only who fails is counted by address: behind one address there may be a whole company.
        door.spend(f"address:{door.address}", door.limits.stranger)
        raise
