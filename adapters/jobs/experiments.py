"""How is a company's past lived through again, without a trace in it?

The log is read, page by page, as a role that may write nothing but what experiments find.
Nobody's words are opened: personal fields are read in their erased form. A worker that dies
leaves a progress behind and nothing else; the next one starts from the recorded request.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from time import sleep
from typing import Any, ClassVar
from uuid import UUID, uuid5

import structlog
from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.event_store.commands import Commands
from adapters.jobs.checkpoints import ENTER
from adapters.jobs.failures import describe, is_transient
from adapters.jobs.feed import Feed
from adapters.jobs.outbox import EffectContext
from adapters.postgres.errors import translated_errors
from adapters.postgres.scoped_sql import reading
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.counterfactual import Counterfactual, Difference, Kinds, Question
from application.kernel.order import Order
from application.platform.experiments import CompleteExperiment, FailExperiment
from domain.kernel.refusals import Unavailable
from domain.platform.experiment import Experiment
from projections.kernel.page import Page, page_of
from projections.kernel.row import Row
from projections.kernel.rows import Key
from projections.kernel.sql import Sql

log = structlog.get_logger(__name__)

# Never changed: the actor and the command ids of every run derive from it.
EXPERIMENTS = UUID("e5ca1e00-0000-8000-8000-000000000003")
LONGEST_PAGE = 100
# Whether anybody still waits is asked once in so many pages.
PATIENCE_PAGES = 10
WATCH_S = 0.2
COLUMNS = tuple(field.name for field in fields(Difference))

TRY_LOCK = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
UNLOCK = "select pg_advisory_unlock(hashtextextended(%s, 0))"
CLEAR = "delete from es.experiment_difference where tenant_id = %s and experiment_id = %s"
KEEP = """
insert into es.experiment_difference (tenant_id, experiment_id, number, position, stream_id, subject, observed, "limit",
                                      before, after)
values (%(tenant_id)s, %(experiment_id)s, %(number)s, %(position)s, %(stream_id)s, %(subject)s, %(observed)s,
        %(limit)s, %(before)s, %(after)s)
"""
REACH = """
insert into es.experiment_progress as p (tenant_id, experiment_id, position, upto)
values (%(tenant_id)s, %(experiment_id)s, %(position)s, %(upto)s)
on conflict (tenant_id, experiment_id) do update
set position = excluded.position, upto = excluded.upto, updated_at = clock_timestamp()
"""
PROGRESS = """
select position, upto from es.experiment_progress
where tenant_id = %(tenant_id)s and experiment_id = %(experiment_id)s
"""
DIFFERENCES = """
select number, position, stream_id, subject, observed, "limit", before, after from es.experiment_difference
where tenant_id = %(tenant_id)s and experiment_id = %(experiment_id)s and number > %(after)s
order by number limit %(limit)s
"""

Reached = Callable[[int, int], None]  # position reached, position aimed at


class ExperimentBusy(Unavailable):
    """Another worker runs this experiment already."""


class DifferenceRow(Row):
    """One point in which the outcome of one event would have been another."""

    TABLE: ClassVar[str] = "experiment_difference"
    KEY: ClassVar[tuple[str, ...]] = ("experiment_id", "number")

    number: int
    position: int
    stream_id: UUID
    subject: str
    observed: str | None
    limit: str | None
    before: str
    after: str


@dataclass(frozen=True)
class Progress:
    """How far an experiment has come."""

    position: int
    upto: int


class ExperimentRunner:
    """Runs the requested experiments of every tenant, each once at a time."""

    def __init__(
        self,
        *,
        pool: ConnectionPool,
        feed: Feed,
        commands: Commands,
        kinds: Kinds,
        clock: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._feed = feed
        self._commands = commands
        self._kinds = kinds
        self._clock = clock

    def perform(self, effect: EffectContext) -> None:
        """The worker's way in."""
        self.run(effect.tenant_id, effect.event.originator_id)

    def run(
        self, tenant_id: UUID, experiment_id: UUID, reached: Reached = lambda position, upto: None
    ) -> Experiment:
        """Brings an experiment to its end; one that is over is left alone. Refuses with ExperimentBusy."""
        with self._alone(experiment_id) as connection:
            if self._find(tenant_id, experiment_id).is_open:
                try:
                    self._live_through(connection, tenant_id, experiment_id, reached)
                except Exception as error:
                    if is_transient(error):
                        raise
                    log.warning("experiment_failed", tenant_id=str(tenant_id), error=describe(error))
                    self._execute(
                        tenant_id,
                        experiment_id,
                        FailExperiment(experiment_id=experiment_id, reason=describe(error)[:200]),
                    )
        return self._find(tenant_id, experiment_id)

    def follow(
        self, tenant_id: UUID, experiment_id: UUID, reached: Reached = lambda position, upto: None
    ) -> Experiment:
        """Runs it, or watches whoever runs it already."""
        while True:
            try:
                return self.run(tenant_id, experiment_id, reached)
            except ExperimentBusy:
                with reading(self._pool, tenant_id) as sql:
                    progress = self.progress(sql, experiment_id)
                if progress is not None:
                    reached(progress.position, progress.upto)
                sleep(WATCH_S)

    def progress(self, sql: Sql, experiment_id: UUID) -> Progress | None:
        """How far it is; None before the first page."""
        row = sql.row(PROGRESS, experiment_id=experiment_id)
        return None if row is None else Progress(**row)

    def page(
        self, sql: Sql, *, experiment_id: UUID, after: Key | None = None, limit: int = 50
    ) -> Page[DifferenceRow]:
        """The differences found so far, in the order of the log."""
        limit = min(limit, LONGEST_PAGE)
        rows = sql.rows(
            DIFFERENCES, experiment_id=experiment_id, after=after[0] if after else 0, limit=limit + 1
        )
        return page_of([DifferenceRow(**row) for row in rows], limit, "number")

    @contextmanager
    def _alone(self, experiment_id: UUID) -> Iterator[Connection[Any]]:
        # The lock belongs to the connection: a worker that dies gives it back.
        with translated_errors(), self._pool.connection() as connection:
            name = f"experiment:{experiment_id}"
            if connection.execute(TRY_LOCK, (name,)).fetchone() != (True,):
                raise ExperimentBusy
            try:
                yield connection
            finally:
                if not connection.broken:
                    connection.execute(UNLOCK, (name,))

    def _live_through(
        self, connection: Connection[Any], tenant_id: UUID, experiment_id: UUID, reached: Reached
    ) -> None:
        experiment = self._find(tenant_id, experiment_id)
        counterfactual = self._kinds[experiment.kind](Question(experiment.draft, experiment.period))
        upto = experiment.forked_at or self._requested_at(tenant_id, experiment_id) - 1
        found = _Found(connection, tenant_id, experiment_id)
        found.clear()
        for number, position in enumerate(self._pages(found, counterfactual, upto)):
            reached(position, upto)
            if number % PATIENCE_PAGES == 0 and not self._find(tenant_id, experiment_id).is_open:
                return
        self._execute(
            tenant_id,
            experiment_id,
            CompleteExperiment(
                experiment_id=experiment_id,
                forked_at=upto,
                differences=found.number,
                summary=counterfactual.summary().model_dump_json(),
            ),
        )

    def _pages(self, found: "_Found", counterfactual: Counterfactual, upto: int) -> Iterator[int]:
        position = 0
        while position < upto:
            page = self._feed.page(found.connection, found.tenant_id, after=position, upto=upto)
            position = page[-1].id
            different: list[Difference] = []
            for event in self._feed.decode(found.tenant_id, page, counterfactual.handles):
                different.extend(counterfactual.live_through(event))
            found.keep(different, position=position, upto=upto)
            yield position

    def _find(self, tenant_id: UUID, experiment_id: UUID) -> Experiment:
        return self._commands.reading(tenant_id).load(Experiment, experiment_id)

    def _requested_at(self, tenant_id: UUID, experiment_id: UUID) -> int:
        (requested,) = self._commands.reading(tenant_id).events_of(experiment_id, after=0, limit=1)
        return requested.position

    def _execute(self, tenant_id: UUID, experiment_id: UUID, command: Command) -> None:
        name = type(command).__name__
        self._commands.execute(
            Order(
                tenant_id=tenant_id,
                command=command,
                actor=Actor(id=EXPERIMENTS, kind="process"),
                # The same past gives the same answer, so a repeat is the same order.
                id=CommandId(
                    uuid5(experiment_id, name),
                    hashlib.sha256(command.model_dump_json().encode()).digest(),
                    keyed=True,
                ),
                at=self._clock(),
                source="process",
            )
        )


class _Found:
    """What one run has found, kept page by page."""

    def __init__(self, connection: Connection[Any], tenant_id: UUID, experiment_id: UUID) -> None:
        self.connection = connection
        self.tenant_id = tenant_id
        self._names = {"tenant_id": tenant_id, "experiment_id": experiment_id}
        self.number = 0

    def clear(self) -> None:
        """Forgets what a run that died has left."""
        with self.connection.transaction():
            self.connection.execute(ENTER, (self.tenant_id,))
            self.connection.execute(CLEAR, tuple(self._names.values()))

    def keep(self, different: Sequence[Difference], *, position: int, upto: int) -> None:
        """One page's differences, and how far it went."""
        rows = [
            self._names | {"number": number} | {name: getattr(one, name) for name in COLUMNS}
            for number, one in enumerate(different, start=self.number + 1)
        ]
        self.number += len(rows)
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(ENTER, (self.tenant_id,))
            if rows:
                cursor.executemany(KEEP, rows)
            cursor.execute(REACH, self._names | {"position": position, "upto": upto})
