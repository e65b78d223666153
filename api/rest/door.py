"""A request before anyone has shown who they are: what it asks for, what it may spend, which order it becomes."""

from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from fastapi import Request

from adapters.bootstrap import Attempts, House, front
from api.rest.conventions import answer_headers, etag, idempotency_key, limit_headers, request_hash
from api.rest.limits import Limits, refuse_beyond
from api.rest.problems import HeaderMalformed
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Answer, Order
from application.ports.store import AsOf
from domain.kernel.aggregate import Aggregate

A = TypeVar("A", bound=Aggregate)


class VersionNotExpected(HeaderMalformed):
    """This operation changes no single resource, so it takes no If-Match."""


@dataclass
class Door:
    """A request before anyone has shown who they are."""

    request: Request
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.house = self.request.app.state.house

    @property
    def operation(self) -> str:
        """The operation's name in the permission matrix and in the OpenAPI document."""
        return str(self.request.scope["route"].operation_id)

    @property
    def address(self) -> str:
        """The network that asks."""
        return front.network_of(self.request.client.host) if self.request.client else "unknown"

    @property
    def limits(self) -> Limits:
        """How much is allowed per minute."""
        limits: Limits = self.request.app.state.limits
        return limits

    def refuse_if_match(self) -> None:
        """A version that nobody checks must not seem to be checked."""
        if "if-match" in self.request.headers:
            raise VersionNotExpected(pointer="/If-Match", location="header")

    def spend(self, who: str, per_minute: int, **quota: Any) -> None:
        """Takes one request from an allowance. Refuses with LimitReached."""
        if not self.request.scope.get("is_counted", True):
            return
        allowance = self.house.limits.check(who, per_minute=per_minute, **quota)
        answer_headers(self.request).update(limit_headers(allowance))
        refuse_beyond(allowance)

    def attempts(self, account: str) -> Attempts:
        """The attempts on one account or invitation, from this network."""
        return Attempts(self.house.limits, self.spend, self.address, account, self.limits.sign_in)

    def refuse_malformed(self) -> None:
        """Says what is wrong with the request's body, now that it is known who asks."""
        refusal = getattr(self.request.state, "refusal", None)
        if refusal is not None:
            raise refusal

    def order(
        self,
        command: Command,
        *,
        tenant_id: UUID,
        actor: Actor,
        principal: UUID,
        roles: frozenset[str] = frozenset(),
        version: int | None = None,
        stream_id: UUID | None = None,
    ) -> Order:
        """The command with everything that enters at the door."""
        key = idempotency_key(self.request)
        return Order(
            tenant_id=tenant_id,
            command=command,
            actor=actor,
            id=CommandId(
                id=uuid5(principal, key if key is not None else str(uuid4())),
                request_hash=request_hash(
                    self.operation, self.request.path_params, command, digest=self.house.digest_secret
                ),
                keyed=key is not None,
            ),
            at=self.house.clock(),
            roles=roles,
            expected_version=version,
            expected_stream=stream_id,
        )

    def left(self, order: Order, answer: Answer, kind: type[A]) -> A:
        """The stream as the command left it, however often it has been changed since."""
        saved = answer.saved
        headers = answer_headers(self.request)
        headers["ETag"] = etag(saved.version)
        headers["Escale-Position"] = str(saved.position)
        headers["Escale-Command"] = str(order.id.id)
        if answer.replayed:
            headers["Idempotency-Replayed"] = "true"
        if type(saved.left) is kind:
            return saved.left  # just decided: the log says the same, a round trip and a fold later
        streams = self.house.streams(order.tenant_id)
        return streams.as_of(kind, saved.stream_id, AsOf(version=saved.version))
