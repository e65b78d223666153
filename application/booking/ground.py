"""On what ground does availability stand? The streams, the claims and the clock, for commands and for readers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.kernel.context import Context
from application.ports.ports import Ports
from application.ports.store import AggregateStore


@dataclass(frozen=True)
class Ground:
    """One tenant at one moment."""

    tenant_id: UUID
    store: AggregateStore
    ports: Ports
    now: datetime

    @classmethod
    def of(cls, context: Context) -> "Ground":
        """Where a command stands."""
        return cls(context.tenant_id, context.store, context.ports, context.now)
