"""How does a server answer many connections at once? One thread, raw sockets, an answer before the next request."""

import json
import selectors
import socket
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import uuid4

HEAD_END = b"\r\n\r\n"
KEY = b"@KEY@"  # where each request gets an idempotency key of its own


START = b"@STARTS_AT@@@@@@@@@@"  # where each request gets the next start, as long as what replaces it
STEP = timedelta(minutes=5)


@dataclass
class Caller:
    """One connection and the requests it repeats, in turn."""

    link: socket.socket
    requests: list[bytes]
    starts_at: datetime | None = None
    sent: int = 0
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        """The next request."""
        self.received.clear()
        self.sent_at = perf_counter()
        request = self.requests[self.sent % len(self.requests)].replace(KEY, str(uuid4()).encode())
        if self.starts_at is not None:
            at = self.starts_at + self.sent // len(self.requests) * STEP
            request = request.replace(START, at.strftime("%Y-%m-%dT%H:%M:%SZ").encode())
        self.sent += 1
        self.link.sendall(request)

    def status(self) -> int | None:
        """The status of the answer, once it is complete."""
        end = self.received.find(HEAD_END)
        if end < 0:
            return None
        head = bytes(self.received[:end]).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(head[9:12]) if len(self.received) >= end + len(HEAD_END) + length else None


def run(
    host: str, port: int, requests: list[str | list[str]], seconds: float, starts_at: str | None = None
) -> dict[str, Any]:
    """Repeats every request (or some in turn) on its own connection for that long, each at the next start if one
    is given; latencies in milliseconds, answers by status."""
    chooser = selectors.DefaultSelector()
    first = None if starts_at is None else datetime.fromisoformat(starts_at)
    callers = [
        Caller(
            socket.create_connection((host, port), timeout=10),
            [one.encode() for one in ([each] if isinstance(each, str) else each)],
            first,
        )
        for each in requests
    ]
    for caller in callers:
        caller.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chooser.register(caller.link, selectors.EVENT_READ, caller)
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    started = perf_counter()
    for caller in callers:
        caller.send()
    waiting = len(callers)
    while waiting:
        ready = chooser.select(timeout=30)
        if not ready:
            raise TimeoutError("the server stopped answering")
        for key, _ in ready:
            caller = key.data
            chunk = caller.link.recv(65_536)
            if not chunk:
                raise ConnectionError("the server hung up")
            caller.received += chunk
            status = caller.status()
            if status is None:
                continue
            now = perf_counter()
            latencies.append((now - caller.sent_at) * 1_000)
            statuses[status] = statuses.get(status, 0) + 1
            if now - started < seconds:
                caller.send()
            else:
                waiting -= 1
    elapsed = perf_counter() - started
    for caller in callers:
        caller.link.close()
    return {"per_s": len(latencies) / elapsed, "latencies_ms": latencies, "statuses": statuses}


def main() -> None:
    """Reads the job from standard input and writes what came of it to standard output."""
    job = json.load(sys.stdin)
    json.dump(run(**job), sys.stdout)


if __name__ == "__main__":
    main()
