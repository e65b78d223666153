"""How do handlers reach streams, without knowing where they are kept?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from domain.kernel.aggregate import Aggregate

A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True)
class Saved:
    """Where a command left its stream: the answer of every handler.

    `position` is the tenant's log position a reader should wait for; `recorded` is False
    when the decision found nothing to do. `left` is the aggregate as the decision left it; an
    answer that is repeated from the log has none.
    """

    stream_id: UUID
    version: int
    position: int
    recorded: bool = True
    left: Aggregate | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class AsOf:
    """A point in history: a position, what we knew (`known_at`) or what was true (`occurred_at`)."""

    position: int | None = None
    known_at: datetime | None = None
    occurred_at: datetime | None = None
    version: int | None = None


class AggregateStore(Protocol):
    """The streams of one tenant, for one command.

    A decision handed to `change` or `add` may run more than once: it must change nothing
    but the aggregate it is given. Streams it consults through `read` are guarded: if one
    of them moves before the append, the decision runs again.
    """

    def add(self, create: Callable[[], Aggregate]) -> Saved:
        """Saves a new stream. Refuses with Conflict when the stream exists."""
        ...

    def change(self, kind: type[A], aggregate_id: UUID, decide: Callable[[A], Any]) -> Saved:
        """Loads, decides, appends. Decides again while others are faster, for 2 seconds at most.

        Refuses with NotFound for an unknown id, StaleVersion when the client expected
        another version, Conflict when the time is up.
        """
        ...

    def save_all(self, decide: Callable[[], tuple[Aggregate, ...]]) -> Saved:
        """Saves several aggregates of this tenant in one transaction; answers for the first.

        Refuses with StaleVersion when the client expected another version of the first.
        """
        ...

    def read(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """A stream the decision depends on, guarded; None when nothing happened there yet."""
        ...

    def load(self, kind: type[A], aggregate_id: UUID) -> A:
        """A stream as it stands, not guarded. Refuses with NotFound."""
        ...

    def find_all(self, kinds: Mapping[UUID, type[Aggregate]]) -> Mapping[UUID, Aggregate]:
        """Many streams in one look, not guarded; what never happened, or is something else, is left out."""
        ...

    def rely_on(self, aggregate_id: UUID, version: int) -> None:
        """Guards a stream at the version the decision has seen; 0 is none yet."""
        ...

    def as_of(self, kind: type[A], aggregate_id: UUID, at: AsOf) -> A:
        """A stream as it stood. Refuses with NotFound when it did not exist then."""
        ...
