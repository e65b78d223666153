"""How does a client's input become what the REST door reads? Field by field, and only what the client wrote."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Optional

import strawberry
from graphql import GraphQLError
from pydantic import BaseModel
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from api.graphql.answers import SettledField, safe
from api.graphql.names import CLOSED, camel, pascal
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

# What makes of a coerced value the one that is sent.
Send = Callable[[Any], Any]


class InputField(SettledField):
    """A field of an input; the client may leave it out if the REST door has a value for it."""

    def __init__(
        self, key: str, annotation: Any, *, is_required: bool, description: str | None = None
    ) -> None:
        super().__init__(
            python_name=safe(key),
            graphql_name=camel(key),
            type_annotation=StrawberryAnnotation(annotation),
            description=description,
            **({} if is_required else {"default": UNSET}),
        )


class Inputs:
    """The types of everything that is taken."""

    def __init__(self, names: TypeNames) -> None:
        self.names = names
        self._types: dict[type[BaseModel], tuple[Any, Send]] = {}
        self._others: dict[Any, tuple[Any, Send]] = {}

    def argument(
        self,
        name: str,
        annotation: Any,
        *,
        owner: str,
        is_required: bool,
        metadata: tuple[Any, ...] = (),
        description: str | None = None,
    ) -> tuple[StrawberryArgument, Send]:
        """An argument of a field, and what its value is sent as."""
        type_, send = self._of(shape_of(annotation, owner=owner, name=name, metadata=metadata), owner)
        if not is_required:
            type_ = Optional[type_]  # noqa: UP045
        return made_argument(name, type_, description=description), send

    def model(self, model: type[BaseModel], *, without: str | None = None) -> tuple[Any, Send]:
        """The input type of a model; `without` is a field that is told by the place where it stands."""
        key = (model, without)
        if key not in self._others:
            self._others[key] = self._made(model, without)
        return self._others[key]

    def _made(self, model: type[BaseModel], without: str | None) -> tuple[Any, Send]:
        fields: list[StrawberryField] = []
        sends: list[tuple[str, Send]] = []
        owner = plain_name(model)
        for key, annotation, metadata, description, is_required in fields_of(model):
            if key == without or key in model.model_computed_fields:
                continue
            annotation = CLOSED.get((model.__name__, key), annotation)
            shape = shape_of(annotation, owner=owner, name=key, metadata=metadata)
            type_, send = self._of(shape, owner)
            if not is_required and not isinstance(shape, Maybe):
                type_ = Optional[type_]  # noqa: UP045
            fields.append(InputField(key, type_, is_required=is_required, description=description))
            sends.append((key, send))
        if not fields:
            return bool, _nothing
        name = self.names.of_model(model, suffix="Input" if without is None else "PartInput")

        def sent(value: Any) -> dict[str, Any]:
            given = ((key, getattr(value, safe(key)), send) for key, send in sends)
            return {
                key: None if each is None else send(each) for key, each, send in given if each is not UNSET
            }

        return _input(name, fields, model.__doc__), sent

    def _of(self, shape: Shape, owner: str) -> tuple[Any, Send]:
        match shape:
            case Plain(type_):
                return type_, _as_is
            case Chosen():
                return self.names.enum(shape, owner), _word
            case Model(model):
                return self.model(model)
            case Maybe(inner):
                type_, send = self._of(inner, owner)
                return Optional[type_], send  # noqa: UP045
            case Several(item):
                type_, send = self._of(item, owner)
                return list[type_], lambda values: [None if each is None else send(each) for each in values]  # type: ignore[valid-type]
            case Keyed(key, value):
                return self._keyed(key, value, owner)
            case OneOf():
                return self._one_of(shape)
            case Open():
                raise TypeError(f"{owner} takes a tree of any form; give it one in names.CLOSED")

    def _keyed(self, key: Shape, value: Shape, owner: str) -> tuple[Any, Send]:
        told = (repr(key), repr(value))
        if told not in self._others:
            key_type, send_key = self._of(key, owner)
            value_type, send = self._of(value, owner)
            named = getattr(value_type, "__name__", None) or "Value"
            name = self.names.take(
                ("entry input", told), (f"{pascal(named)}EntryInput", f"{owner}{pascal(named)}EntryInput")
            )
            fields: list[StrawberryField] = [
                InputField("key", key_type, is_required=True),
                InputField("value", value_type, is_required=True),
            ]

            def sent(entries: list[Any]) -> dict[str, Any]:
                under: dict[str, Any] = {}
                for each in entries:
                    key = send_key(each.key_)
                    if key in under:
                        raise GraphQLError("A key appears twice.")
                    under[key] = None if each.value_ is None else send(each.value_)
                return under

            self._others[told] = (list[_input(name, fields, "One value under its key.")], sent)  # type: ignore[misc]
        return self._others[told]

    def _one_of(self, shape: OneOf) -> tuple[Any, Send]:
        if shape not in self._others:
            fields: list[StrawberryField] = []
            sends: dict[str, tuple[str, Send]] = {}
            for word, member in shape.members:
                type_, send = self.model(member.type, without=shape.told_by)
                fields.append(InputField(word, Optional[type_], is_required=False))  # noqa: UP045
                sends[safe(word)] = (word, send)
            models = tuple(member.type for _, member in shape.members)
            name = self.names.take(
                ("one of", models), (f"{pascal(shape.name)}Input", f"{pascal(shape.name)}OneInput")
            )

            def sent(value: Any) -> dict[str, Any]:
                for attribute, (word, send) in sends.items():
                    given = getattr(value, attribute)
                    if given is not UNSET and given is not None:
                        return {shape.told_by: word, **send(given)}
                raise GraphQLError("Exactly one of the fields must be given.")

            self._others[shape] = (_input(name, fields, "Exactly one of these.", one_of=True), sent)
        return self._others[shape]


def made_argument(name: str, annotation: Any, *, description: str | None = None) -> StrawberryArgument:
    """An argument; one that may be left out and was, is not sent."""
    return StrawberryArgument(
        python_name=safe(name),
        graphql_name=camel(name),
        type_annotation=StrawberryAnnotation(annotation),
        description=description,
    )


def _input(name: str, fields: list[StrawberryField], description: str | None, *, one_of: bool = False) -> Any:
    body: dict[str, Any] = {each.python_name: each for each in fields}
    body["__annotations__"] = {
        each.python_name: each.type_annotation.annotation if each.type_annotation else Any for each in fields
    }
    body["__module__"] = __name__
    words = " ".join((description or "").split()) or None
    return strawberry.input(type(name, (), body), name=name, description=words, one_of=one_of)


def _as_is(value: Any) -> Any:
    return value


def _nothing(value: Any) -> dict[str, Any]:
    return {}


def _word(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
