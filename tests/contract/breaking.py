"""Would a client of the last release still work?

Whoever sends must still be understood, and whoever reads must still find what it was promised. Enumerations in
answers are open (README), so a new value breaks nobody; unknown fields of requests are refused, so a field that
goes breaks whoever sent it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Schema = Mapping[str, Any]
Way = Literal["request", "answer"]

# Of a request: the larger bound of the two admits more.
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
NUMBERS = {"integer", "number"}


def breaks(old: Mapping[str, Any], new: Mapping[str, Any], *, today: date) -> list[str]:
    """Every way in which the new document breaks a client of the old one."""
    return list(Comparison(old, new).operations(today))


@dataclass
class Comparison:
    """Two documents, and the pairs of schemas that have been looked at."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    seen: dict[tuple[str, str, Way], list[str]] = field(default_factory=dict)

    def operations(self, today: date) -> Iterator[str]:
        """Operation by operation."""
        for path, methods in self.old["paths"].items():
            for method, before in methods.items():
                after = self.new["paths"].get(path, {}).get(method)
                name = before["operationId"]
                if after is None:
                    sunset = before.get("x-deprecation", {}).get("sunset")
                    if sunset is None or date.fromisoformat(sunset) > today:
                        yield f"{name}: {method.upper()} {path} is gone, and its sunset has not come"
                    continue
                if after["operationId"] != name:
                    yield f"{name}: is called {after['operationId']} now"
                yield from (f"{name}: {each}" for each in self._operation(before, after))

    def _operation(self, before: Schema, after: Schema) -> Iterator[str]:
        yield from self._parameters(before, after)
        yield from self._bodies(before, after)
        yield from self._answers(before, after)
        yield from _permissions(before.get("x-permission"), after.get("x-permission"))

    def _parameters(self, before: Schema, after: Schema) -> Iterator[str]:
        was, now = self._named(self.old, before), self._named(self.new, after)
        for key, one in was.items():
            if key not in now:
                yield f"the {key[0]} parameter {key[1]} is no longer taken"
                continue
            problems = self._compare(one.get("schema", {}), now[key].get("schema", {}), "request", key[1])
            yield from problems
        for key, one in now.items():
            if one.get("required") and not was.get(key, {}).get("required"):
                yield f"the {key[0]} parameter {key[1]} must be sent now"

    def _named(self, document: Schema, operation: Schema) -> dict[tuple[str, str], Schema]:
        each = (_resolved(document, one) for one in operation.get("parameters", ()))
        return {(one["in"], one["name"]): one for one in each}

    def _bodies(self, before: Schema, after: Schema) -> Iterator[str]:
        was, now = before.get("requestBody", {}), after.get("requestBody", {})
        if now.get("required") and not was.get("required"):
            yield "a body must be sent now"
        for media, content in was.get("content", {}).items():
            if media not in now.get("content", {}):
                yield f"a body of {media} is no longer taken"
                continue
            yield from self._compare(content["schema"], now["content"][media]["schema"], "request", "body")

    def _answers(self, before: Schema, after: Schema) -> Iterator[str]:
        for status, answer in before["responses"].items():
            if not status.startswith("2"):
                continue  # a problem document is one and the same everywhere
            if status not in after["responses"]:
                yield f"is no longer answered with {status}"
                continue
            was = _resolved(self.old, answer).get("content", {})
            now = _resolved(self.new, after["responses"][status]).get("content", {})
            for media, content in was.items():
                if media not in now:
                    yield f"{status} is no longer answered as {media}"
                    continue
                yield from self._compare(content["schema"], now[media]["schema"], "answer", "answer")

    def _compare(self, before: Schema, after: Schema, way: Way, at: str) -> list[str]:
        names = (before.get("$ref", ""), after.get("$ref", ""), way)
        if not (names[0] and names[1]):
            before, after = _resolved(self.old, before), _resolved(self.new, after)
            return [f"{at}{each}" for each in self._schemas(before, after, way)]
        if names not in self.seen:
            self.seen[names] = []  # a schema that holds itself is judged once
            before, after = _resolved(self.old, before), _resolved(self.new, after)
            self.seen[names] = list(self._schemas(before, after, way))
        return [f"{at}{each}" for each in self.seen[names]]

    def _schemas(self, before: Schema, after: Schema, way: Way) -> Iterator[str]:
        if _choices(before) or _choices(after):
            yield from self._alternatives(before, after, way)
            return
        was, now = _types(before), _types(after)
        narrow, wide = (now, was) if way == "request" else (was, now)
        if narrow and not _covers(narrow, wide):
            yield f": was {_said(was)} and is {_said(now)}"
            return
        yield from _values(before, after, way)
        if way == "request":
            yield from _bounds(before, after)
        if before.get("format") != after.get("format") and (way == "answer" or after.get("format")):
            yield f": its format was {before.get('format')} and is {after.get('format')}"
        yield from self._fields(before, after, way)
        if "items" in before and "items" in after:
            yield from self._compare(before["items"], after["items"], way, "[]")
        inner = (before.get("additionalProperties"), after.get("additionalProperties"))
        if all(isinstance(each, Mapping) for each in inner):
            yield from self._compare(inner[0], inner[1], way, "{}")  # type: ignore[arg-type]

    def _fields(self, before: Schema, after: Schema, way: Way) -> Iterator[str]:
        was, now = before.get("properties", {}), after.get("properties", {})
        required, must = set(before.get("required", ())), set(after.get("required", ()))
        for name, one in was.items():
            if name in now:
                yield from self._compare(one, now[name], way, f".{name}")
            elif after.get("additionalProperties") in (None, False) or way == "answer":
                yield f".{name}: is gone"
        if way == "request":
            yield from (f".{name}: must be sent now" for name in sorted(must - required))
        else:
            yield from (
                f".{name}: is not always there any more" for name in sorted((required - must) & set(now))
            )

    def _alternatives(self, before: Schema, after: Schema, way: Way) -> Iterator[str]:
        was, now = _choices(before) or [before], _choices(after) or [after]
        # A sender's every choice must still be taken; a reader must know every one it can get.
        asked, offered = (was, now) if way == "request" else (now, was)
        for one in asked:
            pairs = [(one, each) if way == "request" else (each, one) for each in offered]
            found = [self._compare(*pair, way, "") for pair in pairs]
            if all(found):
                nearest = min(found, key=len)
                word = "is no longer taken" if way == "request" else "can be answered now"
                yield (
                    f": {_said(_types(one)) if '$ref' not in one else one['$ref'].rpartition('/')[2]} {word}"
                    + (f" ({nearest[0].lstrip(': ')})" if nearest and len(offered) > 0 else "")
                )


def _permissions(before: Schema | None, after: Schema | None) -> Iterator[str]:
    if after is None:
        return
    if before is None:
        yield "a credential is asked for now"
        return
    if before["scope"] != after["scope"] and after["scope"] is not None:
        yield f"a key needs the scope {after['scope']} now"
    for part in ("roles", "roles_for_own"):
        lost = set(before[part]) - set(after["roles"]) - set(after[part])
        if lost:
            yield f"is no longer permitted to {', '.join(sorted(lost))}"


def _values(before: Schema, after: Schema, way: Way) -> Iterator[str]:
    was, now = _enumerated(before), _enumerated(after)
    if way == "request" and now is not None:
        lost = [each for each in was or () if each not in now]
        if was is None:
            yield f": only {_listed(now)} is taken now"
        elif lost:
            yield f": {_listed(lost)} is no longer taken"
    if way == "answer" and was is not None and now is None:
        yield f": was one of {_listed(was)} and can be anything now"


def _bounds(before: Schema, after: Schema) -> Iterator[str]:
    for name in UPPER:
        if name in after and after[name] < before.get(name, float("inf")):
            yield f": {name} is {after[name]} now"
    for name in LOWER:
        if name in after and after[name] > before.get(name, float("-inf")):
            yield f": {name} is {after[name]} now"
    if "pattern" in after and after["pattern"] != before.get("pattern"):
        yield ": another pattern is asked for now"


def _resolved(document: Schema, value: Schema) -> Schema:
    while "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


def _choices(schema: Schema) -> list[Schema]:
    return list(schema.get("anyOf") or schema.get("oneOf") or ())


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type")
    return set(kind) if isinstance(kind, list) else {kind} if kind else set()


def _covers(narrow: set[str], wide: set[str]) -> bool:
    """Is everything of `wide` in `narrow`? An unknown type may be anything, and every integer is a number."""
    if not wide:
        return False
    known = narrow | ({"integer"} if "number" in narrow else set())
    return wide <= known


def _enumerated(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    found: list[Any] | None = schema.get("enum")
    return found


def _said(types: set[str]) -> str:
    return " or ".join(sorted(types)) or "anything"


def _listed(values: list[Any]) -> str:
    return ", ".join(map(str, values))
