"""How is a connection held? Sub-protocol graphql-transport-ws alone, for whoever shows a credential that still holds.

The protocol is the library's; ours is who may come in, what they may ask, and when they have to go.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.http.websocket_origin import is_same_origin
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types.execution import PreExecutionError

from adapters.bootstrap import Caller, House
from api.graphql import limits
from api.graphql.calls import Calls
from api.graphql.refusals import SocketForSubscriptions
from api.graphql.requests import Invalid, Requests, asked_in, without_values
from api.graphql.ties import Context
from api.graphql.told import error_from
from domain.kernel.refusals import Refusal

MOST_SUBSCRIPTIONS = 20
MOST_MESSAGE = 65_536
INIT_S = 10
FORBIDDEN, NOT_SPOKEN, GOING_AWAY, IDLE, TOO_BIG = 4403, 4406, 1012, 4408, 1009


@dataclass(frozen=True)
class Patience:
    """How often a credential is looked at again, and how long a connection may ask for nothing."""

    recheck_s: float = 30.0
    idle_s: float = 60.0
    look_s: float = 1.0


PATIENCE = Patience()


@dataclass
class Adapter:
    """The socket as the library's handler knows it."""

    socket: WebSocket

    async def iter_json(self) -> AsyncIterator[Any]:
        """Each message, until the client is gone."""
        try:
            while True:
                message = await self.socket.receive()
                if message["type"] == "websocket.disconnect":
                    raise WebSocketDisconnected
                text = message.get("text")
                if text is None:
                    raise NonTextMessageReceived
                if len(text) > MOST_MESSAGE:
                    await self.close(TOO_BIG, "Message too big")
                    raise WebSocketDisconnected
                try:
                    parsed = json.loads(text)
                except (ValueError, RecursionError):
                    raise NonJsonMessageReceived from None
                if not isinstance(parsed, dict):
                    raise NonJsonMessageReceived
                yield parsed
        except (WebSocketDisconnect, RuntimeError):
            raise WebSocketDisconnected from None

    async def send_json(self, message: Mapping[str, Any]) -> None:
        """Sends a message; whoever is gone is told nothing."""
        try:
            await self.socket.send_text(json.dumps(message))
        except (WebSocketDisconnect, RuntimeError):
            raise WebSocketDisconnected from None

    async def close(self, code: int, reason: str) -> None:
        """Says goodbye; idempotent."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self.socket.close(code, reason)


@dataclass
class Connection:
    """One client's connection: who they are, and what they may go on asking."""

    requests: Requests
    socket: WebSocket
    patience: Patience
    caller: Caller | None = None
    connection_params: Any = None
    _known_as: HTTPConnection | None = field(default=None)

    @property
    def house(self) -> House:
        """The house they came to."""
        house: House = self.socket.app.state.house
        return house

    async def on_ws_connect(self, context: Any) -> Any:
        """Lets in whoever shows a credential in `authorization`, and whose plan includes this door."""
        shown = (
            self.connection_params.get("authorization") if isinstance(self.connection_params, dict) else None
        )
        if not isinstance(shown, str):
            raise ConnectionRejectionError
        try:
            header = (b"authorization", shown.encode("latin-1"))
            scope = {**self.socket.scope, "headers": [*self._headers(), header], "answer_headers": {}}
            self._known_as = HTTPConnection(scope)
            self.caller = await self._look()
            await self.requests.admit(self.house, self.caller)
        except (Refusal, ValueError):
            raise ConnectionRejectionError from None
        return {}

    async def stream(
        self, query: str, variable_values: Any = None, operation_name: Any = None, **_: Any
    ) -> AsyncGenerator[Any, None]:
        """What one subscription is told, from its first message on."""
        try:
            body = {"query": query, "variables": variable_values, "operationName": operation_name}
            asked = asked_in(body)
            # Plan and list are asked for each subscription: a connection may be older than they are.
            trusted = await self.requests.admit(self.house, self.caller)
            judged = await self.requests.judge(asked, trusted)
            if not limits.is_subscription(judged.operation):
                raise SocketForSubscriptions
            calls = Calls(self._connection, self.requests.ties.says_no, self.requests.ties.note)
            context = Context(
                self.house,
                self._connection,
                calls,
                self.caller,
                judged.document,
                refusal=self._error,
                leave=self.leave,
            )
            await run_in_threadpool(self.requests.ties.count, self._connection, self.caller)
            told = await self.requests.schema.built().subscribe(
                "subscription { prepared }",
                variable_values=dict(asked.variables),
                context_value=context,
                operation_name=asked.operation_name,
            )
            return self._shown(told)
        except Invalid as invalid:
            errors = [GraphQLError(without_values(each)["message"]) for each in invalid.errors]
        except GraphQLSyntaxError as error:
            errors = [GraphQLError(error.message)]
        except Exception as error:
            errors = [self._error(error)]
        return _only(PreExecutionError(data=None, errors=errors))

    async def _shown(self, told: Any) -> AsyncGenerator[Any, None]:
        """Each message, its errors as they may leave the house."""
        async with aclosing(told):
            async for result in told:
                result.errors = [self._masked(each) for each in result.errors or ()] or None
                yield result

    def _masked(self, error: GraphQLError) -> GraphQLError:
        original = error.original_error
        if original is None or isinstance(original, GraphQLError):
            return error
        shown = self._error(original)
        return GraphQLError(shown.message, path=error.path, extensions=shown.extensions)

    async def watch(self, handler: "Handler") -> None:
        """Ends the connection when the credential no longer holds, or when nothing is asked for long."""
        asked_at, checked_at = monotonic(), monotonic()
        while True:
            await asyncio.sleep(self.patience.look_s)
            now = monotonic()
            if handler.operations:
                asked_at = now
            if now - asked_at > self.patience.idle_s:
                return await Adapter(self.socket).close(IDLE, "Nothing asked")
            if self.caller is not None and now - checked_at > self.patience.recheck_s:
                checked_at = now
                try:
                    caller = await self._look()
                except Refusal:
                    return await Adapter(self.socket).close(FORBIDDEN, "Forbidden")
                if (caller.roles, caller.scopes) != (self.caller.roles, self.caller.scopes):
                    return await Adapter(self.socket).close(FORBIDDEN, "Forbidden")

    async def leave(self) -> None:
        """This process ends; another one goes on."""
        await Adapter(self.socket).close(GOING_AWAY, "Service restart")

    @property
    def _connection(self) -> HTTPConnection:
        if self._known_as is None:
            raise LookupError("nobody has come in")
        return self._known_as

    async def _look(self) -> Caller:
        caller = await run_in_threadpool(self.requests.ties.identify, self._connection)
        if caller is None:
            raise ConnectionRejectionError
        return caller

    def _headers(self) -> list[tuple[bytes, bytes]]:
        return [each for each in self.socket.scope["headers"] if each[0] != b"authorization"]

    def _error(self, error: Exception) -> GraphQLError:
        return error_from(self.requests.problem(error, str(self.socket.scope["request_id"])))


class Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    """The library's handler over our connection."""


async def hold(requests: Requests, socket: WebSocket) -> None:
    """Holds a connection until either side ends it."""
    origin = socket.headers.get("origin")
    if origin is not None and not is_same_origin(origin, socket.headers.get("host")):
        await socket.close(FORBIDDEN, "Forbidden")
        return
    if GRAPHQL_TRANSPORT_WS_PROTOCOL not in socket.scope.get("subprotocols", ()):
        await socket.accept()
        await socket.close(NOT_SPOKEN, "Subprotocol not acceptable")
        return
    await socket.accept(subprotocol=GRAPHQL_TRANSPORT_WS_PROTOCOL)
    connection = Connection(requests, socket, PATIENCE)
    handler = Handler(
        connection,  # type: ignore[arg-type]
        Adapter(socket),  # type: ignore[arg-type]
        connection,
        None,
        connection,  # type: ignore[arg-type]
        timedelta(seconds=INIT_S),
        MOST_SUBSCRIPTIONS,
    )
    watching = asyncio.create_task(connection.watch(handler))
    try:
        await handler.handle()
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await watching


async def _only(result: PreExecutionError) -> AsyncGenerator[Any, None]:
    yield result
