"""Who is it that presents this password, token or key? Testable without a database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from adapters.identity.api_keys import ApiKeyInvalid, parse_api_key
from adapters.identity.tokens import AccessClaims, RefreshClaims, Tokens
from application.ports.credentials import Credentials
from domain.kernel.refusals import Unauthenticated
from domain.platform.api_key import ApiKey
from domain.platform.member import Member
from domain.platform.session import ACCESS_LIFETIME, Session, SessionEnded

LoadApiKey = Callable[[UUID, UUID], ApiKey | None]
LoadMember = Callable[[UUID, UUID], Member | None]
LoadSession = Callable[[UUID, UUID], Session | None]


class WrongCredentials(Unauthenticated):
    """E-mail address and password do not match an active member."""


@dataclass(frozen=True)
class Caller:
    """Who is asking: tenant, member, their roles as they stand now, and the scopes of a key."""

    tenant_id: UUID
    member_id: UUID
    roles: frozenset[str]
    session_id: UUID | None = None
    api_key_id: UUID | None = None
    scopes: frozenset[str] | None = None


def verify_password(member: Member | None, password: str, credentials: Credentials) -> Member:
    """The member, if active and the password matches; one answer and one amount of work otherwise."""
    password_hash = member.password_hash if member is not None and member.is_active else None
    matches = credentials.verify_password(password_hash, password)
    if member is None or password_hash is None or not matches:
        raise WrongCredentials
    return member


def verify_api_key(
    presented: str, load_api_key: LoadApiKey, load_member: LoadMember, *, at: datetime
) -> Caller:
    """The member a key acts for. Each `load` takes (tenant id, id) as the key itself names them."""
    parsed = parse_api_key(presented)
    key = load_api_key(parsed.tenant_id, parsed.key_id)
    if key is None or not compare_digest(key.secret_hash, parsed.secret_hash) or not key.is_live(at):
        raise ApiKeyInvalid
    member = load_member(parsed.tenant_id, key.member_id)
    if member is None or not member.is_active:
        raise ApiKeyInvalid
    return Caller(
        tenant_id=parsed.tenant_id,
        member_id=member.id,
        roles=frozenset(member.roles),
        api_key_id=key.id,
        scopes=frozenset(key.scopes),
    )


def verify_access_token(
    token: str, tokens: Tokens, load_session: LoadSession, load_member: LoadMember, *, at: datetime
) -> Caller:
    """The member of a live session; roles come from the member, so a change takes effect at once."""
    return verify_claims(tokens.read_access(token, at=at), load_session, load_member, at=at)


def verify_claims(
    claims: AccessClaims, load_session: LoadSession, load_member: LoadMember, *, at: datetime
) -> Caller:
    """The same, of a token that was read."""
    session = load_session(claims.tenant_id, claims.session_id)
    member = load_member(claims.tenant_id, claims.member_id)
    if session is None or member is None or session.member_id != member.id:
        raise SessionEnded
    is_current = session.password_generation == member.password_generation
    if not (session.is_live(at) and member.is_active and is_current):
        raise SessionEnded
    return Caller(
        tenant_id=claims.tenant_id,
        member_id=member.id,
        roles=frozenset(member.roles),
        session_id=session.id,
    )


@dataclass(frozen=True)
class TokenPair:
    """What a sign-in and a refresh hand out."""

    access_token: str
    refresh_token: str
    access_expires_in_s: int


def tokens_of(session: Session, tenant_id: UUID, tokens: Tokens, *, at: datetime) -> TokenPair:
    """The tokens of a session as it stands. A session that was revoked hands out none."""
    session.refuse_if_revoked()
    access = AccessClaims(tenant_id=tenant_id, member_id=session.member_id, session_id=session.id)
    refresh = RefreshClaims(
        tenant_id=tenant_id,
        member_id=session.member_id,
        session_id=session.id,
        generation=session.generation,
    )
    return TokenPair(
        access_token=tokens.access(access, at=at),
        refresh_token=tokens.refresh(refresh, at=at, until=session.expires_at),
        access_expires_in_s=int(ACCESS_LIFETIME.total_seconds()),
    )
