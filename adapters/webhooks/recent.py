"""Which events were just read? One is told to many endpoints within a moment."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from uuid import UUID

from domain.kernel.event import DomainEvent

# Far below the minute for which a process may still know somebody who was erased elsewhere.
KEPT_S = 5.0
MOST = 1_000


class RecentEvents:
    """Reads an event once for everybody who asks within a few seconds."""

    def __init__(
        self, read: Callable[[UUID, int], DomainEvent], clock: Callable[[], float] = monotonic
    ) -> None:
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[tuple[UUID, int], tuple[float, DomainEvent]] = OrderedDict()

    def at(self, tenant_id: UUID, position: int) -> DomainEvent:
        """The event at a position of the tenant's log."""
        key = tenant_id, position
        now = self._clock()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and now - kept[0] < KEPT_S:
            return kept[1]
        event = self._read(tenant_id, position)
        with self._lock:
            self._kept[key] = now, event
            self._kept.move_to_end(key)
            while self._kept and (
                len(self._kept) > MOST or now - next(iter(self._kept.values()))[0] >= KEPT_S
            ):
                self._kept.popitem(last=False)
        return event
