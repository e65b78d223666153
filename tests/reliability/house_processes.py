"""The house's own processes, started as an operator starts them, and asked over HTTP."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.kit import started
from tests.kit.started import Started

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 40.0


@dataclass(frozen=True)
class Answer:
    """What was answered; status 0 is nothing at all."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@contextmanager
def escale(
    *words: str, log: Path, database_url: str, redis_url: str, master_key: bytes, **more: str
) -> Iterator[Started]:
    """`escale <words>` as a process of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ESCALE_MASTER_KEY": master_key.hex(),
        "ESCALE_DATA_DIR": str(log.parent / "data"),
        **more,
    }
    with started.escale(*words, log=log, environment=environment) as process:
        yield process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, path: str, *, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """One request; a refusal is an answer too."""
    content = None if body is None else json.dumps(body).encode()
    request = Request(
        f"http://127.0.0.1:{port}{path}", content, {"Content-Type": "application/json", **(headers or {})}
    )
    try:
        with urlopen(request, timeout=30) as answer:
            return Answer(answer.status, _lower(answer.headers), answer.read().decode())
    except HTTPError as refused:
        return Answer(refused.code, _lower(refused.headers), refused.read().decode())
    except (OSError, HTTPException) as silent:
        return Answer(0, {}, repr(silent))


def eventually(condition: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> bool:
    deadline = monotonic() + patience_s
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.05)
    return True


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
