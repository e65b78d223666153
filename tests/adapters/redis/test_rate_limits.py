"""Does a quota of N let exactly N through, whoever counts and whatever the hour?"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import redis

from adapters.redis.rate_limits import Day, RateLimits

PARIS = "Europe/Paris"
# A process of its own, with a client of its own: 50 requests of one company, as fast as it can.
SPENDER = """
import sys
from uuid import UUID
from adapters.redis.rate_limits import RateLimits
limits, tenant = RateLimits(sys.argv[1]), UUID(sys.argv[2])
sys.stdin.readline()
print(sum(
    limits.check(f"{tenant}:{number % 3}", per_minute=100_000, daily_quota=123, tenant_id=tenant).allowed
    for number in range(50)
))
"""


class MovingClock:
    """A clock that shows what it was set to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def spend(limits: RateLimits, tenant: UUID, *, quota: int, times: int, zone: str = PARIS) -> list[bool]:
    return [
        limits.check(
            str(tenant), per_minute=1_000_000, daily_quota=quota, tenant_id=tenant, zone=zone
        ).allowed
        for _ in range(times)
    ]


class TestDailyQuotas:
    def test_l43_exactly_n_pass_under_eight_processes(self, redis_url: str) -> None:
        tenant = str(uuid4())
        spenders = [
            subprocess.Popen(
                [sys.executable, "-c", SPENDER, redis_url, tenant],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(8)
        ]
        for one in spenders:
            assert one.stdin
            one.stdin.write("go\n")
            one.stdin.flush()
        assert sum(int(one.communicate(timeout=60)[0]) for one in spenders) == 123

    def test_l43_a_new_day_begins_at_midnight_where_the_company_lives(self, redis_url: str) -> None:
        clock, tenant = MovingClock(datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)), uuid4()
        limits = RateLimits(redis_url, clock)
        assert spend(limits, tenant, quota=3, times=5) == [True, True, True, False, False]
        refused = limits.check("x", per_minute=9, daily_quota=3, tenant_id=tenant, zone=PARIS)
        assert (refused.policy, refused.retry_after_s, refused.reset_s) == ("day", 1, 1)
        clock.at += timedelta(seconds=1)
        # Eight at once, the moment the day begins: the day of 23 hours in which clocks go forward.
        with ThreadPoolExecutor(8) as crowd:
            passed = crowd.map(lambda _: spend(limits, tenant, quota=3, times=3), range(8))
            assert sum(sum(one) for one in passed) == 3
        assert Day.of(tenant, clock.at, PARIS).length_s == 23 * 3_600
        # Elsewhere it is still the day before.
        assert spend(limits, tenant, quota=4, times=2, zone="America/New_York") == [True, False]
        limits.close()

    def test_l43_after_a_loss_of_redis_the_day_begins_anew(self, redis_url: str) -> None:
        """The stated policy: nobody is refused for what Redis forgot."""
        limits, tenant = RateLimits(redis_url), uuid4()
        assert spend(limits, tenant, quota=2, times=3) == [True, True, False]
        with redis.Redis.from_url(redis_url) as server:
            server.delete(Day.of(tenant, datetime.now(UTC), PARIS).key)
        assert spend(limits, tenant, quota=2, times=3) == [True, True, False]
        limits.close()

    def test_l43_while_redis_is_away_each_process_counts_alone(self) -> None:
        limits, tenant = RateLimits("redis://127.0.0.1:1/0"), uuid4()
        assert spend(limits, tenant, quota=2, times=3) == [True, True, False]
        limits.close()

    def test_who_is_too_fast_spends_nothing_of_the_day(self, redis_url: str) -> None:
        limits, tenant = RateLimits(redis_url), uuid4()
        answers = [
            limits.check(f"a:{tenant}", per_minute=2, daily_quota=9, tenant_id=tenant, zone=PARIS)
            for _ in range(5)
        ]
        assert [one.allowed for one in answers] == [True, True, False, False, False]
        assert 1 <= answers[-1].retry_after_s <= 30
        left = limits.check(f"b:{tenant}", per_minute=50, daily_quota=9, tenant_id=tenant, zone=PARIS)
        assert (left.policy, left.remaining) == ("day", 6)
        limits.close()


class TestBursts:
    @pytest.mark.parametrize("per_minute", [1, 7, 240, 7_001])
    def test_let_exactly_the_allowance_of_a_minute_through(self, redis_url: str, per_minute: int) -> None:
        limits, caller = RateLimits(redis_url), uuid4().hex
        wanted = min(per_minute, 240)
        passed = [limits.check(caller, per_minute=per_minute) for _ in range(wanted)]
        assert all(one.allowed for one in passed)
        if per_minute <= 7:
            assert not limits.check(caller, per_minute=per_minute).allowed
            assert limits.is_spent(caller, per_minute=per_minute)
        assert passed[0].remaining == per_minute - 1
        # A slow machine lets a large allowance grow again between two calls.
        assert all(per_minute - 2 <= one.remaining < per_minute for one in passed[1:2])
        limits.close()
