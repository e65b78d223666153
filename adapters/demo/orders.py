"""What is one order of the demo's history?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from application.kernel.command import Command


@dataclass(frozen=True)
class DatedOrder:
    """One order of the history: what, when, by whom."""

    at: datetime
    name: str
    command: Command
    actor_id: UUID
    needs: str | None = None  # skipped when the order of this name was refused


def trip_id_of(tenant_id: UUID, name: str) -> UUID:
    """The id the handler gives to the trip that the order of this name plans."""
    return uuid5(tenant_id, f"trip:{uuid5(tenant_id, f'demo:{name}')}")
