"""Who is behind a request, judged from the credential alone?"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from threading import Lock
from time import monotonic
from uuid import UUID

from adapters.event_store.store import TenantStore
from adapters.identity.api_keys import PREFIX
from adapters.identity.credentials import DerivedCredentials
from adapters.identity.sign_in import Caller, verify_access_token, verify_api_key, verify_password
from adapters.identity.tokens import Tokens
from application.ports.store import A
from application.ports.totals import Totals
from domain.platform.api_key import ApiKey
from domain.platform.member import Member
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.session import Session

# A revoked key, session or role stops working everywhere within this time.
CALLER_CACHE_S = 3.0
CALLER_CACHE_SIZE = 10_000


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

    def forget(self) -> None:
        """Drops the remembered callers, after a change in this process."""
        with self._lock:
            self._callers.clear()

    def sign_in(self, company: str, email: str, password: str) -> tuple[UUID, Member]:
        """The tenant and member behind slug, e-mail address and password; one answer for every failure."""
        tenant_id = self.tenant_named(company)
        member = None
        if tenant_id is not None:
            member_id = self._totals(tenant_id).holder("member-email", email.lower(), personal=True)
            member = self._find(Member, tenant_id, member_id) if member_id else None
        member = verify_password(member, password, self.credentials)
        assert tenant_id is not None
        return tenant_id, member

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
