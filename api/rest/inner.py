"""How does one request of a client become another one, inside the house? Through the same door, over no socket."""

import json
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp

from adapters.bootstrap import Answered, Caller

LONGEST_PREFIX = 56  # of a request id, so that a number still fits behind it


async def send(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    request_id: str,
    query: str = "",
    client: tuple[str, int] | None = None,
    acting_for: Callable[[], Caller] | None = None,
) -> Answered:
    """Asks the application itself. `acting_for` stands in for a credential, which is not kept; no header can."""
    sent = {**headers, "content-length": str(len(body)), "x-request-id": request_id}
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower().encode("ascii"), text.encode("latin-1")) for name, text in sent.items()],
        "client": client,
        "server": None,
        "acting_for": acting_for,
    }
    started: dict[str, Any] = {"status": 500, "headers": []}
    written = bytearray()
    told = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        return told.pop() if told else {"type": "http.disconnect"}

    async def take(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            written.extend(message.get("body", b""))

    await app(scope, receive, take)  # type: ignore[arg-type]
    answered = {name.decode("latin-1"): text.decode("latin-1") for name, text in started["headers"]}
    return Answered(started["status"], answered, json.loads(bytes(written)) if written else None)


def numbered(request_id: str, number: int) -> str:
    """The id of one of many requests that one request became."""
    return f"{request_id[:LONGEST_PREFIX]}.{number}"
