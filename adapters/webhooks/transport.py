"""How does the house speak to an address that a user named, without being led into its own network?

One client for all of them. The name is looked up once, every answer must be public, and the connection goes to the
address that was judged, under the name that was asked for: nothing is looked up again, so a name that changes its
mind leads nowhere. It follows no redirect, asks no proxy, unpacks nothing, reads little and waits little.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from socket import AI_ADDRCONFIG, SOCK_STREAM, gaierror, getaddrinfo
from typing import Self

import httpcore2
from httpcore2 import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncConnectionPool,
    AsyncNetworkBackend,
    AsyncNetworkStream,
)

from adapters.webhooks.addresses import AddressRefused, AddressRules, allowed_of, target_of

TIMEOUT_S = 15.0
CONNECT_S = 5.0
MOST_READ = 64 * 1024
MOST_CONNECTIONS = 8
KEEP_ALIVE_S = 5.0

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True)
class Answered:
    """What came back: as much of the body as was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotAnswered(Exception):
    """No answer came; `code` says why: address_refused, not_found, not_connected, tls_failed, timed_out, broken_off."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(f"{code}: {detail}")


@dataclass
class GuardedClient:
    """What every line to an address of a user has in common."""

    rules: AddressRules
    resolve: Resolve | None = None
    timeout_s: float = TIMEOUT_S
    ssl_context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    backend: AsyncNetworkBackend | None = None

    def line(self) -> "GuardedLine":
        """Connections of their own to one receiver; close them in the event loop that used them."""
        return GuardedLine(self)


class GuardedLine:
    """POST and GET to an address that a user named, over at most a few connections.

    One line per receiver: the pool looks at all of its connections for every request.
    """

    def __init__(self, client: GuardedClient) -> None:
        self.rules = client.rules
        self.timeout_s = client.timeout_s
        self._pool = AsyncConnectionPool(
            ssl_context=client.ssl_context,
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=PinnedBackend(
                client.rules, client.resolve or looked_up, client.backend or AnyIOBackend()
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pool.aclose()

    async def send(
        self,
        url: str,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        allows_http: bool = False,
    ) -> Answered:
        """One request and its answer, within the time-out altogether. Raises NotAnswered."""
        try:
            # Looked at again: the rules may have changed since the address was accepted.
            target = target_of(url, self.rules, allows_http=allows_http)
            async with asyncio.timeout(self.timeout_s):
                return await self._ask(
                    method, target.url, {**(headers or {}), "Accept-Encoding": "identity"}, body
                )
        except AddressRefused as error:
            raise NotAnswered("address_refused", str(error)) from None
        except TimeoutError:
            raise NotAnswered("timed_out", f"no answer within {self.timeout_s:g} seconds") from None
        except NotAnswered:
            raise
        except httpcore2.ConnectTimeout:
            raise NotAnswered("timed_out", "no connection in time") from None
        except httpcore2.ConnectError as error:
            code = "tls_failed" if _is_about_tls(error) else "not_connected"
            raise NotAnswered(code, _said(error)) from None
        except (
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpcore2.TimeoutException,
            ValueError,
        ) as error:
            raise NotAnswered("broken_off", _said(error)) from None

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        async with self._pool.stream(method, url, headers=list(headers.items()), content=body) as answer:
            read = bytearray()
            async for chunk in answer.aiter_stream():
                read += chunk
                if len(read) >= MOST_READ:
                    break  # leaving the block closes the connection: what is left is never taken
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answered(answer.status, told, bytes(read[:MOST_READ]))


class PinnedBackend(AsyncNetworkBackend):
    """Connects to the address that was judged; the name stays for SNI, the certificate and Host."""

    def __init__(self, rules: AddressRules, resolve: Resolve, inner: AsyncNetworkBackend) -> None:
        self._rules = rules
        self._resolve = resolve
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        addresses = allowed_of(await self._resolve(host, port), self._rules)
        for number, address in enumerate(addresses, start=1):
            try:
                return await self._inner.connect_tcp(
                    str(address), port, CONNECT_S, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise AddressRefused("no address")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


async def looked_up(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says, once."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(
            _resolvers(), lambda: getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_ADDRCONFIG)
        )
    except (gaierror, UnicodeError) as error:
        raise NotAnswered("not_found", _said(error)) from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@cache
def _resolvers() -> ThreadPoolExecutor:
    """Threads of their own: a resolver that hangs keeps nobody waiting but those who ask it."""
    return ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolver")


def _is_about_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _said(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200]
