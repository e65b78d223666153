"""Oneself, and the state of the service."""

from importlib.metadata import version
from typing import Literal
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from api.rest.conventions import View
from api.rest.members import MemberView
from api.rest.problems import CheckView
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from domain.kernel.refusals import Unauthenticated, Unavailable
from domain.platform.member import Member
from domain.platform.roles import Scope

router = Shelf(route_class=StrictRoute)


class Me(View):
    """Who the credential stands for."""

    tenant_id: UUID
    member: MemberView
    session_id: UUID | None = Field(description="when signed in")
    api_key_id: UUID | None = Field(description="when an API key asks")
    scopes: list[Scope] | None = Field(description="of the API key; null when signed in")


class Health(View):
    """Whether the process is alive."""

    status: Literal["ok"] = "ok"


class Ready(View):
    """What was checked, all of it well."""

    status: Literal["ok"] = "ok"
    checks: list[CheckView]


class NotReady(Unavailable):
    """This process cannot serve requests now; `checks` says why."""


class Version(View):
    """Which build answers."""

    name: str
    version: str


@router.get(
    "/api/v1/me", operation_id="get_me", summary="Who am I?", tags=["members"], dependencies=[AtLeast]
)
def get_me(session: SessionDep) -> Me:
    """The member, session or key behind the credential."""
    caller = session.caller
    return Me(
        tenant_id=caller.tenant_id,
        member=MemberView.of(session.stream(Member, caller.member_id)),
        session_id=caller.session_id,
        api_key_id=caller.api_key_id,
        scopes=None if caller.scopes is None else sorted(Scope(scope) for scope in caller.scopes),
    )


@router.get("/live", operation_id="get_liveness", summary="Is the process alive?", tags=["system"])
async def get_liveness() -> Health:
    """Answers as long as the process can."""
    # Not in a thread: while a stuck database holds them all, the process is alive and must not be killed.
    return Health()


@router.get("/ready", operation_id="get_readiness", summary="Can requests be served?", tags=["system"])
def get_readiness(request: Request) -> Ready:
    """Answers 503 while the database cannot be reached, is not migrated, or anything else that is checked fails."""
    checks = [
        CheckView(name=each.name, status=each.status, detail=each.detail)
        for each in request.app.state.house.readiness.checks()
    ]
    if any(each.status != "ok" for each in checks):
        raise NotReady(checks=checks, retry_after_s=1)
    return Ready(checks=checks)


@router.get("/version", operation_id="get_version", summary="Which build answers?", tags=["system"])
def get_version() -> Version:
    """Name and version of this build."""
    return Version(name="escale", version=version("escale"))


# For monitors: plain text, and nothing of a tenant in it, so it is no part of the public contract.
@router.get("/metrics", include_in_schema=False)
def get_metrics(request: Request) -> Response:
    """The figures of this process and of the queues, as Prometheus reads them."""
    house = request.app.state.house
    if not house.admits_monitor(request.client.host if request.client else None, request.headers):
        raise Unauthenticated
    return Response(house.metrics.text(), media_type=house.metrics_type)
