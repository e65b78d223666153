"""What surrounds every request? An id, bounds on its size, headers on its answer, and a last catch."""

import re
from collections.abc import Iterable
from uuid import uuid4

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.rest import language
from api.rest.problems import AddressTooLong, BodyTooLarge, HeadersTooLarge, answer, unexpected
from domain.kernel.refusals import Refusal

MAX_BODY = 1_048_576
# Files are read as they come, and never held in memory as a whole; a GraphQL request is read at once.
OTHER_BODIES = {
    "/api/v2/graphql": 262_144,
    "/api/v1/members/imports": 4 * 1_048_576,
    "/api/v1/enterprise/trips/imports": 32 * 1_048_576,
    "/api/v1/enterprise/carbon/imports": 4 * 1_048_576,
}
MAX_ADDRESS = 4_096
MAX_HEADERS = 32_768
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

# For answers that are no pages; a page brings its own policy.
DEFAULTS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Envelope:
    """Middleware around everything; nothing leaves the house without passing here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = scope.get("request_id") or request_id_of(scope)
        language.current.set(language.preferred(Headers(scope=scope)))
        scope["answer_headers"] = {"X-Request-Id": request_id}
        has_started = False

        async def sealed(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                message["headers"] = _sealed(message["headers"], scope)
            await send(message)

        try:
            _refuse_oversize(scope)
            await self.app(scope, _counted(receive, max_body(scope)), sealed)
        except Refusal as refusal:
            if has_started:
                raise
            await answer(refusal, request_id)(scope, receive, sealed)
        except Exception as error:
            if has_started:
                raise
            await unexpected(error, request_id)(scope, receive, sealed)


def request_id_of(scope: Scope) -> str:
    """The id the client chose, if it may stand in a log; else a new one."""
    presented = Request(scope).headers.getlist("X-Request-Id")
    return presented[0] if len(presented) == 1 and REQUEST_ID.fullmatch(presented[0]) else str(uuid4())


def max_body(scope: Scope) -> int:
    """How large the body of this request may be."""
    return OTHER_BODIES.get(scope["path"], MAX_BODY)


def _refuse_oversize(scope: Scope) -> None:
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS:
        raise AddressTooLong
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        raise HeadersTooLarge
    stated = dict(scope["headers"]).get(b"content-length", b"0")
    if not stated.isdigit() or len(stated) > 15 or int(stated) > max_body(scope):
        raise BodyTooLarge


def _counted(receive: Receive, limit: int) -> Receive:
    """The body, up to the limit, whether or not its length was stated."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise BodyTooLarge
        return message

    return counted


def _sealed(headers: Iterable[tuple[bytes, bytes]], scope: Scope) -> list[tuple[bytes, bytes]]:
    own = list(headers)
    present = {name.lower() for name, _ in own}
    added = {**DEFAULTS, **scope["answer_headers"]}
    return own + [
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in added.items()
        if name.lower().encode() not in present
    ]
