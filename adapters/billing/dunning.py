"""Who makes sure that a step of a dunning is taken on its day? Looked at every ten minutes."""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from time import monotonic
from uuid import UUID, uuid5

import structlog

from adapters.event_store.commands import Commands
from application.billing.dunning import AdvanceDunning
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from domain.billing.subscription import Subscription, subscription_id
from domain.kernel.refusals import Refusal
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

EVERY_S = 600.0
BUDGET_S = 3.0
# Never changed: whoever duns by itself signs with it, and the ids of its commands derive from it.
CLERK = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000002"), "dunning"), kind="system")

log = structlog.get_logger(__name__)


class DunningClerk:
    """An action of the scheduler. A repeat, or a second scheduler, changes nothing: each step is taken once."""

    def __init__(
        self,
        tenants: Callable[[], Iterable[UUID]],
        commands: Commands,
        now: Callable[[], datetime],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._tenants, self._commands, self._now = tenants, commands, now
        self._every_s = every_s
        self._look_at = 0.0
        self._waiting: list[UUID] = []

    def act(self, token: int) -> None:
        """Works for a few seconds at most; the rest waits for the next round."""
        if not self._waiting and monotonic() >= self._look_at:
            self._look_at = monotonic() + self._every_s
            self._waiting = [each for each in self._tenants() if each != PLATFORM_TENANT_ID]
        deadline = monotonic() + BUDGET_S
        while self._waiting and monotonic() < deadline:
            self.dun(self._waiting.pop(0))

    def dun(self, tenant_id: UUID) -> bool:
        """Takes the steps that are due in one company; were there any?"""
        found = self._commands.reading(tenant_id).find(Subscription, subscription_id(tenant_id))
        now = self._now()
        due = found.dunning.due(now) if found and found.dunning else ()
        if found is None or not due:
            return False
        # The same steps are the same command, whoever finds them due.
        name = f"{found.id}:{found.version}:{due[-1].due_at.isoformat()}"
        order = Order(
            tenant_id=tenant_id,
            command=AdvanceDunning(),
            actor=CLERK,
            id=CommandId(uuid5(CLERK.id, name), sha256(name.encode()).digest(), keyed=True),
            at=now,
            source="system",
        )
        try:
            return self._commands.execute(order).saved.recorded
        except Refusal as refusal:
            log.info("dunning_refused", tenant_id=str(tenant_id), code=refusal.code())
            return False
