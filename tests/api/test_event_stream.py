"""Is a client that takes nothing given up, with little kept for it?"""

import asyncio
import socket
from collections.abc import AsyncGenerator
from threading import Event, Thread
from time import sleep

import uvicorn
from starlette.types import Receive, Scope, Send

from api.rest.event_stream import EventStream, frame
from tests.kit.streaming import free_port

PART = b":" + b" " * 65_534 + b"\n"


def test_a_client_that_reads_nothing_is_given_up() -> None:
    closed, sent = Event(), []

    async def endless() -> AsyncGenerator[bytes, None]:
        while True:
            sent.append(len(PART))
            yield PART

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await EventStream(endless(), send_s=0.3, on_close=closed.set)(scope, receive, send)

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
    thread = Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        sleep(0.01)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect(("127.0.0.1", port))
    client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert closed.wait(20)
    # The kernel's buffers were filled and no more: what would come next was never made.
    assert sum(sent) < 32 * 1_048_576
    client.close()
    server.should_exit = True
    thread.join(10)


def test_a_client_that_hangs_up_is_noticed_while_nothing_is_sent() -> None:
    closed, waits = Event(), asyncio.Event()

    async def silent() -> AsyncGenerator[bytes, None]:
        yield b": open\n\n"
        await waits.wait()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await EventStream(silent(), send_s=5, on_close=closed.set)(scope, receive, send)

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
    thread = Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        sleep(0.01)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" in client.recv(1_024)
        assert not closed.is_set()
    assert closed.wait(20)
    server.should_exit = True
    thread.join(10)


def test_a_frame_has_the_form_of_the_standard() -> None:
    assert frame(event="violation", data="{}", id=7) == b"event: violation\ndata: {}\nid: 7\n\n"
    assert frame(id=7, retry_ms=1_000) == b"retry: 1000\nid: 7\n\n"
