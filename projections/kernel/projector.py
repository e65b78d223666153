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

    def project_all(self, events: Sequence[DomainEvent], rows: Rows[R]) -> None:
        """Folds a batch: what it needs is read once, then many events, then one write."""
        mine = [event for event in events if isinstance(event, self.handles)]
        rows.prepare(key for event in mine for key in self.keys(event))
        rows.prepare_where(search for event in mine for search in self.searches(event))
        for event in mine:
            self.project(event, rows)
        rows.flush()
