"""How does what happens reach everyone who listens, without a thread, a connection or a queue per listener?

One poller per process asks for the heads of all tenants with listeners at once, and reads what
is new once per tenant. A listener is a position and nothing else: it takes what lies after it
from the tenant's recent alerts, or from the log when it is further behind. So nobody's memory
grows with a slow client, and nothing is told twice or left out where catching up ends.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic
from uuid import UUID

import structlog

from adapters.live.announcements import Announcements, Page, T
from adapters.live.wake_ups import listen
from domain.kernel.refusals import LimitReached, Unavailable

log = structlog.get_logger(__name__)

# Commits may come by the hundred; looking this often is often enough.
BREATH_S = 0.01
REMEMBERED = 512
READERS = 2


class TooManyStreams(LimitReached):
    """As many streams are open as may be, of your company or of you; close one, or wait before trying again."""


@dataclass(frozen=True)
class Pace:
    """How often, how long, how many."""

    poll_s: float = 0.5
    heartbeat_s: float = 15.0
    recheck_s: float = 20.0
    send_s: float = 10.0
    streams_per_tenant: int = 50
    streams_per_principal: int = 50


@dataclass
class Channel(Generic[T]):
    """What a tenant's listeners share: how far its log is known, and every alert after `floor`."""

    floor: int
    position: int
    recent: deque[T] = field(default_factory=deque)
    listeners: Counter[UUID] = field(default_factory=Counter)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def extend(self, page: Page[T], *, forget: bool = False) -> None:
        """Remembers what is new and forgets the oldest of it, or everything, then wakes everybody."""
        self.recent.extend(page.alerts)
        if forget:
            self.recent.clear()
            self.floor = page.reached
        self.position = page.reached
        while len(self.recent) > REMEMBERED:
            self.floor = self.recent.popleft().position
        self.wake()

    def wake(self) -> None:
        """Lets everyone who waits look again."""
        self.moved.set()
        self.moved = asyncio.Event()


class Hub(Generic[T]):
    """The listeners of one process.

    Where `forgets` says so of something announced, nothing told before it is kept in memory: it is read
    from the log again, as it reads then.
    """

    def __init__(
        self,
        announcements: Announcements[T],
        redis_url: str,
        *,
        pace: Pace | None = None,
        forgets: Callable[[T], bool] = lambda told: False,
    ) -> None:
        self.pace = pace or Pace()
        self._forgets = forgets
        self._announcements = announcements
        self._redis_url = redis_url
        self._channels: dict[UUID, Channel[T]] = {}
        self._poller: asyncio.Task[None] | None = None
        self._hints: asyncio.Task[None] | None = None
        self._hint = asyncio.Event()
        self._readers = asyncio.Semaphore(READERS)
        self.is_stopping = False

    def open(self, tenant_id: UUID, *, after: int, head: int, principal: UUID | None = None) -> "Listener[T]":
        """A listener for what is announced after a position; `head` is where the log ends now. Close it.

        Refuses with TooManyStreams, and with Unavailable while the process stops.
        """
        if self.is_stopping:
            raise Unavailable(retry_after_s=1)
        channel = self._channels.setdefault(tenant_id, Channel(floor=head, position=head))
        who = principal or tenant_id
        if (
            channel.listeners.total() >= self.pace.streams_per_tenant
            or channel.listeners[who] >= self.pace.streams_per_principal
        ):
            raise TooManyStreams(retry_after_s=5)
        channel.listeners[who] += 1
        self._start()
        return Listener(self, tenant_id, channel, after, who)

    def leave(self, tenant_id: UUID, who: UUID) -> None:
        """One listener less; a tenant without any is no longer looked at."""
        channel = self._channels[tenant_id]
        channel.listeners[who] -= 1
        if channel.listeners.total() == 0:
            del self._channels[tenant_id]

    @property
    def held(self) -> int:
        """How many listen to this process."""
        return sum(channel.listeners.total() for channel in self._channels.values())

    def stop(self) -> None:
        """Tells every listener that this process ends; they come back to another one."""
        self.is_stopping = True
        for channel in self._channels.values():
            channel.wake()

    async def read(self, tenant_id: UUID, position: int, *, upto: int) -> Page[T]:
        """A page of the log for someone far behind; few at a time, so that the others keep their pace."""
        async with self._readers:
            return await asyncio.to_thread(self._announcements.after, tenant_id, position, upto=upto)

    def _start(self) -> None:
        if self._poller is None or self._poller.done():
            self._hint = asyncio.Event()
            self._poller = asyncio.create_task(self._poll())
        self._hint.set()

    async def _poll(self) -> None:
        while self._channels and not self.is_stopping:
            if self._hints is None or self._hints.done():
                self._hints = asyncio.create_task(
                    listen(self._redis_url, lambda: tuple(self._channels), self._hint.set)
                )
            self._hint.clear()
            try:
                await self._look()
            except Exception as error:
                # Listeners keep their place; they are told as soon as the database answers again.
                log.warning("live_poll_failed", error=type(error).__name__)
            await asyncio.sleep(BREATH_S)
            await _within(self.pace.poll_s, self._hint)

    async def _look(self) -> None:
        heads = await asyncio.to_thread(self._announcements.heads, tuple(self._channels))
        for tenant_id, head in heads.items():
            channel = self._channels.get(tenant_id)
            while channel is not None and channel.position < head:
                page = await asyncio.to_thread(
                    self._announcements.after, tenant_id, channel.position, upto=head
                )
                channel.extend(page, forget=any(map(self._forgets, page.alerts)))


class Listener(Generic[T]):
    """One client's place in its tenant's log."""

    def __init__(self, hub: Hub[T], tenant_id: UUID, channel: Channel[T], position: int, who: UUID) -> None:
        self._hub = hub
        self._tenant_id = tenant_id
        self._channel = channel
        self.position = position
        self._who = who
        self._is_open = True

    def close(self) -> None:
        """Gives the place back; idempotent."""
        if self._is_open:
            self._is_open = False
            self._hub.leave(self._tenant_id, self._who)

    @property
    def is_over(self) -> bool:
        """Is the process about to end?"""
        return self._hub.is_stopping

    async def following(self, timeout_s: float) -> list[T]:
        """The next alerts after this listener's place, which moves past them; none when the time is up."""
        channel = self._channel
        if self.position >= channel.position and not self.is_over:
            await _within(timeout_s, channel.moved)
        if self.position >= channel.position:
            return []
        if self.position < channel.floor:
            page = await self._hub.read(self._tenant_id, self.position, upto=channel.floor)
            self.position = page.reached
            return page.alerts
        alerts = [alert for alert in channel.recent if alert.position > self.position]
        self.position = channel.position
        return alerts


async def _within(timeout_s: float, event: asyncio.Event) -> None:
    """Waits for the event, and no longer than told."""
    try:
        async with asyncio.timeout(max(0.0, timeout_s)):
            await event.wait()
    except TimeoutError:
        return
