"""Which answer is that of a living service? That of its route of health, and no other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from adapters.operations.prober import Prober
from domain.billing.uptime import Health


class Stand(BaseHTTPRequestHandler):
    """Answers with the status its path names."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")))
        self.send_header("Location", "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Stand)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "health"),
    [
        (200, Health.UP),
        (302, Health.DOWN),  # something stands before it, and the service did not answer
        (401, Health.DOWN),
        (404, Health.DOWN),
        (429, Health.DOWN),
        (500, Health.DOWN),
        (503, Health.DOWN),
    ],
)
def test_l24_only_the_answer_of_the_route_of_health_is_up(url: str, status: int, health: Health) -> None:
    kept: list[Any] = []
    now = datetime(2026, 2, 10, tzinfo=UTC)
    prober = Prober(f"{url}/{status}", lambda probe, at: kept.append(probe), lambda: now)
    assert prober.look().health is health
    assert [(one.health, one.answer) for one in kept] == [(health, str(status))]


def test_l24_nobody_at_the_door_is_down() -> None:
    prober = Prober("http://127.0.0.1:9/live", lambda probe, at: None, lambda: datetime.now(UTC), timeout_s=1)
    assert prober.look().health is Health.DOWN
