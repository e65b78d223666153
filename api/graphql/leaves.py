"""How is a tree told whose form nobody fixed? As its leaves, each with the place where it hangs; nothing is lost."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import strawberry


@strawberry.enum
class LeafKind(Enum):
    """What a leaf is."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NOTHING = "nothing"
    EMPTY_LIST = "empty_list"
    EMPTY_OBJECT = "empty_object"


@strawberry.type
class Leaf:
    """One value of a tree, such as the facts of an event or the cells of a row."""

    pointer: str = strawberry.field(description="where it stands (JSON Pointer, RFC 6901)")
    kind: LeafKind
    value: str | None = strawberry.field(description="as JSON would write it, text without its quotes")

    @classmethod
    def is_type_of(cls, source: Any, info: Any) -> bool:
        """Leaves are plain values."""
        return True


LEAVES = list[Leaf]


def leaves_of(tree: Any) -> list[Leaf]:
    """Every leaf, in the order of the tree."""
    return list(_leaves(tree, ""))


def _leaves(tree: Any, pointer: str) -> Iterator[Leaf]:
    match tree:
        case dict() if tree:
            for key, value in tree.items():
                yield from _leaves(value, f"{pointer}/{_escaped(key)}")
        case list() if tree:
            for index, value in enumerate(tree):
                yield from _leaves(value, f"{pointer}/{index}")
        case dict():
            yield Leaf(pointer=pointer, kind=LeafKind.EMPTY_OBJECT, value=None)
        case list():
            yield Leaf(pointer=pointer, kind=LeafKind.EMPTY_LIST, value=None)
        case None:
            yield Leaf(pointer=pointer, kind=LeafKind.NOTHING, value=None)
        case bool():
            yield Leaf(pointer=pointer, kind=LeafKind.BOOLEAN, value=str(tree).lower())
        case str():
            yield Leaf(pointer=pointer, kind=LeafKind.TEXT, value=tree)
        case _:
            yield Leaf(pointer=pointer, kind=LeafKind.NUMBER, value=str(tree))


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
