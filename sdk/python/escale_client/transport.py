"""How does a request reach the API, once, whatever happens on the way?

A command carries an Idempotency-Key from its first attempt on, so an answer that was lost is asked for again and
nothing is done twice. Reads after a command include its change: the client remembers the position it was told.
"""

import json
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2

from escale_client.problems import Problem, Unauthenticated, Unreachable, problem_of

T = TypeVar("T")

ATTEMPTS = 6
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
PASSING = frozenset({429, 502, 503, 504})
RATE_LIMIT = re.compile(r'"([^"]*)"(?:;r=(\d+))?(?:;t=(\d+))?')


@dataclass(frozen=True)
class RateLimit:
    """What is left, and for how long (RateLimit, IETF draft 11)."""

    policy: str
    remaining: int
    reset_s: int


@dataclass(frozen=True)
class Answered(Generic[T]):
    """An answer: `data`, and what its headers say."""

    data: T
    status: int
    headers: Mapping[str, str]

    @property
    def version(self) -> int | None:
        """The version of the resource; pass it as `if_match`."""
        tag = self.headers.get("etag", "")
        return int(tag[2:-1]) if tag.startswith('"v') else None

    @property
    def position(self) -> int | None:
        """Where the change stands in the log."""
        return int(text) if (text := self.headers.get("escale-position")) else None

    @property
    def command_id(self) -> str | None:
        """The id of the command, for `get_command`."""
        return self.headers.get("escale-command")

    @property
    def replayed(self) -> bool:
        """Is this the answer to an earlier request with the same key?"""
        return self.headers.get("idempotency-replayed") == "true"

    @property
    def sunset(self) -> str | None:
        """The day on which this operation will be gone, if it is deprecated."""
        return self.headers.get("sunset")

    @property
    def rate_limit(self) -> RateLimit | None:
        """What is left of the allowance."""
        match = RATE_LIMIT.match(self.headers.get("ratelimit", ""))
        return RateLimit(match[1], int(match[2] or 0), int(match[3] or 0)) if match else None


class Transport:
    """One connection pool, one credential."""

    def __init__(
        self,
        url: str,
        credential: str | None = None,
        *,
        attempts: int = ATTEMPTS,
        timeout_s: float = 30.0,
        language: str = "en",
        reads_own_writes: bool = True,
        http: httpx2.Client | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.http = http or httpx2.Client(base_url=url.rstrip("/"), timeout=timeout_s)
        self.credential = credential
        self.position: int | None = None
        self._refresh: Callable[[], str] | None = None
        self._attempts = attempts
        self._language = language
        self._reads_own_writes = reads_own_writes
        self._sleep = sleep

    def send(
        self,
        method: str,
        path: str,
        places: Mapping[str, object] | None = None,
        query: Mapping[str, Any] | None = None,
        *,
        body: Any = None,
        media: str = "application/json",
        idempotency_key: str | None = None,
        if_match: int | None = None,
        reads: bool = False,
        prefer: str | None = None,
    ) -> Answered[Any]:
        """Asks until there is an answer; raises Problem when it is no, and Unreachable when there is none."""
        for name, value in (places or {}).items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        asked = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        if reads and self._reads_own_writes and self.position is not None:
            asked.setdefault("min_position", str(self.position))
        headers = {"Accept-Language": self._language}
        if method != "GET":
            headers["Idempotency-Key"] = idempotency_key or str(uuid4())
        if if_match is not None:
            headers["If-Match"] = f'"v{if_match}"'
        if prefer is not None:
            headers["Prefer"] = prefer
        content = None
        if body is not None:
            headers["Content-Type"] = media
            content = json.dumps(body).encode() if "json" in media else body
        answer = self._patiently(method, path, asked, headers, content)
        if method != "GET" and answer.position is not None:
            self.position = max(answer.position, self.position or 0)
        return answer

    def pages(
        self,
        method: str,
        path: str,
        places: Mapping[str, object] | None = None,
        query: Mapping[str, Any] | None = None,
        *,
        reads: bool = False,
    ) -> Iterator[Any]:
        """Every item of every page, fetched as it is asked for."""
        cursor: str | None = None
        while True:
            page = self.send(method, path, places, {**(query or {}), "cursor": cursor}, reads=reads).data
            yield from page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def close(self) -> None:
        """Gives the connections back."""
        self.http.close()

    def _patiently(
        self, method: str, path: str, query: Mapping[str, Any], headers: dict[str, str], content: Any
    ) -> Answered[Any]:
        has_refreshed, attempt = False, 1
        while True:
            if self.credential is not None:
                headers["Authorization"] = f"Bearer {self.credential}"
            try:
                return self._once(method, path, query, headers, content)
            except Unauthenticated:
                if self._refresh is None or has_refreshed:
                    raise
                self.credential, has_refreshed = self._refresh(), True
                continue
            except Problem as problem:
                if problem.status not in PASSING or attempt >= self._attempts:
                    raise
                pause_s = problem.retry_after_s
            except httpx2.TransportError as error:
                if attempt >= self._attempts:
                    raise Unreachable(f"{method} {path} was not answered: {error}") from error
                pause_s = None
            if pause_s is not None and pause_s > LONGEST_PAUSE_S:
                raise problem_of(429, {"detail": f"Come again in {pause_s:.0f} seconds."}, pause_s)
            self._sleep(pause_s or FIRST_PAUSE_S * 2 ** (attempt - 1) * (0.5 + random.random()))
            attempt += 1

    def _once(
        self, method: str, path: str, query: Mapping[str, Any], headers: dict[str, str], content: Any
    ) -> Answered[Any]:
        answer = self.http.request(method, path, params=dict(query), headers=headers, content=content)
        kind = answer.headers.get("content-type", "")
        if answer.status_code >= 400:
            document = answer.json() if "json" in kind else {}
            after = answer.headers.get("retry-after", "")
            raise problem_of(answer.status_code, document, float(after) if after.isdigit() else None)
        data = answer.json() if "json" in kind else answer.content
        told = {name.lower(): text for name, text in answer.headers.items()}
        return Answered(data, answer.status_code, told)


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_text(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
