"""For whom is a visit booked, and by whom?"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.booking.appointment_events import Relationship


@dataclass(frozen=True)
class Client:
    """The client of a visit; what can name them is encrypted under `client_id`."""

    client_id: UUID
    booker_id: UUID | None = None
    relationship: Relationship = Relationship.ONESELF
    client_name: str | None = None
    client_email: str | None = None
    client_phone: str | None = None
    address: str | None = None
    note: str | None = None
    guests: str | None = None
    answers: str | None = None

    def facts(self) -> dict[str, Any]:
        """The fields of the events that say who it is."""
        return dict(vars(self))
