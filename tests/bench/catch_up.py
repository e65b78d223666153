"""How fast do read models catch up, and does a long log make the worker grow?"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import House, Settings, build
from adapters.embedded.children import die_with_parent
from adapters.jobs.feed import Feed
from adapters.jobs.projections import ProjectionRunner as OurRunner
from projections.catalog import PROJECTORS
from tests.bench.figures import Figure, Sizes, at_least, at_most, interleaved
from tests.bench.journeys import PARTY, live_through
from tests.bench.place import Ours, Place, library_settings
from tests.conftest import MASTER_KEY

PATIENCE_S = 1_200.0
READ_TABLES = (
    "select format('truncate %I.%I', schemaname, tablename) from pg_tables where schemaname = 'read'"
)


def catchup_vs_runner(place: Place, sizes: Sizes) -> Figure:
    rounds = min(sizes.rounds, 3)
    with place.ours() as ours, counted_by_library(place, sizes.library_catch_up) as theirs:
        tenant_id = ours.tenant()
        events = live_through(ours, tenant_id, sizes.catch_up)
        ours.as_superuser("analyze")
        medians = interleaved(
            rounds, {"ours": lambda: caught_up_per_s(ours, tenant_id, events), "theirs": theirs}
        )
    return at_least(
        "catchup_vs_runner",
        f"{events:,} events through all {len(PROJECTORS)} projectors against the library's runner with one counter",
        medians["ours"],
        medians["theirs"],
        unit="events/s",
        target=20.0,
        method="ours: one drain of one tenant's log of trips, in one thread, into empty tables; theirs:"
        f" ProjectionRunner on PostgreSQL over {sizes.library_catch_up:,} events of 300 bytes, one counter and its"
        f" tracking per event in one transaction (its rate does not depend on how many follow); medians of {rounds}"
        " interleaved runs",
    )


def worker_memory(place: Place, sizes: Sizes) -> Figure:
    peaks = {events: worker_peak_mb(place, events) for events in (sizes.memory_small, sizes.memory_large)}
    return at_most(
        "worker_memory",
        f"the worker's memory after {sizes.memory_large:,} events against {sizes.memory_small:,}",
        peaks[sizes.memory_large],
        peaks[sizes.memory_small],
        unit="MB",
        target=1.2,
        method="highest resident set (VmHWM) of a worker process that was started on a tenant's log of trips and"
        " brought every projection and process and the snapshots to its head; one run each",
    )


def caught_up_per_s(ours: Ours, tenant_id: UUID, events: int) -> float:
    """Events per second of one drain from the beginning."""
    with psycopg.connect(ours.url, autocommit=True) as connection:
        for (statement,) in connection.execute(READ_TABLES).fetchall():
            connection.execute(statement)
        connection.execute("truncate es.checkpoint")
    runner = OurRunner(
        pool=ours.pools.projector,
        rebuild_pool=ours.pools.rebuild,
        feed=Feed(ours.engine.topics, ours.engine.keys),
        projectors=PROJECTORS,
    )
    started = perf_counter()
    if not runner.drain(tenant_id, budget_s=PATIENCE_S):
        raise RuntimeError("the read models did not catch up")
    return events / (perf_counter() - started)


def worker_peak_mb(place: Place, events: int) -> float:
    """The most memory a worker process needed to follow a log from its beginning."""
    with place.ours() as ours:
        tenant_id = ours.tenant()
        head = live_through(ours, tenant_id, events)
        house = build(
            Settings(master_key=MASTER_KEY.hex()), database_url=ours.url, redis_url=place.services.redis_url
        )
        try:
            with a_worker(ours.url, place.services.redis_url) as worker:
                deadline = monotonic() + PATIENCE_S
                while not everything_at(house, tenant_id, head):
                    if worker.poll() is not None or monotonic() > deadline:
                        raise RuntimeError("the worker did not catch up")
                    house.jobs.wake_ups.wake_up(tenant_id)
                    sleep(0.2)
                return high_water_mb(worker.pid)
        finally:
            house.close()


def everything_at(house: House, tenant_id: UUID, head: int) -> bool:
    """Do all consumers of the tenant stand at its head?"""
    jobs = house.jobs
    enrolled = {
        each.consumer
        for each in (*jobs.projections.enrolments, *jobs.processes.enrolments, *jobs.snapshots.enrolments)
    }
    units = [unit for unit in house.units() if unit.tenant_id == tenant_id]
    return {unit.consumer for unit in units} >= enrolled and all(unit.position >= head for unit in units)


@contextmanager
def a_worker(database_url: str, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The product's worker process."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ESCALE_MASTER_KEY": MASTER_KEY.hex(),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "worker"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def high_water_mb(pid: int) -> float:
    """The highest resident set of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) / 1_024


# The library's side: its documented example of a counter.


class Counted(Aggregate):
    """Something that happens."""

    class Happened(Aggregate.Event):
        """It happened."""

        words: str


class CounterView(PostgresTrackingRecorder):
    """A count of events, with its tracking in the same transaction."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        table = (Identifier(self.datastore.schema), Identifier("counter"))
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {0}.{1} (name text, count bigint, PRIMARY KEY (name))").format(
                *table
            )
        )
        self._increment = SQL(
            "INSERT INTO {0}.{1} VALUES (%s, 1) ON CONFLICT (name) DO UPDATE SET count = {0}.{1}.count + 1"
        ).format(*table)

    def increment(self, name: str, tracking: Tracking) -> None:
        """Counts one event."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._increment, (name,), prepare=True)


class Counter(Projection[CounterView]):
    """Counts everything that happens."""

    name = "counter"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.increment("happened", tracking)


@contextmanager
def counted_by_library(place: Place, events: int) -> Iterator[Callable[[], float]]:
    """A log of the library's own, and a run of its projection runner over it."""
    with place.empty_database() as url:
        settings = library_settings(url)
        application: Application[UUID] = Application(settings)
        for start in range(0, events, PARTY):
            party = min(PARTY, events - start)
            happened = [
                Counted.Happened(
                    originator_id=uuid4(),
                    originator_version=1,
                    timestamp=datetime.now(UTC),
                    words="x" * 290,  # type: ignore[call-arg]
                )
                for _ in range(party)
            ]
            application.recorder.insert_events([application.mapper.to_stored_event(one) for one in happened])
        application.close()

        def run() -> float:
            started = perf_counter()
            with ProjectionRunner(
                application_class=Application,
                projection_class=Counter,
                view_class=CounterView,
                env=settings,
            ) as runner:
                runner.wait(events, timeout=PATIENCE_S)
                elapsed = perf_counter() - started
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("drop table counter, counter_tracking")
            return events / elapsed

        yield run
