"""When is a report begun by itself? Once its month or year is over and has any line, looked at every hour."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from hashlib import sha256
from time import monotonic
from uuid import UUID, uuid4, uuid5

from adapters.event_store.commands import Commands
from adapters.event_store.store import TenantStore
from application.esg.esg_reports import DraftEsgReport, period_of
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.ports.carbon_cuts import CarbonCuts
from domain.esg.carbon_targets import Ambition, CarbonTargets, carbon_targets_id
from domain.esg.esg_report import EsgReport, report_id
from domain.kernel.refusals import Conflict, TenantClosed, TenantReadOnly
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

EVERY_S = 3_600.0
BUDGET_S = 3.0
# Never changed: whoever drafts by itself signs with it.
CLERK = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000002"), "esg-drafting"), kind="system")


class EsgDrafting:
    """An action of the scheduler. A repeat is calm: the report of a period has one id, whoever begins it."""

    def __init__(
        self,
        tenants: Callable[[], Iterable[UUID]],
        commands: Commands,
        cuts: Callable[[TenantStore], CarbonCuts],
        now: Callable[[], datetime],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._tenants, self._commands, self._cuts, self._now = tenants, commands, cuts, now
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
            self.draft(self._waiting.pop(0))

    def draft(self, tenant_id: UUID) -> list[UUID]:
        """Begins what is due and not begun; which."""
        streams = self._commands.reading(tenant_id)
        targets = streams.find(CarbonTargets, carbon_targets_id(tenant_id))
        begun = []
        for start, end in due(targets.ambition, self._now().date()) if targets else ():
            new_id = report_id(tenant_id, start, end)
            # Bills come late: a period without lines is looked at again, until the next one is over.
            if streams.find(EsgReport, new_id) is None and self._has_lines(streams, start, end):
                with suppress(Conflict, TenantReadOnly, TenantClosed):
                    self._execute(tenant_id, DraftEsgReport(start=start, end=end))
                    begun.append(new_id)
        return begun

    def _has_lines(self, streams: TenantStore, start: date, end: date) -> bool:
        cuts = self._cuts(streams)
        return any(True for _ in cuts.lines(start=start, end=end, position=cuts.position()))

    def _execute(self, tenant_id: UUID, command: DraftEsgReport) -> None:
        self._commands.execute(
            Order(
                tenant_id=tenant_id,
                command=command,
                actor=CLERK,
                id=CommandId(uuid4(), sha256(command.model_dump_json().encode()).digest()),
                at=self._now(),
                source="system",
            )
        )


def due(ambition: Ambition, today: date) -> list[tuple[date, date]]:
    """The last month and the last year that are over, as far as the company wants them."""
    last_month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return [
        *([period_of(*last_month)] if ambition.drafts_monthly else []),
        *([period_of(today.year - 1, None)] if ambition.drafts_yearly else []),
    ]
