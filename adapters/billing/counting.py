"""How many calls did this process accept or fail, and of whom? In memory for five seconds, then in the log.

A process that is killed loses what it counted since it last wrote: five seconds at most, in the customer's
favour. One that is stopped writes first. What could not be written waits in memory, as the same orders, so
that a lost answer counts nothing twice.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from threading import Event, Lock, Thread
from uuid import UUID, uuid4, uuid5

import structlog

from adapters.billing.standings import Standing
from adapters.event_store.commands import Commands
from adapters.jobs.failures import describe
from application.billing.counting import Activity, Calls, CountUsage
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from domain.billing.calendar import month_of
from domain.kernel.refusals import Conflict, Refusal, Unavailable

# Never changed: who counts signs with it.
COUNTER = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000002"), "counting"), kind="system")
# Hours, days and months of every zone on earth begin with one; and by minutes a company's own availability is
# reckoned from the calls that were accepted and those that failed.
Minutes = dict[UUID, dict[datetime, tuple[datetime, int]]]
MOST_WAITING = 10_000
MOST_REMEMBERED = 200_000
MOST_MEMBERS_AT_ONCE = 500

log = structlog.get_logger(__name__)


class CallCounter:
    """The calls of one process, by company and minute; and the members who made them."""

    def __init__(self, commands: Commands, clock: Callable[[], datetime]) -> None:
        self._commands, self._clock = commands, clock
        self._process_id = uuid4()
        self._number = 0
        self._lock = Lock()
        self._writing = Lock()
        self._calls: Minutes = defaultdict(dict)
        self._failed: Minutes = defaultdict(dict)
        self._active: dict[UUID, dict[tuple[str, UUID], datetime]] = defaultdict(dict)
        self._told: OrderedDict[tuple[UUID, str, UUID], None] = OrderedDict()
        self._waiting: list[Order] = []
        self._stop = Event()
        self._thread: Thread | None = None

    def note(self, tenant_id: UUID, member_id: UUID, standing: Standing, at: datetime) -> None:
        """A call was accepted. Of a company that pays for none, nothing is noted: who comes while it is away is not
        the one visit of the month that counts."""
        if not _pays(standing, at):
            return
        month = month_of(at, standing.zone)
        with self._lock:
            _add(self._calls[tenant_id], at)
            if (tenant_id, month, member_id) not in self._told:
                self._active[tenant_id].setdefault((month, member_id), at)

    def note_failure(self, tenant_id: UUID, standing: Standing, at: datetime) -> None:
        """The house failed a call: nobody pays for it, and enough of them in a minute are an outage."""
        if _pays(standing, at):
            with self._lock:
                _add(self._failed[tenant_id], at)

    def flush(self) -> int:
        """Writes what was counted; answers how many orders still wait to be written."""
        with self._writing:
            self._waiting += self._orders()
            if len(self._waiting) > MOST_WAITING:
                log.error("counted_usage_given_up", orders=len(self._waiting) - MOST_WAITING)
                self._waiting = self._waiting[-MOST_WAITING:]
            still: list[Order] = []
            for number, order in enumerate(self._waiting):
                try:
                    self._commands.execute(order)
                except (Conflict, Unavailable) as refusal:
                    log.info("counted_usage_waits", tenant_id=str(order.tenant_id), code=refusal.code())
                    still.append(order)
                except Refusal as refusal:
                    log.warning("counted_usage_refused", tenant_id=str(order.tenant_id), code=refusal.code())
                except Exception as error:
                    # The database is away: one try is enough, the rest of them would wait as long.
                    log.warning("counted_usage_waits", error=describe(error))
                    still += self._waiting[number:]
                    break
            self._waiting = still
            return len(still)

    def start(self, every_s: float) -> None:
        """Writes every few seconds from now on."""
        self._stop.clear()
        self._thread = Thread(target=self._run, args=(every_s,), name="call-counter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes for the last time; idempotent."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None
            self.flush()

    def _run(self, every_s: float) -> None:
        while not self._stop.wait(every_s):
            try:
                self.flush()
            except Exception as error:
                log.error("counting_failed", error=describe(error))

    def _orders(self) -> list[Order]:
        with self._lock:
            calls, self._calls = self._calls, defaultdict(dict)
            failed, self._failed = self._failed, defaultdict(dict)
            active, self._active = self._active, defaultdict(dict)
            for tenant_id, members in active.items():
                for month, member_id in members:
                    self._told[tenant_id, month, member_id] = None
            while len(self._told) > MOST_REMEMBERED:
                self._told.popitem(last=False)
        orders = []
        for tenant_id in {**calls, **failed}:
            seen = [
                Activity(member_id=member_id, at=at)
                for (_, member_id), at in active.get(tenant_id, {}).items()
            ]
            first, *others = [
                seen[start : start + MOST_MEMBERS_AT_ONCE]
                for start in range(0, max(1, len(seen)), MOST_MEMBERS_AT_ONCE)
            ]
            counted, lost = _told(calls.get(tenant_id, {})), _told(failed.get(tenant_id, {}))
            orders.append(self._order(tenant_id, counted, first, lost))
            orders += [self._order(tenant_id, (), more) for more in others]
        return orders

    def _order(
        self,
        tenant_id: UUID,
        calls: tuple[Calls, ...],
        active: list[Activity],
        failed: tuple[Calls, ...] = (),
    ) -> Order:
        number, self._number = self._number, self._number + 1
        command = CountUsage(
            process_id=self._process_id, number=number, calls=calls, failed=failed, active=tuple(active)
        )
        return Order(
            tenant_id=tenant_id,
            command=command,
            actor=COUNTER,
            id=CommandId(
                uuid5(self._process_id, str(number)),
                sha256(command.model_dump_json().encode()).digest(),
                keyed=True,
            ),
            at=self._clock(),
            source="system",
        )


def _pays(standing: Standing, at: datetime) -> bool:
    found = standing.subscription
    return found is not None and (found.cancelled_at is None or at < found.cancelled_at)


def _add(minutes: dict[datetime, tuple[datetime, int]], at: datetime) -> None:
    minute = at.replace(second=0, microsecond=0)
    since, calls = minutes.get(minute, (at, 0))
    minutes[minute] = (min(since, at), calls + 1)


def _told(minutes: dict[datetime, tuple[datetime, int]]) -> tuple[Calls, ...]:
    return tuple(Calls(since=since, quantity=quantity) for since, quantity in minutes.values())
