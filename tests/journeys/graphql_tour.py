"""Whatever the tour asked in REST, asked in GraphQL: what is said, and what is kept to oneself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from api.graphql.names import WITHOUT_TWIN
from api.graphql.operations import Operation
from tests.kit.house import Person
from tests.kit.twins import Twin, differences, twin_of

if TYPE_CHECKING:
    from tests.journeys.test_isolation import Tour

# What is true of a moment only: two requests see two of them, and the list of requests is written in between.
OF_THE_MOMENT = frozenset(
    {"get_slot_reason", "get_position", "get_invoice_preview", "list_requests", "list_sla_months"}
)

LEAVING = "cancel_subscription"


def ask(tour: "Tour", twin: Twin, credential: Mapping[str, str]) -> Any:
    """The GraphQL answer."""
    body = {"query": twin.query, "variables": twin.variables}
    return tour.place.client.post("/api/v2/graphql", json=body, headers=dict(credential)).json()


def disagreements(
    tour: "Tour", operations: Mapping[str, tuple[str, str]], people: Mapping[str, Person]
) -> list[str]:
    """Where the two doors say different things to the same person."""
    return list(_disagreements(tour, operations, people))


def _disagreements(
    tour: "Tour", operations: Mapping[str, tuple[str, str]], people: Mapping[str, Person]
) -> Iterator[str]:
    schema_of = tour.place.client.app.state.graphql.opened().schema  # type: ignore[attr-defined]
    schema = schema_of.core
    for operation, (method, template) in operations.items():
        if operation in WITHOUT_TWIN or method != "GET":
            continue
        call = tour.calls[operation]
        twin = twin_of(schema, operation, method, template, call.path, None, "")
        listing = _of_the_same_length(call, schema_of.operations[operation], twin)
        for name, person in people.items():
            rest = tour.send(listing, person.headers)
            graph = ask(tour, twin, person.headers)
            data = (graph.get("data") or {}).get(twin.field)
            case = f"{operation} as {name}"
            if "data" not in graph:
                yield f"{case}: {graph}"
            elif not rest.is_success:
                (error,) = graph.get("errors") or [{"extensions": {}}]
                told = error["extensions"]
                if (told.get("code"), told.get("status")) != (rest.json()["code"], rest.status_code):
                    yield f"{case}: {rest.text} there, {graph} here"
            elif "errors" in graph:
                yield f"{case}: {rest.status_code} there, {graph['errors']} here"
            elif operation not in OF_THE_MOMENT:
                yield from (f"{case}{each}" for each in differences(rest.json(), data))


def _of_the_same_length(call: Any, operation: Operation, twin: Twin) -> Any:
    if "first" not in twin.variables or not operation.takes("limit") or "limit=" in call.path:
        return call
    return replace(call, path=f"{call.path}{'&' if '?' in call.path else '?'}limit={twin.variables['first']}")


def leaks(
    tour: "Tour",
    operations: Mapping[str, tuple[str, str]],
    allowed: Mapping[str, set[int]],
    skipped: set[str],
) -> list[str]:
    """What the other company could do or learn by the first one's mutations."""
    schema = tour.place.client.app.state.graphql.opened().schema.core  # type: ignore[attr-defined]
    wrong, traces = [], tour.traces()
    # A company that has left orders nothing more, and everything behind would be refused for that alone.
    for operation, (method, template) in sorted(operations.items(), key=lambda each: each[0] == LEAVING):
        if operation in WITHOUT_TWIN or operation in skipped or method == "GET":
            continue
        call = tour.calls[operation]
        key = call.headers.get("Idempotency-Key", "")
        twin = twin_of(schema, operation, method, template, call.path, call.body, key)
        graph = ask(tour, twin, tour.place.south.owner.headers)
        answer = (graph.get("data") or {}).get(twin.field)
        if answer is None:
            wrong.append(f"{operation}: {graph}")
            continue
        statuses = allowed[operation]
        is_done = "code" not in answer or "status" not in answer
        if answer["__typename"] == "Refused":
            if answer["status"] not in statuses | {409}:
                wrong.append(f"{operation}: {answer}")
        elif not any(each < 300 for each in statuses):
            wrong.append(f"{operation} was done: {answer}")
        elif is_done and answer.get("replayed") and operation not in allowed:
            wrong.append(f"{operation} repeats the answer of another company")
        if any(each < 300 for each in statuses) and (
            found := {each for each in traces if each in json.dumps(answer)}
        ):
            wrong.append(f"{operation} betrays {found}")
    return wrong
