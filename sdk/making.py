"""How do the client libraries follow the OpenAPI document? Types by kept generators, operations by one list.

`make sdks` runs this: datamodel-code-generator writes the Python types, openapi-typescript those of TypeScript,
and what stands between a name and a request is one line per operation, written here. A test compares the digest in
the generated folders with the document, so nobody needs a network to know that they are current.

openapi-python-client was tried first: for this document it writes 906 files of 136 000 lines, and drops every
operation whose body is a choice between shapes. Typed dictionaries say the same in one file, cost nothing at start
and let unknown fields of an answer pass, as the API asks of its clients.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from keyword import iskeyword
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.contract.slim import CURRENT, slim

SDK = Path(__file__).parent
PYTHON = SDK / "python" / "escale_client" / "_generated"
TYPESCRIPT = SDK / "typescript" / "generated"
DATAMODEL = "datamodel-code-generator==0.68.1"
OPENAPI_TYPESCRIPT = "openapi-typescript@7.13.0"
LOCATIONS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
FORMATS = {"binary": "bytes"}
# Answers that do not end are no answers to wait for.
ENDLESS = "text/event-stream"
WRITTEN_BY = "written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"


def main() -> None:
    """Writes everything anew."""
    document = open_ended(slim(json.loads(CURRENT.read_text())))
    document["info"] = {"title": "Escale", "version": "1"}
    with TemporaryDirectory() as folder:
        source = Path(folder) / "openapi.json"
        source.write_text(json.dumps(document))
        models = python_models(source)
        types = typescript_types(source)
    PYTHON.mkdir(parents=True, exist_ok=True)
    (PYTHON / "models.py").write_text(models)
    (PYTHON / "operations.py").write_text(python_operations(document, names_in(models)))
    (PYTHON / "__init__.py").write_text(f'"""{WRITTEN_BY}"""\n\nDIGEST = "{digest()}"\n')
    TYPESCRIPT.mkdir(parents=True, exist_ok=True)
    (TYPESCRIPT / "schema.d.ts").write_text(types)
    (TYPESCRIPT / "reads.ts").write_text(typescript_reads(document))


def digest() -> str:
    """What the generated files were made from: the structure of the document, and what this file does."""
    structure = json.dumps(slim(json.loads(CURRENT.read_text())), sort_keys=True)
    maker = ast.dump(ast.parse(Path(__file__).read_text()))
    return sha256((structure + maker).encode()).hexdigest()


def open_ended(value: Any) -> Any:
    """The document with room for fields that a later version answers."""
    if isinstance(value, Mapping):
        return {
            name: open_ended(each)
            for name, each in value.items()
            if not (name == "additionalProperties" and each is False)
        }
    return [open_ended(each) for each in value] if isinstance(value, list) else value


def python_models(source: Path) -> str:
    """Every schema as a typed dictionary."""
    target = source.with_suffix(".py")
    uv = Path(sys.executable).with_name("uv")
    chosen = [
        *("--input", str(source), "--input-file-type", "openapi", "--openapi-scopes", "schemas"),
        *("--output", str(target), "--output-model-type", "typing.TypedDict"),
        *("--target-python-version", "3.11", "--use-standard-collections", "--use-union-operator"),
        *("--enum-field-as-literal", "all", "--disable-timestamp", "--formatters", "builtin"),
    ]
    run([str(uv), "tool", "run", "--from", DATAMODEL, "datamodel-codegen", *chosen])
    return f'"""{WRITTEN_BY}"""\n' + target.read_text()


def typescript_types(source: Path) -> str:
    """Every path and schema as a type."""
    target = source.with_suffix(".d.ts")
    run(
        [
            "npx",
            "--yes",
            OPENAPI_TYPESCRIPT,
            str(source),
            "--output",
            str(target),
            "--default-non-nullable",
            "false",
        ]
    )
    return f"// {WRITTEN_BY}\n" + target.read_text()


def run(words: list[str]) -> None:
    """A generator; what it says is shown when it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words[:6])} failed:\n{done.stdout}{done.stderr}")


def names_in(models: str) -> dict[str, str]:
    """The generated name of every schema, found by its letters."""
    tree = ast.parse(models)
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    given = [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    aliases = [each.id for each in given if isinstance(each, ast.Name)]
    return {letters(name): name for name in (*classes, *aliases)}


def letters(name: str) -> str:
    """A name without what generators change in it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def python_operations(document: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One typed method per operation, and one more per list that has pages."""
    lines = [
        f'"""{WRITTEN_BY}"""',
        "",
        "from collections.abc import Iterator, Mapping, Sequence",
        "from typing import Any, Literal",
        "",
        "from escale_client._generated import models",
        "from escale_client.transport import Answered, Transport",
        "",
        "OPERATIONS: dict[str, tuple[str, str]] = {",
    ]
    found = list(operations(document))
    lines += [f'    "{each["operationId"]}": ("{method}", "{path}"),' for method, path, each in found]
    lines += [
        "}",
        "",
        "",
        "class Operations(Transport):",
        '    """Every operation of the API, by its operationId."""',
    ]
    for method, path, operation in found:
        lines += python_method(document, method, path, operation, names)
    return "\n".join(lines) + "\n"


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Method, address and operation, in the order of their names."""
    each = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if ENDLESS not in success(operation).get("content", {})
    ]
    yield from sorted(each, key=lambda one: one[2]["operationId"])


def success(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer to an operation that was done."""
    found: Mapping[str, Any] = next(
        (each for status, each in operation["responses"].items() if "$ref" not in each), {}
    )
    return found


def python_method(
    document: Mapping[str, Any],
    method: str,
    path: str,
    operation: Mapping[str, Any],
    names: Mapping[str, str],
) -> list[str]:
    """The operation as a method."""
    name = operation["operationId"]
    own = [each for each in operation.get("parameters", ()) if "$ref" not in each]
    referred = {each["$ref"].rpartition("/")[2] for each in operation.get("parameters", ()) if "$ref" in each}
    queries = [each for each in own if each["in"] == "query"]
    taken = [
        f"{safe(each['name'])}: {python_type(each['schema'], names)}" for each in own if each["in"] == "path"
    ]
    content = operation.get("requestBody", {}).get("content", {})
    media = next(iter(content), None)
    body = ""
    if media is not None:
        kind = python_type(content[media]["schema"], names) if "json" in media else "bytes | str"
        is_required = operation["requestBody"].get("required", False)
        taken.append(f"body: {kind}" if is_required else f"body: {kind} | None = None")
        body = f", body=body, media={media!r}"
    keywords = [
        f"{safe(each['name'])}: {python_type(each['schema'], names)}"
        + ("" if each.get("required") else " | None = None")
        for each in queries
    ]
    if "Idempotency-Key" in referred and method != "GET":
        keywords.append("idempotency_key: str | None = None")
        body += ", idempotency_key=idempotency_key"
    if "If-Match" in referred:
        keywords.append("if_match: int | None = None")
        body += ", if_match=if_match"
    answers = success(operation).get("content", {})
    kind = next(
        (python_type(each["schema"], names) for each_media, each in answers.items() if "json" in each_media),
        "bytes",
    )
    keywords = [re.sub(r" \| None \| None", " | None", each) for each in keywords]
    places = [each["name"] for each in own if each["in"] == "path"]
    stars = ["*", *keywords] if keywords else []
    path_given = "{" + ", ".join(f'"{each}": {each}' for each in places) + "}"
    query_given = "{" + ", ".join(f'"{each["name"]}": {safe(each["name"])}' for each in queries) + "}"
    reads = ", reads=True" if any(each["name"] == "min_position" for each in queries) else ""
    lines = [
        "",
        f"    def {name}({', '.join(['self', *taken, *stars])}) -> Answered[{kind}]:",
        f'        return self.send("{method}", "{path}", {path_given}, {query_given}{body}{reads})',
    ]
    item = item_of(document, answers, names)
    if item is not None and any(each["name"] == "cursor" for each in queries):
        rest = [each for each in keywords if not each.startswith("cursor:")]
        kept = [each for each in queries if each["name"] != "cursor"]
        query_given = "{" + ", ".join(f'"{each["name"]}": {safe(each["name"])}' for each in kept) + "}"
        stars = ["*", *rest] if rest else []
        lines += [
            "",
            f"    def every_{name.removeprefix('list_')}({', '.join(['self', *taken, *stars])}) -> Iterator[{item}]:",
            f'        return self.pages("{method}", "{path}", {path_given}, {query_given}{reads})',
        ]
    return lines


def safe(name: str) -> str:
    """A name that Python does not keep for itself."""
    return f"{name}_" if iskeyword(name) else name


def item_of(document: Mapping[str, Any], answers: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    """What a page holds, if the answer is one."""
    schema = answers.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    fields = schema.get("properties", {})
    return python_type(fields["data"]["items"], names) if {"data", "next_cursor"} <= set(fields) else None


def python_type(schema: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The Python type of a schema."""
    if "$ref" in schema:
        name = names.get(letters(schema["$ref"].rpartition("/")[2]))
        return "Any" if name is None else f"models.{name}"
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        kinds = list(dict.fromkeys(python_type(each, names) for each in choices))
        return "Any" if "Any" in kinds else " | ".join(kinds)
    if "enum" in schema or "const" in schema:
        return f"Literal[{', '.join(map(repr, schema.get('enum') or [schema['const']]))}]"
    match schema.get("type"):
        case "array":
            return f"Sequence[{python_type(schema.get('items', {}), names)}]"
        case "object":
            return "Mapping[str, Any]"
        case str(kind):
            return FORMATS.get(schema.get("format", ""), LOCATIONS[kind])
    return "Any"


def typescript_reads(document: Mapping[str, Any]) -> str:
    """Which reads can wait for a position, and what the types were made from."""
    waiting = sorted(
        path
        for path, methods in document["paths"].items()
        if any(each.get("name") == "min_position" for each in methods.get("get", {}).get("parameters", ()))
    )
    lines = [
        f"// {WRITTEN_BY}",
        f'export const DIGEST = "{digest()}";',
        "",
        "/** Reads that take min_position. */",
    ]
    lines += [
        "export const READS: ReadonlySet<string> = new Set([",
        *(f'  "{each}",' for each in waiting),
        "]);",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
