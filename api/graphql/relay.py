"""What does Relay ask of a schema? Nodes with one id, and lists that are read page by page."""

from typing import Any

import strawberry

DEFAULT_FIRST = 50
MOST_FIRST = 100


@strawberry.interface
class Node:
    """A thing with a name of its own among all things; see node(id:)."""

    id: strawberry.ID

    @classmethod
    def resolve_type(cls, source: Any, info: Any, abstract: Any) -> str:
        """Whoever answers a node says what it is."""
        return str(source["__typename"])


@strawberry.type
class PageInfo:
    """Where a page lies in its list. Pages are read forwards."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None
