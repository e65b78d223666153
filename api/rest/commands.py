"""What became of a command, many commands at once, and the place in the log."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from json import dumps
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.responses import JSONResponse

from adapters.bootstrap import Answered, CommandStatus, Deferred
from api.rest.conventions import AcceptedForLater, View, idempotency_key
from api.rest.deferring import PREFERENCE, prefers_async
from api.rest.findings import ErrorPlace
from api.rest.inner import numbered, send
from api.rest.problems import Problem, RequestInvalid, problem_of
from api.rest.session import KnownDep, SessionDep, bearer_of
from api.rest.shelf import Shelf, operations_in
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.platform.permissions import PERMISSIONS
from domain.kernel.refusals import Malformed, NotFound, Refusal

router = Shelf(prefix="/api/v1", tags=["commands"], route_class=StrictRoute)

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MOST_ITEMS = 100
BEGINS_REFUSED = 400

OutcomeWord = Literal["pending", "applied", "nothing_to_do", "refused"]


class CommandView(View):
    """What became of a command; `status`, `result` and `problem` only where it was answered 202, for a day."""

    id: UUID
    outcome: OutcomeWord
    resource_id: UUID | None
    version: int | None
    position: int | None
    code: str | None = Field(description="of the refusal, if it was refused")
    operation: str | None = Field(None, description="what was asked for")
    accepted_at: datetime | None = Field(None, description="when it was answered 202")
    done_at: datetime | None = Field(None, description="when a worker had done it")
    status: int | None = Field(None, description="the HTTP status of the answer")
    result: dict[str, Any] | None = Field(None, description="the answer, as it would have been at once")
    problem: Problem | None = Field(None, description="why it was refused")


class Position(View):
    """How far the company's log has come."""

    position: int


class OperationUnknown(Malformed):
    """A batch knows the commands of the OpenAPI document that a company's credential opens, by their operationId."""


class BatchItem(View):
    """One command of a batch: an operation of the OpenAPI document with what it takes."""

    operation: str = Field(max_length=100, description="the operationId", examples=["cancel_trip"])
    path: dict[str, str | int] = Field(
        default_factory=dict, max_length=10, description="what stands in braces in the operation's address"
    )
    body: dict[str, Any] | None = Field(None, description="the operation's own body")
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")] | None = (
        Field(None, description="of this command; made of the batch's key and the place in it when absent")
    )
    if_match: int | None = Field(None, ge=0, lt=2**63, description="the version the resource must have")


class RunBatch(Command):
    """Up to a hundred commands, each on its own."""

    commands: list[BatchItem] = Field(min_length=1, max_length=MOST_ITEMS)


class BatchResult(View):
    """What became of one command of a batch."""

    operation: str
    status: int = Field(description="the HTTP status it would have been answered with")
    command_id: UUID | None = Field(description="see GET /api/v1/commands/{command_id}")
    position: int | None = Field(description="where it stands in the log; pass it as min_position")
    location: str | None = Field(
        description="the address of what it made, or of the command if that is done later"
    )
    replayed: bool = Field(description="is this the answer to an earlier command with the same key?")
    body: dict[str, Any] | None = Field(description="the answer; null when it was refused")
    problem: Problem | None = Field(description="why it was refused; null when it was not")


class BatchResults(View):
    """One result per command, in the order of the commands."""

    data: list[BatchResult]


OUTCOMES: dict[int, Literal["applied", "nothing_to_do", "refused"]] = {
    1: "applied",
    2: "nothing_to_do",
    3: "refused",
}


@router.get("/commands/{command_id}", operation_id="get_command", summary="Look up a command")
def get_command(command_id: UUID, session: SessionDep) -> CommandView:
    """What became of a command whose answer was lost, or has not come yet; its id is in the header Escale-Command.
    One's own only: one that changed nothing is shown when its Idempotency-Key is sent again. What was answered
    202 is `pending` until a worker has done it; its answer is kept for a day, the outcome for ever."""
    deferred = session.house.deferred.find(session.tenant_id, command_id)
    if deferred is not None and deferred.member_id != session.caller.member_id:
        raise NotFound
    status = session.house.settled(session.tenant_id, command_id)
    if deferred is not None:
        return _later(command_id, deferred, status)
    if status is None:
        raise NotFound
    session.only_own_command(command_id, status)
    return CommandView(
        id=command_id,
        outcome=OUTCOMES[status.outcome],
        resource_id=status.stream_id,
        version=status.version,
        position=status.position,
        code=None if status.code is None else status.code.partition("\n")[0].partition("#")[0],
    )


@router.post("/commands/batch", operation_id="run_batch", summary="Run many commands")
async def run_batch(body: RunBatch, session: KnownDep) -> BatchResults:
    """Runs up to a hundred commands one after the other, in the order given. Each is a command of its own, with its
    own key, permission, transaction and answer: one that is refused stops none of the others, and none is undone.
    A batch sent again under its Idempotency-Key repeats the answers of what was done and does the rest.
    `Prefer: respond-async` holds for every command in it. Each counts as a request of its own."""
    session.refuse_if_match()
    request = session.request
    key = idempotency_key(request) or str(uuid4())
    routes = _commands(request)
    results = []
    for number, item in enumerate(body.commands):
        try:
            method, path = _address(routes, item, number)
        except Refusal as refusal:
            problem = problem_of(refusal, numbered(request.scope["request_id"], number))
            results.append(_refused(item, problem))
            continue
        answered = await send(
            request.app,
            method,
            path,
            headers=_headers(request, item, f"batch:{sha256(key.encode()).hexdigest()[:40]}:{number}"),
            body=b"" if item.body is None else dumps(item.body).encode(),
            request_id=numbered(request.scope["request_id"], number),
            client=request.scope["client"],
        )
        results.append(_result(item, answered))
    return BatchResults(data=results)


@router.get("/position", operation_id="get_position", summary="Get the log's position")
def get_position(session: SessionDep) -> Position:
    """The position of the company's latest change; pass it as `min_position` to a read."""
    return Position(position=session.house.streams(session.tenant_id).head())


def accepted(request: Request, error: Exception) -> Response:
    """The answer to a command that will be done later."""
    assert isinstance(error, AcceptedForLater)
    view = CommandView(
        id=error.command_id,
        outcome="pending",
        resource_id=None,
        version=None,
        position=None,
        code=None,
        operation=request.scope["route"].operation_id,
        accepted_at=request.app.state.house.clock(),
    )
    return JSONResponse(view.model_dump(mode="json"), status_code=202)


def _later(command_id: UUID, deferred: Deferred, status: CommandStatus | None) -> CommandView:
    answer = deferred.answer or {}
    is_refused = deferred.status is not None and deferred.status >= BEGINS_REFUSED
    problem = Problem.model_validate(answer["body"]) if is_refused and answer.get("body") else None
    position = answer.get("headers", {}).get("escale-position")
    outcome: OutcomeWord = "refused" if is_refused else "applied"
    if deferred.status is None:
        outcome = "pending"
    elif status is not None and not is_refused:
        outcome = OUTCOMES[status.outcome]
    return CommandView(
        id=command_id,
        outcome=outcome,
        resource_id=status.stream_id if status else None,
        version=status.version if status else None,
        position=int(position) if position else status.position if status else None,
        code=problem.code if problem else None,
        operation=deferred.operation,
        accepted_at=deferred.accepted_at,
        done_at=deferred.done_at,
        status=deferred.status,
        result=None if is_refused else answer.get("body"),
        problem=problem,
    )


def _commands(request: Request) -> Mapping[str, tuple[str, str]]:
    """Method and address of every command a batch may hold, by operationId."""
    known: dict[str, tuple[str, str]] | None = getattr(request.app.state, "batchable", None)
    if known is None:
        known = request.app.state.batchable = dict(_batchable(operations_in(request.app.routes)))
    return known


def _batchable(routes: Iterable[APIRoute]) -> Iterator[tuple[str, tuple[str, str]]]:
    for route in routes:
        name = str(route.operation_id)
        takes = (route.openapi_extra or {}).get("requestBody", {}).get("content", {"application/json": {}})
        permission = PERMISSIONS.get(name)
        is_of_a_company = permission is not None and not permission.public
        if is_of_a_company and "application/json" in takes and name != "run_batch":
            yield from ((name, (method, route.path_format)) for method in CHANGES & set(route.methods or ()))


def _address(routes: Mapping[str, tuple[str, str]], item: BatchItem, number: int) -> tuple[str, str]:
    if item.operation not in routes:
        raise OperationUnknown(pointer=f"/commands/{number}/operation")
    method, path = routes[item.operation]
    for name, value in item.path.items():
        place = f"{{{name}}}"
        if place not in path:
            raise _wrong_path(number)
        path = path.replace(place, quote(str(value), safe=""))
    if "{" in path:
        raise _wrong_path(number)
    return method, path


def _wrong_path(number: int) -> RequestInvalid:
    detail = "Must hold exactly what stands in braces in the operation's address."
    return RequestInvalid(
        errors=[ErrorPlace(pointer=f"/commands/{number}/path", detail=detail, location="body")]
    )


def _headers(request: Request, item: BatchItem, key: str) -> dict[str, str]:
    headers = {
        "authorization": f"Bearer {bearer_of(request)}",
        "idempotency-key": item.idempotency_key or key,
    }
    for name in ("accept-language", "x-tenant-id"):
        if name in request.headers:
            headers[name] = request.headers[name]
    if prefers_async(request):
        headers["prefer"] = PREFERENCE
    if item.if_match is not None:
        headers["if-match"] = f'"v{item.if_match}"'
    if item.body is not None:
        headers["content-type"] = "application/json"
    return headers


def _refused(item: BatchItem, problem: Problem) -> BatchResult:
    return BatchResult(
        operation=item.operation,
        status=problem.status,
        command_id=None,
        position=None,
        location=None,
        replayed=False,
        body=None,
        problem=problem,
    )


def _result(item: BatchItem, answered: Answered) -> BatchResult:
    headers = answered.headers
    position, command_id = headers.get("escale-position"), headers.get("escale-command")
    is_refused = answered.status >= BEGINS_REFUSED
    return BatchResult(
        operation=item.operation,
        status=answered.status,
        command_id=None if command_id is None else UUID(command_id),
        position=None if position is None else int(position),
        location=headers.get("location"),
        replayed=headers.get("idempotency-replayed") == "true",
        body=None if is_refused else answered.document,
        problem=Problem.model_validate(answered.document) if is_refused else None,
    )
