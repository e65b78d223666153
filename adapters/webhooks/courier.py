"""How do deliveries reach their receivers: at least once, in order, and none of them in the way of another?

One event loop in a worker carries everything that is on its way. Every endpoint has a lane of its own, and of a lane
only a few deliveries are on their way at once, one while the receiver fails: whoever hangs keeps only itself waiting.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Thread
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import structlog

from adapters.jobs.failures import describe, is_transient
from adapters.webhooks.lanes import Lane, LaneLost, Lanes, Outcome, Waiting
from adapters.webhooks.rendering import Rendered, headers_of, rendered
from adapters.webhooks.schedule import RETRY_S, again_at, rest_until
from adapters.webhooks.transport import Answered, GuardedClient, GuardedLine, NotAnswered
from domain.developer.webhook_endpoint import DisabledBecause, EndpointState, WebhookEndpoint
from domain.kernel.event import DomainEvent

log = structlog.get_logger(__name__)

POLL_S = 0.25
BATCH = 16
AT_ONCE = 4
MOST_LANES = 200
# No delivery of a batch begins later than this: what is known is written before the next ones go out.
BEGUN_WITHIN_S = 5.0
DISABLED_AFTER = timedelta(days=5)
ANSWER_KEPT = 2_048
DB_THREADS = 3
STOP_S = 3.0
LOOK_AGAIN = timedelta(seconds=1)
AFTER_A_FAULT = timedelta(seconds=5)
GONE = 410

T = TypeVar("T")


@dataclass(frozen=True)
class Letterbox:
    """What the courier asks of the house."""

    event_at: Callable[[UUID, int], DomainEvent]
    endpoint: Callable[[UUID, UUID], WebhookEndpoint | None]
    secret: Callable[[UUID, UUID, int], str]
    # Notes that the house stops by itself; False when that cannot be noted now.
    disable: Callable[[UUID, UUID, DisabledBecause, datetime | None], bool]


@dataclass(frozen=True)
class _Parcel:
    """A delivery ready to go."""

    waiting: Waiting
    body: Rendered | None
    fault: str | None = None


@dataclass
class Courier:
    """Sends what is due, until it is stopped."""

    lanes: Lanes
    letterbox: Letterbox
    client: Callable[[], GuardedClient]
    clock: Callable[[], datetime]
    random: Random = field(default_factory=Random)
    retry_s: Sequence[float] = RETRY_S
    poll_s: float = POLL_S

    def __post_init__(self) -> None:
        self._held: dict[tuple[UUID, UUID], Lane | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._stopping = False
        self._thread: Thread | None = None
        self._db: ThreadPoolExecutor | None = None

    # In a worker

    def start(self) -> None:
        """Begins, in a thread of its own."""
        self._stopping = False
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Lets what is on its way arrive for a moment, and gives the lanes back; idempotent."""
        self._stopping = True
        self.nudge()
        if self._thread is not None:
            self._thread.join(timeout=STOP_S + 1.0)
            self._thread = None

    def nudge(self) -> None:
        """There is something new; from any thread."""
        loop, wake = self._loop, self._wake
        if loop is not None and wake is not None and not loop.is_closed():
            loop.call_soon_threadsafe(wake.set)

    def deliver_due(self) -> int:
        """Sends what is due now, here, and comes back; how many lanes were served."""
        return asyncio.run(self._once())

    # One event loop

    async def _run(self) -> None:
        async with _Running(self) as client:
            while not self._stopping:
                wake = self._wake
                assert wake is not None
                wake.clear()
                try:
                    await self._begin(client)
                except Exception as error:
                    level = log.warning if is_transient(error) else log.error
                    level("courier_round_failed", error=describe(error))
                    await asyncio.sleep(1.0)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), self.poll_s)

    async def _once(self) -> int:
        served = 0
        async with _Running(self) as client:
            while (begun := await self._begin(client)) or self._tasks:
                served += begun
                if self._tasks:
                    await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        return served

    async def _begin(self, client: GuardedClient) -> int:
        """Sets out on every lane that is due and that nobody serves; how many."""
        free = MOST_LANES - len(self._held)
        if free <= 0:
            return 0
        found = await self._ask(self.lanes.due, now=self.clock(), limit=free)
        fresh = [each for each in found if each not in self._held]
        for tenant_id, endpoint_id in fresh:
            self._held[tenant_id, endpoint_id] = None
            task = asyncio.create_task(self._serve(client, tenant_id, endpoint_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(fresh)

    async def _serve(self, client: GuardedClient, tenant_id: UUID, endpoint_id: UUID) -> None:
        key = tenant_id, endpoint_id
        try:
            lane = await self._ask(self.lanes.take, tenant_id, endpoint_id)
            if lane is None:
                return
            self._held[key] = lane
            # Should anything fail, nobody comes back at once.
            rest_until: datetime | None = self.clock() + AFTER_A_FAULT
            try:
                async with client.line() as line:
                    stopped = await self._work(line, lane)
                # Who follows the log closes the lane; until then nobody need look at it again.
                rest_until = self.clock() + LOOK_AGAIN if stopped else None
            finally:
                await self._ask(self.lanes.release, lane, rest_until=rest_until)
        except LaneLost:
            log.info("lane_lost", tenant_id=str(tenant_id), endpoint_id=str(endpoint_id))
        except Exception as error:
            level = log.warning if is_transient(error) else log.error
            level("lane_left", endpoint_id=str(endpoint_id), error=describe(error))
        finally:
            self._held.pop(key, None)
            if self._wake is not None:
                self._wake.set()

    async def _work(self, line: GuardedLine, lane: Lane) -> bool:
        """Sends until nothing is due any more; True when the endpoint is no longer served."""
        failing = lane.failures > 0
        while not self._stopping:
            endpoint, parcels = await self._ask(self._next, lane, 1 if failing else BATCH)
            if endpoint is None or endpoint.state is not EndpointState.ACTIVE:
                return True
            if not parcels:
                return False
            outcomes, rest = await self._send_all(line, endpoint, lane, parcels)
            if any(each.status == GONE for each in outcomes):
                stopped = await self._ask(self._disable, lane, DisabledBecause.GONE, lane.failing_since)
                await self._ask(self.lanes.settle, lane, outcomes, now=self.clock(), blocked_until=rest)
                return stopped
            now = self.clock()
            since = await self._ask(self.lanes.settle, lane, outcomes, now=now, blocked_until=rest)
            failing = since is not None
            if since is not None and now - since >= DISABLED_AFTER:
                return await self._ask(self._disable, lane, DisabledBecause.FAILING, since)
            if rest is not None:
                return False
        return False

    # One batch

    def _next(self, lane: Lane, limit: int) -> tuple[WebhookEndpoint | None, list[_Parcel]]:
        """The endpoint as it stands, and what is due to it, written out."""
        endpoint = self.letterbox.endpoint(lane.tenant_id, lane.endpoint_id)
        if endpoint is None or endpoint.state is not EndpointState.ACTIVE:
            return endpoint, []
        waiting = self.lanes.fetch(lane, now=self.clock(), limit=limit)
        return endpoint, [self._parcel(lane, endpoint, each) for each in waiting]

    def _parcel(self, lane: Lane, endpoint: WebhookEndpoint, waiting: Waiting) -> _Parcel:
        try:
            event = self.letterbox.event_at(lane.tenant_id, waiting.position)
            body = rendered(event, endpoint.delivering, endpoint_id=endpoint.id, number=waiting.number)
            return _Parcel(waiting, body)
        except Exception as error:
            if is_transient(error):
                raise
            log.error("delivery_not_rendered", delivery_id=str(waiting.id), error=describe(error))
            return _Parcel(waiting, None, "not_rendered")

    async def _send_all(
        self, line: GuardedLine, endpoint: WebhookEndpoint, lane: Lane, parcels: Sequence[_Parcel]
    ) -> tuple[list[Outcome], datetime | None]:
        """What became of them, and until when the receiver wants to be left alone."""
        turns = asyncio.Semaphore(AT_ONCE)
        began = monotonic()
        rests: list[datetime] = []

        async def send(parcel: _Parcel) -> Outcome | None:
            async with turns:
                # Whoever has just asked for a rest, or takes long, is not sent the others of the batch.
                if rests or monotonic() - began > BEGUN_WITHIN_S or self._stopping:
                    return None
                outcome, rest = await self._send(line, endpoint, lane, parcel)
                if rest is not None:
                    rests.append(rest)
                return outcome

        outcomes = await asyncio.gather(*(send(parcel) for parcel in parcels))
        return [each for each in outcomes if each is not None], max(rests, default=None)

    async def _send(
        self, line: GuardedLine, endpoint: WebhookEndpoint, lane: Lane, parcel: _Parcel
    ) -> tuple[Outcome, datetime | None]:
        at, began = self.clock(), monotonic()
        answered: Answered | None = None
        error = parcel.fault
        if parcel.body is not None:
            secrets = [
                self.letterbox.secret(lane.tenant_id, endpoint.id, each)
                for each in endpoint.generations_at(at)
            ]
            body = parcel.body.body
            number = parcel.waiting.number
            try:
                answered = await line.send(
                    endpoint.delivering.url,
                    headers=headers_of(parcel.waiting.id, body, secrets, number=number, at=at),
                    body=body,
                    allows_http=endpoint.delivering.allows_http,
                )
                error = None if 200 <= answered.status < 300 else f"status_{answered.status}"
            except NotAnswered as refusal:
                error = refusal.code
        now = self.clock()
        status = None if answered is None else answered.status
        rest = None if error is None or answered is None else rest_until(status, answered.headers, now)
        again = (
            None
            if error is None
            else again_at(parcel.waiting.round, now, retry_s=self.retry_s, random=self.random)
        )
        if again is not None and rest is not None:
            again = max(again, rest)
        took_ms = round((monotonic() - began) * 1_000)
        return Outcome(parcel.waiting, at, took_ms, status, error, _kept(answered), again), rest

    def _disable(self, lane: Lane, reason: DisabledBecause, since: datetime | None) -> bool:
        log.warning("endpoint_disabled", endpoint_id=str(lane.endpoint_id), reason=reason)
        return self.letterbox.disable(lane.tenant_id, lane.endpoint_id, reason, since)

    async def _ask(self, question: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Asks what blocks, in a thread of the courier's."""
        assert self._loop is not None
        return await self._loop.run_in_executor(self._db, lambda: question(*arguments, **named))

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self.lanes.lease_s / 3)
            held = [lane for lane in self._held.values() if lane is not None]
            try:
                await self._ask(self.lanes.renew, held)
            except Exception as error:
                log.warning("leases_not_renewed", error=describe(error))


class _Running:
    """The loop's own things, for as long as it runs."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier

    async def __aenter__(self) -> GuardedClient:
        courier = self._courier
        courier._loop, courier._wake = asyncio.get_running_loop(), asyncio.Event()
        courier._db = ThreadPoolExecutor(max_workers=DB_THREADS, thread_name_prefix="courier-db")
        self._client = courier.client()
        self._leases = asyncio.create_task(courier._keep_leases())
        return self._client

    async def __aexit__(self, *error: object) -> None:
        courier = self._courier
        if courier._tasks:
            await asyncio.wait(courier._tasks, timeout=STOP_S)
        for task in (*courier._tasks, self._leases):
            task.cancel()
        await asyncio.gather(*courier._tasks, self._leases, return_exceptions=True)
        courier._loop = courier._wake = None
        if courier._db is not None:
            courier._db.shutdown(wait=False)


def _kept(answered: Answered | None) -> str | None:
    """The beginning of what came back, as text that a database can keep."""
    if answered is None:
        return None
    return answered.body[:ANSWER_KEPT].decode("utf-8", "replace").replace("\x00", "")
