"""Which streams are asked for again and again, and seldom change?"""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from domain.kernel.aggregate import Aggregate


class Known(Protocol):
    """The catalogue of one tenant as it stood at one look. What it hands out is shared: nobody may change it."""

    def streams(self, kinds: Mapping[UUID, type[Aggregate]]) -> Mapping[UUID, Aggregate]:
        """Many streams; what never happened, or is something else, is left out.

        Personal fields read in their erased form: what people wrote decides nothing.
        """
        ...

    def holders(self, kind: str, key: str) -> tuple[UUID, ...]:
        """Everyone listed in an index that is kept by claims of these streams."""
        ...


class Catalogue(Protocol):
    """Streams kept in memory. Each look asks the log, once, which of them have moved."""

    def known(self) -> Known:
        """The catalogue at this moment. Not guarded: a decision guards the versions it has seen."""
        ...
