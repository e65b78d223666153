"""Who asks, for which tenant, when and under which command id?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from application.ports.ports import Ports
from application.ports.store import AggregateStore

ActorKind = Literal["member", "api_key", "platform_admin", "process", "import", "system", "guest"]
Source = Literal["client", "process", "import", "system", "guest"]
Reach = Literal["all", "own"]


@dataclass(frozen=True)
class Actor:
    """Who is held to account for an event, and how far this order of theirs reaches.

    The door takes `reach` from the permission matrix; the house itself, its processes and
    imports reach everything. Handlers judge ownership by it, never by roles: two roles
    together must not open more than the matrix says.
    """

    id: UUID
    kind: ActorKind
    reach: Reach = "all"


@dataclass(frozen=True)
class CommandId:
    """The identity of one order: a repeat with the same id takes effect once.

    `request_hash` covers the operation and the fields the client set, so that the same id
    with other content is noticed. `keyed` says that the client chose the key itself:
    refusals and no-ops are then recorded too.
    """

    id: UUID
    request_hash: bytes
    keyed: bool = False


@dataclass(frozen=True)
class Context:
    """What enters at the door and stays fixed while the command runs."""

    tenant_id: UUID
    actor: Actor
    now: datetime
    command: CommandId
    store: AggregateStore
    ports: Ports
    new_id: Callable[[], UUID]
    correlation_id: UUID
    causation_id: UUID | None = None
    source: Source = "client"
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def reach(self) -> Reach:
        """Everything of the tenant, or the actor's own things only."""
        return self.actor.reach

    def reaches(self, owner_id: UUID) -> bool:
        """May this order touch what belongs to that member?"""
        return self.reach == "all" or self.actor.id == owner_id
