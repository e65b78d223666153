"""How does a stream of facts become the rows of one question?"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Generic

from domain.kernel.event import DomainEvent
from projections.kernel.rows import Key, R, Rows, Search


class Projector(Generic[R]):
    """Folds events into rows of one table.

    `name` is the checkpoint's key and never changes; raising `version` rebuilds every
    tenant's rows. A projector sees facts only: no clock, no other table, no aggregate.
    It opens no transaction: the runner owns it, together with the checkpoint.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    row: ClassVar[type[Any]]
    handles: ClassVar[tuple[type[DomainEvent], ...]]

    def keys(self, event: Any) -> Iterable[Key]:
        """The keys of the rows the event will touch, as far as the event tells; read ahead in bulk."""
        return ((event.originator_id,),)

    def searches(self, event: Any) -> Iterable[Search]:
        """What the event will look rows up by, besides their keys; read ahead in bulk too."""
        return ()

    def project(self, event: Any, rows: Rows[R]) -> None:
        """Folds one event into the rows."""
        raise LookupError(f"{type(self).__name__} does not say how to project {type(event).__name__}")

    def mine(self, events: Sequence[DomainEvent]) -> list[DomainEvent]:
        """Those of the events that the projector handles."""
        # Asked per class, not per event: asking a model what it is an instance of is slow.
        heard = {kind for kind in set(map(type, events)) if issubclass(kind, self.handles)}
        return [event for event in events if type(event) in heard] if heard else []

    def read_ahead(self, mine: Sequence[DomainEvent], rows: Rows[R]) -> None:
        """Asks for what a batch needs, in one go."""
        rows.prepare(key for event in mine for key in self.keys(event))
        rows.prepare_where(search for event in mine for search in self.searches(event))

    def fold(self, mine: Sequence[DomainEvent], rows: Rows[R]) -> None:
        """Folds a batch that was read ahead: many events, then one write."""
        for event in mine:
            self.project(event, rows)
        rows.flush()

    def project_all(self, events: Sequence[DomainEvent], rows: Rows[R]) -> None:
        """Folds a batch: what it needs is read once, then many events, then one write."""
        mine = self.mine(events)
        self.read_ahead(mine, rows)
        self.fold(mine, rows)
