"""Which modules does the house consist of, and what is written in them?"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
FLOORS = ("domain", "application", "projections", "adapters", "api")
C = TypeVar("C")


@dataclass(frozen=True)
class Source:
    """One module as text and as a syntax tree; `path` is relative to the repository."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return parsed(self.path, self.text)

    @property
    def name(self) -> str:
        """The dotted name it is imported by."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def parsed(path: str, text: str) -> ast.Module:
    """The syntax tree; parsed once per run."""
    return ast.parse(text, path)


def sources(*floors: str) -> Iterator[Source]:
    """Every module of the floors, in a fixed order."""
    for floor in floors or FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            yield Source(path.relative_to(ROOT).as_posix(), path.read_text())


def classes_under(floor: str, base: type[C]) -> list[type[C]]:
    """Every class defined on the floor that descends from `base`, `base` itself excluded."""
    found: list[type[C]] = []
    for source in sources(floor):
        module = import_module(source.name)
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, base) and value is not base:  # noqa: SIM102
                if value.__module__ == source.name:
                    found.append(value)
    return found
