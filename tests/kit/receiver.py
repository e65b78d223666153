"""Somebody who is told what happens, on this machine: listens, remembers, and answers as badly as it is told to.

The verifier below is written from the text of Standard Webhooks and shares no code with ours.
"""

import base64
import hashlib
import hmac
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300


@dataclass(frozen=True)
class Heard:
    """One request, byte for byte."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float


@dataclass(frozen=True)
class Reply:
    """What a receiver says, after a while, and how much of it."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_s: float = 0.0
    megabytes: int = 0
    drips: bool = False


Says = Callable[[Heard], Reply]


class Receiver:
    """A server on loopback with one opinion per path, which a test may change."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str) -> None:
        self._server = server
        self._scheme = scheme
        self.heard: list[Heard] = []
        self.says: dict[str, Says] = {}
        self.closing = threading.Event()

    def url(self, path: str) -> str:
        """Where it listens."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{path}"

    def at(self, path: str) -> list[Heard]:
        """What came to one path, in order."""
        return [one for one in self.heard if one.path == path]

    def answer(self, path: str, *replies: Reply) -> None:
        """Says these, one after the other; the last one for ever."""
        left = list(replies)
        self.says[path] = lambda heard: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def receiving(*, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Receiver]:
    """A receiver, for as long as the test needs it."""
    holder: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver = holder[0]
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            heard = Heard(self.path, {k.lower(): v for k, v in self.headers.items()}, body, time.time())
            receiver.heard.append(heard)
            says = receiver.says.get(self.path)
            reply = Reply() if says is None else says(heard)
            receiver.closing.wait(reply.after_s)
            try:
                self._say(reply, receiver)
            except OSError:
                self.close_connection = True

        def _say(self, reply: Reply, receiver: Receiver) -> None:
            length = reply.megabytes * 1_000_000 or len(reply.body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("content-length", str(1_000_000 if reply.drips else length))
            self.end_headers()
            while reply.drips and not receiver.closing.wait(0.05):
                self.wfile.write(b".")
                self.wfile.flush()
            for _ in range(reply.megabytes):
                self.wfile.write(b"x" * 1_000_000)
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Quiet(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver = Receiver(server, "http" if tls is None else "https")
    holder.append(receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=2)


def is_genuine(heard: Heard, secret: str, *, now: float | None = None) -> bool:
    """Standard Webhooks 1.0, section "Verifying": any v1 signature of the list may match."""
    message_id, stamp = heard.headers["webhook-id"], heard.headers["webhook-timestamp"]
    if not stamp.isdigit() or abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    assert secret.startswith("whsec_")
    assert 24 <= len(key) <= 64
    signed = message_id.encode() + b"." + stamp.encode() + b"." + heard.body
    expected = hmac.new(key, signed, hashlib.sha256).digest()
    given = (one.split(",", 1) for one in heard.headers["webhook-signature"].split(" "))
    return any(
        version == "v1" and hmac.compare_digest(expected, base64.b64decode(text, validate=True))
        for version, text in given
    )
