"""Which events wait for an operator's decision?"""

from typing import Protocol
from uuid import UUID


class ParkedEvents(Protocol):
    """The events at which consumers of any company stand still: positions, never content."""

    def is_parked(self, company_id: UUID, consumer: str, position: int) -> bool:
        """Does the consumer stand still at exactly this event?"""
        ...
