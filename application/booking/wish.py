"""What would a client like?"""

from dataclasses import dataclass
from uuid import UUID

from domain.booking.offer import Mode
from domain.booking.visit import Take


@dataclass(frozen=True)
class Wish:
    """What a client would like."""

    service_id: UUID
    site_id: UUID
    duration_minutes: int | None = None
    mode: Mode | None = None
    bookable_ids: tuple[UUID, ...] = ()
    client_id: UUID | None = None
    is_public: bool = False
    # The visit being moved: what it takes does not stand in its own way.
    moving_id: UUID | None = None
    giving_back: tuple[Take, ...] = ()
