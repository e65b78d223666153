"""Whenever a member comes from a directory that knows their department or cost centre, what follows?"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History
from application.travel.placements import PlaceTraveller
from domain.kernel.event import DomainEvent
from domain.platform.member import MemberInvited


class MemberPlacement:
    """Puts the new member into the units their directory names by code."""

    name: ClassVar[str] = "member-placement"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (MemberInvited,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: MemberInvited, history: History) -> Iterable[Command | Effect]:
        if event.department_code or event.cost_centre_code:
            yield PlaceTraveller(
                member_id=event.member_id,
                department_code=event.department_code,
                cost_centre_code=event.cost_centre_code,
            )
