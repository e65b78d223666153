"""Which queues are there, and what happens to the jobs of a worker that is gone? What broker.py says."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Retries, ShutdownNotifications, TimeLimit

from adapters.jobs import broker
from adapters.jobs.broker import Acknowledged, build_broker


@pytest.fixture
def built(redis_url: str) -> Iterator[RedisBroker]:
    built = build_broker(redis_url, namespace=f"test-{uuid4().hex[:8]}")
    yield built
    built.client.close()


def test_there_are_four_queues(built: RedisBroker) -> None:
    assert set(built.queues) == set(broker.QUEUES) == {"projections", "outbox", "billing", "default"}


def test_jobs_of_a_silent_worker_go_back_after_half_a_minute(built: RedisBroker) -> None:
    assert built.heartbeat_timeout == broker.HEARTBEAT_TIMEOUT_MS == 30_000
    assert built.maintenance_chance == broker.MAINTENANCE_CHANCE == 10_000  # of a million commands
    assert built.dead_message_ttl == broker.DEAD_MESSAGE_TTL_MS == 3_600_000


def test_nothing_is_added_to_the_named_middleware(built: RedisBroker) -> None:
    """The library's own default list also holds metrics, callbacks and pipelines."""
    assert [type(each) for each in built.middleware] == [
        AgeLimit,
        TimeLimit,
        ShutdownNotifications,
        Retries,
        Acknowledged,
    ]
    age, time, _, retries, _ = built.middleware
    assert age.max_age == broker.MAX_AGE_MS == 3_600_000
    assert time.time_limit == broker.TIME_LIMIT_MS == 120_000
    assert (retries.max_retries, retries.min_backoff, retries.max_backoff) == (3, 500, 10_000)


def test_nobody_waits_long_for_a_redis_that_is_gone(built: RedisBroker) -> None:
    settings = built.client.connection_pool.connection_kwargs
    assert settings["socket_timeout"] == settings["socket_connect_timeout"] == broker.WORKER_TIMEOUT_S == 5.0
