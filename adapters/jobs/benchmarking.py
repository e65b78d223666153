"""When do companies hand over a quarter, and when is it published? Looked at every hour, by the scheduler."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from time import monotonic
from uuid import UUID, uuid4, uuid5

import structlog
from psycopg_pool import ConnectionPool

from adapters.event_store.commands import Commands
from adapters.postgres.scoped_sql import reading
from adapters.postgres.standing import unit_status
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.travel.benchmarks import ContributeQuarter, PublishQuarter
from domain.kernel.refusals import Refusal
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.travel.benchmark_membership import BenchmarkMembership, membership_id
from domain.travel.peer_benchmark import PeerBenchmark, peer_benchmark_id
from domain.travel.quarter import Quarter
from projections.travel import benchmark_trips
from projections.travel.benchmark_trips import BenchmarkTrips

EVERY_S = 3_600.0
BUDGET_S = 3.0
FIGURES = f"projection:{BenchmarkTrips.name}"
# Never changed: whoever closes quarters by itself signs with it.
CLERK = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000002"), "benchmarking"), kind="system")

log = structlog.get_logger(__name__)


class Benchmarking:
    """An action of the scheduler. A repeat is calm: what was handed over or published stays."""

    def __init__(
        self,
        *,
        dispatcher: ConnectionPool,
        queries: ConnectionPool,
        commands: Commands,
        now: Callable[[], datetime],
        every_s: float = EVERY_S,
    ) -> None:
        self._dispatcher = dispatcher
        self._queries = queries
        self._commands = commands
        self._now = now
        self._every_s = every_s
        self._look_at = 0.0
        self._waiting: list[UUID] = []

    def act(self, token: int) -> None:
        """Works for a few seconds at most; the rest waits for the next round."""
        if not self._waiting and monotonic() >= self._look_at:
            self._look_at = monotonic() + self._every_s
            self._waiting = [PLATFORM_TENANT_ID, *self._with_current_figures()]
        deadline = monotonic() + BUDGET_S
        while self._waiting and monotonic() < deadline:
            tenant_id = self._waiting.pop(0)
            try:
                self.publish() if tenant_id == PLATFORM_TENANT_ID else self.contribute(tenant_id)
            except Refusal as refusal:
                log.warning("benchmark_waits", tenant_id=str(tenant_id), code=refusal.code())

    def contribute(self, tenant_id: UUID) -> list[Quarter]:
        """Hands over every quarter that is due; which."""
        membership = self._commands.reading(tenant_id).find(BenchmarkMembership, membership_id(tenant_id))
        due = [] if membership is None else membership.quarters_due(self._now())
        for quarter in due:
            with reading(self._queries, tenant_id) as sql:
                figures = benchmark_trips.figures(sql, start=quarter.start, end=quarter.end)
            self._execute(tenant_id, ContributeQuarter(quarter=quarter.code, figures=figures))
        return due

    def publish(self) -> list[str]:
        """Publishes every quarter that is ripe and has contributions, the oldest first; which."""
        streams = self._commands.reading(PLATFORM_TENANT_ID)
        benchmark = streams.find(PeerBenchmark, peer_benchmark_id(PLATFORM_TENANT_ID))
        today = self._now().date()
        ripe = [
            quarter
            for quarter in sorted(benchmark.waiting if benchmark else ())
            if Quarter.named(quarter).ripe_on <= today
        ]
        for quarter in ripe:
            self._execute(PLATFORM_TENANT_ID, PublishQuarter(quarter=quarter))
        return ripe

    def _with_current_figures(self) -> list[UUID]:
        """The companies whose rows are as new as their log: of the others, a trip could be missed."""
        return [
            unit.tenant_id
            for unit in unit_status(self._dispatcher)
            if unit.consumer == FIGURES and not unit.lag and unit.tenant_id != PLATFORM_TENANT_ID
        ]

    def _execute(self, tenant_id: UUID, command: Command) -> None:
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
