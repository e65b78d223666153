"""What happens when an approver's time is up? The scheduler passes the question on.

Which trips are overdue is read from the read model, which may lag; the decision is the
trip's own. The id of each command follows from trip, level and deadline, so that a repeat,
a second scheduler or a stale row changes nothing.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from time import monotonic
from uuid import UUID, uuid5

import structlog

from adapters.event_store.commands import Commands
from adapters.jobs.scheduler import Lease
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.travel.approvals import EscalateApproval
from domain.kernel.refusals import Refusal
from projections.kernel.sql import Sql
from projections.travel import approvals

# Never changed: the actor and the command ids derive from it.
ESCALATIONS = UUID("e5ca1e00-0000-8000-8000-000000000003")
SCHEDULER = Actor(id=ESCALATIONS, kind="system")
LOOK_EVERY_S = 60.0
BUDGET_S = 5.0

# Heads alone: what is in a tenant is seen from inside that tenant only.
TENANTS = "select tenant_id from es.tenant_head where position > 0 and state = 0 order by tenant_id"

log = structlog.get_logger(__name__)


class Escalations:
    """An action of the scheduler: looks through the tenants, a few seconds at a time, once a minute."""

    def __init__(
        self,
        lease: Lease,
        commands: Commands,
        reading: Callable[[UUID], AbstractContextManager[Sql]],
        clock: Callable[[], datetime],
    ) -> None:
        self._lease = lease
        self._commands = commands
        self._reading = reading
        self._clock = clock
        self._look_at = 0.0
        self._waiting: list[UUID] = []

    def act(self, token: int) -> list[UUID]:
        """Answers the trips that were passed on; tenants it had no time for wait for the next round."""
        if not self._waiting and monotonic() >= self._look_at:
            with self._lease.fenced(token) as connection:
                self._waiting = [row[0] for row in connection.execute(TENANTS)]
            self._look_at = monotonic() + LOOK_EVERY_S
        passed_on: list[UUID] = []
        deadline = monotonic() + BUDGET_S
        while self._waiting and monotonic() < deadline:
            passed_on += self.escalate(self._waiting.pop(0))
        return passed_on

    def escalate(self, tenant_id: UUID) -> list[UUID]:
        """Passes on what is overdue in one tenant; answers the trips."""
        now = self._clock()
        with self._reading(tenant_id) as sql:
            overdue = approvals.overdue(sql, at=now)
        return [
            trip_id
            for trip_id, level, due_at in overdue
            if self._is_passed_on(tenant_id, EscalateApproval(trip_id=trip_id, level=level), due_at, now)
        ]

    def _is_passed_on(
        self, tenant_id: UUID, command: EscalateApproval, due_at: datetime, now: datetime
    ) -> bool:
        name = f"{command.trip_id}:{command.level}:{due_at.timestamp():.6f}"
        order = Order(
            tenant_id=tenant_id,
            command=command,
            actor=SCHEDULER,
            id=CommandId(uuid5(ESCALATIONS, name), hashlib.sha256(name.encode()).digest(), keyed=True),
            at=now,
            source="system",
        )
        try:
            answer = self._commands.execute(order)
        except Refusal as refusal:
            # Decided, cancelled or frozen in the meantime: the other trips are passed on all the same.
            log.info("escalation_refused", tenant_id=str(tenant_id), code=refusal.code())
            return False
        return answer.saved.recorded and not answer.replayed
