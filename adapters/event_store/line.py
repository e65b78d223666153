"""How do many writers of one tenant share one round trip?

Thirty-two writers on one row lock thrash and empty the pool. Here one call per tenant is in
flight per process: the first caller leads, everyone who arrives meanwhile leaves together
in the next call. No thread, no timer, nothing added when the tenant is quiet.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Lock
from typing import Generic, TypeVar
from uuid import UUID

# More than 64 sub-transactions in one transaction overflow PostgreSQL's cache of them.
BATCH = 50

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class LeaderLost(Exception):
    """Nobody knows whether the request arrived; ask again under the same ids."""


@dataclass(eq=False)
class _Waiter(Generic[Request, Answer]):
    request: Request
    woken: Event | None = None  # of those who wait; most lead at once
    leads: bool = False
    answer: Answer | None = None
    error: BaseException | None = None

    def wake(self) -> None:
        """Tells who waits that something is settled."""
        assert self.woken is not None, "only who waits is woken"
        self.woken.set()


class TenantLine(Generic[Request, Answer]):
    """Leader and followers, per tenant: `send` gets up to 50 requests and answers each."""

    def __init__(
        self,
        send: Callable[[UUID, Sequence[Request]], Sequence[Answer]],
        concerning_all: tuple[type[Exception], ...] = (),
    ) -> None:
        self._send = send
        self._concerning_all = concerning_all  # errors of the way, not of one request: nobody is sent again
        self._lock = Lock()
        self._queues: dict[UUID, deque[_Waiter[Request, Answer]]] = {}

    def submit(self, tenant_id: UUID, request: Request) -> Answer:
        """Sends the request, alone or in company, and returns its own answer."""
        me: _Waiter[Request, Answer] = _Waiter(request)
        with self._lock:
            queue = self._queues.get(tenant_id)
            if queue is None:
                self._queues[tenant_id] = deque()
                me.leads = True
            else:
                me.woken = Event()
                queue.append(me)
        if me.woken is not None:
            self._wait(tenant_id, me, me.woken)
        if me.leads:
            self._lead(tenant_id, me)
        if me.error is not None:
            raise me.error
        return me.answer  # type: ignore[return-value]

    def _wait(self, tenant_id: UUID, me: _Waiter[Request, Answer], woken: Event) -> None:
        try:
            woken.wait()
        except BaseException:
            # An interrupted thread must not stay in the queue: the line would wait for it to lead.
            with self._lock:
                queue = self._queues.get(tenant_id)
                if queue is not None and me in queue:
                    queue.remove(me)
            if me.leads:
                self._hand_over(tenant_id)
            raise

    def _lead(self, tenant_id: UUID, me: _Waiter[Request, Answer]) -> None:
        with self._lock:
            queue = self._queues[tenant_id]
            party = [me, *(queue.popleft() for _ in range(min(len(queue), BATCH - 1)))]
        try:
            self._carry(tenant_id, party)
        finally:
            self._hand_over(tenant_id)
            for follower in party[1:]:
                if follower.answer is None and follower.error is None:
                    follower.error = LeaderLost("the thread that carried this request was interrupted")
                follower.wake()

    def _carry(self, tenant_id: UUID, party: list[_Waiter[Request, Answer]]) -> None:
        try:
            answers = self._send(tenant_id, [waiter.request for waiter in party])
            for waiter, answer in zip(party, answers, strict=True):
                waiter.answer = answer
        except Exception as error:
            if len(party) == 1 or isinstance(error, self._concerning_all):
                for waiter in party:
                    waiter.error = error
                return
            # One bad request must not fail the others: each goes again, alone.
            for waiter in party:
                self._carry(tenant_id, [waiter])

    def _hand_over(self, tenant_id: UUID) -> None:
        with self._lock:
            queue = self._queues[tenant_id]
            if queue:
                heir = queue.popleft()
                heir.leads = True
                heir.wake()
            else:
                del self._queues[tenant_id]
