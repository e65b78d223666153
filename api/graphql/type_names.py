"""Which name does each type have in the schema? One each, the shortest that is free."""

from collections.abc import Hashable, Iterable
from enum import Enum
from typing import Any

import strawberry
from pydantic import BaseModel

from api.graphql.names import constant, pascal
from api.graphql.shapes import Chosen

# Said by the parts of the schema that no model gives.
RESERVED = frozenset(
    {"Query", "Mutation", "Subscription", "Node", "PageInfo", "Refused", "Leaf", "LeafKind", "ErrorPlace"}
)


class TypeNames:
    """Every name that is taken, and what has it."""

    def __init__(self) -> None:
        self._taken: dict[str, Hashable] = dict.fromkeys(RESERVED)
        self._enums: dict[Hashable, Any] = {}

    def take(self, owner: Hashable, candidates: Iterable[str]) -> str:
        """The first candidate that is free, or this owner's already."""
        for name in candidates:
            if self._taken.setdefault(name, owner) == owner:
                return name
        raise LookupError(f"no name is left for {owner}")

    def of_model(self, model: type[BaseModel], *, suffix: str = "") -> str:
        """`TripView` is `Trip`; what a client sends is `PlanTripInput`."""
        short = plain_name(model)
        room = pascal(model.__module__.rsplit(".", 1)[-1])
        column = pascal(model.__module__.split(".")[1]) if "." in model.__module__ else ""
        names = (short, model.__name__, room + short, column + room + short)
        return self.take((model, suffix), (f"{name}{suffix}" for name in names))

    def enum(self, chosen: Chosen, owner: str) -> Any:
        """The enumeration of these words; the same for whoever chooses among the same under the same name."""
        key = (chosen.name if chosen.described_by else chosen.name.rpartition("_")[2], chosen.values)
        if key not in self._enums:
            short = pascal(chosen.name)
            name = self.take(("enum", key), (short, f"{owner}{short}", f"{owner}{short}Value"))
            members: dict[str, str] = {}
            for word in chosen.values:
                members[constant(word) if constant(word) not in members else f"{constant(word)}_2"] = word
            # A class of the schema's own: those of the domain know nothing of it.
            made = Enum(name, members)  # type: ignore[misc]
            described = " ".join((chosen.described_by or "").split()) or None
            self._enums[key] = strawberry.enum(made, name=name, description=described)
        return self._enums[key]


def plain_name(model: type[BaseModel]) -> str:
    """The model's name without what only says that it is shown."""
    return pascal(model.__name__.removesuffix("View") or model.__name__)
