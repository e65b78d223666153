"""What is one page of a long list? Keyset, never offset: stable while rows arrive."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from projections.kernel.row import Row

R = TypeVar("R", bound=Row)
LIMIT = 100


@dataclass(frozen=True)
class Page(Generic[R]):
    """Rows in order, and the key after which the next page starts; None at the end."""

    rows: list[R]
    next_after: tuple[Any, ...] | None


def page_of(rows: list[R], limit: int, *sort_columns: str) -> Page[R]:
    """Cuts a list read with `limit + 1`: the extra row only says that there is more."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(shown, tuple(getattr(shown[-1], column) for column in sort_columns) if more else None)
