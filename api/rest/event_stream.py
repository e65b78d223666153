"""How is a stream of events sent, for as long as the client reads it and may read it?"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = b": still here\n\n"
# After this long a client whose stream broke tries again, unless told otherwise.
RETRY_MS = 1_000


class EventStream(Response):
    """Sends frames until they end or the client is gone; a client that takes none is given up.

    `on_close` is called in every case.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self, frames: AsyncGenerator[bytes, None], *, send_s: float, on_close: Callable[[], None]
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._frames = frames
        self._send_s = send_s
        self._on_close = on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(send))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            sending.cancel()
            outcome, _ = await asyncio.gather(sending, gone, return_exceptions=True)
            self._on_close()
        if isinstance(outcome, Exception) and not isinstance(outcome, TimeoutError | OSError):
            raise outcome

    async def _send_all(self, send: Send) -> None:
        await self._send(send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._frames) as frames:
            async for each in frames:
                await self._send(send, {"type": "http.response.body", "body": each, "more_body": True})
        await self._send(send, {"type": "http.response.body", "body": b""})

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._send_s):
            await send(message)


def frame(
    *,
    event: str | None = None,
    data: str | None = None,
    id: int | str | None = None,
    retry_ms: int | None = None,
) -> bytes:
    """One event in the form of the HTML standard. Without data it only moves the client's place."""
    fields = {"retry": retry_ms, "event": event, "data": data, "id": id}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return ("\n".join(lines) + "\n\n").encode()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
