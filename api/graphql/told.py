"""How is a no told? Queries tell it as an error, mutations as the other member of their answer."""

import re
from collections.abc import Mapping
from typing import Any

import strawberry
from graphql import GraphQLError

from api.graphql.calls import Answer
from api.graphql.names import camel
from api.graphql.scalars import DateTime, Uuid

SNAKE = re.compile(r"[a-z][a-z0-9_]*")
# Headers of the REST door that are arguments here.
ARGUMENTS = {"/If-Match": "/version", "/Idempotency-Key": "/clientMutationId"}


@strawberry.type
class ErrorPlace:
    """One thing that is wrong with a request."""

    pointer: str = strawberry.field(description="which argument or field (JSON Pointer); empty for the whole")
    detail: str


@strawberry.type
class Refused:
    """Why nothing was done. Branch on `code`; show `detail` to a person."""

    code: str
    title: str
    detail: str
    status: int = strawberry.field(description="the status the REST door would answer")
    request_id: str
    errors: list[ErrorPlace]
    current_version: int | None = strawberry.field(description="where the resource stands, when it moved")
    retry_after_s: int | None
    rule: str | None
    bookables: list[Uuid] | None = strawberry.field(description="who or what was in the way of a visit")
    alternatives: list[DateTime] | None = strawberry.field(description="starts that are free instead")
    client_mutation_id: str | None

    @classmethod
    def is_type_of(cls, source: Any, info: Any) -> bool:
        """Told apart by class from what was done."""
        return isinstance(source, cls)


def refused(answer: Answer, *, client_mutation_id: str | None = None) -> Refused:
    """The problem document as a type."""
    problem = answer.document or {}
    after = answer.headers.get("Retry-After", "")
    return Refused(
        code=problem.get("code", "internal_error"),
        title=problem.get("title", ""),
        detail=problem.get("detail", ""),
        status=answer.status,
        request_id=problem.get("request_id", ""),
        errors=[ErrorPlace(**each) for each in places(problem)],
        current_version=problem.get("current_version"),
        retry_after_s=int(after) if after.isdigit() else None,
        rule=problem.get("rule"),
        bookables=problem.get("bookables"),
        alternatives=problem.get("alternatives"),
        client_mutation_id=client_mutation_id,
    )


def error_of(answer: Answer) -> GraphQLError:
    """The problem document as an error of a query."""
    return error_from(answer.document or {}, answer.headers.get("Retry-After", ""))


def error_from(problem: Mapping[str, Any], retry_after: str = "") -> GraphQLError:
    """A problem document as an error: what it says to people, and what programs branch on."""
    told = {
        name: problem[name] for name in ("code", "title", "detail", "status", "request_id") if name in problem
    }
    told["errors"] = places(problem)
    if retry_after.isdigit():
        told["retry_after_s"] = int(retry_after)
    return GraphQLError(
        problem.get("detail", "Something went wrong."), extensions={camel(k): v for k, v in told.items()}
    )


def places(problem: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is wrong, by the names that this door gives to things."""
    return [
        {"pointer": pointer_of(each["pointer"], each.get("location", "body")), "detail": each["detail"]}
        for each in problem.get("errors", [])
    ]


def pointer_of(pointer: str, location: str) -> str:
    """`/traveller_id` in the body is `/input/travellerId`; elsewhere it is an argument."""
    if pointer in ARGUMENTS:
        return ARGUMENTS[pointer]
    parts = [camel(each) if SNAKE.fullmatch(each) else each for each in pointer.split("/")[1:]]
    if location == "body":
        parts = ["input", *parts]
    return "".join(f"/{each}" for each in parts)
