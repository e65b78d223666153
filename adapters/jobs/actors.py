"""Which jobs do workers know?"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import dramatiq
from dramatiq import Actor, Broker

from adapters.failpoints import failpoint
from adapters.jobs.broker import (
    COMMANDS,
    DISPATCH_OUTBOX,
    DO_COMMANDS,
    DRAIN_TENANT,
    OUTBOX,
    PROJECTIONS,
    WakeUps,
)
from adapters.jobs.outbox import OutboxDispatcher
from adapters.jobs.processes import ProcessRunner
from adapters.jobs.projections import ProjectionRunner
from adapters.jobs.snapshots import SnapshotKeeper

# A drain limits itself; only the rebuild of a large tenant, the export of a large table, or an
# experiment on its past, may take this long.
LONG_LIMIT_MS = 3_600_000


@dataclass(frozen=True)
class Actors:
    """The jobs, declared on one broker."""

    drain_tenant: Actor[Any, Any]
    dispatch_outbox: Actor[Any, Any]
    do_commands: Actor[Any, Any]


def build_actors(
    broker: Broker,
    *,
    projections: ProjectionRunner,
    processes: ProcessRunner,
    snapshots: SnapshotKeeper,
    outbox: OutboxDispatcher,
    wake_ups: WakeUps,
    do_deferred: Callable[[UUID], object],
) -> Actors:
    """Declares the jobs with their collaborators."""

    def drain_tenant(tenant_id: str) -> None:
        tenant = UUID(tenant_id)
        failpoint("job.started")
        wake_ups.started(DRAIN_TENANT, tenant)
        began = monotonic()
        try:
            projections.drain(tenant)
        finally:
            try:
                processes.drain(tenant)
            finally:
                snapshots.drain(tenant)
                wake_ups.finished(DRAIN_TENANT, tenant, took_s=monotonic() - began)

    def dispatch_outbox(tenant_id: str) -> None:
        tenant = UUID(tenant_id)
        failpoint("job.started")
        wake_ups.started(DISPATCH_OUTBOX, tenant)
        outbox.dispatch(tenant)

    def do_commands(tenant_id: str) -> None:
        tenant = UUID(tenant_id)
        wake_ups.started(DO_COMMANDS, tenant)
        do_deferred(tenant)

    return Actors(
        drain_tenant=dramatiq.actor(
            actor_name=DRAIN_TENANT, queue_name=PROJECTIONS, broker=broker, time_limit=LONG_LIMIT_MS
        )(drain_tenant),
        dispatch_outbox=dramatiq.actor(
            actor_name=DISPATCH_OUTBOX, queue_name=OUTBOX, broker=broker, time_limit=LONG_LIMIT_MS
        )(dispatch_outbox),
        do_commands=dramatiq.actor(
            actor_name=DO_COMMANDS, queue_name=COMMANDS, broker=broker, time_limit=LONG_LIMIT_MS
        )(do_commands),
    )
