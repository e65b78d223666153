"""How do processes follow a tenant's log: whenever this happened, then that?

A process reads its event's past, never the present, and the ids of its commands derive from
the event: repeating the work after a crash gives the same commands, which the command log
recognises. The checkpoint moves after the commands, together with the outbox rows.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

import structlog
from psycopg_pool import ConnectionPool

from adapters.event_store.appending import canonical
from adapters.event_store.commands import Commands
from adapters.event_store.store import TenantStore
from adapters.event_store.stored import TenantNotification
from adapters.failpoints import failpoint
from adapters.jobs.checkpoints import (
    ENTER,
    Checkpoints,
    Enrolment,
    OnParked,
    Overtaken,
    Parked,
    Standing,
    Unit,
    advance,
)
from adapters.jobs.failures import describe, is_answer, is_transient
from adapters.jobs.feed import Feed
from adapters.jobs.following import Follower
from adapters.postgres.errors import translated_errors
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.kernel.process import Effect, InTenant, Process
from application.ports.store import A, AsOf
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound, Refusal, TenantReadOnly

log = structlog.get_logger(__name__)

# Never changed: actors and command ids of every process derive from it.
PROCESSES = UUID("e5ca1e00-0000-8000-8000-000000000002")
BUDGET_S = 20.0
PAGE = 100

INSERT_EFFECTS = """
insert into es.outbox (tenant_id, effect_key, kind, position)
select %(tenant_id)s, w.effect_key, w.kind, %(position)s
from unnest(%(keys)s::text[], %(kinds)s::text[]) as w (effect_key, kind)
on conflict (tenant_id, effect_key) do nothing
"""


class StreamsAsOf:
    """The streams of a tenant as they stood at one position. Implements History."""

    def __init__(self, store: TenantStore, tenant_id: UUID, position: int) -> None:
        self.tenant_id = tenant_id
        self._store = store
        self._at = AsOf(position=position)

    def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        try:
            return self._store.as_of(kind, aggregate_id, self._at)
        except NotFound:
            return None


class ProcessRunner:
    """Runs every process over every tenant, each with its own checkpoint."""

    def __init__(
        self,
        *,
        pool: ConnectionPool,
        feed: Feed,
        commands: Commands,
        processes: Sequence[Process],
        on_effects: Callable[[UUID], None] = lambda tenant_id: None,
        on_parked: OnParked = lambda parked: None,
        followers: Sequence[Follower] = (),
    ) -> None:
        self._pool = pool
        self._feed = feed
        self._commands = commands
        self._processes = {f"process:{process.name}": process for process in processes}
        self._followers = {f"process:{follower.name}": follower for follower in followers}
        self._on_effects = on_effects
        self._on_parked = on_parked
        self._checkpoints = Checkpoints(pool, on_parked=on_parked)
        self.enrolments = (
            *(Enrolment(name, from_now=one.starts == "now") for name, one in self._processes.items()),
            *(Enrolment(name, from_now=one.starts_now) for name, one in self._followers.items()),
        )

    def drain(self, tenant_id: UUID, *, budget_s: float = BUDGET_S) -> bool:
        """Brings the tenant's processes to its head; False when work is left for another time."""
        deadline = monotonic() + budget_s
        held: set[str] = set()
        while monotonic() < deadline:
            standing = self._checkpoints.enrolled(tenant_id, self.enrolments)
            if standing is None:
                return True
            behind = [
                unit
                for consumer in (*self._processes, *self._followers)
                if (unit := standing.units[consumer]).runs
                and consumer not in held
                and (unit.position < standing.head or unit.epoch != standing.epoch)
            ]
            if not behind:
                return not held
            pages: dict[int, list[TenantNotification]] = {}
            passed = self._pass_by(tenant_id, behind, standing, pages)
            for unit in behind:
                if unit.consumer not in passed and not self._follow(tenant_id, unit, standing, pages):
                    held.add(unit.consumer)
            if len(passed) == len(behind) and pages[behind[0].position][-1].id == standing.head:
                return not held  # what happened since has its own wake-up
        return False

    def _pass_by(
        self,
        tenant_id: UUID,
        behind: Sequence[Unit],
        standing: Standing,
        pages: dict[int, list[TenantNotification]],
    ) -> set[str]:
        """Moves those who stand together and hear nothing of the page past it, in one transaction; their names."""
        foremost = max(unit.position for unit in behind)
        together = [unit for unit in behind if unit.position == foremost and unit.epoch == standing.epoch]
        if len(together) < 2:
            return set()
        try:
            page = pages[foremost] = self._page(tenant_id, foremost, standing.head)
            deaf = {
                unit.consumer: unit.version
                for unit in together
                if unit.consumer in self._processes
                and not self._feed.concerns(page, self._processes[unit.consumer].handles)
            }
            following = {unit.consumer: unit.version for unit in together if unit.consumer in self._followers}
            if deaf or following:
                with translated_errors(), self._pool.connection() as connection, connection.transaction():
                    connection.execute(ENTER, (tenant_id,))
                    for name, version in following.items():
                        if not self._followers[name].hears(connection, tenant_id, page):
                            deaf[name] = version
                    advance(
                        connection,
                        tenant_id,
                        deaf,
                        position=foremost,
                        upto=page[-1].id,
                        epoch=standing.epoch,
                    )
        except Exception as error:
            # Whoever has a reason to stop finds it alone.
            if is_transient(error):
                raise
            return set()
        return set(deaf)

    def _follow(
        self, tenant_id: UUID, unit: Unit, standing: Standing, pages: dict[int, list[TenantNotification]]
    ) -> bool:
        """Moves one process one page forward; False when it must wait."""
        if unit.epoch != standing.epoch:
            self._checkpoints.adopt_epoch(tenant_id, unit, standing)
            return True
        steps = _Steps(self, tenant_id, unit)
        try:
            if unit.position not in pages:
                pages[unit.position] = self._page(tenant_id, unit.position, standing.head)
            if unit.consumer in self._followers:
                self._write(tenant_id, unit, pages[unit.position])
            else:
                steps.walk(pages[unit.position])
        except Overtaken:
            return False
        except Exception as error:
            return self._stop(steps, error)
        return True

    def _stop(self, steps: "_Steps", error: Exception) -> bool:
        names = {"tenant_id": str(steps.tenant_id), "consumer": steps.unit.consumer}
        if isinstance(error, Refusal) and not is_answer(error):
            # A busy or frozen tenant holds up this process only.
            log.warning("process_waits", **names, position=steps.position + 1, error=describe(error))
            return False
        if is_transient(error):
            raise error
        guilty = steps.trying or steps.position + 1
        parked = Parked(steps.tenant_id, steps.unit.consumer, guilty, describe(error))
        self._checkpoints.park(
            parked, expected=steps.position, position=guilty - 1, on_parked=self._on_parked
        )
        return True

    def _page(self, tenant_id: UUID, after: int, head: int) -> list[TenantNotification]:
        with translated_errors(), self._pool.connection() as connection:
            return self._feed.page(connection, tenant_id, after=after, upto=head, limit=PAGE)

    # What one event asks for

    def react(self, consumer: str, tenant_id: UUID, event: DomainEvent) -> tuple[list[tuple[str, str]], bool]:
        """Executes the commands asked for; the effects (key, kind), and whether anything was asked."""
        process = self._processes[consumer]
        history = StreamsAsOf(self._commands.reading(tenant_id), tenant_id, event.position)
        asked = list(process.react(event, history))
        effects = []
        for number, wish in enumerate(asked):
            key = f"{_event_id(event)}:{number}"
            match wish:
                case Effect(kind=kind):
                    effects.append((f"{process.name}:{key}", kind))
                case InTenant(tenant_id=other, command=command):
                    self._execute(process.name, other, command, event, key)
                case _:
                    self._execute(process.name, tenant_id, wish, event, key)
        return effects, bool(asked)

    def _execute(self, name: str, tenant_id: UUID, command: Command, event: DomainEvent, key: str) -> None:
        order = order_of(name, tenant_id, command, event, key, at=event.occurred_at)
        try:
            self._commands.execute(order)
        except Refusal as refusal:
            elsewhere = event.recorded is not None and tenant_id != event.recorded.tenant_id
            frozen_elsewhere = elsewhere and isinstance(refusal, TenantReadOnly)
            if not is_answer(refusal) and not frozen_elsewhere:
                raise
            log.info(
                "process_command_refused",
                process=name,
                tenant_id=str(tenant_id),
                command=type(command).__name__,
                event_id=str(_event_id(event)),
                code=refusal.code(),
            )

    def move(self, steps: "_Steps", upto: int, effects: Sequence[tuple[str, str]]) -> None:
        """Effects and checkpoint, in one transaction; raises Overtaken when another worker was faster."""
        unit = steps.unit
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (steps.tenant_id,))
            advance(
                connection,
                steps.tenant_id,
                {unit.consumer: unit.version},
                position=steps.position,
                upto=upto,
                epoch=unit.epoch,
            )
            if effects:
                connection.execute(
                    INSERT_EFFECTS,
                    {
                        "tenant_id": steps.tenant_id,
                        "position": upto,
                        "keys": [key for key, _ in effects],
                        "kinds": [kind for _, kind in effects],
                    },
                )
        if effects:
            self._on_effects(steps.tenant_id)
            failpoint("outbox.sent_to_broker")

    def _write(self, tenant_id: UUID, unit: Unit, page: Sequence[TenantNotification]) -> None:
        """What a follower makes of the page, and its checkpoint, in one transaction."""
        follower = self._followers[unit.consumer]
        versions, upto = {unit.consumer: unit.version}, page[-1].id
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            advance(connection, tenant_id, versions, position=unit.position, upto=upto, epoch=unit.epoch)
            follower.write(connection, tenant_id, unit.position, page)
        follower.written(tenant_id)

    def heard(self, tenant_id: UUID, stored: TenantNotification, consumer: str) -> list[DomainEvent]:
        """The event, if the process handles it."""
        return self._feed.decode(tenant_id, [stored], self._processes[consumer].handles)


class _Steps:
    """One process walking over one page: where its checkpoint is, and which event it is trying."""

    def __init__(self, runner: ProcessRunner, tenant_id: UUID, unit: Unit) -> None:
        self._runner = runner
        self.tenant_id = tenant_id
        self.unit = unit
        self.position = unit.position
        self.trying: int | None = None

    def walk(self, page: Sequence[TenantNotification]) -> None:
        for stored in page:
            self.trying = stored.id
            for event in self._runner.heard(self.tenant_id, stored, self.unit.consumer):
                effects, asked = self._runner.react(self.unit.consumer, self.tenant_id, event)
                if asked:
                    self._move(stored.id, effects)
        if self.position < page[-1].id:
            self._move(page[-1].id, ())

    def _move(self, upto: int, effects: Sequence[tuple[str, str]]) -> None:
        self._runner.move(self, upto, effects)
        self.position = upto


def order_of(
    name: str, tenant_id: UUID, command: Command, event: DomainEvent, key: str, *, at: datetime
) -> Order:
    """The same order for the same event and number, however often it is made."""
    who = uuid5(PROCESSES, name)
    content: dict[str, Any] = {"command": type(command).__name__, "fields": command.model_dump(mode="json")}
    request_hash = hashlib.sha256(canonical(content).encode("utf-8", "surrogatepass")).digest()
    return Order(
        tenant_id=tenant_id,
        command=command,
        actor=Actor(id=who, kind="process"),
        id=CommandId(uuid5(who, key), request_hash, keyed=True),
        at=at,
        source="process",
        correlation_id=event.recorded.correlation_id if event.recorded else None,
        causation_id=_event_id(event),
    )


def _event_id(event: DomainEvent) -> UUID:
    if event.recorded is None:
        raise LookupError("a pending event asks for nothing yet")
    return event.recorded.event_id
