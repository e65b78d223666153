"""How much of an amount is taken, according to the claims themselves?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID


class Totals(Protocol):
    """Running totals and holders of one tenant's claims; never a read model."""

    def of(self, kind: str, key: str, *, without: UUID, same_up_to: int | None = None) -> int:
        """Units taken of a timeless amount by every holder but `without`.

        Guarded: if the amount moves before the append, the decision runs again. A decision
        that comes out the same for every amount up to a bound says so with `same_up_to`, and
        is spared from running again below it.
        """
        ...

    def taken(self, amounts: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Units taken of each timeless amount, by kind and key, in one look. For showing: not guarded."""
        ...

    def holder(self, kind: str, key: str, *, personal: bool = False) -> UUID | None:
        """Who holds a unique fact; None when it is free. `personal` keys are HMACs."""
        ...

    def holders(self, kind: str, key: str) -> tuple[UUID, ...]:
        """Everyone who holds a part of an amount, whether or not the hold is over by now. Not guarded."""

    def holders_of(self, kind: str, keys: Sequence[str], *, personal: bool = False) -> Mapping[str, UUID]:
        """Who holds which of these unique facts, in one look; free ones are left out."""
        ...
