"""How does a person get a login for the company's tables in SQL, and lose it?"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.platform.permissions import permits
from application.ports.store import Saved
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, Forbidden, NotFound, RuleBroken
from domain.kernel.text import Title
from domain.platform.member import Member
from domain.platform.sql_login import (
    LONGEST_DAYS,
    OF_MEMBER,
    EndReason,
    SqlLogin,
    issued_user_name,
    sql_login_id_of,
)


class IssueSqlLogin(Command):
    """Issue a login for a person who reads the company's tables: oneself, or the member named."""

    name: Title
    valid_days: Annotated[int, Field(ge=1, le=LONGEST_DAYS, description="days until it ends by itself")] = 30
    member_id: UUID | None = Field(None, description="whose login it is; your own if left out")


class RevokeSqlLogin(Command):
    """End a login and its sessions."""

    login_id: UUID


class RevokeSqlLoginsOf(Command):
    """End every login of a member, unless the member may still read the company's tables."""

    member_id: UUID


class ExpireSqlLogin(Command):
    """Note that a login's time is over."""

    login_id: UUID


class SqlLoginsAreIssuedInPerson(Forbidden):
    """Sign in to issue a SQL login; a key must not give access beyond its scopes."""


class MemberMayNotReadTables(RuleBroken):
    """This member's roles do not include reading the company's tables."""


class TooManySqlLogins(RuleBroken):
    """Your company has ten live SQL logins; revoke one of them first."""


def issue_sql_login(command: IssueSqlLogin, context: Context) -> Saved:
    if context.actor.kind == "api_key":
        raise SqlLoginsAreIssuedInPerson
    member_id = command.member_id or context.actor.id
    user_name = issued_user_name(context.tenant_id, context.command.id)

    def issue() -> SqlLogin:
        member = context.store.read(Member, member_id)
        if member is None or not member.is_active:
            raise NotFound
        if not _may_read(member):
            raise MemberMayNotReadTables(pointer="/member_id")
        return SqlLogin.issue(
            sql_login_id_of(user_name),
            member_id=member_id,
            name=command.name,
            user_name=user_name,
            days=command.valid_days,
            at=context.now,
        )

    try:
        return context.store.add(issue)
    except CapacityTaken as refusal:
        raise TooManySqlLogins from refusal


def revoke_sql_login(command: RevokeSqlLogin, context: Context) -> Saved:
    return context.store.change(
        SqlLogin, command.login_id, lambda login: login.revoke(EndReason.REVOKED, at=context.now)
    )


def revoke_sql_logins_of(command: RevokeSqlLoginsOf, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        member = context.store.load(Member, command.member_id)
        if member.is_active and _may_read(member):
            return (member,)
        held = context.ports.totals.holders(OF_MEMBER, str(member.id))
        logins = [context.store.load(SqlLogin, login_id) for login_id in held]
        for login in logins:
            login.revoke(EndReason.MEMBER_MAY_NOT_READ, at=context.now)
        return (member, *logins)

    return context.store.save_all(decide)


def expire_sql_login(command: ExpireSqlLogin, context: Context) -> Saved:
    return context.store.change(SqlLogin, command.login_id, lambda login: login.expire(at=context.now))


def _may_read(member: Member) -> bool:
    return permits("query_table", frozenset(member.roles))


HANDLERS: Handlers = {
    IssueSqlLogin: issue_sql_login,
    RevokeSqlLogin: revoke_sql_login,
    RevokeSqlLoginsOf: revoke_sql_logins_of,
    ExpireSqlLogin: expire_sql_login,
}
