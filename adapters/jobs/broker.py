"""How do jobs travel? Through Redis, which may be slow, down or wiped without anything being lost."""

from collections.abc import Callable
from time import monotonic
from uuid import UUID

import dramatiq
import structlog
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import DramatiqError
from dramatiq.middleware import AgeLimit, Middleware, Retries, ShutdownNotifications, TimeLimit
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from adapters.failpoints import failpoint

log = structlog.get_logger(__name__)

NAMESPACE = "escale-jobs"
PROJECTIONS, OUTBOX, COMMANDS, BILLING, DEFAULT = "projections", "outbox", "commands", "billing", "default"
QUEUES = (PROJECTIONS, OUTBOX, COMMANDS, BILLING, DEFAULT)

# Recovery: a worker silent for 30 s is taken for dead and its jobs go back to their queue;
# one command in a hundred looks for such workers.
HEARTBEAT_TIMEOUT_MS = 30_000
MAINTENANCE_CHANCE = 10_000
DEAD_MESSAGE_TTL_MS = 3_600_000
# The sweeper asks again every second, so a job that failed or aged need not insist.
MAX_RETRIES = 3
MIN_BACKOFF_MS, MAX_BACKOFF_MS = 500, 10_000
# By the clocks of two machines: a worker ten minutes ahead must not take a fresh job for a stale one.
MAX_AGE_MS = 3_600_000
TIME_LIMIT_MS = 120_000

WORKER_TIMEOUT_S = 5.0
# A command has committed when it wakes the workers: it must hardly notice a Redis that is gone.
WAKE_TIMEOUT_S = 0.1
CIRCUIT_S = 1.0
# At most one job per tenant waits in a queue; a key that outlives its job costs this long.
DEBOUNCE_MS = 2_000
# A quiet tenant is served at once; a busy one rests between two drains, so that its events share transactions:
# this long at least, and longer where draining takes long, so that a loaded house does less work, not more.
BREATH_MS = 100
LONGEST_BREATH_MS = 1_000
BREATHS_PER_DRAIN = 2

DRAIN_TENANT, DISPATCH_OUTBOX, DO_COMMANDS = "drain_tenant", "dispatch_outbox", "do_commands"


def connect(url: str, *, timeout_s: float, retries: int = 0) -> "Redis":
    """A Redis client that never waits longer than told."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), retries),
        health_check_interval=0,
    )


def build_broker(url: str, *, timeout_s: float = WORKER_TIMEOUT_S, namespace: str = NAMESPACE) -> RedisBroker:
    """The broker of a worker, or with a short time-out that of a process which only sends."""
    broker = RedisBroker(  # type: ignore[no-untyped-call]
        client=connect(url, timeout_s=timeout_s),
        namespace=namespace,
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_CHANCE,
        dead_message_ttl=DEAD_MESSAGE_TTL_MS,
        middleware=[
            AgeLimit(max_age=MAX_AGE_MS),
            TimeLimit(time_limit=TIME_LIMIT_MS),
            ShutdownNotifications(),
            Retries(max_retries=MAX_RETRIES, min_backoff=MIN_BACKOFF_MS, max_backoff=MAX_BACKOFF_MS),
            Acknowledged(),
        ],
    )
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker


class Acknowledged(Middleware):
    """Knows the moment at which Redis has let go of a job."""

    def after_ack(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        failpoint("job.acked")


def channel_of(tenant_id: UUID) -> str:
    """Where it is said that a tenant's log has moved; nothing is kept there, and nothing depends on it."""
    return f"{NAMESPACE}:moved:{tenant_id}"


class WakeUps:
    """Tells the workers that a tenant has work. Never fails; a lost call costs the sweeper's second."""

    def __init__(
        self, url: str, *, namespace: str = NAMESPACE, clock: Callable[[], float] = monotonic
    ) -> None:
        self._redis = connect(url, timeout_s=WAKE_TIMEOUT_S)
        self._broker = build_broker(url, timeout_s=WAKE_TIMEOUT_S, namespace=namespace)
        self._namespace = namespace
        self._clock = clock
        self._closed_until = 0.0

    def wake_up(self, tenant_id: UUID) -> None:
        """Call after every commit: the tenant's consumers have something to read."""
        self._send(PROJECTIONS, DRAIN_TENANT, tenant_id)

    def wake_outbox(self, tenant_id: UUID) -> None:
        """The tenant has effects to perform."""
        self._send(OUTBOX, DISPATCH_OUTBOX, tenant_id)

    def wake_commands(self, tenant_id: UUID) -> None:
        """The tenant has commands that were accepted and not done."""
        self._send(COMMANDS, DO_COMMANDS, tenant_id)

    def started(self, actor: str, tenant_id: UUID) -> None:
        """The job begins: whatever is committed from now on needs another job."""
        try:
            self._redis.delete(self._key(actor, tenant_id))
        except (RedisError, OSError):
            self._trip()

    def finished(self, actor: str, tenant_id: UUID, *, took_s: float = 0.0) -> None:
        """The job ends: the next one of this tenant may take a breath first."""
        breath_ms = min(LONGEST_BREATH_MS, max(BREATH_MS, round(took_s * 1_000) * BREATHS_PER_DRAIN))
        try:
            self._redis.set(self._key(actor, tenant_id, "served"), 1, px=breath_ms)
        except (RedisError, OSError):
            self._trip()

    def close(self) -> None:
        """Closes the connections; idempotent."""
        self._redis.close()
        self._broker.client.close()

    def _send(self, queue: str, actor: str, tenant_id: UUID) -> None:
        if self._clock() < self._closed_until:
            return
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.publish(channel_of(tenant_id), b"")
                pipe.set(self._key(actor, tenant_id), 1, nx=True, px=DEBOUNCE_MS)
                pipe.pttl(self._key(actor, tenant_id, "served"))
                _, is_first, rest_ms = pipe.execute()
            if is_first:
                message: dramatiq.Message[None] = dramatiq.Message(queue, actor, (str(tenant_id),), {}, {})
                self._broker.enqueue(message, delay=rest_ms if rest_ms > 0 else None)
        except (RedisError, DramatiqError, OSError):
            self._trip()

    def _trip(self) -> None:
        self._closed_until = self._clock() + CIRCUIT_S
        log.warning("wake_ups_paused", seconds=CIRCUIT_S)

    def _key(self, actor: str, tenant_id: UUID, state: str = "waiting") -> str:
        return f"{self._namespace}:{state}:{actor}:{tenant_id}"
