"""What follows by itself when an event has happened?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Literal, Protocol, TypeVar
from uuid import UUID

from application.kernel.command import Command
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent

A = TypeVar("A", bound=Aggregate)

# What an import brings may be of today, and then wants attention as if it had been typed.
STILL_NEWS = timedelta(days=1)


@dataclass(frozen=True)
class Effect:
    """Something to do in the world because of an event: `violation_alert`, `webhook`.

    Carries no body: whoever performs it renders the text at that moment from the event
    at the effect's position, so that nothing personal waits in a queue.
    """

    kind: str


@dataclass(frozen=True)
class InTenant:
    """A command the runner executes in another tenant than the event's, in a transaction of its own."""

    tenant_id: UUID
    command: Command


class History(Protocol):
    """The streams of the event's tenant as they stood when the event was recorded."""

    tenant_id: UUID

    def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The stream as of the event's position; None when it did not exist then."""
        ...


class Process(Protocol):
    """Whenever one of `handles` happens, then these commands and effects.

    `name` is the checkpoint's key and never changes. `starts` says what a process added
    later does with the past. `react` is a pure function of the event and the history up to
    it: the runner derives the ids of its commands from the event, so a repeat is recognised.
    """

    name: ClassVar[str]
    handles: ClassVar[tuple[type[DomainEvent], ...]]
    starts: ClassVar[Literal["beginning", "now"]]

    def react(self, event: Any, history: History) -> Iterable[Command | InTenant | Effect]:
        """The commands to execute and the effects to perform, in order."""
        ...


def is_old_news(event: DomainEvent) -> bool:
    """Was the event imported from a past that is over? Nobody is woken for it any more."""
    facts = event.recorded
    return (
        facts is not None and facts.source == "import" and facts.recorded_at - event.occurred_at > STILL_NEWS
    )
