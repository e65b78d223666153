"""The same call in GraphQL: written from the schema and the REST call alone, with every field selected."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

DEEPEST = 8
LONGEST_SELECTION = 300


@dataclass(frozen=True)
class Twin:
    """A GraphQL request."""

    query: str
    variables: dict[str, Any]
    field: str


def camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def word(value: str) -> str:
    """A word as an enumeration writes it."""
    upper = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value)).strip("_").upper()
    return f"_{upper}" if upper[:1].isdigit() else upper or "NONE"


def field_of(schema: GraphQLSchema, operation: str, method: str) -> tuple[str, GraphQLField] | None:
    """The twin of an operation, found by its name."""
    root = schema.query_type if method == "GET" else schema.mutation_type
    assert root is not None
    names = {camel(re.sub("^(list|get)_", "", operation))} if method == "GET" else {camel(operation)}
    found = [(name, root.fields[name]) for name in names if name in root.fields]
    return found[0] if found else None


def twin_of(
    schema: GraphQLSchema, operation: str, method: str, template: str, path: str, body: Any, key: str
) -> Twin:
    """The request that asks the same."""
    name, field = field_of(schema, operation, method) or ("", None)
    assert field is not None, f"{operation} has no twin"
    address, _, query = path.partition("?")
    pattern = re.sub(r"\{([a-z_]+)\}", r"(?P<\1>[^/]+)", template)
    matched = re.fullmatch(pattern, address)
    assert matched, (template, path)
    given: dict[str, Any] = {**matched.groupdict()}
    for parameter, value in parse_qsl(query):
        given.setdefault(parameter, [])
        given[parameter] = [*given[parameter], value]
    given.pop("format", None) if "format" not in field.args else None
    arguments: dict[str, Any] = {}
    for parameter, value in given.items():
        if parameter in ("limit", "cursor") and "first" in field.args:
            if parameter == "limit":
                arguments["first"] = int(value[0])
            continue
        arguments[camel(parameter)] = written(field.args[camel(parameter)].type, value)
    if "csv" in field.args:
        arguments["csv"] = body.decode()
    elif body is not None:
        arguments["input"] = sent(field.args["input"].type, body)
    if key:
        arguments["clientMutationId"] = key
    if "first" in field.args:
        arguments.setdefault("first", 5)
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in arguments)
    used = ", ".join(f"{name}: ${name}" for name in arguments)
    selection = selected(field.type)
    declared, used = (f"({declared})", f"({used})") if arguments else ("", "")
    kind = "query" if method == "GET" else "mutation"
    return Twin(f"{kind}{declared} {{ {name}{used} {selection} }}", arguments, name)


def written(type_: Any, values: Any) -> Any:
    """A parameter of the address as a value of its type."""
    texts = values if isinstance(values, list) else [values]
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    many = [_typed(get_named_type(type_), each) for each in texts]
    return many if isinstance(inner, GraphQLList) else many[0]


def _typed(type_: Any, text: str) -> Any:
    if isinstance(type_, GraphQLEnumType):
        return word(text)
    if type_.name in ("Int", "BigInt"):
        return int(text) if re.fullmatch("-?[0-9]+", text) else text
    if type_.name == "Float":
        return float(text)
    return text == "true" if type_.name == "Boolean" else text


def sent(type_: Any, value: Any) -> Any:
    """A part of a body as the input of its type."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if value is None:
        return None
    if isinstance(type_, GraphQLList):
        named = get_named_type(type_)
        if (
            isinstance(value, dict)
            and isinstance(named, GraphQLInputObjectType)
            and set(named.fields) == {"key", "value"}
        ):
            return [
                {"key": sent(named.fields["key"].type, key), "value": sent(named.fields["value"].type, each)}
                for key, each in value.items()
            ]
        return [sent(type_.of_type, each) for each in value]
    if isinstance(type_, GraphQLEnumType):
        return word(value)
    if isinstance(type_, GraphQLInputObjectType) and type_.extensions["strawberry-definition"].is_one_of:
        told = next(
            key for key, each in value.items() if isinstance(each, str) and camel(each) in type_.fields
        )
        member = type_.fields[camel(value[told])].type
        others = {key: each for key, each in value.items() if key != told}
        return {
            camel(value[told]): sent(member, others) if isinstance(member, GraphQLInputObjectType) else True
        }
    if isinstance(type_, GraphQLInputObjectType):
        assert set(map(camel, value)) <= set(type_.fields), f"{type_} does not take {set(value)}"
        return {camel(key): sent(type_.fields[camel(key)].type, each) for key, each in value.items()}
    return value


def selected(type_: Any, depth: int = 2) -> str:
    """Every field below a type, as deep as a document may go; links to other things are left out."""
    return " ".join(_selected(type_, depth))


def _selected(type_: Any, depth: int) -> Iterator[str]:
    named = get_named_type(type_)
    if isinstance(named, GraphQLUnionType):
        yield "{ __typename"
        taken: dict[str, str] = {}
        for member in named.types:
            yield f"... on {member.name}"
            yield from _fields(member, depth, taken)
        yield "}"
    elif isinstance(named, GraphQLObjectType):
        yield from _fields(named, depth, None)


def _fields(named: GraphQLObjectType, depth: int, taken: dict[str, str] | None) -> Iterator[str]:
    yield "{ __typename"
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        is_nested = isinstance(inner, GraphQLObjectType | GraphQLUnionType)
        if field.args or (is_nested and depth >= DEEPEST) or _is_link(named, name, inner):
            continue
        if taken is not None and taken.setdefault(name, str(field.type)) != str(field.type):
            continue  # members of a union may call different things alike; a client renames one of them
        yield name
        if is_nested:
            yield " ".join(_selected(field.type, depth + 1))
    yield "}"


def _is_link(named: GraphQLObjectType, name: str, inner: Any) -> bool:
    field = named.fields[name]
    return bool(
        (field.extensions or {}).get("strawberry-definition")
        and getattr(field.extensions["strawberry-definition"], "is_link", False)
    )


def differences(rest: Any, graph: Any, place: str = "") -> Iterator[str]:
    """Where an answer in GraphQL says something else than the REST answer it stands for."""
    if isinstance(graph, dict) and isinstance(rest, dict):
        if "edges" in graph and "data" in rest:
            yield from differences(
                rest["data"][: len(graph["edges"])],
                [each["node"] for each in graph["edges"]],
                f"{place}/data",
            )
            graph = {key: each for key, each in graph.items() if key not in ("edges", "pageInfo")}
        by_camel = {camel(key): each for key, each in rest.items()}
        for key, each in graph.items():
            if key == "uuid" and "uuid" not in by_camel:
                yield from differences(rest["id"], each, f"{place}/uuid")
            elif key == "id" and "uuid" in graph and "uuid" not in by_camel:
                yield from differences(rest["id"], b64decode(each).decode().partition(":")[2], f"{place}/id")
            elif key != "__typename":
                yield from differences(by_camel.get(key), each, f"{place}/{key}")
    elif isinstance(graph, list) and isinstance(rest, list) and not _is_tree(graph):
        if len(graph) != len(rest):
            yield f"{place}: {len(rest)} there, {len(graph)} here"
        for number, (left, right) in enumerate(zip(rest, graph, strict=False)):
            yield from differences(left, right, f"{place}/{number}")
    elif isinstance(graph, list):
        if _is_tree(graph) and sorted(each["pointer"] for each in graph) != sorted(_pointers(rest, "")):
            yield f"{place}: other leaves"
        if isinstance(rest, dict) and graph and "key" in graph[0]:
            entries = {each["key"]: each["value"] for each in graph}
            for key, value in rest.items():
                yield from differences(value, entries.get(key, entries.get(word(key))), f"{place}/{key}")
    elif graph != rest and not (isinstance(rest, str) and graph == word(rest)) and str(rest) != graph:
        yield f"{place}: {rest!r} there, {graph!r} here"


def _is_tree(graph: list[Any]) -> bool:
    return bool(graph) and isinstance(graph[0], dict) and "pointer" in graph[0] and "kind" in graph[0]


def _pointers(tree: Any, pointer: str) -> Iterator[str]:
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from _pointers(value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(tree, list) and tree:
        for number, value in enumerate(tree):
            yield from _pointers(value, f"{pointer}/{number}")
    else:
        yield pointer
