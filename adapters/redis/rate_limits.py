"""How often may someone ask? Counted in Redis for all processes, by this process alone while Redis is away."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import TypeVar
from uuid import UUID

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from throttled import MemoryStore, RedisStore, Throttled, per_min

T = TypeVar("T")

SOCKET_TIMEOUT_S = 0.2
# After a failure Redis is left alone for this long: an outage costs one request its time-out, not all of them.
PAUSE_S = 5.0
MINUTE_S, DAY_S = 60, 86_400
LOCAL_KEYS = 20_000


@dataclass(frozen=True)
class Allowance:
    """What a caller has left under the tightest policy that applies, `minute` or `day`."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: int
    policy: str = "minute"
    window_s: int = MINUTE_S
    retry_after_s: int = 0


class RateLimits:
    """GCRA per minute, so that a burst is spread over time, and a plain count per day."""

    def __init__(self, redis_url: str) -> None:
        patience = {"retry": Retry(NoBackoff(), 0), "socket_timeout": SOCKET_TIMEOUT_S}
        if not redis_url.startswith("unix:"):
            patience["socket_connect_timeout"] = SOCKET_TIMEOUT_S
        self._client = redis.Redis.from_url(redis_url, **patience)
        self._shared = RedisStore(
            server=redis_url, options={"CONNECTION_POOL_KWARGS": patience, "REUSE_CONNECTION": False}
        )
        self._local = MemoryStore(options={"MAX_SIZE": LOCAL_KEYS})
        self._lock = Lock()
        self._limiters: dict[tuple[int, bool], Throttled] = {}
        self._days: dict[str, int] = {}
        self._trusted_from = 0.0

    def check(
        self,
        caller_key: str,
        *,
        per_minute: int,
        daily_quota: int | None = None,
        tenant_id: UUID | None = None,
    ) -> Allowance:
        """Spends one request of the caller, and one of the tenant's day if it is allowed."""
        minute = self._either(
            lambda: self._spend_minute(caller_key, per_minute, is_shared=True),
            lambda: self._spend_minute(caller_key, per_minute, is_shared=False),
        )
        if not minute.allowed or daily_quota is None or tenant_id is None:
            return minute
        key, reset_s = _day_of(tenant_id, datetime.now(UTC))
        used = self._either(lambda: self._count_day(key), lambda: self._count_day_here(key))
        if used > daily_quota:
            return Allowance(False, daily_quota, 0, reset_s, "day", DAY_S, reset_s)
        remaining = daily_quota - used
        if remaining < minute.remaining:
            return Allowance(True, daily_quota, remaining, reset_s, "day", DAY_S)
        return minute

    def is_spent(self, caller_key: str, *, per_minute: int) -> bool:
        """Would `check` refuse the caller now? Asking spends nothing."""
        return self._either(
            lambda: self._limiter(per_minute, is_shared=True).peek(caller_key).remaining < 1,
            lambda: self._limiter(per_minute, is_shared=False).peek(caller_key).remaining < 1,
        )

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()

    def _either(self, shared: Callable[[], T], local: Callable[[], T]) -> T:
        if monotonic() < self._trusted_from:
            return local()
        try:
            return shared()
        except Exception:
            # Whatever Redis does, a request is served: limits protect the service, they are not part of it.
            self._trusted_from = monotonic() + PAUSE_S
            return local()

    def _spend_minute(self, caller_key: str, per_minute: int, *, is_shared: bool) -> Allowance:
        result = self._limiter(per_minute, is_shared).limit(caller_key)
        state = result.state
        return Allowance(
            allowed=not result.limited,
            limit=per_minute,
            remaining=max(0, int(state.remaining)),
            reset_s=_up(state.reset_after),
            retry_after_s=max(1, _up(state.retry_after)) if result.limited else 0,
        )

    def _limiter(self, per_minute: int, is_shared: bool) -> Throttled:
        with self._lock:
            limiter = self._limiters.get((per_minute, is_shared))
            if limiter is None:
                store = self._shared if is_shared else self._local
                limiter = Throttled(using="gcra", quota=per_min(per_minute), store=store)
                self._limiters[per_minute, is_shared] = limiter
            return limiter

    def _count_day(self, key: str) -> int:
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, 2 * DAY_S)
            return int(pipeline.execute()[0])

    def _count_day_here(self, key: str) -> int:
        with self._lock:
            if len(self._days) > LOCAL_KEYS:
                self._days.clear()
            self._days[key] = self._days.get(key, 0) + 1
            return self._days[key]


def _day_of(tenant_id: UUID, at: datetime) -> tuple[str, int]:
    """The key that counts a tenant's day, and the seconds until the next one."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return f"escale:quota:{tenant_id}:{at:%Y%m%d}", _up((midnight - at).total_seconds())


def _up(seconds: float) -> int:
    return int(-(-seconds // 1))
