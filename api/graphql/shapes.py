"""What stands in a model's annotation? The few kinds the house uses, told apart once for answers and for inputs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, JsonValue, SecretStr

from api.graphql import scalars

SCALARS: Mapping[Any, Any] = {
    UUID: scalars.Uuid,
    datetime: scalars.DateTime,
    AwareDatetime: scalars.DateTime,
    date: scalars.Date,
    time: scalars.Time,
    Decimal: scalars.Decimal,
    bool: bool,
    float: float,
    str: str,
    SecretStr: str,
}
LISTS = (list, tuple, set, frozenset, Sequence)


@dataclass(frozen=True)
class Plain:
    """A value of its own."""

    type: Any


@dataclass(frozen=True)
class Chosen:
    """One of some words."""

    name: str
    values: tuple[str, ...]
    described_by: str | None


@dataclass(frozen=True)
class Model:
    """A thing with fields."""

    type: type[BaseModel]


@dataclass(frozen=True)
class Several:
    """Any number of something."""

    item: "Shape"


@dataclass(frozen=True)
class Keyed:
    """Values under keys that the client chooses."""

    key: "Shape"
    value: "Shape"


@dataclass(frozen=True)
class OneOf:
    """One of several things; the field and its words tell which."""

    name: str
    told_by: str
    members: tuple[tuple[str, "Model"], ...]


@dataclass(frozen=True)
class Open:
    """A tree whose form nobody fixed: facts of any event, cells of any table."""


@dataclass(frozen=True)
class Maybe:
    """Something, or nothing."""

    shape: "Shape"


Shape = Plain | Chosen | Model | Several | Keyed | OneOf | Open | Maybe


def shape_of(annotation: Any, *, owner: str, name: str, metadata: tuple[Any, ...] = ()) -> Shape:
    """The shape of a field called `name` of the model `owner`."""
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        return shape_of(annotation, owner=owner, name=name, metadata=(*metadata, *more))
    if annotation in (Any, JsonValue):
        return Open()
    if annotation is int:
        return Plain(scalars.whole_number(name, metadata))
    if annotation in SCALARS:
        return Plain(SCALARS[annotation])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Chosen(annotation.__name__, tuple(str(each.value) for each in annotation), annotation.__doc__)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Model(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _of_words(arguments, owner, name)
    if origin in (Union, UnionType):
        return _of_union(arguments, owner, name, metadata)
    if origin in LISTS:
        return Several(shape_of(arguments[0], owner=owner, name=name))
    if origin in (dict, Mapping):
        key = shape_of(arguments[0], owner=owner, name=f"{name}_key")
        value = shape_of(arguments[1], owner=owner, name=f"{name}_value")
        return Open() if isinstance(value, Open) else Keyed(key, value)
    raise TypeError(f"{owner}.{name} has a form that GraphQL was not taught: {annotation}")


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, Any, tuple[Any, ...], str | None, bool]]:
    """Name, annotation, metadata, description of each field, and whether it must be given."""
    model.model_rebuild()  # until it is built, nobody knows what a computed field returns
    for name, field in model.model_fields.items():
        key = field.alias or name  # what the REST door calls it
        yield key, field.annotation, tuple(field.metadata), field.description, field.is_required()
    for name, computed in model.model_computed_fields.items():
        yield name, computed.return_type, (), computed.description, True


def _of_words(values: tuple[Any, ...], owner: str, name: str) -> Shape:
    words = tuple(str(each.value if isinstance(each, Enum) else each) for each in values)
    if len(words) == 1:
        # One word tells members of a union apart; as a type of its own it would keep their fields from merging.
        return Plain(str)
    return Chosen(f"{owner}_{name}", words, None)


def _of_union(arguments: tuple[Any, ...], owner: str, name: str, metadata: tuple[Any, ...]) -> Shape:
    some = [each for each in arguments if each is not NoneType]
    shapes = [shape_of(each, owner=owner, name=name, metadata=metadata) for each in some]
    shape = shapes[0] if len(shapes) == 1 else _one_of(shapes, owner, name)
    return Maybe(shape) if len(some) < len(arguments) else shape


def _one_of(shapes: list[Shape], owner: str, name: str) -> Shape:
    if all(isinstance(each, Chosen) for each in shapes):
        words = [word for each in shapes if isinstance(each, Chosen) for word in each.values]
        return Chosen(f"{owner}_{name}", tuple(dict.fromkeys(words)), None)
    models = [each for each in shapes if isinstance(each, Model)]
    if len(models) < len(shapes):
        return Plain(str)
    told_by, words = _told_apart_by(models)
    return OneOf(f"{owner}_{name}", told_by, tuple(zip(words, models, strict=True)))


def _told_apart_by(models: list[Model]) -> tuple[str, list[str]]:
    """The field in which each of the models has one word of its own."""
    for name in models[0].type.model_fields:
        annotations = [
            each.type.model_fields[name].annotation for each in models if name in each.type.model_fields
        ]
        words = [get_args(each) for each in annotations if get_origin(each) is Literal]
        if len(words) == len(models) and all(len(each) == 1 for each in words):
            told = [str(each[0].value if isinstance(each[0], Enum) else each[0]) for each in words]
            if len(set(told)) == len(told):
                return name, told
    raise TypeError(f"nothing tells {models} apart")
