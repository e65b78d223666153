"""How do the read models of a tenant follow its log?

One read of the log serves every projector, and projectors that stand at the same position
share one transaction and one compare-and-set. When a batch fails it is repeated one
projector at a time, so that the guilty one pauses alone, at the guilty event.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.event_store.stored import TenantNotification
from adapters.failpoints import failpoint
from adapters.jobs import checking, rebuilding
from adapters.jobs.checking import Difference
from adapters.jobs.checkpoints import (
    ENTER_BY_INDEX,
    ENTER_IN_BULK,
    Checkpoints,
    Enrolment,
    OnParked,
    Parked,
    Standing,
    move,
)
from adapters.jobs.failures import concerns_one_table, describe, is_transient
from adapters.jobs.feed import PAGE, Feed
from adapters.jobs.rebuilding import Progress, ReplayFailed
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed, pipelined
from adapters.postgres.row_table import RowTable
from domain.kernel.event import DomainEvent
from projections.kernel.projector import Projector
from projections.kernel.rows import Rows

log = structlog.get_logger(__name__)

AnyProjector = Projector[Any]
# A drain gives its thread back after this long; whoever called it sees that there is more.
BUDGET_S = 20.0
# How many events are in hand at once while a long log is caught up with.
LONG_PAGE = 1_000


@dataclass(frozen=True)
class Group:
    """Projectors of one tenant that stand at the same position."""

    tenant_id: UUID
    projectors: tuple[AnyProjector, ...]
    position: int
    upto: int
    epoch: int
    busy: frozenset[str] = frozenset()  # those another worker holds, or a lock keeps back

    @property
    def page(self) -> int:
        """How many events at once: who is far behind takes longer steps."""
        return PAGE if self.upto - self.position <= PAGE else LONG_PAGE

    def alone(self, projector: AnyProjector) -> "Group":
        return replace(self, projectors=(projector,))


@dataclass(frozen=True)
class Batch:
    """Events up to a position; of those in between, the ones somebody of the group handles."""

    upto: int
    events: list[DomainEvent]


@dataclass(frozen=True)
class Work:
    """What one projector has to do with a batch."""

    projector: AnyProjector
    mine: list[DomainEvent]
    rows: Rows[Any]

    def read_ahead(self) -> None:
        self.projector.read_ahead(self.mine, self.rows)

    def fold(self) -> None:
        self.projector.fold(self.mine, self.rows)


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
            followed = [self._follow(group, deadline) for group in groups]
            busy = busy.union(*(group.busy for group in followed))
            if len(followed) == 1 and followed[0].position == standing.head and not busy:
                return True  # what happened since has its own wake-up
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
        topics = checking.topics_of(self._rebuild_pool, tenant_id)
        for projector in projectors:
            yield from checking.check(
                self._rebuild_pool, self._feed, tenant_id, projector, progress, topics=topics
            )

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

    def _follow(self, group: Group, deadline: float) -> Group:
        """Moves the group forward, page by page; who is held or kept back is named in `busy`."""
        ahead: Batch | None = None
        while True:
            page = group
            try:
                batch = ahead or self._read(group)
                page = replace(group, upto=batch.upto)
                busy, ahead = self._fold(group, batch)
            except Exception as error:
                return self._one_by_one(page, error)
            group = replace(group, position=batch.upto, busy=frozenset(busy))
            if group.busy or group.position == group.upto or monotonic() >= deadline:
                return group

    def _one_by_one(self, group: Group, error: Exception) -> Group:
        """Repeats one failed page, each projector for itself."""
        if is_transient(error) and not concerns_one_table(error):
            raise error
        if len(group.projectors) == 1:
            return replace(group, busy=frozenset(self._narrow(group, error)))
        page = replace(group, upto=min(group.upto, group.position + PAGE))
        alone = [self._follow(page.alone(projector), monotonic()) for projector in group.projectors]
        return replace(group, busy=frozenset().union(*(each.busy for each in alone)))

    def _page(self, group: Group) -> list[TenantNotification]:
        with translated_errors(), borrowed(self._pool) as connection:
            return self._feed.page(
                connection, group.tenant_id, after=group.position, upto=group.upto, limit=group.page
            )

    def _read(self, group: Group) -> Batch:
        return self._decoded(group, self._page(group))

    def _decoded(self, group: Group, page: Sequence[TenantNotification]) -> Batch:
        handled = tuple({kind for projector in group.projectors for kind in projector.handles})
        return Batch(page[-1].id, self._feed.decode(group.tenant_id, page, handled))

    def _fold(self, group: Group, batch: Batch) -> tuple[set[str], Batch | None]:
        """Moves the checkpoints, folds in memory and writes in bulk, all in one transaction.

        Whom it could not move, and what comes next, read while the database was writing.
        """
        wanted = {consumer_of(projector): projector for projector in group.projectors}
        versions = {consumer: projector.version for consumer, projector in wanted.items()}
        with translated_errors(), pipelined(self._pool) as connection:
            connection.execute(ENTER_BY_INDEX if group.page == PAGE else ENTER_IN_BULK, (group.tenant_id,))
            moved = move(
                connection,
                group.tenant_id,
                versions,
                position=group.position,
                upto=batch.upto,
                epoch=group.epoch,
            )
            works = {
                consumer: Work(projector, heard, Rows(RowTable(connection, group.tenant_id, projector.row)))
                for consumer, projector in wanted.items()
                if (heard := projector.mine(batch.events))
            }
            for work in works.values():
                work.read_ahead()
            following = self._ask(connection, group, after=batch.upto)
            mine = moved()
            failpoint("proj.before_apply")
            for consumer, work in works.items():
                if consumer in mine:
                    work.fold()
            failpoint("proj.after_apply")
            ahead = following()
        failpoint("proj.after_commit")
        return versions.keys() - mine, ahead

    def _ask(self, connection: Connection[Any], group: Group, *, after: int) -> Callable[[], Batch | None]:
        """Sends for the page behind this one; whoever calls for it decodes it."""
        if after == group.upto:
            return lambda: None
        arrived = self._feed.ask(connection, group.tenant_id, after=after, upto=group.upto, limit=group.page)

        def decoded() -> Batch | None:
            # Keys it asks for are on another connection, and whoever wants our rows passes them by.
            try:
                return self._decoded(group, arrived())
            except psycopg.Error:
                raise
            except Exception:
                # This page is in order; what is wrong with the next one is said when it is its turn.
                return None

        return decoded

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
                step = replace(group, position=done, upto=stored.id)
                busy, _ = self._fold(step, self._decoded(step, [stored]))
                if busy:
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
