"""How does one process learn at once that another one has committed? A hint through Redis, no more."""

import asyncio
from collections.abc import Callable, Iterable
from uuid import UUID

import structlog
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from adapters.jobs.broker import channel_of

log = structlog.get_logger(__name__)

# How long a tenant somebody has just asked for may be without hints; it is polled meanwhile.
RESUBSCRIBE_S = 0.25
PAUSE_S = 1.0


async def listen(redis_url: str, tenants: Callable[[], Iterable[UUID]], moved: Callable[[], None]) -> None:
    """Calls `moved` whenever one of the tenants has committed, until there are none. Outages are waited out."""
    while list(tenants()):
        try:
            async with Redis.from_url(redis_url) as client, client.pubsub() as pubsub:
                await _follow(pubsub, tenants, moved)
        except (RedisError, OSError):
            log.warning("live_hints_lost", again_in_s=PAUSE_S)
            await asyncio.sleep(PAUSE_S)


async def _follow(pubsub: PubSub, tenants: Callable[[], Iterable[UUID]], moved: Callable[[], None]) -> None:
    heard: set[str] = set()
    while wanted := {channel_of(tenant_id) for tenant_id in tenants()}:
        if wanted - heard:
            await pubsub.subscribe(*(wanted - heard))
        if heard - wanted:
            await pubsub.unsubscribe(*(heard - wanted))
        heard = wanted
        if await pubsub.get_message(ignore_subscribe_messages=True, timeout=RESUBSCRIBE_S):
            moved()
