"""The OpenAPI document keeps the house's rules, and no client of the last release breaks (SEC-48)."""

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.contract.breaking import breaks
from tests.contract.lint import findings
from tests.contract.slim import CURRENT, RELEASED, slim, text_of

# A break that was decided, word for word as the test says it, and why.
DECIDED: dict[str, str] = {}
TODAY = date(2026, 11, 21)
Change = Callable[[dict[str, Any]], object]


def test_every_operation_keeps_the_rules() -> None:
    assert findings(json.loads(CURRENT.read_text())) == []


def test_nobody_breaks_who_worked_with_the_last_release() -> None:
    found = breaks(
        json.loads(RELEASED.read_text()), slim(json.loads(CURRENT.read_text())), today=date.today()
    )
    new = [each for each in found if each not in DECIDED]
    assert new == [], (
        "deprecate it, or decide on the break in DECIDED; `make release-contract` is for a release"
    )
    assert set(DECIDED) <= set(found), "a decided break is no longer one"


def test_the_release_is_written_as_we_write_it() -> None:
    released = json.loads(RELEASED.read_text())
    assert text_of(slim(released)) == RELEASED.read_text()


def small() -> dict[str, Any]:
    """A document with one of everything."""
    text = {"type": "string"}
    return {
        "openapi": "3.1.0",
        "tags": [{"name": "trips", "description": "Trips."}],
        "paths": {
            "/api/v1/trips/{trip_id}": {
                "post": {
                    "operationId": "move_trip",
                    "summary": "Move a trip",
                    "description": "Moves it.",
                    "tags": ["trips"],
                    "security": [{"key": []}],
                    "x-permission": {
                        "roles": ["owner"],
                        "roles_for_own": ["traveller"],
                        "scope": "trips:write",
                    },
                    "parameters": [
                        {"in": "path", "name": "trip_id", "required": True, "schema": text},
                        {"in": "query", "name": "dry_run", "schema": {"type": "boolean"}},
                        {"$ref": "#/components/parameters/Idempotency-Key"},
                    ],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "example": {},
                                "schema": {"$ref": "#/components/schemas/Move"},
                            }
                        },
                    },
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "example": {},
                                    "schema": {"$ref": "#/components/schemas/Trip"},
                                }
                            }
                        },
                        **{
                            status: {"$ref": f"#/components/responses/Problem{status}"}
                            for status in (
                                *("401", "403", "404", "409", "413"),
                                *("415", "422", "429", "500", "503"),
                            )
                        },
                    },
                }
            }
        },
        "components": {
            "parameters": {"Idempotency-Key": {"in": "header", "name": "Idempotency-Key", "schema": text}},
            "responses": {},
            "schemas": {
                "Move": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["cabin"],
                    "properties": {
                        "cabin": {"enum": ["economy", "business"], "type": "string"},
                        "note": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]},
                        "seats": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                    },
                },
                "Trip": {
                    "type": "object",
                    "required": ["id", "cabin"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid"},
                        "cabin": {"enum": ["economy", "business"], "type": "string"},
                        "after": {"anyOf": [{"$ref": "#/components/schemas/Trip"}, {"type": "null"}]},
                        "price": {"type": "integer"},
                    },
                },
            },
        },
    }


PATH = "/api/v1/trips/{trip_id}"


def operation(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][PATH]["post"]
    return found


def fields(document: dict[str, Any], schema: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][schema]["properties"]
    return found


BREAKING: list[tuple[str, Change]] = [
    ("is gone, and its sunset", lambda d: d["paths"].clear()),
    ("is called shift_trip now", lambda d: operation(d).update(operationId="shift_trip")),
    ("parameter dry_run is no longer taken", lambda d: operation(d)["parameters"].pop(1)),
    ("parameter dry_run must be sent", lambda d: operation(d)["parameters"][1].update(required=True)),
    ("dry_run: was boolean", lambda d: operation(d)["parameters"][1].update(schema={"type": "integer"})),
    ("is no longer answered with 200", lambda d: operation(d)["responses"].pop("200")),
    ("needs the scope", lambda d: operation(d)["x-permission"].update(scope="trips:all")),
    ("no longer permitted to traveller", lambda d: operation(d)["x-permission"].update(roles_for_own=[])),
    ("body.note: is gone", lambda d: fields(d, "Move").pop("note")),
    ("body.note: must be sent", lambda d: d["components"]["schemas"]["Move"]["required"].append("note")),
    (
        "body.why: must be sent",
        lambda d: d["components"]["schemas"]["Move"].update(required=["cabin", "why"]),
    ),
    (
        "body.cabin: business is no longer taken",
        lambda d: fields(d, "Move")["cabin"].update(enum=["economy"]),
    ),
    ("body.note: null is no longer taken", lambda d: fields(d, "Move")["note"]["anyOf"].pop()),
    ("maxLength is 5", lambda d: fields(d, "Move")["note"]["anyOf"][0].update(maxLength=5)),
    ("body.seats[]: minimum is 2", lambda d: fields(d, "Move")["seats"]["items"].update(minimum=2)),
    ("answer.price: is gone", lambda d: fields(d, "Trip").pop("price")),
    ("answer.price: was integer and is number", lambda d: fields(d, "Trip")["price"].update(type="number")),
    ("answer.cabin: is not always there", lambda d: d["components"]["schemas"]["Trip"]["required"].pop()),
    ("answer.id: its format was uuid", lambda d: fields(d, "Trip")["id"].pop("format")),
    (
        "null can be answered",
        lambda d: fields(d, "Trip").update(price={"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    ),
    ("can be anything now", lambda d: fields(d, "Trip")["cabin"].pop("enum")),
]
HARMLESS: list[Change] = [
    lambda d: d["paths"].update({"/api/v1/more": {}}),
    lambda d: operation(d)["parameters"].append({"in": "query", "name": "why", "schema": {"type": "string"}}),
    lambda d: operation(d)["x-permission"].update(roles=["owner", "admin", "traveller"], roles_for_own=[]),
    lambda d: fields(d, "Move").update(why={"type": "string"}),
    lambda d: fields(d, "Move")["cabin"]["enum"].append("first"),
    lambda d: fields(d, "Move")["note"]["anyOf"][0].pop("maxLength"),
    lambda d: d["components"]["schemas"]["Move"].update(required=[]),
    lambda d: fields(d, "Trip").update(why={"type": "string"}),
    lambda d: fields(d, "Trip")["cabin"]["enum"].append("first"),
    lambda d: d["components"]["schemas"]["Trip"]["required"].append("price"),
    lambda d: fields(d, "Trip")["after"]["anyOf"].pop(),
    lambda d: operation(d).update(deprecated=True),
]


@pytest.mark.parametrize(("sentence", "change"), BREAKING, ids=[sentence for sentence, _ in BREAKING])
def test_a_break_is_named(sentence: str, change: Change) -> None:
    after = small()
    change(after)
    (found,) = breaks(small(), after, today=TODAY)
    assert sentence in found, found


@pytest.mark.parametrize("change", HARMLESS)
def test_what_adds_or_asks_less_breaks_nobody(change: Change) -> None:
    after = copy.deepcopy(small())
    change(after)
    assert breaks(small(), after, today=TODAY) == []


def test_an_operation_may_go_after_its_sunset() -> None:
    before, after = small(), small()
    operation(before)["x-deprecation"] = {"sunset": "2026-11-21"}
    after["paths"].clear()
    assert breaks(before, after, today=TODAY) == []
    assert breaks(before, after, today=date(2026, 11, 20)) != []


def test_a_good_document_has_no_findings() -> None:
    assert findings(small()) == []


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        ("has no operationId", lambda d: operation(d).pop("operationId")),
        ("has no operationId", lambda d: operation(d).update(operationId="moveTrip")),
        ("has no summary", lambda d: operation(d).pop("summary")),
        ("has no tags", lambda d: operation(d).update(tags=[])),
        ("the tag journeys has no description", lambda d: operation(d).update(tags=["journeys"])),
        ("who may call it", lambda d: operation(d).pop("security")),
        ("which roles", lambda d: operation(d).pop("x-permission")),
        ("what 409 means", lambda d: operation(d)["responses"].pop("409")),
        (
            "is no problem document",
            lambda d: operation(d)["responses"].update({"404": {"description": "No"}}),
        ),
        (
            "its body has no example",
            lambda d: operation(d)["requestBody"]["content"]["application/json"].pop("example"),
        ),
        (
            "its 200 has no example",
            lambda d: operation(d)["responses"]["200"]["content"]["application/json"].pop("example"),
        ),
        ("takes no Idempotency-Key", lambda d: operation(d)["parameters"].pop()),
        ("not in snake_case", lambda d: fields(d, "Trip").update(theCabin={})),
        ("under no version", lambda d: d["paths"].update({"/trips": d["paths"].pop(PATH)})),
    ],
)
def test_a_finding_is_named(sentence: str, change: Change) -> None:
    document = small()
    change(document)
    assert sentence in "\n".join(findings(document))
