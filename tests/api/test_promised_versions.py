"""If-Match is promised exactly where it is checked."""

import json
import re
from typing import Any
from uuid import uuid4

from tests.api import test_bad_input as corpus
from tests.api.test_openapi import SNAPSHOT, operations
from tests.kit.house import Place

PUBLIC = {"open_session", "refresh_session", "accept_invitation", "sign_up", "confirm_signup"}


def test_if_match_is_offered_where_it_is_checked_and_nowhere_else(place: Place) -> None:
    trip, every = str(place.plan(place.north)["id"]), corpus.TestEveryOperation()
    document = json.loads(SNAPSHOT.read_text())
    before, asked = place.heads(), 0
    for path, method, operation in operations(document):
        name = operation["operationId"]
        if method == "get" or name in PUBLIC:
            continue
        body: dict[str, Any] | None = None
        url = path
        if name in corpus.BY_NAME:
            _, given_path, good = corpus.BY_NAME[name]
            url, body = every._filled(given_path, place, trip), every._filled(good, place, trip)
            url = url if url.startswith("/api/") else f"/api/v1{url}"
        url = url.replace("{trip_id}", trip).replace("{member_id}", str(place.north.traveller.id))
        url = re.sub(r"\{\w+_id\}", str(uuid4()), url)
        url = url.replace("{year}", "2030").replace("{key}", "tenant::EUR")
        headers = {**every._headers(place, name), "If-Match": '"v99999"'}
        answer = place.client.request(method, url, **_sent(operation, body, headers))
        offered = "#/components/parameters/If-Match" in [each.get("$ref") for each in operation["parameters"]]
        assert (answer.json().get("code") == "version_not_expected") is not offered, (name, answer.text)
        assert answer.status_code in (400, 404, 409, 412), (name, answer.text)
        asked += 1
    assert asked > 20
    assert place.heads() == before


def _sent(operation: dict[str, Any], body: dict[str, Any] | None, headers: dict[str, str]) -> dict[str, Any]:
    """The body as JSON, or the document's own example where a file is expected."""
    file = operation.get("requestBody", {}).get("content", {}).get("text/csv")
    if file is None:
        return {"json": body or None, "headers": headers}
    return {"content": file["example"], "headers": {**headers, "Content-Type": "text/csv"}}
