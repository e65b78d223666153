"""Which queues are there, and what happens to the jobs of a worker that is gone? What broker.py says."""

from collections.abc import Iterator
from threading import Event
from time import monotonic, sleep
from uuid import uuid4

import dramatiq
import pytest
from dramatiq import Worker
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
    assert (
        set(built.queues) == set(broker.QUEUES) == {"projections", "outbox", "commands", "billing", "default"}
    )


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


def test_l31_an_urgent_job_does_not_wait_behind_fifty_thousand(built: RedisBroker) -> None:
    """Messages of one Redis queue are in no order but their own; queues apart do not wait for each other."""
    began, slow, urgent = Event(), 0.005, Event()
    low = dramatiq.actor(actor_name="low", queue_name=broker.DEFAULT, broker=built)(
        lambda: began.set() or sleep(slow)
    )
    high = dramatiq.actor(actor_name="high", queue_name=broker.OUTBOX, broker=built)(urgent.set)
    message = low.message()
    waiting = f"{built.namespace}:{broker.DEFAULT}"
    with built.client.pipeline(transaction=False) as pipeline:
        for number in range(50_000):
            name = f"{number:08}"
            pipeline.hset(f"{waiting}.msgs", name, message.copy(options={"redis_message_id": name}).encode())
            pipeline.rpush(waiting, name)
        pipeline.execute()
    worker = Worker(built, worker_threads=2, worker_timeout=50)
    worker.start()
    try:
        assert began.wait(10)
        asked = monotonic()
        high.send()
        assert urgent.wait(5)
        assert monotonic() - asked < 1.0
        assert built.client.llen(waiting) > 40_000
    finally:
        built.client.delete(waiting, f"{waiting}.msgs")
        worker.stop(timeout=1_000)


def test_nobody_waits_long_for_a_redis_that_is_gone(built: RedisBroker) -> None:
    settings = built.client.connection_pool.connection_kwargs
    assert settings["socket_timeout"] == settings["socket_connect_timeout"] == broker.WORKER_TIMEOUT_S == 5.0
