"""Whatever the OpenAPI document allows, and much that it does not: answered, never with a 5xx."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from tests.kit.house import Place

SNAPSHOT = Path(__file__).parent.parent / "snapshots" / "openapi.json"
# Drawing a case costs ten times what answering it does: here each operation is asked in one way, well formed or not,
# and twice; `make fuzz` asks in both, and often.
ALL_WAYS = "FUZZ_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))


# As it is served: test_openapi compares the two, letter by letter.
DOCUMENT = json.loads(SNAPSHOT.read_text())


def operations() -> Iterator[tuple[str, str, GenerationMode]]:
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            modes = list(GenerationMode)
            drawn = modes[crc32(f"{method} {path}".encode()) % len(modes)]
            yield from ((path, method, mode) for mode in (modes if ALL_WAYS else [drawn]))


@pytest.fixture(scope="module")
def schema() -> Any:
    """The document, read once."""
    return schemathesis.openapi.from_dict(DOCUMENT)


@pytest.mark.parametrize(
    ("path", "method", "mode"), list(operations()), ids=lambda each: getattr(each, "value", each)
)
def test_no_operation_fails(place: Place, schema: Any, path: str, method: str, mode: GenerationMode) -> None:
    strategy = schema[path][method.upper()].as_strategy(generation_mode=mode)

    @given(case=strategy)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        answer = case.call(app=place.client.app, headers=place.north.owner.headers)
        if answer.status_code == 504:
            # Nobody follows the log here: a read that wants what an earlier case wrote waits in vain.
            place.house_at_rest()
            answer = case.call(app=place.client.app, headers=place.north.owner.headers)
        assert answer.status_code < 500, (answer.status_code, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0].startswith("application/problem+json")

    # An operation without parameters and body has nothing that could be malformed.
    with suppress(Unsatisfiable):
        ask()


def test_the_caller_was_known_all_along(place: Place) -> None:
    """Otherwise every answer above could have been a 401."""
    assert place.client.get("/api/v1/me", headers=place.north.owner.headers).status_code == 200
