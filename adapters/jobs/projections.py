"""How do the read models of a tenant follow its log?

One read of the log serves every projector, and projectors that stand at the same position
share one transaction and one compare-and-set. When a batch fails it is repeated one
projector at a time, so that the guilty one pauses alone, at the guilty event.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from psycopg_pool import ConnectionPool

from adapters.event_store.stored import TenantNotification
from adapters.failpoints import failpoint
from adapters.jobs import checking, rebuilding
from adapters.jobs.checking import Difference
from adapters.jobs.checkpoints import (
    ENTER,
    Checkpoints,
    Enrolment,
    OnParked,
    Overtaken,
    Parked,
    Standing,
    advance,
    take,
)
from adapters.jobs.failures import concerns_one_table, describe, is_transient
from adapters.jobs.feed import PAGE, Feed
from adapters.jobs.rebuilding import Progress, ReplayFailed
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from adapters.postgres.row_table import RowTable
from domain.kernel.event import DomainEvent
from projections.kernel.projector import Projector
from projections.kernel.rows import Rows

log = structlog.get_logger(__name__)

AnyProjector = Projector[Any]
# A drain gives its thread back after this long; whoever called it sees that there is more.
BUDGET_S = 20.0


@dataclass(frozen=True)
class Group:
    """Projectors of one tenant that stand at the same position."""

    tenant_id: UUID
    projectors: tuple[AnyProjector, ...]
    position: int
    upto: int
    epoch: int

    def alone(self, projector: AnyProjector) -> "Group":
        return Group(self.tenant_id, (projector,), self.position, self.upto, self.epoch)


class ProjectionRunner:
    """Drains tenants into their read models, rebuilds and checks them."""

    def __init__(
        self,
        *,
        pool: ConnectionPool,
        rebuild_pool: ConnectionPool,
        feed: Feed,
        projectors: Sequence[AnyProjector],
        on_parked: OnParked = lambda parked: None,
    ) -> None:
        self._pool = pool
        self._rebuild_pool = rebuild_pool
        self._feed = feed
        self._projectors = {consumer_of(projector): projector for projector in projectors}
        self._on_parked = on_parked
        self._checkpoints = Checkpoints(pool, on_parked=on_parked)
        self.enrolments = tuple(
            Enrolment(consumer, projector.version) for consumer, projector in self._projectors.items()
        )

    def drain(self, tenant_id: UUID, *, budget_s: float = BUDGET_S) -> bool:
        """Brings the tenant's read models to its head; False when work is left for another time.

        Raises only what passes by itself: the caller tries again later.
        """
        deadline = monotonic() + budget_s
        busy: set[str] = set()
        while monotonic() < deadline:
            standing = self._checkpoints.enrolled(tenant_id, self.enrolments)
            if standing is None:
                return True
            if self._rebuild_outdated(tenant_id, standing, busy):
                continue
            groups = self._groups(tenant_id, standing, busy)
            if not groups:
                return not busy
            for group in groups:
                busy |= self._follow(group)
        return False

    def rebuild(self, tenant_id: UUID, projection: str, progress: Progress | None = None) -> None:
        """Replays the tenant's log into fresh rows, in one transaction; readers see the old rows until then.

        Raises ReplayFailed when an event cannot be projected; the old rows then stay.
        """
        projector = self._named(projection)
        self._checkpoints.enrolled(tenant_id, [Enrolment(consumer_of(projector), projector.version)])
        rebuilding.rebuild(self._rebuild_pool, self._feed, tenant_id, projector, progress)

    def check(
        self, tenant_id: UUID, projections: Sequence[str] | None = None, progress: Progress | None = None
    ) -> Iterator[Difference]:
        """Replays the log into scratch tables and yields every published value that differs."""
        projectors = [self._named(name) for name in projections] if projections else self._projectors.values()
        for projector in projectors:
            yield from checking.check(self._rebuild_pool, self._feed, tenant_id, projector, progress)

    def _named(self, projection: str) -> AnyProjector:
        try:
            return self._projectors[f"projection:{projection}"]
        except KeyError:
            raise LookupError(f"there is no projection {projection!r}") from None

    def _rebuild_outdated(self, tenant_id: UUID, standing: Standing, busy: set[str]) -> bool:
        """Rebuilds what an older projector wrote, or what belongs to a log before a restore."""
        outdated = [
            projector
            for consumer, projector in self._projectors.items()
            if consumer not in busy
            and (unit := standing.units.get(consumer)) is not None
            and unit.runs
            and (unit.version < projector.version or unit.epoch != standing.epoch)
        ]
        for projector in outdated:
            consumer = consumer_of(projector)
            try:
                self.rebuild(tenant_id, projector.name)
            except ReplayFailed as failed:
                stands = standing.units[consumer].position
                parked = Parked(tenant_id, consumer, failed.position, failed.error)
                self._checkpoints.park(parked, expected=stands, position=stands, on_parked=self._on_parked)
            except Exception as error:
                if not is_transient(error):
                    raise
                busy.add(consumer)  # somebody else is rebuilding it
        return bool(outdated)

    def _groups(self, tenant_id: UUID, standing: Standing, busy: set[str]) -> list[Group]:
        """The running projectors by position, the foremost first; each group reads up to the next one."""
        by_position: dict[int, list[AnyProjector]] = {}
        for consumer, projector in self._projectors.items():
            unit = standing.units.get(consumer)
            current = unit is not None and unit.version == projector.version and unit.epoch == standing.epoch
            if unit is not None and current and unit.runs and consumer not in busy:
                by_position.setdefault(unit.position, []).append(projector)
        groups = []
        upto = standing.head
        for position in sorted(by_position, reverse=True):
            if position < upto:
                groups.append(Group(tenant_id, tuple(by_position[position]), position, upto, standing.epoch))
            upto = position
        return groups

    def _follow(self, group: Group) -> set[str]:
        """Moves the group one page forward; names those another worker holds or a lock keeps back."""
        try:
            page = self._page(group)
            return self._fold(group, page, upto=page[-1].id)
        except Exception as error:
            if is_transient(error) and not concerns_one_table(error):
                raise
            if len(group.projectors) == 1:
                return self._narrow(group, error)
        return set().union(*(self._follow(group.alone(projector)) for projector in group.projectors))

    def _page(self, group: Group) -> list[TenantNotification]:
        with translated_errors(), borrowed(self._pool) as connection:
            return self._feed.page(
                connection, group.tenant_id, after=group.position, upto=group.upto, limit=PAGE
            )

    def _fold(self, group: Group, page: Sequence[TenantNotification], *, upto: int) -> set[str]:
        """Folds in memory, writes in bulk and moves the checkpoints, all in one transaction."""
        handled = tuple({kind for projector in group.projectors for kind in projector.handles})
        # Decoding may ask for keys, so it happens before the transaction.
        events = self._feed.decode(group.tenant_id, page, handled)
        wanted = {consumer_of(projector): projector for projector in group.projectors}
        try:
            with translated_errors(), self._pool.connection() as connection, connection.transaction():
                connection.execute(ENTER, (group.tenant_id,))
                taken = take(
                    connection, group.tenant_id, list(wanted), position=group.position, epoch=group.epoch
                )
                mine = {
                    consumer: projector
                    for consumer, projector in wanted.items()
                    if taken.get(consumer) == projector.version
                }
                failpoint("proj.before_apply")
                for projector in mine.values():
                    fold(projector, events, RowTable(connection, group.tenant_id, projector.row))
                failpoint("proj.after_apply")
                versions = {consumer: projector.version for consumer, projector in mine.items()}
                advance(
                    connection,
                    group.tenant_id,
                    versions,
                    position=group.position,
                    upto=upto,
                    epoch=group.epoch,
                )
        except Overtaken:
            return set(wanted)
        failpoint("proj.after_commit")
        return set(wanted) - set(mine)

    def _narrow(self, group: Group, error: Exception) -> set[str]:
        """Repeats a failed batch event by event; the one that fails alone is parked."""
        (projector,) = group.projectors
        consumer = consumer_of(projector)
        if is_transient(error):
            log.warning(
                "unit_held_up", tenant_id=str(group.tenant_id), consumer=consumer, error=describe(error)
            )
            return {consumer}
        done = group.position
        try:
            for stored in self._page(group):
                step = Group(group.tenant_id, group.projectors, done, stored.id, group.epoch)
                if self._fold(step, [stored], upto=stored.id):
                    return {consumer}
                done = stored.id
        except Exception as guilty:
            if is_transient(guilty):
                raise
            parked = Parked(group.tenant_id, consumer, done + 1, describe(guilty))
            self._checkpoints.park(parked, expected=done, position=done, on_parked=self._on_parked)
        return set()


def consumer_of(projector: AnyProjector) -> str:
    """The checkpoint's key."""
    return f"projection:{projector.name}"


def fold(projector: AnyProjector, events: Sequence[DomainEvent], table: RowTable[Any]) -> None:
    """One batch into one read model."""
    projector.project_all(events, Rows(table))
