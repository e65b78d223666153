"""Whenever a period of the ledger shall be weighed anew, who does it?"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History
from domain.esg.restatement import RestatementRequested
from domain.kernel.event import DomainEvent


class LedgerRestating:
    """Asks a worker to restate every journey and activity of the period; it goes on where another one died."""

    name: ClassVar[str] = "ledger-restating"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (RestatementRequested,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: RestatementRequested, history: History) -> Iterable[Command | Effect]:
        yield Effect("restate_ledger")
