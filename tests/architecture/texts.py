"""Which text in an event, or in an aggregate's state, does nobody answer for?"""

import enum
import types
from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from inspect import isclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from domain.kernel.event import ENVELOPE
from domain.kernel.personal import Impersonal, Personal

# What cannot hold a name. Anything unknown is taken for text.
WORDLESS = (bool, int, float, Decimal, UUID, datetime, date, time, timedelta, AwareDatetime, type(None))
REMEDY = "mark it Personal(subject=...) or Impersonal()"


def undeclared_texts(model: type[BaseModel]) -> list[str]:
    """Where text is neither personal nor impersonal, or personal below the top level."""
    return [
        problem
        for name, field in model.model_fields.items()
        if name not in ENVELOPE
        for problem in _field(f"{model.__name__}.{name}", field.annotation, field.metadata, top=True)
    ]


def _field(path: str, kind: Any, metadata: Any, *, top: bool) -> Iterator[str]:
    if any(isinstance(marker, Personal) for marker in metadata):
        if not top:
            yield f"{path} is Personal inside another value, where nothing encrypts it; move it to the event"
        return
    yield from _value(path, kind, declared=any(isinstance(marker, Impersonal) for marker in metadata))


def _value(path: str, kind: Any, *, declared: bool) -> Iterator[str]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        markers = [*arguments[1:], *([Impersonal()] if declared else [])]
        yield from _field(path, arguments[0], markers, top=False)
    elif origin in (Union, types.UnionType):
        for one in arguments:
            yield from _value(path, one, declared=declared)
    elif origin in (tuple, list, set, frozenset) or (
        origin is not None and arguments and origin is not Literal
    ):
        for one in arguments:
            if one is not Ellipsis:
                yield from _value(f"{path}[]", one, declared=declared)
    elif origin is Literal:
        return
    elif isclass(kind) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield from _field(f"{path}.{name}", field.annotation, field.metadata, top=False)
    elif isclass(kind) and is_dataclass(kind):
        for name, hint in get_type_hints(kind, include_extras=True).items():
            yield from _value(f"{path}.{name}", hint, declared=declared)
    elif isclass(kind) and (kind in WORDLESS or issubclass(kind, enum.Enum)):
        return
    elif not declared:
        yield f"{path} is undeclared text; {REMEDY}"
