"""Which rows does a batch of events work on? Read once, folded in memory, written once."""

from collections.abc import Iterable
from typing import Any, Generic, Protocol, TypeVar

from projections.kernel.row import Row

R = TypeVar("R", bound=Row)
Key = tuple[Any, ...]


class Table(Protocol[R]):
    """Where the rows of one tenant are kept."""

    def by_keys(self, keys: Iterable[Key]) -> Iterable[R]:
        """The rows that exist among the keys."""
        ...

    def by_column(self, column: str, value: Any) -> Iterable[R]:
        """The rows whose column has the value."""
        ...

    def write(self, changed: Iterable[R], removed: Iterable[Key]) -> None:
        """Keeps the changed rows and drops the removed ones, in bulk."""
        ...


class Rows(Generic[R]):
    """The working set of one batch, seen by a projector as a mapping that is always current."""

    def __init__(self, table: Table[R]) -> None:
        self._table = table
        self._known: dict[Key, R | None] = {}
        self._touched: dict[Key, None] = {}

    def prepare(self, keys: Iterable[Key]) -> None:
        """Reads, in one go, the rows the coming events will touch."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self._known]
        if unknown:
            self._known.update(dict.fromkeys(unknown))
            self._known.update((row.key(), row) for row in self._table.by_keys(unknown))

    def get(self, *key: Any) -> R | None:
        """The row with this key, or None."""
        if key not in self._known:
            self.prepare([key])
        return self._known[key]

    def __getitem__(self, key: Key) -> R:
        row = self.get(*key)
        if row is None:
            raise LookupError(f"no row {key} although an earlier event should have made it")
        return row

    def put(self, row: R) -> None:
        """Keeps the row, new or changed."""
        self._known[row.key()] = row
        self._touched[row.key()] = None

    def change(self, *key: Any, **values: Any) -> None:
        """Sets columns of a row that must exist."""
        self.put(self[key].model_copy(update=values))

    def remove(self, *key: Any) -> None:
        """Drops the row, if there is one."""
        self._known[key] = None
        self._touched[key] = None

    def where(self, column: str, value: Any) -> list[R]:
        """Every row whose column has the value, those of this batch included."""
        for row in self._table.by_column(column, value):
            self._known.setdefault(row.key(), row)
        return [row for row in self._known.values() if row is not None and getattr(row, column) == value]

    def flush(self) -> None:
        """Writes what changed."""
        changed = [row for key in self._touched if (row := self._known[key]) is not None]
        removed = [key for key in self._touched if self._known[key] is None]
        self._touched.clear()
        if changed or removed:
            self._table.write(changed, removed)
