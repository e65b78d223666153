"""What of the OpenAPI document binds us? Its structure, without the words, the examples and the ways of saying no."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
CURRENT, RELEASED = SNAPSHOTS / "openapi.json", SNAPSHOTS / "openapi.released.json"
WORDS = frozenset({"description", "summary", "example", "examples", "title", "tags", "headers"})
OF_NAMES = frozenset({"properties", "schemas", "parameters", "responses", "paths", "$defs", "mapping"})


def slim(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without anything a program does not go by."""
    bare = _bare(document, is_names=False)
    for methods in bare["paths"].values():
        for operation in methods.values():
            operation["responses"] = {
                status: answer for status, answer in operation["responses"].items() if status.startswith("2")
            }
    components = bare["components"]
    components["responses"] = {
        name: answer for name, answer in components["responses"].items() if not name.startswith("Problem")
    }
    return {"openapi": bare["openapi"], "paths": bare["paths"], "components": components}


def text_of(document: Mapping[str, Any]) -> str:
    """One line per path and per schema, so that a change is a line."""
    lines = [f'{{"openapi": {json.dumps(document["openapi"])},', '"paths": {']
    lines += [",\n".join(_line(name, each) for name, each in sorted(document["paths"].items()))]
    lines += ["},", '"components": {']
    parts = []
    for kind, named in sorted(document["components"].items()):
        inner = ",\n".join(_line(name, each) for name, each in sorted(named.items()))
        parts.append(f"{json.dumps(kind)}: {{\n{inner}\n}}")
    return "\n".join([*lines, ",\n".join(parts), "}}"]) + "\n"


def _line(name: str, value: Any) -> str:
    return f"{json.dumps(name)}: {json.dumps(value, sort_keys=True, separators=(',', ':'))}"


def _bare(value: Any, *, is_names: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _bare(each, is_names=name in OF_NAMES and not is_names)
            for name, each in value.items()
            if is_names or name not in WORDS
        }
    return [_bare(each, is_names=False) for each in value] if isinstance(value, list) else value


def main() -> None:
    """Makes today's document the release that the next ones are held against."""
    RELEASED.write_text(text_of(slim(json.loads(CURRENT.read_text()))))


if __name__ == "__main__":
    main()
