"""How does a server answer many connections at once? One thread, raw sockets, an answer before the next request."""

import json
import selectors
import socket
import sys
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import uuid4

HEAD_END = b"\r\n\r\n"
KEY = b"@KEY@"  # where each request gets an idempotency key of its own


@dataclass
class Caller:
    """One connection and the request it repeats."""

    link: socket.socket
    request: bytes
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        """The next request."""
        self.received.clear()
        self.sent_at = perf_counter()
        self.link.sendall(self.request.replace(KEY, str(uuid4()).encode()))

    def status(self) -> int | None:
        """The status of the answer, once it is complete."""
        end = self.received.find(HEAD_END)
        if end < 0:
            return None
        head = bytes(self.received[:end]).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(head[9:12]) if len(self.received) >= end + len(HEAD_END) + length else None


def run(host: str, port: int, requests: list[str], seconds: float) -> dict[str, Any]:
    """Repeats every request on its own connection for that long; latencies in milliseconds, answers by status."""
    chooser = selectors.DefaultSelector()
    callers = [Caller(socket.create_connection((host, port), timeout=10), each.encode()) for each in requests]
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
