"""What is taken when, according to the claims themselves?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.booking.spans import Occupancy


@dataclass(frozen=True)
class Held:
    """A live claim over an interval."""

    kind: str
    key: str
    holder: UUID
    units: int
    starts_at: datetime
    ends_at: datetime


class Agenda(Protocol):
    """The intervals of one tenant's claims; never a read model, so that what is listed is what is accepted."""

    def held(
        self, kinds: Sequence[str], keys: Sequence[str], *, start: datetime, end: datetime
    ) -> Sequence[Held]:
        """Every live claim of these kinds and keys that touches [start, end). Not guarded: the append decides."""
        ...

    def busy(
        self,
        kinds: Sequence[str],
        keys: Sequence[str],
        *,
        start: datetime,
        end: datetime,
        without: UUID | None = None,
    ) -> Mapping[str, Occupancy]:
        """The same by key, all kinds together, without those of one holder; who is free is left out."""
        ...
