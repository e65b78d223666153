"""A client at an application's door that crosses from the test's thread to the application's once per request.

The framework's own crosses eight times, to hand over what comes while it comes, and costs more than what it asks.
"""

from typing import Any

import httpx2
from fastapi.testclient import TestClient as FrameworksClient

STRANGER = ("testclient", 50000)


class TestClient(FrameworksClient):
    """The framework's, with answers that come whole."""

    __test__ = False

    def __init__(
        self,
        app: Any,
        *,
        raise_server_exceptions: bool = True,
        client: tuple[str, int] = STRANGER,
        **more: Any,
    ) -> None:
        super().__init__(app, raise_server_exceptions=raise_server_exceptions, client=client, **more)
        asking = httpx2.ASGITransport(app, raise_app_exceptions=raise_server_exceptions, client=client)
        self._transport = _Crossing(self, asking, sockets=self._transport)


class _Crossing(httpx2.BaseTransport):
    def __init__(
        self, client: FrameworksClient, asking: httpx2.ASGITransport, *, sockets: httpx2.BaseTransport
    ) -> None:
        self._client, self._asking, self._sockets = client, asking, sockets

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.scheme in ("ws", "wss"):
            return self._sockets.handle_request(request)
        request.read()
        with self._client._portal_factory() as portal:
            return portal.call(self._answer, request)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._asking.handle_async_request(request)
        body = b"".join([part async for part in answer.aiter_raw()])
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(body))

    def close(self) -> None:
        self._sockets.close()
