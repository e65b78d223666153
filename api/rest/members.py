"""People and programs of a company: members and their API keys."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Listing, Resource, View
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.platform.api_keys import IssueApiKey, RevokeApiKey
from application.platform.members import (
    ChangeMemberEmail,
    ChangeMemberRoles,
    DeactivateMember,
    EraseMember,
    InviteMember,
    Password,
    ReactivateMember,
    SetPassword,
)
from domain.kernel.text import EmailText
from domain.platform.api_key import ApiKey
from domain.platform.member import Member, MemberStatus
from domain.platform.password import PasswordTooWeak
from domain.platform.roles import Role, Roles, Scope
from projections.platform import api_keys, members
from projections.platform.api_keys import ApiKeyRow
from projections.platform.members import MemberRow

router = Shelf(prefix="/api/v1", route_class=StrictRoute)


class MemberView(Resource):
    """A person in a company."""

    id: UUID
    email: str
    display_name: str
    roles: list[Role]
    status: MemberStatus
    external_id: str | None = Field(description="the id another directory knows the person by")
    given_name: str | None
    family_name: str | None
    employee_number: str | None
    department_code: str | None = Field(description="the department they were invited into")
    cost_centre_code: str | None = Field(description="the cost centre they were invited into")
    manager_id: UUID | None = Field(
        description="who leads them; asked first to agree to their journeys, unless they have an approver"
    )

    @classmethod
    def of(cls, member: Member | MemberRow, position: int | None = None) -> Self:
        """The member, without anything secret."""
        return cls(
            id=member.member_id,
            version=member.version,
            position=position,
            email=member.email,
            display_name=member.display_name,
            roles=list(member.roles),
            status=member.status,
            external_id=member.external_id,
            given_name=member.given_name,
            family_name=member.family_name,
            employee_number=member.employee_number,
            department_code=member.department_code,
            cost_centre_code=member.cost_centre_code,
            manager_id=member.manager_id,
        )


class InvitedMember(MemberView):
    """A new member. Hand `invitation_token` to them: it is shown in this answer and in repeats of this request only."""

    invitation_token: str | None = Field(
        description="sets the first password, within seven days; null when an API key invites: keys give no access"
    )


class MemberList(Listing[MemberView]):
    """One page of members."""


class NewRoles(Command):
    """The roles a member shall have, all of them."""

    roles: Roles


class NewEmail(Command):
    """The address a member shall sign in with."""

    email: EmailText


class NewPassword(Command):
    """A password, with the current one where the member has chosen one already."""

    password: Password
    current_password: Password | None = None


class ApiKeyView(Resource):
    """A key of a program; it never reaches further than its member."""

    id: UUID
    member_id: UUID
    name: str
    prefix: str = Field(description="enough to recognise the key by")
    scopes: list[Scope]
    expires_at: datetime
    is_revoked: bool

    @classmethod
    def of(cls, key: ApiKey | ApiKeyRow, position: int | None = None) -> Self:
        """The key, without its secret."""
        return cls(
            id=key.key_id if isinstance(key, ApiKeyRow) else key.id,
            version=key.version,
            position=position,
            member_id=key.member_id,
            name=key.name,
            prefix=key.prefix,
            scopes=list(key.scopes),
            expires_at=key.expires_at,
            is_revoked=key.is_revoked,
        )


class ApiKeyList(Listing[ApiKeyView]):
    """One page of API keys."""


class IssuedApiKey(View):
    """A new key. Keep `secret` now: it is shown in this answer and in repeats of this request only."""

    api_key: ApiKeyView
    secret: str


# Members


@router.post(
    "/members", operation_id="invite_member", status_code=201, summary="Invite a member", tags=["members"]
)
def invite_member(body: InviteMember, session: SessionDep) -> InvitedMember:
    """Invites a person. They take part from now on, and sign in once they have accepted with a password."""
    member, answer, _ = session.create(body, Member, location="/api/v1/members/{id}")
    shown = MemberView.of(member, answer.saved.position)
    # Whoever holds the token can become this member; a key must not grow beyond its scopes that way.
    token = session.invitation_of(session.tenant_id, member.id) if session.is_in_person else None
    return InvitedMember(**shown.model_dump(), invitation_token=token)


@router.get(
    "/members",
    operation_id="list_members",
    summary="List members",
    tags=["members"],
    dependencies=[caught_up("members")],
)
def list_members(
    session: SessionDep, status: MemberStatus | None = None, limit: Limit = 50, cursor: CursorText = None
) -> MemberList:
    """The people of the company, the latest invited first."""
    page = session.page(members.page, MemberView.of, limit=limit, cursor=cursor, filters={"status": status})
    return MemberList(data=page.data, next_cursor=page.next_cursor)


@router.get(
    "/members/{member_id}",
    operation_id="get_member",
    summary="Get a member",
    tags=["members"],
    dependencies=[AtLeast],
)
def get_member(member_id: UUID, session: SessionDep) -> MemberView:
    """One person; everyone may look at themselves."""
    session.only(member_id)
    return session.show(MemberView.of(session.stream(Member, member_id)))


@router.post(
    "/members/{member_id}/roles", operation_id="change_member_roles", summary="Change roles", tags=["members"]
)
def change_member_roles(member_id: UUID, body: NewRoles, session: SessionDep) -> MemberView:
    """Gives a member exactly these roles. Only owners appoint or remove owners."""
    return _change(session, member_id, ChangeMemberRoles(member_id=member_id, roles=body.roles))


@router.post(
    "/members/{member_id}/email",
    operation_id="change_member_email",
    summary="Change the address",
    tags=["members"],
)
def change_member_email(member_id: UUID, body: NewEmail, session: SessionDep) -> MemberView:
    """Moves a member to another e-mail address, which they sign in with from now on."""
    return _change(session, member_id, ChangeMemberEmail(member_id=member_id, email=body.email))


@router.post(
    "/members/{member_id}/deactivate",
    operation_id="deactivate_member",
    summary="Deactivate",
    tags=["members"],
)
def deactivate_member(member_id: UUID, session: SessionDep) -> MemberView:
    """Takes away the right to sign in and act, until further notice."""
    return _change(session, member_id, DeactivateMember(member_id=member_id))


@router.post(
    "/members/{member_id}/reactivate",
    operation_id="reactivate_member",
    summary="Reactivate",
    tags=["members"],
)
def reactivate_member(member_id: UUID, session: SessionDep) -> MemberView:
    """Gives back the right to sign in and act."""
    return _change(session, member_id, ReactivateMember(member_id=member_id))


@router.delete(
    "/members/{member_id}", operation_id="erase_member", summary="Erase a member", tags=["members"]
)
def erase_member(member_id: UUID, session: SessionDep) -> MemberView:
    """Forgets a person, for good: their key is destroyed, their trips stay without their words."""
    session.refuse_if_match()
    return _change(session, member_id, EraseMember(member_id=member_id))


@router.post(
    "/members/{member_id}/password", operation_id="set_password", summary="Set a password", tags=["members"]
)
def set_password(member_id: UUID, body: NewPassword, session: SessionDep) -> MemberView:
    """Sets one's own password, or the first one of somebody else. Ends sessions opened with the old one."""
    session.only(member_id)
    session.spend(f"password:{session.tenant_id}:{member_id}:{session.address}", session.limits.sign_in)
    command = SetPassword(member_id=member_id, password=body.password, current_password=body.current_password)
    try:
        return _change(session, member_id, command)
    except PasswordTooWeak as refusal:
        refusal.facts["pointer"] = "/password"
        raise


# API keys


@router.post(
    "/api-keys", operation_id="issue_api_key", status_code=201, summary="Issue an API key", tags=["api-keys"]
)
def issue_api_key(body: IssueApiKey, session: SessionDep) -> IssuedApiKey:
    """Issues a key that acts for whoever asks, within its scopes. A repeated request shows the same secret."""
    key, answer, order = session.create(body, ApiKey, location="/api/v1/api-keys/{id}")
    issued = session.house.identity.credentials.api_key(
        tenant_id=session.tenant_id, key_id=key.id, command_id=order.id.id
    )
    return IssuedApiKey(api_key=ApiKeyView.of(key, answer.saved.position), secret=issued.presented)


@router.get(
    "/api-keys",
    operation_id="list_api_keys",
    summary="List API keys",
    tags=["api-keys"],
    dependencies=[caught_up("api-keys")],
)
def list_api_keys(
    session: SessionDep, member_id: UUID | None = None, limit: Limit = 50, cursor: CursorText = None
) -> ApiKeyList:
    """The keys of the company, the latest issued first; no secret is kept, so none is shown."""
    filters = {"member_id": member_id}
    page = session.page(api_keys.page, ApiKeyView.of, limit=limit, cursor=cursor, filters=filters)
    return ApiKeyList(data=page.data, next_cursor=page.next_cursor)


@router.delete(
    "/api-keys/{key_id}", operation_id="revoke_api_key", summary="Revoke an API key", tags=["api-keys"]
)
def revoke_api_key(key_id: UUID, session: SessionDep) -> ApiKeyView:
    """Makes a key worthless, everywhere within three seconds."""
    key, answer = session.change(RevokeApiKey(api_key_id=key_id), ApiKey, key_id)
    session.house.identity.forget()
    return ApiKeyView.of(key, answer.saved.position)


def _change(session: Session, member_id: UUID, command: Command) -> MemberView:
    member, answer = session.change(command, Member, member_id)
    session.house.identity.forget()
    return MemberView.of(member, answer.saved.position)
