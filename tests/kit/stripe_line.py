"""The stand-in for Stripe as a process of its own, for as long as a test needs it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

CALM = {"busy": 0.0, "broken": 0.0, "lost": 0.0, "slow": 0.0}
BAD_LINE = {"busy": 0.05, "broken": 0.02, "lost": 0.02, "slow": 0.0}


@dataclass
class StripeLine:
    """Where it answers, and how a test speaks to it behind Stripe's back."""

    url: str

    def tell(self, path: str, **wish: Any) -> Any:
        request = Request(f"{self.url}{path}", data=json.dumps(wish).encode(), method="POST")
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def set(self, **wish: Any) -> None:
        """Clock, faults, down or up again."""
        self.tell("/_set", **wish)

    def state(self) -> Any:
        """Everything it remembers."""
        return self.tell("/_state")

    def things(self, kind: str) -> list[dict[str, Any]]:
        """Everything of a kind."""
        return [thing for thing in self.state()["things"] if thing["object"] == kind]


@contextmanager
def stripe_line(seed: int = 1) -> Iterator[StripeLine]:
    """Starts it on a free port, and ends it."""
    command = [sys.executable, "-m", "tests.stripe_server", "0", str(seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield StripeLine(f"http://127.0.0.1:{process.stdout.readline().strip()}")
    finally:
        process.terminate()
        process.wait(timeout=10)
