"""What did a company's programs ask lately, and how was it answered?"""

from datetime import datetime
from itertools import islice
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from adapters.bootstrap import NotedRequest
from api.rest.conventions import Listing, View
from api.rest.session import CursorText, Limit, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute

router = Shelf(prefix="/api/v1/requests", tags=["requests"], route_class=StrictRoute)


class RequestView(View):
    """One request, without anything of what was asked or answered."""

    at: datetime
    method: str
    route: str = Field(description="the template of its path, without the ids in it")
    status: int = Field(description="499: the client left before the answer")
    duration_ms: float
    request_id: str = Field(description="as in X-Request-Id")
    key_id: UUID | None = Field(description="the API key; null for a person who had signed in")
    key_name: str | None

    @classmethod
    def of(cls, noted: NotedRequest, names: dict[UUID, str]) -> Self:
        """The request, with the name its key has now."""
        return cls(
            **{name: getattr(noted, name) for name in cls.model_fields if name != "key_name"},
            key_name=names.get(noted.key_id) if noted.key_id else None,
        )


class RequestList(Listing[RequestView]):
    """One page of requests."""


@router.get("", operation_id="list_requests", summary="List requests")
def list_requests(
    session: SessionDep,
    refused: Annotated[bool | None, Query(description="true: those answered with 400 or more")] = None,
    key_id: UUID | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> RequestList:
    """The latest requests of the company, newest first: the last thousand or so, for seven days at most.

    They are noted after the answer and stand here about a second later. No member, no address, no query and no body is
    kept. The log lives in Redis, which may lose it: it helps to find a mistake, and proves nothing.
    """
    filters = {"refused": refused, "key_id": key_id}
    place, following = session.place(filters, cursor)
    house, tenant_id = session.house, session.tenant_id
    wanted = (
        noted
        for noted in house.trail.latest(tenant_id, before=place[0] if place else None)
        if (refused is None or refused == (noted.status >= 400)) and key_id in (None, noted.key_id)
    )
    found = list(islice(wanted, limit + 1))
    names = house.names_of_keys(tenant_id, {each.key_id for each in found if each.key_id})
    more = (found[limit - 1].place,) if len(found) > limit else None
    return RequestList(
        data=[RequestView.of(each, names) for each in found[:limit]], next_cursor=following(more)
    )
