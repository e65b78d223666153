"""How does an answer of the REST door become types? One per model, field by field; the values stay as they are."""

from collections.abc import Callable
from typing import Annotated, Any, Optional, Union

import strawberry
from pydantic import BaseModel
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField

from api.graphql.global_ids import global_id
from api.graphql.leaves import LEAVES, leaves_of
from api.graphql.names import camel, pascal
from api.graphql.relay import Node
from api.graphql.scalars import Uuid
from api.graphql.shapes import (
    Chosen,
    Keyed,
    Maybe,
    Model,
    OneOf,
    Open,
    Plain,
    Several,
    Shape,
    fields_of,
    shape_of,
)
from api.graphql.type_names import TypeNames, plain_name

# What a value is turned into before it is resolved; None where it stays as it is.
Turn = Callable[[Any], Any] | None


class SettledField(StrawberryField):
    """A field whose type is known from the start, so that it is worked out once."""

    _settled: Any = None

    def resolve_type(self, *, type_definition: Any = None) -> Any:
        """The type."""
        if self._settled is None:
            self._settled = super().resolve_type(type_definition=type_definition)
        return self._settled


class ReadField(SettledField):
    """A field that is there already, under the REST door's name for it."""

    def __init__(
        self, key: str, annotation: Any, *, description: str | None = None, turn: Turn = None
    ) -> None:
        super().__init__(
            python_name=safe(key),
            graphql_name=camel(key),
            type_annotation=StrawberryAnnotation(annotation),
            description=description,
        )
        self.key = key
        self.turn = turn

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The value under the field's key."""
        value = source.get(self.key)
        if self.turn is None or (value is None and self.turn is not leaves_of):
            return value
        return self.turn(value)


def safe(key: str) -> str:
    """A name that a Python attribute may have."""
    return f"{key}_"


def made_type(
    name: str, fields: list[StrawberryField], *, description: str | None, bases: tuple[Any, ...] = ()
) -> Any:
    """A strawberry type of these fields."""
    body: dict[str, Any] = {each.python_name: each for each in fields}
    body["__annotations__"] = {
        each.python_name: each.type_annotation.annotation if each.type_annotation else Any for each in fields
    }
    body["is_type_of"] = staticmethod(lambda source, info: source.get("__typename", name) == name)
    body["__module__"] = __name__
    return strawberry.type(type(name, bases, body), name=name, description=description)


class Answers:
    """The types of everything that is answered."""

    def __init__(self, names: TypeNames, kinds: dict[type[BaseModel], str]) -> None:
        """`kinds` are the models that have a global id, with the model whose name it carries."""
        self.names = names
        self.kinds = kinds
        self.types: dict[type[BaseModel], Any] = {}
        self._unions: dict[tuple[type[BaseModel], ...], Any] = {}
        self._entries: dict[Any, Any] = {}

    def annotation(self, annotation: Any, *, owner: str, name: str) -> tuple[Any, Turn]:
        """The type of an annotation, and what turns a value into it."""
        return self._of(shape_of(annotation, owner=owner, name=name), owner)

    def model(self, model: type[BaseModel]) -> Any:
        """The type of a model."""
        if model not in self.types:
            name = self.names.of_model(model)
            self.types[model] = None  # a model that contains itself is noticed, not followed for ever
            try:
                self.types[model] = self._made(model, name)
            finally:
                if self.types[model] is None:
                    del self.types[model]
        if self.types[model] is None:
            raise TypeError(f"{model} contains itself")
        return self.types[model]

    def _made(self, model: type[BaseModel], name: str) -> Any:
        fields: list[StrawberryField] = []
        kind = self.kinds.get(model)
        for key, annotation, metadata, description, _ in fields_of(model):
            shape = shape_of(annotation, owner=plain_name(model), name=key, metadata=metadata)
            if key == "id" and kind is not None:
                fields.append(GlobalId(kind))
                key_field = ReadField("id", Uuid, description="the id itself, as the REST door knows it")
                key_field.python_name, key_field.graphql_name = "uuid_", "uuid"
                fields.append(key_field)
                continue
            type_, turn = self._of(shape, plain_name(model))
            fields.append(ReadField(key, type_, description=description, turn=turn))
        bases = (Node,) if kind == name else ()
        return made_type(name, fields, description=_words(model.__doc__), bases=bases)

    def _of(self, shape: Shape, owner: str) -> tuple[Any, Turn]:
        match shape:
            case Plain(type_):
                return type_, str if type_ is str else None
            case Chosen():
                return self.names.enum(shape, owner), None
            case Model(model):
                return self.model(model), None
            case Maybe(inner):
                type_, turn = self._of(inner, owner)
                return Optional[type_], _leaves_or_nothing if turn is leaves_of else turn  # noqa: UP045
            case Several(item):
                type_, turn = self._of(item, owner)
                return list[type_], _each(turn)  # type: ignore[valid-type]
            case Keyed(key, value):
                return self._keyed(key, value, owner)
            case OneOf():
                return self._one_of(shape)
            case Open():
                return LEAVES, leaves_of

    def _keyed(self, key: Shape, value: Shape, owner: str) -> tuple[Any, Turn]:
        key_type, _ = self._of(key, owner)
        value_type, turn = self._of(value, owner)
        told = (repr(key), repr(value))
        if told not in self._entries:
            name = self.names.take(("entry", told), _entry_names(key_type, value_type, owner))
            fields: list[StrawberryField] = [
                ReadField("key", key_type),
                ReadField("value", value_type, turn=turn),
            ]
            self._entries[told] = made_type(name, fields, description="One value under its key.")

        def entries(given: dict[str, Any]) -> list[dict[str, Any]]:
            return [{"key": key, "value": value} for key, value in given.items()]

        entry = self._entries[told]
        return list[entry], entries  # type: ignore[valid-type]

    def _one_of(self, shape: OneOf) -> tuple[Any, Turn]:
        models = tuple(member.type for _, member in shape.members)
        named = {word: self.names.of_model(member.type) for word, member in shape.members}
        if models not in self._unions:
            types = tuple(self.model(each) for each in models)
            name = self.names.take(("union", models), (pascal(shape.name), f"{pascal(shape.name)}Value"))
            self._unions[models] = Annotated[Union[types], strawberry.union(name=name)]  # noqa: UP007

        def tagged(value: dict[str, Any]) -> dict[str, Any]:
            return {**value, "__typename": named[value[shape.told_by]]}

        return self._unions[models], tagged


class GlobalId(SettledField):
    """The one name of a thing, from its kind and its id."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            python_name="id",
            graphql_name="id",
            type_annotation=StrawberryAnnotation(strawberry.ID),
            description="the global id, for node(id:)",
        )
        self.kind = kind

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """Made when it is asked for."""
        return global_id(self.kind, source["id"])


def _leaves_or_nothing(tree: Any) -> Any:
    return None if tree is None else leaves_of(tree)


def _each(turn: Turn) -> Turn:
    return None if turn is None or turn is str else lambda values: [turn(each) for each in values]


def _entry_names(key: Any, value: Any, owner: str) -> tuple[str, ...]:
    named = getattr(value, "__name__", None) or "Values"
    keyed = "" if key is str else getattr(key, "__name__", "")
    return (f"{pascal(keyed + '_' + named)}Entry", f"{owner}{pascal(named)}Entry", f"{owner}Entry")


def _words(text: str | None) -> str | None:
    return " ".join(text.split()) if text else None
