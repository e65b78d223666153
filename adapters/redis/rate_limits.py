"""How often may someone ask? Counted in Redis for all processes, by this process alone while Redis is away."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from threading import Lock
from time import monotonic
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from throttled import MemoryStore, Throttled, per_min

T = TypeVar("T")

SOCKET_TIMEOUT_S = 0.2
# After a failure Redis is left alone for this long: an outage costs one request its time-out, not all of them.
PAUSE_S = 5.0
MINUTE_S, DAY_S = 60, 86_400
LOCAL_KEYS = 20_000

# The minute of the caller and the day of its company in one round trip, and as one act: no other request comes
# between. A library limits by one key at a time. The minute is GCRA: `tat` is when the caller's last request
# would have been due at an even pace. Times are those of the Redis server, in microseconds, so that processes
# whose clocks differ count alike; the day is whatever day the caller names.
SPEND = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local burst, spends, quota = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local step = 60000000 / burst
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local room = 60000000 - (tat - now)
local left = math.floor(room / step + 0.000001)
if left < 1 then
  return {0, 0, math.ceil(tat - now), math.ceil(step - room), -1, -1}
end
if spends == 0 then
  return {1, left, math.ceil(tat - now), 0, -1, -1}
end
local cap, month = tonumber(ARGV[5]), -1
if cap >= 0 then
  -- The log may know of more than Redis does, which may have been emptied.
  month = math.max(tonumber(redis.call('GET', KEYS[3]) or 0), tonumber(ARGV[6]))
  if month >= cap then
    return {1, left, math.ceil(tat - now), 0, -1, month + 1}
  end
end
local used = -1
if quota >= 0 then
  used = tonumber(redis.call('GET', KEYS[2]) or 0)
  if used >= quota then
    return {1, left, math.ceil(tat - now), 0, used + 1, -1}
  end
  used = redis.call('INCR', KEYS[2])
  if used == 1 then
    redis.call('EXPIRE', KEYS[2], ARGV[4])
  end
end
if cap >= 0 then
  month = month + 1
  redis.call('SET', KEYS[3], month, 'EX', ARGV[7])
end
tat = tat + step
redis.call('SET', KEYS[1], string.format('%.3f', tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
return {1, left - 1, math.ceil(tat - now), 0, used, month}
"""


@dataclass(frozen=True)
class Allowance:
    """What a caller has left under the tightest policy that applies: `minute`, `day` or, for a cap, `month`."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: int
    policy: str = "minute"
    window_s: int = MINUTE_S
    retry_after_s: int = 0


@dataclass(frozen=True)
class Day:
    """A company's day: where its requests are counted, and how long it still lasts."""

    key: str
    ends_in_s: int
    length_s: int

    @classmethod
    def of(cls, tenant_id: UUID, at: datetime, zone: str) -> "Day":
        """The local day at a moment; of 23 or 25 hours when clocks change."""
        local = ZoneInfo(zone)
        day = at.astimezone(local).date()
        starts, ends = (
            datetime.combine(day + timedelta(days=more), time(), local).astimezone(UTC) for more in (0, 1)
        )
        return cls(
            f"escale:quota:{tenant_id}:{day:%Y%m%d}",
            _up((ends - at).total_seconds()),
            int((ends - starts).total_seconds()),
        )


@dataclass(frozen=True)
class CappedMonth:
    """A company's month of calls: where they are counted, how many there may be, and how many the log knows of."""

    key: str
    cap: int
    counted: int
    ends_in_s: int
    length_s: int

    @property
    def allowance(self) -> Allowance:
        """Nothing more until the month is over."""
        return Allowance(False, self.cap, 0, self.ends_in_s, "month", self.length_s, self.ends_in_s)


class RateLimits:
    """GCRA per minute, so that a burst is spread over time, and a plain count per day."""

    def __init__(self, redis_url: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        patience = {"retry": Retry(NoBackoff(), 0), "socket_timeout": SOCKET_TIMEOUT_S}
        if not redis_url.startswith("unix:"):
            patience["socket_connect_timeout"] = SOCKET_TIMEOUT_S
        self._client = redis.Redis.from_url(redis_url, **patience)
        self._spend = self._client.register_script(SPEND)
        self._clock = clock
        self._local = MemoryStore(options={"MAX_SIZE": LOCAL_KEYS})
        self._lock = Lock()
        self._limiters: dict[int, Throttled] = {}
        self._days: dict[str, int] = {}
        self._trusted_from = 0.0

    def check(
        self,
        caller_key: str,
        *,
        per_minute: int,
        daily_quota: int | None = None,
        tenant_id: UUID | None = None,
        zone: str = "UTC",
        month: CappedMonth | None = None,
    ) -> Allowance:
        """Spends one request of the caller, and one of the tenant's day and month if it is allowed."""
        is_counted = daily_quota is not None and tenant_id is not None
        day = Day.of(tenant_id, self._clock(), zone) if is_counted and tenant_id is not None else None
        minute, used, in_month = self._either(
            lambda: self._spend_shared(caller_key, per_minute, day, daily_quota, month, spends=True),
            lambda: self._spend_here(caller_key, per_minute, day, month),
        )
        if minute.allowed and month is not None and in_month > month.cap:
            return month.allowance
        if not minute.allowed or daily_quota is None or day is None:
            return minute
        if used > daily_quota:
            return Allowance(False, daily_quota, 0, day.ends_in_s, "day", day.length_s, day.ends_in_s)
        remaining = daily_quota - used
        if remaining < minute.remaining:
            return Allowance(True, daily_quota, remaining, day.ends_in_s, "day", day.length_s)
        return minute

    def is_spent(self, caller_key: str, *, per_minute: int) -> bool:
        """Would `check` refuse the caller now? Asking spends nothing."""
        return self._either(
            lambda: not self._spend_shared(caller_key, per_minute, None, None, None, spends=False)[0].allowed,
            lambda: self._limiter(per_minute).peek(caller_key).remaining < 1,
        )

    def used_today(self, tenant_id: UUID, *, zone: str) -> int | None:
        """How many requests a company's day has counted; None while nobody can say. Asking spends nothing."""
        day = Day.of(tenant_id, self._clock(), zone)
        try:
            counted = self._client.get(day.key)
        except redis.RedisError:
            return None
        return int(str(counted, "ascii")) if isinstance(counted, bytes) else 0

    def give_back(self, month: CappedMonth) -> None:
        """A call of a capped month that was refused after all is not one of those that are paid for."""

        def here() -> None:
            with self._lock:
                self._days[month.key] = max(0, self._days.get(month.key, 0) - 1)

        self._either(lambda: self._client.decr(month.key), here)

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

    def _spend_shared(
        self,
        caller_key: str,
        per_minute: int,
        day: Day | None,
        quota: int | None,
        month: CappedMonth | None,
        *,
        spends: bool,
    ) -> tuple[Allowance, int, int]:
        keys = [
            f"escale:minute:{caller_key}",
            day.key if day else "escale:quota",
            month.key if month else "escale:month",
        ]
        counted = -1 if day is None or quota is None else quota
        capped = (month.cap, month.counted, month.ends_in_s + DAY_S) if month else (-1, 0, DAY_S)
        answer = self._spend(keys=keys, args=[per_minute, int(spends), counted, 2 * DAY_S, *capped])
        allowed, left, reset_us, wait_us, used, in_month = map(int, answer)
        allowance = Allowance(
            allowed=bool(allowed),
            limit=per_minute,
            remaining=left,
            reset_s=_up(reset_us / 1_000_000),
            retry_after_s=0 if allowed else max(1, _up(wait_us / 1_000_000)),
        )
        return allowance, used, in_month

    def _spend_here(
        self, caller_key: str, per_minute: int, day: Day | None, month: CappedMonth | None
    ) -> tuple[Allowance, int, int]:
        result = self._limiter(per_minute).limit(caller_key)
        state = result.state
        allowance = Allowance(
            allowed=not result.limited,
            limit=per_minute,
            remaining=max(0, int(state.remaining)),
            reset_s=_up(state.reset_after),
            retry_after_s=max(1, _up(state.retry_after)) if result.limited else 0,
        )
        if result.limited:
            return allowance, 0, 0
        with self._lock:
            if len(self._days) > LOCAL_KEYS:
                self._days.clear()
            in_month = 0
            if month is not None:
                in_month = max(self._days.get(month.key, 0), month.counted) + 1
                if in_month > month.cap:
                    return allowance, 0, in_month
                self._days[month.key] = in_month
            if day is None:
                return allowance, 0, in_month
            self._days[day.key] = self._days.get(day.key, 0) + 1
            return allowance, self._days[day.key], in_month

    def _limiter(self, per_minute: int) -> Throttled:
        with self._lock:
            limiter = self._limiters.get(per_minute)
            if limiter is None:
                limiter = Throttled(using="gcra", quota=per_min(per_minute), store=self._local)
                self._limiters[per_minute] = limiter
            return limiter


def _up(seconds: float) -> int:
    return int(-(-seconds // 1))
