"""When is the collector told? Whenever there is something to collect, and every hour whatever was missed."""

from collections.abc import Callable, Iterable
from threading import Thread
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

import structlog

from adapters.clerk import signed
from adapters.event_store.commands import Commands
from adapters.jobs.failures import describe
from adapters.jobs.outbox import EffectContext, Performer
from adapters.payments.settling import Settling
from application.billing.collections import NoteUsageRejected
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

log = structlog.get_logger(__name__)

EVERY_S = 3_600.0


class Rejections(Protocol):
    """Whoever can say what a report of errors is about."""

    def rejections(self, event_id: str) -> list[tuple[str, str]]:
        """Which of our requests, and why."""
        ...


class CollectionRound:
    """An action of the scheduler: asks the collector about every company, in a thread of its own."""

    def __init__(
        self, settling: Settling, tenants: Callable[[], Iterable[UUID]], *, every_s: float = EVERY_S
    ) -> None:
        self._settling, self._tenants, self._every_s = settling, tenants, every_s
        self._next_at = 0.0
        self._working: Thread | None = None

    def act(self, token: int) -> None:
        """Begins a round when one is due and the last one is over."""
        if monotonic() < self._next_at or (self._working is not None and self._working.is_alive()):
            return
        self._next_at = monotonic() + self._every_s
        self._working = Thread(target=self.go, name="collection", daemon=True)
        self._working.start()

    def go(self) -> int:
        """One round; how many companies must wait for the next. One company's trouble is its own."""
        waiting = 0
        for tenant_id in self._tenants():
            if tenant_id == PLATFORM_TENANT_ID:
                continue
            try:
                self._settling.settle(tenant_id)
            except Exception as error:
                waiting += 1
                log.warning("collection_waits", tenant_id=str(tenant_id), error=describe(error))
        return waiting


def settling_performer(settling: Settling | None) -> Performer:
    """Brings the company of the effect up to date; without a key there is nobody to tell."""

    def settle(effect: EffectContext) -> None:
        if settling is not None:
            settling.settle(effect.tenant_id)

    return settle


def rejection_performer(account: Rejections | None, commands: Commands) -> Performer:
    """Notes, at each company, the usage that Stripe threw away after taking it."""

    def look_up(effect: EffectContext) -> None:
        event: Any = effect.event
        for identifier, reason in account.rejections(event.external_id) if account else ():
            try:
                tenant_id = UUID(identifier[:32])
            except ValueError:
                continue
            command = NoteUsageRejected(identifier=identifier, reason=reason)
            commands.execute(signed(tenant_id, command, identifier, event.occurred_at))

    return look_up
