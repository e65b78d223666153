"""The OpenAPI document is complete, true to the matrix and to its examples, and needs nobody else's server."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
from fastapi.routing import APIRoute

from api.main import ROUTERS
from api.rest import examples
from api.web.docs import VENDOR, manifest
from application.platform.permissions import PERMISSIONS
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
        assert manifest()["licence"] == "Apache-2.0"
        assert (VENDOR / manifest()["licence_file"]).exists()
        for name, file in manifest()["files"].items():
            digest = base64.b64encode(hashlib.sha384((VENDOR / name).read_bytes()).digest()).decode()
            assert file["integrity"] == f"sha384-{digest}", name
