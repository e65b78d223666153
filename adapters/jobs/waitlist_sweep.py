"""What happens to an offer nobody answers, and to a hold nobody pays for? The scheduler passes the time on.

That either is over is judged whenever somebody looks; only whoever waits has to be told. The id of each command
follows from the offer or the hold, so that a repeat or a second scheduler changes nothing.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
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
from domain.booking.appointment import Appointment
from domain.booking.visit import BUSY
from domain.booking.waitlist import EVERY_OFFER, OFFERED, WaitlistEntry
from domain.kernel.refusals import Refusal

# Never changed: the actor and the command ids derive from it.
SWEEP = UUID("e5ca1e00-0000-8000-8000-000000000033")
SCHEDULER = Actor(id=SWEEP, kind="system")
LOOK_EVERY_S = 20.0
BUDGET_S = 5.0
LOOK_BACK = timedelta(hours=1)  # what ran out while no scheduler was there
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
        self._seen_until: dict[UUID, datetime] = {}

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
        """Passes on what nobody answered or paid for in one tenant."""
        now = self._clock()
        agenda = ClaimAgenda(self._app, tenant_id)
        held = agenda.held([OFFERED], [EVERY_OFFER], start=LONG_AGO, end=now)
        since = self._seen_until.get(tenant_id, now - LOOK_BACK)
        run_out = agenda.expired([*BUSY.values()], since=since, until=now)
        freed = [
            *self._of_offers(tenant_id, [one.holder for one in held if one.ends_at <= now], now),
            *self._of_holds(tenant_id, run_out, now),
        ]
        self._seen_until[tenant_id] = now
        return sum(self._is_passed_on(tenant_id, name, command, now) for name, command in freed)

    def _of_offers(
        self, tenant_id: UUID, entry_ids: list[UUID], now: datetime
    ) -> Iterator[tuple[str, OfferFreedSlot]]:
        found = self._commands.reading(tenant_id).find_all(dict.fromkeys(entry_ids, WaitlistEntry))
        for entry in found.values():
            if isinstance(entry, WaitlistEntry) and entry.has_lapsed(now) and entry.starts_at is not None:
                wants = entry.wants
                command = OfferFreedSlot(
                    service_id=wants.service_id, site_id=wants.site_id, starts_at=entry.starts_at
                )
                yield f"{entry.id}:{entry.hold_until}", command

    def _of_holds(
        self, tenant_id: UUID, appointment_ids: list[UUID], now: datetime
    ) -> Iterator[tuple[str, OfferFreedSlot]]:
        found = self._commands.reading(tenant_id).find_all(dict.fromkeys(appointment_ids, Appointment))
        for one in found.values():
            if not isinstance(one, Appointment) or not one.is_expired(now):
                continue
            visit = one.agreed
            if visit.session_id is None and visit.starts_at > now:
                command = OfferFreedSlot(
                    service_id=visit.service_id, site_id=visit.site_id, starts_at=visit.starts_at
                )
                yield f"{one.id}:{one.hold_until}", command

    def _is_passed_on(self, tenant_id: UUID, name: str, command: OfferFreedSlot, now: datetime) -> bool:
        order = Order(
            tenant_id=tenant_id,
            command=command,
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
