"""Which messages reached the world, how often, and what did they cause there?

A real server on the loopback address, as a mail relay would be: it counts every delivery, and acts
once per key. Told to be rude, it acts and then answers nothing: the sender cannot know.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from urllib.request import Request, urlopen

from adapters.messaging.messages import Message

PATIENCE_S = 5.0


class Sink:
    """What has arrived."""

    def __init__(self, *, seed: int = 0) -> None:
        self.rudeness = 0.0
        self._dice = Random(seed)
        self._lock = Lock()
        self.deliveries: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.silences = 0
        self.url = ""

    def deliver(self, key: str) -> bool:
        """Takes one message; False when the sender will hear nothing."""
        with self._lock:
            self.deliveries[key] += 1
            if self.deliveries[key] == 1:
                self.effects[key] += 1
            # Once per key: the second try always ends well, as the receiver's retry would.
            is_silent = self.deliveries[key] == 1 and self._dice.random() < self.rudeness
            self.silences += is_silent
        return not is_silent


@contextmanager
def open_sink(*, seed: int = 0) -> Iterator[Sink]:
    """A sink that listens, for as long as the caller needs it."""
    sink = Sink(seed=seed)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if sink.deliver(message["key"]):
                self.send_response(204)
                self.end_headers()
            self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink.url = f"http://127.0.0.1:{server.server_address[1]}/"
    Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()


class SentTo:
    """The messages port of a house whose relay is the sink."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, message: Message) -> None:
        """Delivers, or raises to be asked again."""
        body = json.dumps({"key": message.key, "tenant_id": str(message.tenant_id)}).encode()
        with urlopen(Request(self._url, body), timeout=PATIENCE_S):
            return
