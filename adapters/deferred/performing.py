"""Who does the commands that were accepted to be done later?

The worker does, through the same door they came in by: the caller is judged again as they stand
then, and the command's id, made of the client's key, lets a second attempt change nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

import structlog

from adapters.deferred.line import Deferred, Postponed, Taken, WaitingLine
from adapters.deferred.sealed import Sealing
from adapters.identity.identity import Identity
from adapters.identity.sign_in import Caller
from adapters.jobs.failures import describe
from adapters.postgres.pools import Pools
from adapters.settings import Settings

__all__ = ["Answered", "Deferred", "DeferredCommands", "Door", "Postponed", "deferred_commands"]

log = structlog.get_logger(__name__)

BUDGET_S = 30.0
# The pause after each answer that may pass by itself; after the last one that answer stands.
BACK_OFF_S: tuple[float, ...] = (1, 5, 30, 120, 600)
PASSING = frozenset({429, 500, 503, 504})
GAVE_UP = 500
# Old answers are looked for once a minute.
TICKS = 60


@dataclass(frozen=True)
class Answered:
    """What a door said."""

    status: int
    headers: dict[str, str]
    document: Any


# Sends a request through the door, as whoever the function says.
Door = Callable[[Postponed, Callable[[], Caller]], Answered]


class DeferredCommands:
    """Takes commands at the door, and does them in the worker."""

    def __init__(
        self,
        line: WaitingLine,
        identity: Identity,
        clock: Callable[[], datetime],
        wake: Callable[[UUID], None],
    ) -> None:
        self._line = line
        self._identity = identity
        self._clock = clock
        self._wake = wake
        self._ticks = 0
        # Who serves no door does nothing: only a worker is given one.
        self.door: Door | None = None

    def accept(self, caller: Caller, command_id: UUID, asked: Postponed) -> bool:
        """The command will be done, whatever happens to this process; False when it was accepted before."""
        is_new = self._line.accept(caller.tenant_id, command_id, asked)
        self._wake(caller.tenant_id)
        return is_new

    def find(self, tenant_id: UUID, command_id: UUID) -> Deferred | None:
        """The command as it stands."""
        return self._line.find(tenant_id, command_id)

    def perform(self, tenant_id: UUID, *, budget_s: float = BUDGET_S) -> int:
        """Does what is due; the number of commands that were answered."""
        deadline, done = monotonic() + budget_s, 0
        while self.door is not None and monotonic() < deadline:
            taken = self._line.take(tenant_id)
            if taken is None:
                break
            done += self._do(taken, self.door)
        return done

    def act(self, token: int) -> None:
        """An action of the scheduler: nothing waits for a wake-up that was lost, no answer lies for ever."""
        for tenant_id in self._line.due():
            self._wake(tenant_id)
        if self._ticks % TICKS == 0:
            self._line.forget_old()
        self._ticks += 1

    def _do(self, taken: Taken, door: Door) -> bool:
        asked = taken.asked
        try:
            answered = door(asked, lambda: self._caller(taken))
        except Exception as error:
            log.warning("deferred_command_failed", operation=asked.operation, error=describe(error))
            answered = Answered(GAVE_UP, {}, None)
        if answered.status in PASSING and taken.attempt <= len(BACK_OFF_S):
            self._line.put_back(taken, BACK_OFF_S[taken.attempt - 1])
            return False
        return self._line.settle(
            taken, answered.status, {"headers": answered.headers, "body": answered.document}
        )

    def _caller(self, taken: Taken) -> Caller:
        asked = taken.asked
        return self._identity.named(
            taken.tenant_id,
            member_id=asked.member_id,
            api_key_id=asked.api_key_id,
            scopes=asked.scopes,
            at=self._clock(),
        )


def deferred_commands(
    pools: Pools,
    master_key: bytes,
    identity: Identity,
    clock: Callable[[], datetime],
    wake: Callable[[UUID], None],
    settings: Settings,
) -> DeferredCommands:
    """The whole room."""
    sealing, lease_s = Sealing(master_key), settings.outbox_lease_s
    line = WaitingLine(pools.commands, pools.dispatcher, sealing, clock, lease_s=lease_s)
    return DeferredCommands(line, identity, clock, wake)
