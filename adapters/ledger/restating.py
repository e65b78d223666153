"""How is a period weighed anew? By one command per journey and activity, whose repeat is recognised."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import monotonic, sleep
from uuid import UUID, uuid5

from psycopg_pool import ConnectionPool

from adapters.event_store.commands import Commands
from adapters.jobs.failures import is_answer
from adapters.jobs.outbox import EffectContext
from adapters.postgres.scoped_sql import reading
from application.esg.restatements import CompleteRestatement, RestateActivity
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.travel.trip_carbon import RestateTripCarbon
from domain.esg.restatement import RestatementRequested
from domain.kernel.refusals import Refusal, Unavailable
from projections.esg import ledger_queries
from projections.esg.ledger_queries import Source

WRITERS = 8
STEP = 500
PATIENCE_S, PAUSE_S = 2.0, 0.05
RESTATED = "restated"


class LedgerBehind(Unavailable):
    """The ledger has not come as far as the request yet; the worker tries again."""


class LeaseLost(Exception):
    """Another worker restates this period now."""


class LedgerRestater:
    """Performs the effect `restate_ledger`."""

    def __init__(self, commands: Commands, queries: ConnectionPool, clock: Callable[[], datetime]) -> None:
        self._commands = commands
        self._queries = queries
        self._clock = clock

    def __call__(self, effect: EffectContext) -> None:
        event = effect.event
        assert isinstance(event, RestatementRequested)
        self._wait(effect.tenant_id, event.position)
        outcomes: Counter[str] = Counter()
        after: Source | None = None
        with ThreadPoolExecutor(WRITERS, thread_name_prefix="restating") as writers:
            while sources := self._sources(effect.tenant_id, event, after):
                outcomes.update(writers.map(lambda one: self._restate(effect.tenant_id, event, one), sources))
                after = sources[-1]
                if not effect.renew():
                    raise LeaseLost
        restated = outcomes.pop(RESTATED, 0)
        done = CompleteRestatement(
            restatement_id=event.originator_id, restated=restated, refused=dict(outcomes)
        )
        self._tell(effect.tenant_id, event, done)

    def _wait(self, tenant_id: UUID, position: int) -> None:
        """What stands is read from the ledger, which must have come as far as the request."""
        until = monotonic() + PATIENCE_S
        while True:
            with reading(self._queries, tenant_id) as sql:
                if ledger_queries.ledger_position(sql) >= position:
                    return
            if monotonic() > until:
                raise LedgerBehind
            sleep(PAUSE_S)

    def _sources(
        self, tenant_id: UUID, event: RestatementRequested, after: Source | None
    ) -> Sequence[Source]:
        with reading(self._queries, tenant_id) as sql:
            return ledger_queries.sources(
                sql, start=event.start, end=event.end, at=event.position, after=after, limit=STEP
            )

    def _restate(self, tenant_id: UUID, event: RestatementRequested, source: Source) -> str:
        facts = {"restatement_id": event.originator_id, "factor_year": event.factor_year}
        command: Command
        if source.is_trip:
            command = RestateTripCarbon(trip_id=source.id, **facts)
        else:
            command = RestateActivity(activity_id=source.id, **facts)
        try:
            self._tell(tenant_id, event, command)
        except Refusal as refusal:
            if not is_answer(refusal):
                raise
            return refusal.code()
        return RESTATED

    def _tell(self, tenant_id: UUID, event: RestatementRequested, command: Command) -> None:
        # Of the last word only its name counts: whoever repeats the work counts the same, and says it once.
        ends = isinstance(command, CompleteRestatement)
        content = type(command).__name__ if ends else f"{type(command).__name__}:{command.model_dump_json()}"
        self._commands.execute(
            Order(
                tenant_id=tenant_id,
                command=command,
                actor=Actor(event.requested_by, "process"),
                id=CommandId(uuid5(event.originator_id, content), hashlib.sha256(content.encode()).digest()),
                at=self._clock(),
                source="process",
                correlation_id=event.originator_id,
            )
        )
