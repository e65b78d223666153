"""What follows a log by whole pages, with a checkpoint of its own, and writes as the checkpoint moves?"""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from psycopg import Connection

from adapters.event_store.stored import TenantNotification


class Follower(Protocol):
    """A process that reads whole pages of the log as they are stored, and writes with its checkpoint."""

    name: str
    starts_now: bool

    def hears(self, connection: Connection[Any], tenant_id: UUID, page: Sequence[TenantNotification]) -> bool:
        """Is there anything to do for the page?"""
        ...

    def write(
        self, connection: Connection[Any], tenant_id: UUID, after: int, page: Sequence[TenantNotification]
    ) -> None:
        """Does it, in the transaction that moves the checkpoint."""
        ...

    def written(self, tenant_id: UUID) -> None:
        """The transaction is committed."""
        ...
