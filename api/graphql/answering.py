"""How does a request come in over HTTP? One at a time, in JSON alone; by GET only what looks."""

import json
from typing import Any

from fastapi import Request
from graphql import GraphQLError, GraphQLSyntaxError
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from adapters.bootstrap import Caller, House
from api.graphql import limits
from api.graphql.calls import Calls
from api.graphql.refusals import DocumentRefused, JsonExpected, PostExpected, SocketExpected
from api.graphql.requests import Asked, Invalid, Judged, Requests, asked_in, read_json, without_values
from api.graphql.ties import Context
from api.graphql.told import error_from

MEDIA_TYPE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
# Where a person who opens the address in a browser is led.
EXPLORER = "/graphiql"
BAD_REQUEST = 400


STATUS = {JsonExpected: 415, PostExpected: 405}


async def answered(requests: Requests, request: Request) -> Response:
    """The answer to one request, whatever came of it."""
    if (
        request.method == "GET"
        and "query" not in request.query_params
        and HTML in request.headers.get("accept", "")
    ):
        return RedirectResponse(EXPLORER, status_code=303)
    request_id = request.scope["request_id"]
    house: House = request.app.state.house
    caller: Caller | None = None
    try:
        caller = await run_in_threadpool(requests.ties.identify, request)
        trusted = await requests.admit(house, caller)
        try:
            asked = await _asked(request)
            judged = await requests.judge(asked, trusted)
            _refuse_wrong_method(request, judged)
        except (DocumentRefused, Invalid, GraphQLSyntaxError):
            # What is refused before anything was asked counts as one request.
            await run_in_threadpool(requests.ties.count, request, caller)
            raise
        if not limits.asked(judged.document, judged.operation) & requests.schema.asking_roots:
            await run_in_threadpool(requests.ties.count, request, caller)
        calls = Calls(request, requests.ties.says_no, requests.ties.note)
        context = Context(house, request, calls, caller)
        document = await requests.answer(judged, asked, context)
        return _response(request, document, 200 if "data" in document else BAD_REQUEST)
    except Invalid as invalid:
        return _response(request, {"errors": [without_values(each) for each in invalid.errors]}, BAD_REQUEST)
    except GraphQLSyntaxError as error:
        return _response(request, {"errors": [GraphQLError(error.message).formatted]}, BAD_REQUEST)
    except Exception as error:
        return _no(requests, request, error, request_id)


def _no(requests: Requests, request: Request, error: Exception, request_id: str) -> Response:
    said = requests.ties.says_no(error, request_id)
    problem = json.loads(bytes(said.body))
    status = STATUS.get(type(error), said.status_code)  # type: ignore[arg-type]
    document = {
        "errors": [error_from({**problem, "status": status}, said.headers.get("retry-after", "")).formatted]
    }
    response = _response(request, document, status)
    for name in ("retry-after", "www-authenticate", "content-language", "vary"):
        if name in said.headers:
            response.headers[name] = said.headers[name]
    if isinstance(error, PostExpected):
        response.headers["Allow"] = "POST"
    return response


async def _asked(request: Request) -> Asked:
    if request.method == "GET":
        given = request.query_params
        body: dict[str, Any] = {"query": given.get("query"), "operationName": given.get("operationName")}
        for name in ("variables", "extensions"):
            if given.get(name):
                body[name] = read_json(given[name].encode("utf-8", "surrogatepass"))
        return asked_in({**body, "documentId": given.get("documentId")})
    _require_json(request)
    return asked_in(read_json(await request.body()))


def _require_json(request: Request) -> None:
    kinds = request.headers.getlist("content-type")
    kind, _, parameters = kinds[0].partition(";") if len(kinds) == 1 else ("", "", "")
    charset = parameters.replace(" ", "").lower()
    if kind.strip().lower() != JSON or charset not in ("", "charset=utf-8"):
        raise JsonExpected


def _refuse_wrong_method(request: Request, judged: Judged) -> None:
    if limits.is_subscription(judged.operation):
        raise SocketExpected
    if request.method == "GET" and not judged.is_read:
        raise PostExpected


def _response(request: Request, document: dict[str, Any] | str, status: int) -> Response:
    accepted = request.headers.get("accept", "")
    kind = JSON if JSON in accepted and MEDIA_TYPE not in accepted else MEDIA_TYPE
    content = document if isinstance(document, str) else json.dumps(document)
    return Response(content, status_code=status, media_type=kind)
