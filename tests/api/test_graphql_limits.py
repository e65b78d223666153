"""What asks too much is refused before anything is asked: the attack corpus of SEC-39."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import get_introspection_query
from graphql.language import lexer

from api.graphql.calls import Calls
from tests.kit.house import Place

GRAPHQL = "/api/v2/graphql"


def fragments_that_double(times: int) -> str:
    """Each fragment spreads the next one twice."""
    chain = "".join(
        f"fragment F{number} on Query {{ ...F{number + 1} a{number}: __typename ...F{number + 1} }} "
        for number in range(times)
    )
    return f"{{ ...F0 }} {chain} fragment F{times} on Query {{ trips(first: 100) {{ edges {{ cursor }} }} }}"


TRIPS = (
    "trips(first: 100) { edges { cursor node { id uuid purpose status destination departsAt endsAt spendEurCents"
    " carbonKg segments travellerId version createdAt updatedAt } } }"
)
DOCUMENTS: dict[str, tuple[str, str]] = {
    "too many words": ("{ " + "__typename " * 2_000 + "}", "document_too_long"),
    "too many characters": ("{ __typename } #" + "a" * 20_000, "document_too_long"),
    "too deep": (
        '{ __type(name: "Trip") { fields { type { fields { type { fields { type { fields { name } } } } } } } } }',
        "document_too_deep",
    ),
    "too costly by lists in lists": (
        "{ trips(first: 100) { edges { node { violations(first: 100) { trip {"
        " violations(first: 100) { rule } } } } } } }",
        "document_too_costly",
    ),
    "too costly by one number": ("{ trips(first: 200000) { edges { node { id } } } }", "document_too_costly"),
    "too costly by a list in a list": (
        "{ trips(first: 100) { edges { node { violations(first: 100) { id rule stage } } } } }",
        "document_too_costly",
    ),
    "too costly again and again": (
        "{ " + " ".join(f"a{number}: {TRIPS}" for number in range(15)) + " }",
        "document_too_costly",
    ),
    "too many aliases": (
        "{ " + " ".join(f"a{number}: __typename" for number in range(16)) + " }",
        "document_too_wide",
    ),
    "the same again and again": ("{ " + "__typename " * 300 + "}", "document_too_wide"),
    "too many directives": ("{ __typename " + "@skip(if: false) " * 50 + "}", "document_too_wide"),
    "unknown directives": ("{ __typename " + "@a " * 300 + "}", "document_too_wide"),
    "fragments that go round": (
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "document_went_round",
    ),
    "a fragment within itself": ("{ ...A } fragment A on Query { ...A }", "document_went_round"),
    "fragments that double": (fragments_that_double(9), "document_too_costly"),
    "too many fragments": (
        "{ __typename } " + " ".join(f"fragment F{number} on Query {{ __typename }}" for number in range(21)),
        "document_too_wide",
    ),
    "introspection of its own kind": (
        "{ __schema { types { fields { args { type { name } } type { name ofType { name } } } } } }",
        "document_too_costly",
    ),
}


@pytest.fixture(scope="module")
def asks(place: Place) -> Iterator[Callable[..., Any]]:
    """Sends bodies as the north's owner, with the schema built."""

    def ask(body: Any, **headers: str) -> Any:
        return place.client.post(GRAPHQL, json=body, headers={**place.north.owner.headers, **headers})

    assert ask({"query": "{ __typename }"}).json()["data"] == {"__typename": "Query"}
    return ask


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations that were asked."""
    names: list[str] = []
    ask = Calls.ask

    async def noted(self: Calls, operation: Any, *arguments: Any, **named: Any) -> Any:
        names.append(operation.id)
        return await ask(self, operation, *arguments, **named)

    monkeypatch.setattr(Calls, "ask", noted)
    return names


class TestDocuments:
    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_that_ask_too_much_are_refused_before_anything_is_asked(
        self, asks: Callable[..., Any], asked: list[str], name: str
    ) -> None:
        """SEC-39, R-39."""
        document, code = DOCUMENTS[name]
        answer = asks({"query": document})
        assert answer.status_code == 400, answer.text
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == code
        assert "data" not in answer.json()
        assert asked == []

    def test_are_read_no_further_than_their_limit(
        self, asks: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Bounded work: lexing stops at the thousandth word."""
        read: list[int] = []
        lex = lexer.Lexer.read_next_token

        def counted(self: Any, start: int) -> Any:
            read.append(start)
            return lex(self, start)

        monkeypatch.setattr(lexer.Lexer, "read_next_token", counted)
        assert asks({"query": "{" + " a" * 8_000 + "}"}).status_code == 400
        assert len(read) <= 1_010

    def test_may_ask_for_everything_in_the_usual_way(
        self, asks: Callable[..., Any], asked: list[str]
    ) -> None:
        answer = asks({"query": get_introspection_query(), "operationName": "IntrospectionQuery"})
        assert answer.status_code == 200, answer.text[:300]
        assert answer.json()["data"]["__schema"]["queryType"]["name"] == "Query"
        assert asked == []

    def test_tell_their_cost(self, asks: Callable[..., Any]) -> None:
        answer = asks({"query": "{ trips(first: 10) { edges { node { id } } } }"}).json()
        assert answer["extensions"]["cost"] == {"requested": 32, "maximum": 20_000}


class TestRequests:
    def test_in_a_batch_are_refused(self, asks: Callable[..., Any], asked: list[str]) -> None:
        answer = asks([{"query": "{ __typename }"}] * 2)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
            400,
            "batch_refused",
        )

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
    )
    def test_that_a_foreign_page_could_send_are_refused(self, place: Place, kind: str) -> None:
        """No CSRF: SEC-27."""
        body = json.dumps({"query": "mutation { sealAuditLog { __typename } }"}).encode()
        headers = {**place.north.owner.headers, "Content-Type": kind}
        answer = place.client.post(GRAPHQL, content=body, headers=headers)
        assert answer.status_code == 415, answer.text

    @pytest.mark.parametrize(
        "variables",
        [
            {"a": list(range(3_000))},
            {"a": [[[] for _ in range(50)] for _ in range(50)]},
            {"a": {str(n): n for n in range(3_000)}},
        ],
    )
    def test_with_huge_variables_are_refused(self, asks: Callable[..., Any], variables: Any) -> None:
        answer = asks({"query": "{ __typename }", "variables": variables})
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
            400,
            "document_too_long",
        )

    def test_that_are_too_large_are_not_read(self, asks: Callable[..., Any]) -> None:
        assert asks({"query": "{ __typename }", "variables": {"a": "a" * 300_000}}).status_code == 413

    @pytest.mark.parametrize(
        "body", [b"{", b"[" * 100_000, b'{"query": NaN}', b'{"query": 1}', b"1", b'{"query": "{"}']
    )
    def test_that_are_malformed_are_refused(self, place: Place, body: bytes) -> None:
        headers = {**place.north.owner.headers, "Content-Type": "application/json"}
        answer = place.client.post(GRAPHQL, content=body, headers=headers)
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"]

    def test_by_get_only_look(self, place: Place) -> None:
        owner = place.north.owner.headers
        read = place.client.get(GRAPHQL, params={"query": "{ me { tenantId } }"}, headers=owner)
        assert read.status_code == 200, read.text
        refused = place.client.get(
            GRAPHQL, params={"query": "mutation { sealAuditLog { __typename } }"}, headers=owner
        )
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")

    def test_repeat_no_value_and_name_no_document(
        self, asks: Callable[..., Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        """SEC-38: values are not echoed, and nobody's document stands in a log."""
        answer = asks(
            {
                "query": "query($n: Int) { trips(first: $n) { edges { cursor } } }",
                "variables": {"n": "s3cret"},
            }
        )
        assert answer.status_code == 400
        assert "s3cret" not in answer.text + caplog.text
        assert "edges" not in caplog.text
