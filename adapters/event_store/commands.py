"""How does one command run, so that repeating it takes effect once?"""

import re
from collections.abc import Callable
from string import Formatter
from typing import Any, Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.outcomes import AlreadySettled, Settled, UnknownTenant
from adapters.event_store.store import TenantStore
from adapters.failpoints import failpoint
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from application.kernel.command import Command
from application.kernel.context import CommandId, Context
from application.kernel.handlers import Handlers
from application.kernel.order import Answer, Order
from application.ports.ports import Ports
from application.ports.store import Saved
from domain.kernel.refusals import (
    CapacityTaken,
    Conflict,
    KeyReused,
    LimitReached,
    Refusal,
    RuleBroken,
    StaleVersion,
    TenantClosed,
    TenantReadOnly,
    Unauthenticated,
    Unavailable,
)

FIND = "select request_hash, outcome, stream_id, version, last_position, code from es.find_command(%s, %s)"


class Gate(Protocol):
    """Who may order anything at all."""

    def refuse_unpaid(self, order: Order) -> None:
        """Says no before anything is decided."""
        ...

    def note(self, order: Order) -> None:
        """An order was applied."""
        ...


class Commands:
    """Runs orders through their handlers; the command log makes a repeat harmless."""

    def __init__(
        self,
        engine: Engine,
        handlers: Handlers,
        ports: Callable[[TenantStore], Ports],
        on_commit: Callable[[UUID], None],
        opening: frozenset[type[Command]] = frozenset(),
        gate: Gate | None = None,
    ) -> None:
        self._gate = gate
        self._engine = engine
        self._handlers = handlers
        self._ports = ports
        self._on_commit = on_commit
        self._opening = opening  # commands that start a tenant's line

    def execute(self, order: Order) -> Answer:
        """Runs the order, or answers what it was answered the first time.

        The log is read before deciding, and again before a refusal is answered: a retried
        command that was applied is answered as applied, never as refused.
        """
        if type(order.command) in self._opening:
            self.open_head(order.tenant_id)
        if order.id.keyed and (settled := self.find(order.tenant_id, order.id)):
            return replay(settled)
        store = self.store_for(order)
        try:
            if self._gate is not None:
                self._gate.refuse_unpaid(order)
            saved = self._handlers[type(order.command)](order.command, self._context(order, store))
        except AlreadySettled as already:
            return replay(already.settled)
        except Refusal as refusal:
            if settled := self.find(order.tenant_id, order.id):
                return replay(settled)
            if order.id.keyed and is_final(refusal):
                return self._settle_refusal(order, refusal)
            raise
        failpoint("cmd.after_commit")
        if saved.recorded:
            if self._gate is not None:
                self._gate.note(order)
            self._on_commit(order.tenant_id)
        elif order.id.keyed:
            return self._settle_no_op(order, saved)
        return Answer(saved)

    def find(self, tenant_id: UUID, command: CommandId) -> Settled | None:
        """What the log knows of a command. Refuses KeyReused when it was another request."""
        with translated_errors(), borrowed(self._engine.pool) as connection:
            row = connection.execute(FIND, (tenant_id, command.id)).fetchone()
        if row is None:
            return None
        if bytes(row[0]) != command.request_hash:
            raise KeyReused()
        return Settled(outcome=row[1], stream_id=row[2], version=row[3], position=row[4] or 0, code=row[5])

    def open_head(self, tenant_id: UUID) -> None:
        """Starts the tenant's line; repeating it is calm."""
        with translated_errors(), borrowed(self._engine.pool) as connection:
            connection.execute("select es.open_head(%s)", (tenant_id,))

    def store_for(self, order: Order) -> TenantStore:
        """The streams of the order's tenant, stamped with who asked and why."""
        return TenantStore(
            TenantApplication(self._engine, order.tenant_id),
            command=order.id,
            provenance=provenance(order),
            expected_version=order.expected_version,
            expected_stream=order.expected_stream,
        )

    def reading(self, tenant_id: UUID) -> TenantStore:
        """The streams of a tenant, for looking only."""
        return TenantStore(TenantApplication(self._engine, tenant_id))

    def ports_of(self, store: TenantStore) -> Ports:
        """The ports of a look at one tenant."""
        return self._ports(store)

    def _context(self, order: Order, store: TenantStore) -> Context:
        return Context(
            tenant_id=order.tenant_id,
            actor=order.actor,
            now=order.at,
            command=order.id,
            store=store,
            ports=self._ports(store),
            new_id=uuid7,
            correlation_id=order.correlation_id or order.id.id,
            causation_id=order.causation_id,
            source=order.source,
            roles=order.roles,
        )

    def _settle_refusal(self, order: Order, refusal: Refusal) -> Answer:
        """Records the refusal and repeats it, unless a twin was answered a moment ago."""
        try:
            self._settle(order, {"outcome": 3, "code": logged(refusal)})
        except AlreadySettled as already:
            return replay(already.settled)
        raise refusal

    def _settle_no_op(self, order: Order, saved: Saved) -> Answer:
        settle = {"outcome": 2, "stream": str(saved.stream_id), "version": saved.version}
        try:
            self._settle(order, settle)
        except AlreadySettled as already:
            return replay(already.settled)
        return Answer(saved)

    def _settle(self, order: Order, settle: dict[str, Any]) -> None:
        TenantApplication(self._engine, order.tenant_id).recorder.insert_events(
            [], command=order.id, settle=settle
        )


def replay(settled: Settled) -> Answer:
    """The first answer again: where the stream stood then, or the refusal of then."""
    if settled.outcome == 3 or settled.stream_id is None or settled.version is None:
        raise refusal_of(settled.code or "refusal")
    saved = Saved(settled.stream_id, settled.version, settled.position, recorded=settled.outcome == 1)
    return Answer(saved, replayed=True)


def is_final(refusal: Refusal) -> bool:
    """Would the same request be refused again, as far as anyone can tell now? Only that is recorded."""
    gave_up = isinstance(refusal, Conflict) and not isinstance(refusal, CapacityTaken | StaleVersion)
    return not gave_up and not isinstance(
        refusal,
        LimitReached
        | Unavailable
        | Unauthenticated
        | TenantReadOnly
        | TenantClosed
        | KeyReused
        | UnknownTenant,
    )


def logged(refusal: Refusal) -> str:
    """What the log keeps: `code#pointer`, and on a second line the sentence where it names nobody."""
    pointer = refusal.facts.get("pointer")
    code = refusal.code() if pointer is None else f"{refusal.code()}#{pointer}"
    is_worth_keeping = refusal.NAMES_NOBODY and refusal.detail != type(refusal).message()
    return f"{code}\n{refusal.detail}" if is_worth_keeping else code


def refusal_of(kept: str) -> Refusal:
    """The refusal behind a logged code; what follows `#` is the JSON pointer it named."""
    place, _, detail = kept.partition("\n")
    code, _, pointer = place.partition("#")
    kind = next((kind for kind in _all_refusals(Refusal) if kind.code() == code), RuleBroken)
    refusal = kind(detail or None, **({"pointer": pointer} if pointer else {}))
    refusal.facts["replayed"] = True
    pattern = getattr(kind, "PATTERN", None)
    if pattern is not None and (places := _places(pattern, detail)) is not None:
        # So that whoever asks again in another language is answered in that one.
        refusal.facts |= {"pattern": pattern, "places": places}
    return refusal


def _places(pattern: str, sentence: str) -> dict[str, str] | None:
    """What stands in a sentence where its pattern has names."""
    parts = [
        re.escape(text) + (f"(?P<{name}>.*)" if name else "") for text, name, *_ in Formatter().parse(pattern)
    ]
    found = re.fullmatch("".join(parts), sentence, re.DOTALL)
    return None if found is None else found.groupdict()


def _all_refusals(kind: type[Refusal]) -> list[type[Refusal]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _all_refusals(child))]


def provenance(order: Order) -> dict[str, Any]:
    """Who, why and under which command: the part of an event's metadata the door knows."""
    facts: dict[str, Any] = {
        "actor": str(order.actor.id),
        "actor_kind": order.actor.kind,
        "command": str(order.id.id),
        "correlation": str(order.correlation_id or order.id.id),
        "source": order.source,
    }
    if order.causation_id is not None:
        facts["causation"] = str(order.causation_id)
    return facts
