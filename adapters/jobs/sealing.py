"""When is a tenant's log sealed? Every hour in which it moved, by the scheduler."""

from collections.abc import Callable
from time import monotonic
from uuid import UUID

import structlog

from adapters.jobs.scheduler import Lease
from domain.kernel.refusals import RuleBroken

LOOK_EVERY_S = 60.0
BUDGET_S = 5.0

# Tenants that moved since their last seal, and whose last seal is an hour old. Positions only, no content.
DUE = """
select h.tenant_id
from es.tenant_head h
left join lateral (
  select s.to_position, s.sealed_at from es.ledger_seal s
  where s.tenant_id = h.tenant_id order by s.from_position desc limit 1
) as last on true
where h.position > coalesce(last.to_position, 0)
  and coalesce(last.sealed_at < clock_timestamp() - make_interval(secs => %s), true)
order by last.sealed_at nulls first
"""

log = structlog.get_logger(__name__)


class HourlySeals:
    """An action of the scheduler: seals every tenant that moved, once an hour."""

    def __init__(self, lease: Lease, seal: Callable[[UUID], object], *, every_s: float = 3_600.0) -> None:
        self._lease = lease
        self._seal = seal
        self._every_s = every_s
        self._look_at = 0.0
        self._waiting: list[UUID] = []

    def act(self, token: int) -> list[UUID]:
        """Seals for a few seconds at most and answers whose logs; the rest waits for the next round."""
        if not self._waiting and monotonic() >= self._look_at:
            with self._lease.fenced(token) as connection:
                self._waiting = [row[0] for row in connection.execute(DUE, (self._every_s,))]
            self._look_at = monotonic() + LOOK_EVERY_S
        sealed: list[UUID] = []
        deadline = monotonic() + BUDGET_S
        while self._waiting and monotonic() < deadline:
            tenant_id = self._waiting.pop(0)
            try:
                self._seal(tenant_id)
                sealed.append(tenant_id)
            except RuleBroken as refusal:
                # An alarm, not a failure: the other tenants are sealed all the same.
                log.error("seal_refused", tenant_id=str(tenant_id), code=refusal.code())
        return sealed
