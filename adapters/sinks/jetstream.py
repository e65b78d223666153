"""How are events published to NATS JetStream? One after the other, each acknowledged before the next is sent."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import nats
from nats.aio.client import Client
from nats.errors import Error, MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import Header, StreamConfig
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError, ServiceUnavailableError

from adapters.sinks.publishing import PATIENCE_S, BrokerAway, Message, SinkRefused
from application.developer.cloud_events import MEDIA_TYPE

# For so long a repeated event is recognised, where we make the stream; the server's own choice is two minutes.
DUPLICATES_S = 3_600.0


class JetStreamPublisher:
    """Subject `<prefix>.<company>.<type>`; the event's id is the message's, so that repeats are dropped."""

    def __init__(
        self,
        url: str,
        *,
        shown: str,
        prefix: str,
        slug: str,
        makes_stream: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._url = url
        self._shown = shown
        self._prefix = prefix
        self._base = f"{prefix}.{slug}"
        self._makes_stream = makes_stream
        self._patience_s = patience_s
        self._runner = asyncio.Runner()
        self._client: Client | None = None
        self._lost: asyncio.Event | None = None

    def publish(self, messages: Sequence[Message]) -> None:
        """In order; the first that is not acknowledged ends it."""
        self._runner.run(self._publish(messages))

    def rest(self, seconds: float) -> None:
        """The client answers the server's pings meanwhile."""
        self._runner.run(asyncio.sleep(seconds))

    def close(self) -> None:
        """Leaves the server."""
        self._runner.run(self._leave())
        self._runner.close()

    async def _publish(self, messages: Sequence[Message]) -> None:
        try:
            stream = await self._connected()
            for message in messages:
                await self._acknowledged(stream, message)
        except NoStreamResponseError:
            await self._leave()
            raise SinkRefused(self._no_stream()) from None
        except ServiceUnavailableError as error:
            await self._leave()
            raise BrokerAway(f"JetStream at {self._shown} is not ready: {error.description}.") from error
        except APIError as error:
            await self._leave()
            raise SinkRefused(f"JetStream at {self._shown} refuses: {error.description}.") from error
        except MaxPayloadError:
            await self._leave()
            raise SinkRefused(
                f"An event is larger than {self._shown} takes; raise max_payload there."
            ) from None
        except (Error, OSError, TimeoutError) as error:
            await self._leave()
            raise BrokerAway(f"NATS at {self._shown} does not acknowledge ({_named(error)}).") from error

    async def _acknowledged(self, stream: JetStreamContext, message: Message) -> None:
        assert self._lost is not None
        headers = {Header.MSG_ID.value: str(message.event_id), "content-type": MEDIA_TYPE}
        sent = asyncio.ensure_future(
            stream.publish(
                f"{self._base}.{message.type}", message.body, timeout=self._patience_s, headers=headers
            )
        )
        lost = asyncio.ensure_future(self._lost.wait())
        await asyncio.wait((sent, lost), return_when=asyncio.FIRST_COMPLETED)
        lost.cancel()
        if not sent.done():
            sent.cancel()
            with suppress(asyncio.CancelledError, Error):
                await sent
            raise ConnectionResetError("the connection was lost")
        sent.result()

    async def _connected(self) -> JetStreamContext:
        if self._client is not None and self._client.is_connected:
            return self._client.jetstream(timeout=self._patience_s)
        await self._leave()
        lost = self._lost = asyncio.Event()

        async def on_lost() -> None:
            lost.set()

        async def on_error(error: Exception) -> None:
            """What goes wrong is told where it is waited for."""

        # The client would buffer and repeat by itself; here whoever publishes decides what is sent again.
        self._client = await nats.connect(
            self._url,
            name="escale sink",
            allow_reconnect=False,
            # Each server of the URL is tried twice, in a moment; else a dead one would be waited for by the minute.
            max_reconnect_attempts=1,
            reconnect_time_wait=0.1,
            connect_timeout=max(1, round(self._patience_s)),
            disconnected_cb=on_lost,
            error_cb=on_error,
        )
        stream = self._client.jetstream(timeout=self._patience_s)
        await self._with_stream(stream)
        return stream

    async def _with_stream(self, stream: JetStreamContext) -> None:
        try:
            await stream.find_stream_name_by_subject(f"{self._base}.>")
        except NotFoundError:
            if not self._makes_stream:
                await self._leave()
                raise SinkRefused(self._no_stream()) from None
            await stream.add_stream(
                StreamConfig(
                    name=self._prefix.replace(".", "_").upper(),
                    subjects=[f"{self._prefix}.>"],
                    duplicate_window=DUPLICATES_S,
                )
            )

    async def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Error, OSError):
                await client.close()

    def _no_stream(self) -> str:
        return f"No stream at {self._shown} takes in {self._base}.>; make one, or let --make-stream do it."


def _named(error: BaseException) -> str:
    return str(error) or type(error).__name__
