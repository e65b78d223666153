"""How is the API served?"""

import signal
import socket
import sys

import uvicorn

from adapters import bootstrap
from adapters.bootstrap import House, Settings
from api.main import create_app

# Requests in flight get this long; with the pools' closing, the whole stop stays below ten seconds.
GOODBYE_S = 6
# What a client neither reads nor gives up is dropped by the kernel after this long.
UNREAD_MS = 30_000
COULD_NOT_START = 3
# What one message over a WebSocket may hold; a compressed one could grow beyond that.
MOST_MESSAGE = 65_536


class Server(uvicorn.Server):
    """A server whose endless answers end when it is told to stop."""

    def __init__(self, house: House, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._house = house

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Bounds how long a connection may keep what was sent to it; accepted sockets inherit it."""
        await super().startup(sockets)
        for listening in (each for server in self.servers for each in server.sockets):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells those who listen to come back, then answers what is in flight."""
        self._house.say_goodbye()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serves until told to stop; requests in flight are answered first."""
    bootstrap.configure()
    # uvicorn raises the signal again when it has finished; by then there is nothing left to interrupt.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    with bootstrap.serving(settings) as house:
        server = server_of(house, host=settings.host, port=settings.port)
        server.run()
        if not server.started:
            sys.exit(COULD_NOT_START)


def server_of(house: House, *, host: str, port: int) -> Server:
    """A server over an open house."""
    config = uvicorn.Config(
        create_app(house),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GOODBYE_S,
        server_header=False,
        ws_max_size=MOST_MESSAGE,
        ws_per_message_deflate=False,
    )
    return Server(house, config)
