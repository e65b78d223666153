"""What does a worker process consist of?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any
from uuid import UUID

from dramatiq import Worker
from dramatiq.brokers.redis import RedisBroker

from adapters.event_store.application import Engine
from adapters.event_store.commands import Commands
from adapters.jobs.actors import Actors, build_actors
from adapters.jobs.analysts import AnalystTending
from adapters.jobs.broker import NAMESPACE, WakeUps, build_broker
from adapters.jobs.checkpoints import Checkpoints, OnParked
from adapters.jobs.escalations import Escalations
from adapters.jobs.feed import Feed
from adapters.jobs.following import Follower
from adapters.jobs.outbox import LEASE_S, OutboxDispatcher, Performer
from adapters.jobs.processes import ProcessRunner
from adapters.jobs.projections import ProjectionRunner
from adapters.jobs.scheduler import SWEEPER, Lease, Scheduler, Sweeper
from adapters.jobs.sealing import HourlySeals
from adapters.jobs.snapshots import SnapshotKeeper
from adapters.postgres.pools import Pools
from application.kernel.process import Process
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from projections.kernel.projector import Projector

THREADS = 4
# Workers poll their queues; this bounds how long a wake-up lies there unnoticed. Ten consumers ask this often in each
# process, and half the time costs twice the core when nothing happens.
POLL_MS = 100
# Workers, then consumers get this long each; with the pools the whole stop stays below ten seconds.
STOP_MS = 3_500


@dataclass(frozen=True)
class Jobs:
    """Everything that happens after a commit."""

    projections: ProjectionRunner
    processes: ProcessRunner
    snapshots: SnapshotKeeper
    outbox: OutboxDispatcher
    checkpoints: Checkpoints
    wake_ups: WakeUps
    broker: RedisBroker
    actors: Actors
    scheduler: Callable[[], Scheduler]


def build_jobs(
    *,
    pools: Pools,
    engine: Engine,
    commands: Commands,
    projectors: Sequence[Projector[Any]],
    processes: Sequence[Process],
    aggregate_of: Mapping[type[DomainEvent], type[Aggregate]],
    performers: Mapping[str, Performer],
    redis_url: str,
    wake_ups: WakeUps,
    namespace: str = NAMESPACE,
    on_parked: OnParked = lambda parked: None,
    seal: Callable[[UUID], object] = lambda tenant_id: None,
    actions: Sequence[Callable[[int], object]] = (),
    outbox_lease_s: float = LEASE_S,
    escalations: Callable[[Lease], Escalations] | None = None,
    followers: Sequence[Follower] = (),
    do_deferred: Callable[[UUID], object] = lambda tenant_id: None,
) -> Jobs:
    """Puts the runners together. `wake_ups.wake_up` is what `commands` was given as `on_commit`."""
    feed = Feed(engine.topics, engine.keys)
    projection_runner = ProjectionRunner(
        pool=pools.projector,
        rebuild_pool=pools.rebuild,
        feed=feed,
        projectors=projectors,
        on_parked=on_parked,
    )
    process_runner = ProcessRunner(
        pool=pools.projector,
        feed=feed,
        commands=commands,
        processes=processes,
        on_effects=wake_ups.wake_outbox,
        on_parked=on_parked,
        followers=followers,
    )
    outbox = OutboxDispatcher(
        pool=pools.dispatcher,
        log_pool=pools.projector,
        feed=feed,
        performers=performers,
        lease_s=outbox_lease_s,
    )
    snapshots = SnapshotKeeper(pool=pools.projector, engine=engine, aggregate_of=aggregate_of)
    broker = build_broker(redis_url, namespace=namespace)
    actors = build_actors(
        broker,
        projections=projection_runner,
        processes=process_runner,
        snapshots=snapshots,
        outbox=outbox,
        wake_ups=wake_ups,
        do_deferred=do_deferred,
    )

    def scheduler() -> Scheduler:
        lease = Lease(pools.dispatcher, SWEEPER)
        enrolments = (*projection_runner.enrolments, *process_runner.enrolments, *snapshots.enrolments)
        sweeper = Sweeper(lease, enrolments, wake_up=wake_ups.wake_up, wake_outbox=wake_ups.wake_outbox)
        acts = [sweeper.sweep, HourlySeals(lease, seal).act, AnalystTending(pools.dispatcher).act, *actions]
        return Scheduler(lease, acts if escalations is None else [*acts, escalations(lease).act])

    checkpoints = Checkpoints(pools.projector, wake_ups.wake_up)
    return Jobs(
        projection_runner, process_runner, snapshots, outbox, checkpoints, wake_ups, broker, actors, scheduler
    )


class RunningWorker:
    """Threads that take jobs from the queues."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def stop(self) -> None:
        """Lets running jobs finish for a while, and puts waiting ones back."""
        self._worker.stop(timeout=STOP_MS)


class RunningScheduler:
    """The thread that sweeps."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._stop = Event()
        self._thread = Thread(target=scheduler.run, args=(self._stop,), name="scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Gives the lease back and ends; idempotent."""
        self._stop.set()
        self._thread.join(timeout=STOP_MS / 1_000)


def run_worker(jobs: Jobs, *, threads: int = THREADS) -> RunningWorker:
    """Starts worker threads in this process."""
    worker = Worker(jobs.broker, worker_threads=threads, worker_timeout=POLL_MS)
    worker.start()
    return RunningWorker(worker)


def run_scheduler(jobs: Jobs) -> RunningScheduler:
    """Starts the scheduler thread in this process; it acts only while it holds the lease."""
    return RunningScheduler(jobs.scheduler())
