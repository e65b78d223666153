"""What happens to an offer nobody answers? It lapses by itself, and the scheduler passes the time on.

That it is over is judged whenever somebody looks; only the next in the queue has to be told. The id of each
command follows from the offer, so that a repeat or a second scheduler changes nothing.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID, uuid5

import structlog
from psycopg_pool import ConnectionPool

from adapters.event_store.commands import Commands
from adapters.event_store.lookups import ClaimAgenda
from adapters.postgres.standing import tenants_with_a_line
from application.booking.waitlist import OfferFreedSlot
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from domain.booking.waitlist import EVERY_OFFER, OFFERED, WaitlistEntry
from domain.kernel.refusals import Refusal

# Never changed: the actor and the command ids derive from it.
SWEEP = UUID("e5ca1e00-0000-8000-8000-000000000033")
SCHEDULER = Actor(id=SWEEP, kind="system")
LOOK_EVERY_S = 20.0
BUDGET_S = 5.0
LONG_AGO = datetime.fromtimestamp(0, UTC)

log = structlog.get_logger(__name__)


class WaitlistSweep:
    """An action of the scheduler: looks through the tenants, a few seconds at a time, three times a minute."""

    def __init__(
        self,
        dispatcher: ConnectionPool,
        app: ConnectionPool,
        commands: Commands,
        clock: Callable[[], datetime],
    ) -> None:
        self._dispatcher = dispatcher
        self._app = app
        self._commands = commands
        self._clock = clock
        self._look_at = 0.0
        self._waiting: list[UUID] = []

    def act(self, token: int) -> int:
        """Answers how many times were passed on; tenants it had no time for wait for the next round."""
        if not self._waiting and monotonic() >= self._look_at:
            self._waiting = tenants_with_a_line(self._dispatcher)
            self._look_at = monotonic() + LOOK_EVERY_S
        passed_on, deadline = 0, monotonic() + BUDGET_S
        while self._waiting and monotonic() < deadline:
            passed_on += self.sweep(self._waiting.pop(0))
        return passed_on

    def sweep(self, tenant_id: UUID) -> int:
        """Passes on what nobody answered in one tenant."""
        now = self._clock()
        held = ClaimAgenda(self._app, tenant_id).held([OFFERED], [EVERY_OFFER], start=LONG_AGO, end=now)
        lapsed = [one.holder for one in held if one.ends_at <= now]
        return sum(self._is_passed_on(tenant_id, entry_id, now) for entry_id in lapsed)

    def _is_passed_on(self, tenant_id: UUID, entry_id: UUID, now: datetime) -> bool:
        entry = self._commands.reading(tenant_id).find(WaitlistEntry, entry_id)
        if entry is None or not entry.has_lapsed(now) or entry.starts_at is None:
            return False
        name = f"{entry_id}:{entry.hold_until}"
        order = Order(
            tenant_id=tenant_id,
            command=OfferFreedSlot(
                service_id=entry.wants.service_id, site_id=entry.wants.site_id, starts_at=entry.starts_at
            ),
            actor=SCHEDULER,
            id=CommandId(uuid5(SWEEP, name), hashlib.sha256(name.encode()).digest(), keyed=True),
            at=now,
            source="system",
        )
        try:
            answer = self._commands.execute(order)
        except Refusal as refusal:
            # Frozen, or the service is gone: the other times are passed on all the same.
            log.info("offer_not_passed_on", tenant_id=str(tenant_id), code=refusal.code())
            return False
        return answer.saved.recorded and not answer.replayed
