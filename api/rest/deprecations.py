"""Which operations will go, and who of the company still calls them?"""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.rest.conventions import View
from api.rest.session import SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from api.rest.sunsets import DEPRECATED

router = Shelf(prefix="/api/v1/deprecations", tags=["commands"], route_class=StrictRoute)


class CallerView(View):
    """A key or a person that called an operation which will go."""

    caller_id: UUID = Field(description="the key, or the member")
    is_key: bool
    member_id: UUID = Field(description="for whom")
    calls: int = Field(description="since the first one that was noted; a few at the end may be missing")
    last_called_at: datetime


class DeprecationView(View):
    """An operation that will go."""

    operation: str
    since: date = Field(description="known since; also in the header Deprecation")
    sunset: date = Field(description="gone on; also in the header Sunset")
    instead: str = Field(description="the operation to call instead")
    why: str
    callers: list[CallerView] = Field(description="who called it in the last thirty days")


class DeprecationList(View):
    """Every operation that will go."""

    data: list[DeprecationView]


@router.get("", operation_id="list_deprecations", summary="List what will go")
def list_deprecations(session: SessionDep) -> DeprecationList:
    """The operations that will go, with who of the company called them in the last thirty days: everybody for whoever
    looks after its people, oneself for everyone else."""
    noted = session.house.deprecated_calls.of(session.tenant_id)
    return DeprecationList(
        data=[
            DeprecationView(
                operation=name,
                since=one.since,
                sunset=one.sunset,
                instead=one.instead,
                why=one.why,
                callers=[
                    CallerView(
                        caller_id=call.caller_id,
                        is_key=call.is_key,
                        member_id=call.member_id,
                        calls=call.calls,
                        last_called_at=call.last_called_at,
                    )
                    for call in noted
                    if call.operation == name and session.own_id in (None, call.member_id)
                ],
            )
            for name, one in sorted(DEPRECATED.items())
        ]
    )
