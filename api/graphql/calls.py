"""How is an operation asked from inside? Through its own route, with the credential of whoever asked us.

So whoever asks in GraphQL meets the same checks in the same order, whatever they are: the form of the request,
who asks, how often, what their roles and their plan open, the version, the idempotency key, the position.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Message, Scope

from api.graphql.operations import CSV, JSON, Operation
from domain.kernel.refusals import NotFound

# What of the client's own request is said to every operation.
PASSED_ON = frozenset({b"authorization", b"accept-language", b"x-tenant-id", b"user-agent", b"host"})
# What makes a response of whatever an operation did not answer itself.
SaysNo = Callable[[Exception, str], Response]
# What writes down that an operation was asked, and whether it refused.
Note = Callable[[Scope, bool], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """What an operation answered: a document, or a problem."""

    status: int
    headers: Mapping[str, str]
    document: Any

    @property
    def is_refusal(self) -> bool:
        """Was it a no?"""
        return self.status >= 400


@dataclass(frozen=True)
class Calls:
    """The operations, as one client's request or connection may ask them."""

    connection: HTTPConnection
    says_no: SaysNo
    note: Note

    async def ask(
        self,
        operation: Operation,
        values: Mapping[str, Any],
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        is_counted: bool = True,
    ) -> Answer:
        """What the operation answers to these values of its parameters."""
        scope = self._scope(operation, values, body, headers or {}, is_counted=is_counted)
        sent: list[bytes] = []
        begun: dict[str, Any] = {}
        content = _content(operation, body)

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.update(message)
            else:
                sent.append(message.get("body", b""))

        try:
            match, matched = operation.route.matches(scope)
            if match is not Match.FULL:
                raise NotFound
            scope.update(matched)
            await operation.route.handle(scope, receive, send)
        except Exception as error:
            response = self.says_no(error, scope["request_id"])
            begun, sent = {"status": response.status_code, "headers": []}, [bytes(response.body)]
        answer = _answer(begun, b"".join(sent), scope["answer_headers"])
        await self.note(scope, answer.is_refusal)
        # What is left of the allowance, as of the last operation that took from it.
        told = self.connection.scope.get("answer_headers", {})
        _tell_allowance(told, answer.headers)
        return answer

    def _scope(
        self,
        operation: Operation,
        values: Mapping[str, Any],
        body: Any,
        headers: Mapping[str, str],
        *,
        is_counted: bool,
    ) -> Scope:
        outer = self.connection.scope
        own = [(name, value) for name, value in outer["headers"] if name in PASSED_ON]
        own += [(b"accept", b"application/json"), *_encoded(headers)]
        if body is not None:
            own.append((b"content-type", (CSV if operation.takes_csv else JSON).encode()))
        path = raw_path = operation.path
        for each in operation.path_parameters:
            written = _written(values[each.name])
            path = path.replace(f"{{{each.name}}}", written)
            raw_path = raw_path.replace(f"{{{each.name}}}", quote(written, safe=""))
        in_query = {each.name for each in operation.parameters if not each.is_path} & set(values)
        query = [
            (name, _written(one))
            for name in sorted(in_query)
            for one in _all(values[name])
            if one is not None
        ]
        return {
            **outer,
            "type": "http",
            "http_version": outer.get("http_version", "1.1"),
            "method": operation.method,
            "path": path,
            "raw_path": raw_path.encode(),
            "query_string": urlencode(query).encode(),
            "headers": own,
            "path_params": {},
            "state": {},
            "answer_headers": {},
            "is_counted": is_counted,
        }


def _tell_allowance(told: dict[str, str], headers: Mapping[str, str]) -> None:
    """Several operations are asked at once; the least that any of them left is what is left."""
    left, before = headers.get("Ratelimit", ""), told.get("RateLimit", "")
    if left and (not before or _remaining(left) <= _remaining(before)):
        told |= {"RateLimit": left, "RateLimit-Policy": headers.get("Ratelimit-Policy", "")}


def _remaining(limit: str) -> int:
    found = re.search(r"r=(\d+)", limit)
    return int(found[1]) if found else 0


def _content(operation: Operation, body: Any) -> bytes:
    if body is None:
        return b""
    return str(body).encode() if operation.takes_csv else json.dumps(body).encode()


def _answer(begun: Mapping[str, Any], content: bytes, answer_headers: Mapping[str, str]) -> Answer:
    headers = {name.decode("latin-1").title(): value.decode("latin-1") for name, value in begun["headers"]}
    headers |= {name.title(): value for name, value in answer_headers.items()}
    is_json = headers.get("Content-Type", JSON).partition(";")[0].endswith("json")
    return Answer(begun["status"], headers, json.loads(content) if content and is_json else None)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("utf-8")) for name, value in headers.items()]


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
