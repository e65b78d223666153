"""What if the network between us and PostgreSQL loses, delays or swallows what was said?

A proxy on a Unix socket of its own that understands where messages begin and end. Its best trick:
it lets a commit reach the server, waits until the server has answered, and then drops both the
answer and the connection. Nobody on this side can know what happened.
"""

import asyncio
import os
import struct
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from random import Random
from threading import Event, Thread
from typing import Self
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

APPEND = b"es.append_event"  # both ways into the log
COMMIT = b"COMMIT"
OUTCOMES = ("appended", "replayed", "stale")
HEAD = 5  # bytes: the kind, and a length that does not count it
CHUNK = 65_536
WORD_ENDS = 24  # an outcome is the first column of its row
ENCRYPTION_REQUESTS = (80_877_103, 80_877_104)  # TLS, GSS: both are declined
LOST = (ConnectionError, asyncio.IncompleteReadError, OSError)


class Proxy:
    """Stands between clients and the server named by `url`; `Proxy(...).url` is the way through it.

    All faults can be set while connections are open:
    `drop` is the chance that the answer to a statement with one of `victims` in it is swallowed,
    `drop_next` is a number of such answers to swallow for certain, before chance decides again,
    `delay_s` is added to every answer, and in a `black_hole` nothing moves and nobody is told.
    """

    def __init__(
        self,
        url: str,
        *,
        seed: int = 0,
        drop: float = 0.0,
        victims: Iterable[bytes] = (APPEND,),
    ) -> None:
        parts = conninfo_to_dict(url)
        self._upstream = str(parts["host"]), int(parts.get("port") or 5432)
        self._database = str(parts["dbname"])
        self._user, self._password = str(parts.get("user", "")), str(parts.get("password", ""))
        self._random = Random(seed)
        self.victims = tuple(victims)
        self.drop = drop
        self.drop_next = 0
        self.delay_s = 0.0
        self.dropped = 0
        self.answered: Counter[str] = Counter()  # outcomes of appends, as they came by
        self._flow = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._folder = tempfile.TemporaryDirectory(prefix="escale-proxy-")
        os.chmod(self._folder.name, 0o755)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="proxy", daemon=True)
        self._is_open = Event()

    @property
    def url(self) -> str:
        """The same database, through the proxy."""
        host, port = self._folder.name, self._upstream[1]
        return f"postgresql://{quote(self._user)}:{quote(self._password)}@/{self._database}?host={host}&port={port}"

    def reset(self) -> int:
        """Cuts every connection; how many there were."""
        return self._soon(self._cut)

    def black_hole(self, is_on: bool) -> None:
        """From now on nothing moves in either direction, or it moves again."""
        self._soon(self._flow.clear if is_on else self._flow.set)

    def open(self) -> Self:
        """Listens; connections may come."""
        self._thread.start()
        self._is_open.wait()
        return self

    def close(self) -> None:
        """Cuts everything and listens no more; idempotent."""
        if self._thread.is_alive():
            self._soon(self._cut)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *error: object) -> None:
        self.close()

    # Inside the loop

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        path = f"{self._folder.name}/.s.PGSQL.{self._upstream[1]}"
        server = self._loop.run_until_complete(asyncio.start_unix_server(self._serve, path))
        os.chmod(path, 0o777)
        self._flow.set()
        self._is_open.set()
        self._loop.run_forever()
        server.close()
        serving = asyncio.all_tasks(self._loop)
        for task in serving:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*serving, return_exceptions=True))
        self._loop.close()

    def _soon(self, act: Callable[[], int | None]) -> int:
        """Runs something in the proxy's own thread and waits for it."""

        async def run() -> int:
            return act() or 0

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _cut(self) -> int:
        cut = len(self._writers) // 2
        for writer in self._writers:
            writer.transport.abort()
        return cut

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        host, port = self._upstream
        try:
            if host.startswith("/"):
                server, to_server = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            else:
                server, to_server = await asyncio.open_connection(host, port)
        except OSError:
            to_client.transport.abort()
            return
        ends = {to_client, to_server}
        self._writers |= ends
        link = Link(self.victims)
        ways = [
            asyncio.ensure_future(self._carry_questions(client, to_server, to_client, link)),
            asyncio.ensure_future(self._carry_answers(server, to_client, link)),
        ]
        # asyncio.streams complains about a cancelled connection, and closing cancels those left.
        with suppress(asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        self._writers -= ends
        for end in ends:
            end.transport.abort()

    async def _carry_questions(
        self,
        client: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        to_client: asyncio.StreamWriter,
        link: "Link",
    ) -> None:
        with suppress(*LOST):
            to_server.write(await _startup(client, to_client))
            async for messages in _arriving(client):
                await self._flow.wait()
                for kind, message in messages:
                    link.asked(kind, message)
                to_server.write(b"".join(message for _, message in messages))
                await to_server.drain()

    async def _carry_answers(
        self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter, link: "Link"
    ) -> None:
        with suppress(*LOST):
            async for messages in _arriving(server):
                await self._flow.wait()
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if link.is_asking_a_victim:
                    link.is_asking_a_victim = False
                    link.is_condemned = self._condemns()
                self._note_outcomes(messages)
                if not link.is_condemned:
                    to_client.write(b"".join(message for _, message in messages))
                    await to_client.drain()
                elif any(kind == b"Z" for kind, _ in messages):  # ready again: the server has committed
                    self.dropped += 1
                    return

    def _note_outcomes(self, messages: list[tuple[bytes, bytes]]) -> None:
        for kind, message in messages:
            if kind == b"D":
                self.answered.update(word for word in OUTCOMES if word.encode() in message[:WORD_ENDS])

    def _condemns(self) -> bool:
        if self.drop_next:
            self.drop_next -= 1
            return True
        return self._random.random() < self.drop


class Link:
    """What one connection has asked so far: prepared statements are asked for by name."""

    def __init__(self, victims: tuple[bytes, ...]) -> None:
        self._victims = victims
        self._prepared: dict[bytes, bool] = {}
        self.is_asking_a_victim = False
        self.is_condemned = False

    def asked(self, kind: bytes, message: bytes) -> None:
        """Notes whether this question is one whose answer may be swallowed."""
        match kind:
            case b"Q":
                self.is_asking_a_victim = self._is_victim(message)
            case b"P":
                name, _, rest = message[HEAD:].partition(b"\0")
                self._prepared[name] = self._is_victim(rest)
            case b"B":
                _, statement, _ = message[HEAD:].split(b"\0", 2)
                self.is_asking_a_victim = self._prepared.get(statement, False)

    def _is_victim(self, statement: bytes) -> bool:
        return any(victim in statement for victim in self._victims)


async def _startup(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> bytes:
    """The first message, which has no kind; wishes for encryption are declined before it."""
    while True:
        head = await client.readexactly(8)
        length, code = struct.unpack(">ii", head)
        rest = await client.readexactly(length - 8)
        if code not in ENCRYPTION_REQUESTS:
            return head + rest
        to_client.write(b"N")


async def _arriving(reader: asyncio.StreamReader) -> AsyncIterator[list[tuple[bytes, bytes]]]:
    """Whole messages with their kinds, as many as have arrived."""
    pending = b""
    while chunk := await reader.read(CHUNK):
        pending += chunk
        messages, start = [], 0
        while len(pending) >= start + HEAD:
            end = start + 1 + int.from_bytes(pending[start + 1 : start + HEAD], "big")
            if end > len(pending):
                break
            messages.append((pending[start : start + 1], pending[start:end]))
            start = end
        pending = pending[start:]
        if messages:
            yield messages
