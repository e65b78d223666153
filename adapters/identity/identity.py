"""Who is behind a request, judged from the credential alone?"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from threading import Lock
from time import monotonic
from uuid import UUID

from adapters.event_store.store import TenantStore
from adapters.identity.api_keys import PREFIX
from adapters.identity.credentials import DerivedCredentials
from adapters.identity.invitations import (
    InvitationInvalid,
    ParsedInvitation,
    parse_invitation,
    signup_token,
)
from adapters.identity.sign_in import (
    Caller,
    verify_access_token,
    verify_api_key,
    verify_claims,
    verify_password,
)
from adapters.identity.tokens import AccessClaims, Tokens
from application.ports.store import A
from application.ports.totals import Totals
from domain.kernel.refusals import Unauthenticated
from domain.platform.api_key import ApiKey
from domain.platform.member import Member
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.session import Session

# A revoked key, session or role stops working everywhere within this time.
CALLER_CACHE_S = 3.0
CALLER_CACHE_SIZE = 10_000


@dataclass(frozen=True)
class Invited:
    """The member of a genuine invitation; `is_open` says whether it can still be accepted."""

    tenant_id: UUID
    member_id: UUID
    is_open: bool


class Identity:
    """Turns a bearer credential into a caller, and a password into a member."""

    def __init__(
        self,
        tokens: Tokens,
        credentials: DerivedCredentials,
        streams: Callable[[UUID], TenantStore],
        totals: Callable[[UUID], Totals],
    ) -> None:
        self.tokens = tokens
        self.credentials = credentials
        self._streams = streams
        self._totals = totals
        self._lock = Lock()
        self._callers: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def caller_of(self, bearer: str, *, at: datetime) -> Caller:
        """The caller a token or key stands for. Refuses with Unauthenticated."""
        digest = sha256(bearer.encode(errors="replace")).digest()
        with self._lock:
            known = self._callers.get(digest)
        if known is not None and known[0] > monotonic():
            return known[1]
        caller = self._verify(bearer, at=at)
        with self._lock:
            self._callers[digest] = (monotonic() + CALLER_CACHE_S, caller)
            while len(self._callers) > CALLER_CACHE_SIZE:
                self._callers.popitem(last=False)
        return caller

    def caller_in(self, claims: AccessClaims, *, at: datetime) -> Caller:
        """The caller of a browser's session, looked up afresh. Refuses with Unauthenticated."""
        return verify_claims(
            claims,
            lambda tenant_id, session_id: self._find(Session, tenant_id, session_id),
            lambda tenant_id, member_id: self._find(Member, tenant_id, member_id),
            at=at,
        )

    def named(
        self,
        tenant_id: UUID,
        *,
        member_id: UUID,
        api_key_id: UUID | None,
        scopes: Iterable[str] | None,
        at: datetime,
    ) -> Caller:
        """Somebody who was let in earlier, as they stand now: a command of theirs is done after their request.

        A session may have ended since; who was let go, or whose key was revoked, is refused with
        Unauthenticated, and no scope is wider than it was or is.
        """
        member = self._find(Member, tenant_id, member_id)
        if member is None or not member.is_active:
            raise Unauthenticated
        if api_key_id is None:
            return Caller(tenant_id, member.id, frozenset(member.roles))
        key = self._find(ApiKey, tenant_id, api_key_id)
        if key is None or key.member_id != member.id or not key.is_live(at):
            raise Unauthenticated
        return Caller(
            tenant_id,
            member.id,
            frozenset(member.roles),
            api_key_id=key.id,
            scopes=frozenset(key.scopes) & frozenset(scopes or ()),
        )

    def forget(self) -> None:
        """Drops the remembered callers, after a change in this process."""
        with self._lock:
            self._callers.clear()

    def sign_in(self, company: str, email: str, password: str) -> tuple[UUID, Member]:
        """The tenant and member behind slug, e-mail address and password; one answer for every failure."""
        tenant_id = self.tenant_named(company)
        member = None
        if tenant_id is not None:
            member = self.member_with(tenant_id, email)
        member = verify_password(member, password, self.credentials)
        assert tenant_id is not None
        return tenant_id, member

    def member_with(self, tenant_id: UUID, email: str) -> Member | None:
        """The member who claimed the address."""
        member_id = self._totals(tenant_id).holder("member-email", email.lower(), personal=True)
        return self._find(Member, tenant_id, member_id) if member_id else None

    def invited(self, token: str, *, at: datetime) -> Invited:
        """Whom a genuine invitation names. Refuses with InvitationInvalid.

        The token of the password before is known too, so that a repeated acceptance can be
        answered as the first one was; it opens nothing any more.
        """
        named = parse_invitation(token)
        member = self._find(Member, named.tenant_id, named.member_id)
        if member is None:
            raise InvitationInvalid
        now, before = member.password_generation, max(member.password_generation - 1, 0)
        if compare_digest(token, self._invitation(named, now)):
            return Invited(named.tenant_id, named.member_id, is_open=member.may_accept(at))
        if compare_digest(token, self._invitation(named, before)):
            return Invited(named.tenant_id, named.member_id, is_open=False)
        raise InvitationInvalid

    def signed_up(self, token: str) -> UUID:
        """The sign-up a genuine token confirms. Refuses with InvitationInvalid.

        It has the form of an invitation into the platform, and names a sign-up where that names a member.
        """
        named = parse_invitation(token)
        genuine = self.signup_token(named.member_id)
        if named.tenant_id != PLATFORM_TENANT_ID or not compare_digest(token, genuine):
            raise InvitationInvalid
        return named.member_id

    def signup_token(self, signup_id: UUID) -> str:
        """What the letter about a sign-up contains."""
        return signup_token(self.credentials, signup_id)

    def _invitation(self, named: ParsedInvitation, generation: int) -> str:
        return self.credentials.invitation(
            tenant_id=named.tenant_id, member_id=named.member_id, password_generation=generation
        )

    def tenant_named(self, slug: str) -> UUID | None:
        """The tenant that claimed the slug; the platform's own is called `platform`."""
        if slug == "platform":
            return PLATFORM_TENANT_ID
        return self._totals(PLATFORM_TENANT_ID).holder("tenant-slug", slug)

    def _verify(self, bearer: str, *, at: datetime) -> Caller:
        if bearer.startswith(PREFIX):
            return verify_api_key(
                bearer,
                lambda tenant_id, key_id: self._find(ApiKey, tenant_id, key_id),
                lambda tenant_id, member_id: self._find(Member, tenant_id, member_id),
                at=at,
            )
        return verify_access_token(
            bearer,
            self.tokens,
            lambda tenant_id, session_id: self._find(Session, tenant_id, session_id),
            lambda tenant_id, member_id: self._find(Member, tenant_id, member_id),
            at=at,
        )

    def _find(self, kind: type[A], tenant_id: UUID, aggregate_id: UUID) -> A | None:
        return self._streams(tenant_id).find(kind, aggregate_id)
