"""What ties the GraphQL door to the REST door? The same operations, the same checks, the same words for no."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import Scope

from adapters.bootstrap import Caller
from api.graphql import refusals as _refusals  # known to the catalogue of problems from the start
from api.graphql.http import Opening, router_of
from api.graphql.operations import Operation, operations_of
from api.rest import openapi
from api.rest.door import Door
from api.rest.problems import answer, unexpected
from api.rest.session import known
from api.rest.spending import spend_of
from api.trusting import Trust
from domain.kernel.refusals import Refusal

if TYPE_CHECKING:
    from api.graphql.requests import Requests
    from api.graphql.schema import Schema

# What a request to this door is counted as, whichever way it came.
GRAPHQL = SimpleNamespace(operation_id="graphql")
SAYS_NO_TOO = _refusals.DocumentRefused


def join(app: FastAPI, routers: tuple[APIRouter, ...]) -> None:
    """Opens the GraphQL door of an application over the operations of its routers."""
    opening = Opening(lambda: _requests(routers))
    app.state.graphql = opening
    app.include_router(router_of(opening))


def _requests(routers: tuple[APIRouter, ...]) -> "Requests":
    from api.graphql.requests import Requests
    from api.graphql.ties import Ties

    ties = Ties(
        operations=lambda: _operations(routers),
        versioned=_versioned,
        says_no=_says_no,
        identify=_identify,
        count=_count,
        note=_note,
        trusted=Trust().of,
    )
    return Requests(_schema(routers), ties)


# Building one takes more than a second; applications of one process share their routers.
_built_before: dict[tuple[int, ...], "Schema"] = {}


def _schema(routers: tuple[APIRouter, ...]) -> "Schema":
    from api.graphql.links import add_links
    from api.graphql.schema import Schema
    from api.graphql.subscriptions import subscriptions
    from api.links import LINKS

    schema = Schema(
        lambda: _operations(routers),
        versioned=_versioned,
        links=lambda schema: add_links(schema, LINKS),
        subscriptions=subscriptions,
    )
    return _built_before.setdefault(tuple(map(id, routers)), schema)


def _operations(routers: tuple[APIRouter, ...]) -> Mapping[str, Operation]:
    return operations_of(route for router in routers for route in router.routes)


def _versioned(operation: Operation) -> bool:
    return openapi.is_versioned(operation.id, operation.path, operation.method.lower())


def _says_no(error: Exception, request_id: str) -> Response:
    return answer(error, request_id) if isinstance(error, Refusal) else unexpected(error, request_id)


def _identify(connection: HTTPConnection) -> Caller | None:
    """Who asks; None is a stranger, for whom the public operations are open."""
    return known(Door(_request(connection))) if "authorization" in connection.headers else None


def _count(connection: HTTPConnection, caller: Caller | None) -> None:
    door = Door(_request(connection))
    if caller is None:
        door.spend(f"address:{door.address}", door.limits.stranger)
    else:
        spend_of(caller, door)


def _request(connection: HTTPConnection) -> Request:
    return Request({**connection.scope, "type": "http", "route": GRAPHQL})


async def _note(scope: Scope, is_refusal: bool) -> None:
    """An operation was asked: it counts as a call, as it would through its own door."""
    if not scope.get("is_counted", True) or "counted_for" not in scope:
        return
    house = scope["app"].state.house
    if not is_refusal:
        caller, standing = scope["counted_for"]
        house.calls.note(caller.tenant_id, caller.member_id, standing, house.clock())
    elif (capped := scope.get("capped_month")) is not None:
        await run_in_threadpool(house.limits.give_back, capped)
