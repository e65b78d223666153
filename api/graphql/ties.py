"""What does this door need from its neighbours? The composition of doors ties them together."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import DocumentNode
from starlette.requests import HTTPConnection
from starlette.responses import Response

from adapters.bootstrap import Caller, House
from api.graphql.calls import Calls, Note
from api.graphql.operations import Operation


class TrustedDocuments(Protocol):
    """Which documents a company answers."""

    @property
    def is_locked(self) -> bool:
        """Those alone?"""
        ...

    def text(self, digest: str) -> str | None:
        """The document with this SHA-256; None if it is not on the list."""
        ...


@dataclass(frozen=True)
class Ties:
    """What the REST door does, for whoever asks in GraphQL."""

    operations: Callable[[], Mapping[str, Operation]]
    versioned: Callable[[Operation], bool]
    says_no: Callable[[Exception, str], Response]
    identify: Callable[[HTTPConnection], Caller | None]
    count: Callable[[HTTPConnection, Caller | None], None]
    note: Note
    trusted: Callable[[House, Caller], TrustedDocuments | None]
    links: Callable[[Any], None] | None = None


@dataclass
class Context:
    """One request, for the fields that answer it."""

    house: House
    connection: HTTPConnection
    calls: Calls
    caller: Caller | None
    document: DocumentNode | None = None
    loaders: dict[Any, Any] = field(default_factory=dict)
    refusal: Callable[[Exception], Exception] = lambda error: error
    leave: Callable[[], Awaitable[None]] | None = None

    async def go_away(self) -> None:
        """Ends the connection, where one is held."""
        if self.leave is not None:
            await self.leave()
