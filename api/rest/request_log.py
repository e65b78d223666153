"""What does one request leave behind? A line and two figures: the route's template, never what stood in it."""

from asyncio import to_thread
from time import perf_counter
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.bootstrap import NotedRequest, failpoint
from api.rest.envelope import request_id_of

log = structlog.get_logger("escale.api")

NO_ROUTE = "(none)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_ANSWERED = 499
REFUSED = 400
FAILED = 500
# The caller asked to wait for a position of its log and said how long: no failure of the house.
NOT_REACHED = 504


class RequestLog:
    """Middleware around the envelope: it sees the answer that leaves, whoever gave it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        status = NOT_ANSWERED

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        request_id = scope["request_id"] = request_id_of(scope)
        facts: dict[str, Any] = scope.setdefault("log_facts", {})
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self.app(scope, receive, noted)
        finally:
            seconds = perf_counter() - started
            route = str(getattr(scope.get("route"), "path", NO_ROUTE))
            method = scope["method"] if scope["method"] in METHODS else "OTHER"
            house = scope["app"].state.house
            house.metrics.request(route, method, status, seconds)
            duration_ms = round(seconds * 1_000, 2)
            if "counted_for" in scope:
                caller, standing = scope["counted_for"]
                now = house.clock()
                if status < REFUSED:
                    house.calls.note(caller.tenant_id, caller.member_id, standing, now)
                elif status >= FAILED and status != NOT_REACHED:
                    house.calls.note_failure(caller.tenant_id, standing, now)
                asked = NotedRequest(now, method, route, status, duration_ms, request_id, caller.api_key_id)
                house.trail.note(caller.tenant_id, asked)
            if status >= REFUSED and (capped := scope.get("capped_month")) is not None:
                await to_thread(house.limits.give_back, capped)
            log.info(
                "request",
                route=route,
                method=method,
                status=status,
                duration_ms=duration_ms,
                **facts,
            )
            structlog.contextvars.unbind_contextvars("request_id")
        if method not in SAFE:
            failpoint("cmd.after_answer")
