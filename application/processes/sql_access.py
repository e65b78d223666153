"""What follows when a person may no longer read in SQL? Their logins end, and the server forgets them."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History
from application.platform.sql_logins import RevokeSqlLoginsOf
from domain.kernel.event import DomainEvent
from domain.platform.member import MemberDeactivated, MemberErased, MemberRolesChanged
from domain.platform.sql_login import SqlLoginExpired, SqlLoginRevoked

Departure = MemberDeactivated | MemberErased | MemberRolesChanged


class SqlAccess:
    """Revokes the logins of who may not read any more; repeats at the server what a door that died left undone."""

    name: ClassVar[str] = "sql-access"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        MemberDeactivated,
        MemberErased,
        MemberRolesChanged,
        SqlLoginRevoked,
        SqlLoginExpired,
    )
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(
        self, event: Departure | SqlLoginRevoked | SqlLoginExpired, history: History
    ) -> Iterable[Command | Effect]:
        if isinstance(event, SqlLoginRevoked | SqlLoginExpired):
            yield Effect("close_sql_login")
        else:
            yield RevokeSqlLoginsOf(member_id=event.originator_id)
