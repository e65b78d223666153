"""Which people may read the company's tables in SQL, and until when?"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self, assert_never
from uuid import UUID, uuid5

from pydantic import StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.personal import Impersonal
from domain.kernel.text import Title

MOST_AT_A_TIME = 10
LONGEST_DAYS = 90
LIVE, OF_MEMBER = "sql-login", "sql-login-of-member"

# The database knows a login's company by this name: its policies read it.
UserName = Annotated[str, StringConstraints(pattern=r"^an_[0-9a-f]{32}_[0-9a-z]{1,24}$"), Impersonal()]
ISSUED = re.compile(r"an_([0-9a-f]{32})_l[0-9a-f]{20}")


class LoginState(StrEnum):
    """Where a login stands, as far as it is on record."""

    ISSUED = "issued"
    REVOKED = "revoked"
    EXPIRED = "expired"


class EndReason(StrEnum):
    """Why a login was ended before its time."""

    REVOKED = "revoked"
    MEMBER_MAY_NOT_READ = "member_may_not_read"


class SqlLoginIssued(DomainEvent):
    """A person got a login of the database, for reading the company's own tables. Its password is nowhere."""

    TOPIC = "sql-login.issued.v1"

    member_id: UUID
    name: Title
    user_name: UserName
    expires_at: Instant


class SqlLoginRevoked(DomainEvent):
    """The login opens nothing any more, and its sessions are ended."""

    TOPIC = "sql-login.revoked.v1"

    user_name: UserName
    reason: EndReason


class SqlLoginExpired(DomainEvent):
    """The login's time is over."""

    TOPIC = "sql-login.expired.v1"

    user_name: UserName


class SqlLogin(Aggregate):
    """A login for a person; it belongs to a member and ends with their right to read."""

    CATEGORY = "sql-login"

    member_id: UUID
    name: Title
    user_name: UserName
    expires_at: datetime
    state: LoginState = LoginState.ISSUED

    @property
    def has_ended(self) -> bool:
        """Is its end on record?"""
        return self.state is not LoginState.ISSUED

    def is_live(self, at: datetime) -> bool:
        """Does the login open anything at that moment?"""
        return not self.has_ended and at < self.expires_at

    @classmethod
    def issue(
        cls, login_id: UUID, *, member_id: UUID, name: str, user_name: str, days: int, at: datetime
    ) -> Self:
        """Issues a login for some days."""
        login = cls.new(login_id)
        login.record(
            SqlLoginIssued,
            at=at,
            member_id=member_id,
            name=name,
            user_name=user_name,
            expires_at=at + timedelta(days=days),
        )
        return login

    def revoke(self, reason: EndReason, *, at: datetime) -> None:
        """Ends the login before its time."""
        if self.has_ended:
            return
        self.record(SqlLoginRevoked, at=at, user_name=self.user_name, reason=reason)

    def expire(self, *, at: datetime) -> None:
        """Notes that the login's time is over, once it is."""
        if self.has_ended or at < self.expires_at:
            return
        self.record(SqlLoginExpired, at=at, user_name=self.user_name)

    def evolve(self, event: "SqlLoginEvent") -> None:
        match event:
            case SqlLoginIssued():
                self.member_id = event.member_id
                self.name = event.name
                self.user_name = event.user_name
                self.expires_at = event.expires_at
            case SqlLoginRevoked():
                self.state = LoginState.REVOKED
            case SqlLoginExpired():
                self.state = LoginState.EXPIRED
            case _:
                assert_never(event)

    def claims(self, event: "SqlLoginEvent") -> Claims:
        match event:
            case SqlLoginIssued():
                return Claims(
                    taken=(_place(LIVE, "live", event), _place(OF_MEMBER, str(event.member_id), event))
                )
            case SqlLoginRevoked() | SqlLoginExpired():
                member = str(self.member_id)
                return Claims(released=(Release(LIVE, "live", self.id), Release(OF_MEMBER, member, self.id)))
            case _:
                assert_never(event)


def _place(kind: str, key: str, event: SqlLoginIssued) -> Claim:
    """One of the few places; free again when the login's time is over, noted or not."""
    return Claim(
        kind,
        key,
        event.originator_id,
        capacity=MOST_AT_A_TIME,
        shape="amount",
        expires_at=event.expires_at,
    )


def issued_user_name(tenant_id: UUID, command_id: UUID) -> str:
    """The user name a command issues; a repeat gives the same."""
    return f"an_{tenant_id.hex}_l{uuid5(tenant_id, f'sql-login:{command_id}').hex[:20]}"


def sql_login_id_of(user_name: str) -> UUID:
    """The login behind an issued user name, so that a name found on the server leads to its stream."""
    return uuid5(tenant_of(user_name), f"sql-login:{user_name}")


def tenant_of(user_name: str) -> UUID:
    """The company of an issued user name."""
    issued = ISSUED.fullmatch(user_name)
    if issued is None:
        raise ValueError(f"{user_name} was not issued as a login")
    return UUID(issued[1])


SqlLoginEvent = SqlLoginIssued | SqlLoginRevoked | SqlLoginExpired
