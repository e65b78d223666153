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


class _Line(Generic[R]):
    """What a batch knows of one key: the row, or that there is none, and whether that is news."""

    __slots__ = ("is_news", "row")

    def __init__(self, row: R | None) -> None:
        self.row = row
        self.is_news = False


class Rows(Generic[R]):
    """The working set of one batch, seen by a projector as a mapping that is always current."""

    def __init__(self, table: Table[R]) -> None:
        self._table = table
        self._known: dict[Key, _Line[R]] = {}
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
        return self._line(key).row

    def __getitem__(self, key: Key) -> R:
        return _existing(key, self._line(key))

    def put(self, row: R) -> None:
        """Keeps the row, new or changed."""
        self._arrive()
        key = row.key()
        line = self._known.get(key)
        if line is None:
            line = self._known[key] = _Line(row)
        self._keep(key, line, row)

    def change(self, *key: Any, **values: Any) -> None:
        """Sets columns of a row that must exist."""
        line = self._line(key)
        self._keep(key, line, _existing(key, line).model_copy(update=values))

    def remove(self, *key: Any) -> None:
        """Drops the row, if there is one."""
        self._arrive()
        line = self._known.setdefault(key, _Line(None))
        line.row, line.is_news = None, True

    def where(self, column: str, value: Any) -> list[R]:
        """Every row whose column has the value, those of this batch included."""
        self.prepare_where([(column, value)])
        self._arrive()
        if column not in self._seen:
            self._seen[column] = {}
            for key, line in self._known.items():
                self._see(key, line.row)
        rows = [self._known[key].row for key in self._seen[column].get(value, ())]
        return [row for row in rows if row is not None and getattr(row, column) == value]

    def flush(self) -> None:
        """Writes what changed."""
        news = {key: line for key, line in self._known.items() if line.is_news}
        for line in news.values():
            line.is_news = False
        changed = [line.row for line in news.values() if line.row is not None]
        removed = [key for key, line in news.items() if line.row is None]
        if changed or removed:
            self._table.write(changed, removed)

    def _line(self, key: Key) -> _Line[R]:
        self._arrive()
        line = self._known.get(key)
        if line is None:
            self.prepare([key])
            self._arrive()
            line = self._known[key]
        return line

    def _keep(self, key: Key, line: _Line[R], row: R) -> None:
        line.row, line.is_news = row, True
        if self._seen:
            self._see(key, row)

    def _arrive(self) -> None:
        """Takes in what was asked for; what this batch did meanwhile is newer."""
        while self._coming:
            found, asked = self._coming.pop(0)
            for row in found:
                key = row.key()
                if key not in self._known:
                    self._known[key] = _Line(row)
                    self._see(key, row)
            for key in asked:
                if key not in self._known:
                    self._known[key] = _Line(None)

    def _see(self, key: Key, row: R | None) -> None:
        if row is not None:
            for column, values in self._seen.items():
                values.setdefault(getattr(row, column), {})[key] = None


def _existing(key: Key, line: _Line[R]) -> R:
    if line.row is None:
        raise LookupError(f"no row {key} although an earlier event should have made it")
    return line.row
