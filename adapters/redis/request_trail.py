"""Which requests did a company's programs make lately? Kept in Redis, so many and for so long, and nobody waits for it.

A note is put in memory and written by a thread of its own, many at a time. What is noted names no person: no member, no
address, no query, the route's template and never what stood in it. Redis may be away or wiped: then requests are
missing here, and nothing else.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Event, Thread
from typing import Any
from uuid import UUID

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

KEPT = 1_000  # of each company
KEPT_FOR = timedelta(days=7)
EVERY_S = 1.0
PATIENCE_S = 0.5
MOST_WAITING = 20_000
AT_ONCE = 500


@dataclass(frozen=True)
class NotedRequest:
    """One request of a company. `key_id` None: a person who had signed in."""

    at: datetime
    method: str
    route: str
    status: int
    duration_ms: float
    request_id: str
    key_id: UUID | None
    place: str = ""


class RequestTrail:
    """The latest requests of every company."""

    def __init__(self, redis_url: str) -> None:
        patience: dict[str, Any] = {"retry": Retry(NoBackoff(), 0), "socket_timeout": PATIENCE_S}
        if not redis_url.startswith("unix:"):
            patience["socket_connect_timeout"] = PATIENCE_S
        self._client = redis.Redis.from_url(redis_url, decode_responses=True, **patience)
        self._waiting: deque[tuple[UUID, NotedRequest]] = deque(maxlen=MOST_WAITING)
        self._stop = Event()
        self._thread: Thread | None = None

    def note(self, tenant_id: UUID, noted: NotedRequest) -> None:
        """Costs the request nothing; the oldest of too many waiting are given up."""
        self._waiting.append((tenant_id, noted))

    def latest(self, tenant_id: UUID, *, before: str | None = None) -> Iterator[NotedRequest]:
        """Newest first, those before a place. None while Redis does not answer."""
        end = "+" if before is None else f"({before}"
        while True:
            try:
                found: Any = self._client.xrevrange(_key(tenant_id), end, "-", count=AT_ONCE)
            except redis.RedisError as error:
                log.warning("request_trail_silent", error=type(error).__name__)
                return
            for place, fields in found:
                yield _noted(place, fields)
            if len(found) < AT_ONCE:
                return
            end = f"({found[-1][0]}"

    def start(self, every_s: float = EVERY_S) -> None:
        """Writes every second from now on."""
        self._stop.clear()
        self._thread = Thread(target=self._run, args=(every_s,), name="request-trail", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes for the last time; idempotent."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2)
            self._thread = None
            self.flush()

    def close(self) -> None:
        """Gives the connections back."""
        self.stop()
        self._client.close()

    def flush(self) -> None:
        """Writes what waits. What Redis does not take is given up: nothing depends on it."""
        while self._waiting:
            party = list(islice(iter(self._popped, None), AT_ONCE))
            try:
                with self._client.pipeline(transaction=False) as pipe:
                    for tenant_id, noted in party:
                        pipe.xadd(_key(tenant_id), _fields(noted), maxlen=KEPT, approximate=True)
                    for tenant_id in {tenant_id for tenant_id, _ in party}:
                        pipe.expire(_key(tenant_id), KEPT_FOR)
                    pipe.execute()
            except redis.RedisError as error:
                log.warning("requests_not_noted", requests=len(party), error=type(error).__name__)

    def _popped(self) -> tuple[UUID, NotedRequest] | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _run(self, every_s: float) -> None:
        while not self._stop.wait(every_s):
            self.flush()


def _key(tenant_id: UUID) -> str:
    return f"escale:requests:{tenant_id}"


def _fields(noted: NotedRequest) -> dict[Any, Any]:
    return {
        "at": noted.at.isoformat(),
        "method": noted.method,
        "route": noted.route,
        "status": noted.status,
        "ms": noted.duration_ms,
        "id": noted.request_id,
        "key": str(noted.key_id or ""),
    }


def _noted(place: str, fields: dict[str, str]) -> NotedRequest:
    return NotedRequest(
        at=datetime.fromisoformat(fields["at"]).astimezone(UTC),
        method=fields["method"],
        route=fields["route"],
        status=int(fields["status"]),
        duration_ms=float(fields["ms"]),
        request_id=fields["id"],
        key_id=UUID(fields["key"]) if fields["key"] else None,
        place=place,
    )
