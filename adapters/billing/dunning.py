"""Who makes sure that a step of a dunning is taken on its day? Looked at every ten minutes."""

from collections.abc import Callable, Iterable
from datetime import datetime
from time import monotonic
from uuid import UUID

import structlog

from adapters.clerk import signed
from adapters.event_store.commands import Commands
from application.billing.dunning import AdvanceDunning, changes
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.subscription import Subscription, subscription_id
from domain.kernel.refusals import Refusal
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

EVERY_S = 600.0
BUDGET_S = 3.0

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
        """Looks at one company's invoices and takes the steps that are due; was there anything to do?"""
        streams, now = self._commands.reading(tenant_id), self._now()
        found = streams.find(Subscription, subscription_id(tenant_id))
        if found is None:
            return False
        book = streams.find(InvoiceBook, invoices_id(tenant_id))
        due = found.dunning.due(now) if found.dunning else ()
        if not due and (book is None or not any(changes(found, book, at=now))):
            return False
        # Of two schedulers that see the same, one acts.
        seen = f"{found.version}:{book.version if book else 0}:{due[-1].due_at if due else ''}"
        try:
            order = signed(tenant_id, AdvanceDunning(), seen, now)
            return self._commands.execute(order).saved.recorded
        except Refusal as refusal:
            log.info("dunning_refused", tenant_id=str(tenant_id), code=refusal.code())
            return False
