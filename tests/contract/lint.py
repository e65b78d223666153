"""Does every operation say what a stranger needs to know? The rules of reference section 7, as data and functions."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Operation = Mapping[str, Any]
SNAKE, KEBAB = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*"), re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PLACE = re.compile(r"\{[a-z_]+\}")
CHANGES = ("post", "put", "patch", "delete")
ALWAYS = ("404", "422", "429", "500", "503")
# Addresses of the service itself, of no version.
UNVERSIONED = ("/live", "/ready", "/version", "/problems")


def findings(document: Mapping[str, Any]) -> list[str]:
    """Every rule that is broken, with where."""
    found, names = [], set()
    tags = {tag["name"] for tag in document.get("tags", ())}
    for path, methods in document["paths"].items():
        found += [f"{path}: {each}" for each in _address(path)]
        for method, operation in methods.items():
            name = operation.get("operationId") or f"{method} {path}"
            if name in names:
                found.append(f"{name}: another operation has this operationId")
            names.add(name)
            found += [
                f"{name}: {sentence}"
                for rule in RULES
                for sentence in rule(method, path, operation, document)
            ]
            unknown = set(operation.get("tags", ())) - tags
            found += [f"{name}: the tag {tag} has no description" for tag in sorted(unknown)]
    for name, schema in document["components"]["schemas"].items():
        found += [
            f"{name}.{each}: is not in snake_case"
            for each in schema.get("properties", {})
            if not SNAKE.fullmatch(each)
        ]
    return found


def _address(path: str) -> Iterator[str]:
    if not path.startswith(("/api/v", *UNVERSIONED)):
        yield "stands under no version"
    for part in PLACE.sub("x", path).strip("/").replace(".", "/").split("/"):
        if not KEBAB.fullmatch(part):
            yield f"{part} is not in kebab-case"


def _is_named(method: str, path: str, operation: Operation, document: Mapping[str, Any]) -> Iterator[str]:
    if not SNAKE.fullmatch(operation.get("operationId", "")):
        yield "has no operationId in snake_case"
    for part in ("summary", "description", "tags"):
        if not operation.get(part):
            yield f"has no {part}"
    if operation.get("summary", "").endswith("."):
        yield "its summary is a sentence"


def _is_secured(method: str, path: str, operation: Operation, document: Mapping[str, Any]) -> Iterator[str]:
    if "security" not in operation:
        yield "does not say who may call it"
    elif operation["security"] and "x-permission" not in operation:
        yield "does not say which roles and which scope it takes"


def _says_no(method: str, path: str, operation: Operation, document: Mapping[str, Any]) -> Iterator[str]:
    wanted = [*ALWAYS, *(("401", "403") if operation.get("security") else ())]
    wanted += ["409", "413", "415"] if method in CHANGES else []
    for status in wanted:
        if status not in operation["responses"]:
            yield f"does not say what {status} means"
    for status, answer in operation["responses"].items():
        if status >= "4" and not answer.get("$ref", "").startswith("#/components/responses/Problem"):
            yield f"its {status} is no problem document"


def _has_examples(method: str, path: str, operation: Operation, document: Mapping[str, Any]) -> Iterator[str]:
    parts = [("body", operation.get("requestBody", {}))]
    parts += [(status, answer) for status, answer in operation["responses"].items() if status < "3"]
    for name, part in parts:
        for content in part.get("content", {}).values():
            is_file = content.get("schema", {}).get("format") == "binary"
            if not is_file and "example" not in content and "examples" not in content:
                yield f"its {name} has no example"


def _takes_a_key(method: str, path: str, operation: Operation, document: Mapping[str, Any]) -> Iterator[str]:
    named = {
        each.get("$ref", "").rpartition("/")[2] or each["name"] for each in operation.get("parameters", ())
    }
    if method in CHANGES and "Idempotency-Key" not in named:
        yield "takes no Idempotency-Key"
    is_paged = "application/json" in operation["responses"].get("200", {}).get("content", {})
    if is_paged and "cursor" in named and "limit" not in named:
        yield "has a cursor and no limit"
    for each in operation.get("parameters", ()):
        if each.get("in") in ("query", "path") and not SNAKE.fullmatch(each["name"]):
            yield f"its parameter {each['name']} is not in snake_case"


Rule = Callable[[str, str, Operation, Mapping[str, Any]], Iterator[str]]
RULES: tuple[Rule, ...] = (_is_named, _is_secured, _says_no, _has_examples, _takes_a_key)
