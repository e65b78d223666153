"""Signing in, staying signed in and signing out."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Self
from uuid import UUID, uuid4, uuid5

from pydantic import Field, SecretStr

from adapters.bootstrap import TokenPair, account_named
from api.rest.conventions import Resource, View
from api.rest.door import Door
from api.rest.session import PublicDep, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.kernel.context import Actor, ActorKind, CommandId
from application.kernel.order import Order
from application.platform.members import RehashPassword
from application.platform.sessions import OpenSession, RefreshSession, RevokeSession
from domain.kernel.refusals import Refusal, Unauthenticated
from domain.kernel.text import EmailText, Slug
from domain.platform.member import Member
from domain.platform.password import MAXIMUM_LENGTH
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.session import Session as SignIn

router = Shelf(prefix="/api/v1/auth/sessions", tags=["sessions"], route_class=StrictRoute)


class Credentials(Command):
    """Who signs in, and where. The platform's own staff belongs to the company `platform`."""

    company: Slug = Field(description="the company's slug")
    email: EmailText
    password: Annotated[SecretStr, Field(min_length=1, max_length=MAXIMUM_LENGTH)]


class RefreshToken(Command):
    """The refresh token of the last answer; each one is good for one exchange."""

    refresh_token: Annotated[SecretStr, Field(min_length=1, max_length=2_048)]


class Tokens(View):
    """What to present from now on: the access token with every request, the refresh token when it expires."""

    session_id: UUID
    tenant_id: UUID
    member_id: UUID
    token_type: str = Field(examples=["Bearer"])
    access_token: str
    expires_in: int = Field(description="seconds until the access token expires")
    refresh_token: str

    @classmethod
    def of(cls, session: SignIn, tenant_id: UUID, pair: TokenPair) -> Self:
        """The tokens of a session as it stands."""
        return cls(
            session_id=session.id,
            tenant_id=tenant_id,
            member_id=session.member_id,
            token_type="Bearer",
            access_token=pair.access_token,
            expires_in=pair.access_expires_in_s,
            refresh_token=pair.refresh_token,
        )


class SessionView(Resource):
    """One sign-in."""

    id: UUID
    member_id: UUID
    expires_at: datetime
    is_revoked: bool


@router.post("", operation_id="open_session", status_code=201, summary="Sign in")
def open_session(body: Credentials, door: PublicDep) -> Tokens:
    """Exchanges company, e-mail address and password for tokens. One answer for everything that is wrong."""
    attempts = door.attempts(account_named(body.company, body.email))
    attempts.refuse_too_many()
    try:
        tenant_id, member = door.house.identity.sign_in(
            body.company, body.email, body.password.get_secret_value()
        )
    except Unauthenticated:
        attempts.note_failure()
        raise
    actor = actor_of(tenant_id, member.id)
    order = door.order(
        OpenSession(member_id=member.id), tenant_id=tenant_id, actor=actor, principal=member.id
    )
    session = door.left(order, door.house.execute(order), SignIn)
    _rehash(door, tenant_id, member, body.password)
    return Tokens.of(session, tenant_id, door.house.tokens_for(tenant_id, session))


@router.post("/refresh", operation_id="refresh_session", summary="Refresh the tokens")
def refresh_session(body: RefreshToken, door: PublicDep) -> Tokens:
    """Exchanges a refresh token for the next pair. Presenting one twice ends the session; a repeat with the
    same Idempotency-Key does not."""
    token = body.refresh_token.get_secret_value()
    claims = door.house.identity.tokens.read_refresh(token, at=door.house.clock())
    order = door.order(
        RefreshSession(session_id=claims.session_id, generation=claims.generation),
        tenant_id=claims.tenant_id,
        actor=actor_of(claims.tenant_id, claims.member_id),
        principal=claims.session_id,
    )
    session = door.left(order, door.house.execute(order), SignIn)
    return Tokens.of(session, claims.tenant_id, door.house.tokens_for(claims.tenant_id, session))


@router.delete("/{session_id}", operation_id="revoke_session", summary="Sign out")
def revoke_session(session_id: UUID, session: SessionDep) -> SessionView:
    """Ends a session: one's own, or for owners and admins anyone's."""
    ended, answer = session.change(RevokeSession(session_id=session_id), SignIn, session_id)
    session.house.identity.forget()
    return SessionView(
        id=ended.id,
        version=ended.version,
        position=answer.saved.position,
        member_id=ended.member_id,
        expires_at=ended.expires_at,
        is_revoked=ended.is_revoked,
    )


def _rehash(door: Door, tenant_id: UUID, member: Member, password: SecretStr) -> None:
    """Moves a password to today's parameters while it is at hand; signing in does not depend on it."""
    if member.password_hash is None or not door.house.identity.credentials.needs_rehash(member.password_hash):
        return
    command = RehashPassword(member_id=member.id, password=password)
    command_id = CommandId(uuid5(member.id, str(uuid4())), sha256(b"rehash").digest())
    try:
        door.house.execute(
            Order(
                tenant_id=tenant_id,
                command=command,
                actor=actor_of(tenant_id, member.id),
                id=command_id,
                at=door.house.clock(),
            )
        )
    except Refusal:
        return


def actor_of(tenant_id: UUID, member_id: UUID) -> Actor:
    """Whoever has just shown who they are, acting on their own behalf."""
    kind: ActorKind = "platform_admin" if tenant_id == PLATFORM_TENANT_ID else "member"
    return Actor(id=member_id, kind=kind, reach="own")
