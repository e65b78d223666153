"""What does a door hand over, and what does it get back?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Actor, CommandId, Source
from application.ports.store import Saved


@dataclass(frozen=True)
class Order:
    """A command with everything that enters at the door.

    `expected_version` is that of `expected_stream`: it is compared before anything is decided.
    """

    tenant_id: UUID
    command: Command
    actor: Actor
    id: CommandId
    at: datetime
    roles: frozenset[str] = frozenset()
    source: Source = "client"
    expected_version: int | None = None
    expected_stream: UUID | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None


@dataclass(frozen=True)
class Answer:
    """Where the command left its stream, and whether it had been answered before."""

    saved: Saved
    replayed: bool = False
