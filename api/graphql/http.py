"""GraphQL over HTTP: POST for everything, GET for what only looks.

Nothing of GraphQL is read or built before the first request comes: a process starts as fast without it.
"""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket

if TYPE_CHECKING:
    from api.graphql.requests import Requests

PATH = "/api/v2/graphql"


class Opening:
    """The door behind the address, opened when somebody knocks."""

    def __init__(self, make: "Callable[[], Requests]") -> None:
        self._make = make
        self._made: Requests | None = None
        self._lock = Lock()

    def opened(self) -> "Requests":
        """The door; whoever comes while it is being opened waits."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def router_of(opening: Opening) -> APIRouter:
    """The address."""
    router = APIRouter(include_in_schema=False)

    async def graphql(request: Request) -> Response:
        """One request."""
        requests = await run_in_threadpool(opening.opened)
        from api.graphql.answering import answered

        return await answered(requests, request)

    async def listen(socket: WebSocket) -> None:
        """One connection."""
        socket.scope.setdefault("request_id", str(uuid4()))
        requests = await run_in_threadpool(opening.opened)
        from api.graphql.sockets import hold

        await hold(requests, socket)

    router.add_api_websocket_route(PATH, listen)
    router.add_api_route(PATH, graphql, methods=["POST"], operation_id="graphql")
    router.add_api_route(PATH, graphql, methods=["GET"], operation_id="graphql_by_get")
    return router
