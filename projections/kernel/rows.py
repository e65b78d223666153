"""Which rows does a batch of events work on? Read once, folded in memory, written once."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from projections.kernel.row import Row

R = TypeVar("R", bound=Row)
Key = tuple[Any, ...]
Search = tuple[str, Any]  # a column and the value wanted there


class Table(Protocol[R]):
    """Where the rows of one tenant are kept.

    What is asked for may arrive later: whoever answers may wait until the answer is looked at.
    """

    def by_keys(self, keys: Iterable[Key]) -> Iterable[R]:
        """The rows that exist among the keys."""
        ...

    def by_column(self, column: str, values: Collection[Any]) -> Iterable[R]:
        """The rows whose column has one of the values."""
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
        self._searched: set[Search] = set()
        # For each column searched, where its values were seen; what is there may have moved on.
        self._seen: dict[str, dict[Any, dict[Key, None]]] = {}
        self._coming: list[tuple[Iterable[R], Sequence[Key]]] = []

    def prepare(self, keys: Iterable[Key]) -> None:
        """Asks, in one go, for the rows the coming events will touch."""
        self._arrive()
        unknown = [key for key in dict.fromkeys(keys) if key not in self._known]
        if unknown:
            self._coming.append((self._table.by_keys(unknown), unknown))

    def prepare_where(self, searches: Iterable[Search]) -> None:
        """Asks, in one go per column, for the rows the coming events will look for."""
        unknown: dict[str, list[Any]] = {}
        for column, value in dict.fromkeys(searches):
            if (column, value) not in self._searched:
                unknown.setdefault(column, []).append(value)
        for column, values in unknown.items():
            self._coming.append((self._table.by_column(column, values), ()))
            self._searched.update((column, value) for value in values)

    def get(self, *key: Any) -> R | None:
        """The row with this key, or None."""
        self._arrive()
        if key not in self._known:
            self.prepare([key])
            self._arrive()
        return self._known[key]

    def __getitem__(self, key: Key) -> R:
        row = self.get(*key)
        if row is None:
            raise LookupError(f"no row {key} although an earlier event should have made it")
        return row

    def put(self, row: R) -> None:
        """Keeps the row, new or changed."""
        self._arrive()
        key = row.key()
        self._known[key] = row
        self._touched[key] = None
        self._see(key, row)

    def change(self, *key: Any, **values: Any) -> None:
        """Sets columns of a row that must exist."""
        self.put(self[key].model_copy(update=values))

    def remove(self, *key: Any) -> None:
        """Drops the row, if there is one."""
        self._arrive()
        self._known[key] = None
        self._touched[key] = None

    def where(self, column: str, value: Any) -> list[R]:
        """Every row whose column has the value, those of this batch included."""
        self.prepare_where([(column, value)])
        self._arrive()
        if column not in self._seen:
            self._seen[column] = {}
            for key, row in self._known.items():
                self._see(key, row)
        keys = self._seen[column].get(value, ())
        rows = (self._known[key] for key in keys)
        return [row for row in rows if row is not None and getattr(row, column) == value]

    def _arrive(self) -> None:
        """Takes in what was asked for; what this batch did meanwhile is newer."""
        while self._coming:
            found, asked = self._coming.pop(0)
            for row in found:
                key = row.key()
                self._see(key, self._known.setdefault(key, row))
            for key in asked:
                self._known.setdefault(key, None)

    def _see(self, key: Key, row: R | None) -> None:
        if row is not None:
            for column, values in self._seen.items():
                values.setdefault(getattr(row, column), {})[key] = None

    def flush(self) -> None:
        """Writes what changed."""
        changed = [row for key in self._touched if (row := self._known[key]) is not None]
        removed = [key for key in self._touched if self._known[key] is None]
        self._touched.clear()
        if changed or removed:
            self._table.write(changed, removed)
