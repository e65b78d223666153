"""The OpenAPI document is complete, true to the matrix and to its examples, and needs nobody else's server."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import jsonschema_rs
import pytest
from fastapi.routing import APIRoute

from api.main import ROUTERS, create_app
from api.rest import examples
from api.rest.deferring import defers
from api.rest.sunsets import DEPRECATED, Deprecation
from api.web.docs import FILES
from application.platform.permissions import PERMISSIONS
from domain.kernel.value import Input, Value
from tests.kit.house import Place

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "openapi.json"
HERE = "house:document"
# Operations without a permission: nothing in them belongs to anybody.
OPEN = {"get_liveness", "get_readiness", "get_version", "list_problems", "get_problem"}


def within_the_document(schema: Any) -> Any:
    """The schema by itself, which finds what it refers to where the document is registered."""
    if isinstance(schema, list):
        return [within_the_document(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: f"{HERE}{value}" if name == "$ref" else within_the_document(value)
        for name, value in schema.items()
    }


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_no_body_is_built_later_than_its_door() -> None:
    """It would be built again, with a warning for each of its names: `Input` is not deferred."""
    bodies = [
        body.field_info.annotation
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and (body := route.body_field) is not None
    ]
    models = [model for body in bodies for model in (get_args(body) or (body,)) if isinstance(model, type)]
    assert [each for each in models if issubclass(each, Value) and not issubclass(each, Input)] == []
    assert any(issubclass(each, Input) for each in models)


class TestDocument:
    def test_is_the_one_we_promised(self, place: Place) -> None:
        document = place.client.get("/openapi.json").json()
        text = json.dumps(document, indent=1, sort_keys=True) + "\n"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            SNAPSHOT.parent.mkdir(exist_ok=True)
            SNAPSHOT.write_text(text)
        assert text == SNAPSHOT.read_text(), "the public contract changed; UPDATE_SNAPSHOTS=1 accepts it"

    def test_says_everything_about_every_operation(self, place: Place) -> None:
        document = place.client.get("/openapi.json").json()
        assert document["openapi"].startswith("3.1")
        for path, method, operation in operations(document):
            name = operation["operationId"]
            assert operation["summary"], name
            assert operation["description"], name
            assert operation["tags"], name
            assert "security" in operation, name
            success = [status for status in operation["responses"] if status.startswith("2")]
            if method != "get" and defers(name):
                assert operation["responses"]["202"] == {"$ref": "#/components/responses/Accepted"}, name
                success.remove("202")
            assert len(success) == 1, name
            content = next(iter(operation["responses"][success[0]]["content"].values()))
            assert content["example"] == examples.ANSWERS[name], name
            assert {"404", "422", "429", "500", "503"} <= set(operation["responses"]), name
            if "requestBody" in operation:
                (taken,) = operation["requestBody"]["content"].values()
                assert taken["example"], name
            if method != "get":
                parameters = [each.get("$ref", "") for each in operation["parameters"]]
                assert "#/components/parameters/Idempotency-Key" in parameters, name
                assert {"409", "413", "415", "423"} <= set(operation["responses"]), name
                takes_version = "#/components/parameters/If-Match" in parameters
                assert ("412" in operation["responses"]) is takes_version, name
            assert "HTTPValidationError" not in json.dumps(operation), path

    def test_holds_its_examples_to_its_schemas(self, place: Place) -> None:
        document = place.client.get("/openapi.json").json()
        registry = jsonschema_rs.Registry([(HERE, document)])
        for _, _, operation in operations(document):
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            bodies += [answer for answer in operation["responses"].values() if "content" in answer]
            bodies.append(document["components"]["responses"]["Accepted"])
            for body in bodies:
                for content in body["content"].values():
                    if content["schema"].get("format") == "binary":
                        continue
                    schema = within_the_document(content["schema"])
                    jsonschema_rs.validator_for(schema, registry=registry).validate(content["example"])

    def test_matches_the_permission_matrix(self, place: Place) -> None:
        document = place.client.get("/openapi.json").json()
        named = {operation["operationId"] for _, _, operation in operations(document)}
        assert named - OPEN == set(PERMISSIONS)
        for _, _, operation in operations(document):
            permission = PERMISSIONS.get(operation["operationId"])
            is_open = permission is None or permission.public
            assert (operation["security"] == []) is is_open

    def test_leaves_no_route_out(self) -> None:
        hidden = {
            route.path
            for router in ROUTERS
            for route in router.routes
            if isinstance(route, APIRoute) and not route.include_in_schema
        }
        assert {path for path in hidden if path.startswith("/api")} == set()


class TestPages:
    def test_load_nothing_from_elsewhere(self, place: Place) -> None:
        page = place.client.get("/docs")
        links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert links
        assert all(link.startswith("/") and not link.startswith("//") for link in links)
        policy = page.headers["content-security-policy"]
        assert "http" not in policy
        assert "*" not in policy
        for link in links:
            answer = place.client.get(link)
            assert answer.status_code == 200, link
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "sourceMappingURL" not in answer.text or link.endswith(".js")
        assert place.client.get("/docs/assets/manifest.json").status_code == 404
        assert place.client.get("/docs/assets/..%2f..%2fdocs.py").status_code == 404

    def test_are_what_was_published(self) -> None:
        assert FILES.manifest["licence"] == "Apache-2.0"
        assert (FILES.folder / FILES.manifest["licence_file"]).exists()
        for name, file in FILES.manifest["files"].items():
            digest = base64.b64encode(hashlib.sha384((FILES.folder / name).read_bytes()).digest()).decode()
            assert file["integrity"] == f"sha384-{digest}", name


class TestDeprecation:
    def test_follows_from_one_line(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """RFC 9745 and RFC 8594: headers, document and list of callers, from a declaration alone."""
        gone = Deprecation(date(2026, 1, 1), date(2027, 1, 1), "list_units", "Units are listed elsewhere.")
        monkeypatch.setitem(DEPRECATED, "list_members", gone)
        place.house_at_rest()
        path, owner = "/api/v1/members", place.north.owner
        for person in (owner, place.north.manager):
            answer = place.client.get(f"{path}?limit=1", headers=person.key_headers)
            assert answer.status_code == 200, answer.text
        assert answer.headers["deprecation"] == "@1767225600"
        assert answer.headers["sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
        assert 'rel="deprecation"' in answer.headers["link"]
        assert 'rel="next"' in answer.headers["link"]
        refused = place.client.get(path)
        assert (refused.status_code, refused.headers["deprecation"]) == (401, "@1767225600")

        for person, members in ((owner, {owner.id, place.north.manager.id}), (place.north.traveller, set())):
            (told,) = place.client.get("/api/v1/deprecations", headers=person.headers).json()["data"]
            assert (told["operation"], told["instead"]) == ("list_members", "list_units")
            assert {UUID(each["member_id"]) for each in told["callers"]} == members
        assert all(each["is_key"] and each["calls"] == 1 for each in told["callers"])

        document = create_app(place.house).openapi()
        operation = document["paths"][path]["get"]
        assert operation["deprecated"] is True
        assert operation["x-deprecation"]["sunset"] == "2027-01-01"
        answered = operation["responses"]["200"]["headers"]
        assert {"Deprecation", "Sunset", "Link"} <= set(answered)

    def test_leaves_everything_else_as_it_is(self, place: Place) -> None:
        answer = place.client.get("/api/v1/members", headers=place.north.owner.headers)
        assert "deprecation" not in answer.headers
        assert DEPRECATED.keys() <= set(PERMISSIONS)
        assert all((each.sunset - each.since).days >= 365 for each in DEPRECATED.values())
