"""Who is it that looks at a page of ours, signed in, and did the form they send come from one?

The cookie is a token of its own kind: it opens pages and nothing else, it is good for two idle hours and twelve in all,
and it ends with the session it names, wherever that is ended. A form carries a token that follows from the session.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from adapters.identity.identity import Identity
from adapters.identity.secrets import derived
from adapters.identity.sign_in import Caller
from adapters.identity.tokens import AccessClaims, TokenExpired
from application.kernel.command import Command
from application.kernel.context import Actor, ActorKind, CommandId
from application.kernel.order import Answer, Order
from application.platform.sessions import OpenSession, RevokeSession
from domain.kernel.refusals import Forbidden
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
# Handed out anew this often, so that a page costs no signature each time.
RENEWED_AFTER = timedelta(minutes=5)


class FormNotOurs(Forbidden):
    """This form is not one of this session's; open the page again and send it from there."""


@dataclass(frozen=True)
class SignedIn:
    """Somebody who signed in with a browser. `renewed` is the next cookie, when it is time for one."""

    caller: Caller
    session_id: UUID
    form_token: str
    since: datetime
    renewed: str | None

    @property
    def actor_kind(self) -> ActorKind:
        """As what they act."""
        return "platform_admin" if self.caller.tenant_id == PLATFORM_TENANT_ID else "member"

    def refuse_foreign(self, form_token: str) -> None:
        """Refuses with FormNotOurs."""
        if not hmac.compare_digest(form_token.encode(), self.form_token.encode()):
            raise FormNotOurs


class BrowserSessions:
    """Sessions of people with browsers."""

    def __init__(self, identity: Identity, execute: Callable[[Order], Answer], master_key: bytes) -> None:
        self._identity = identity
        self._execute = execute
        self._key = derived(master_key, b"forms-of-sessions", 32)

    def open(self, company: str, email: str, password: str, *, at: datetime) -> str:
        """The cookie of a new session. Refuses with WrongCredentials, one answer for everything that is wrong."""
        tenant_id, member = self._identity.sign_in(company, email, password)
        answer = self._order(OpenSession(member_id=member.id), tenant_id, member.id, at=at)
        claims = AccessClaims(tenant_id, member.id, answer.saved.stream_id)
        return self._cookie(claims, since=at, at=at)

    def known(self, cookie: str, *, at: datetime) -> SignedIn:
        """Who it is, as they stand now. Refuses with Unauthenticated."""
        claims = self._identity.tokens.read_browser(cookie, at=at)
        if at >= claims.since + LONGEST:
            raise TokenExpired
        is_due = at >= claims.issued_at + RENEWED_AFTER
        return SignedIn(
            caller=self._identity.caller_in(claims.access, at=at),
            session_id=claims.access.session_id,
            form_token=self._form_token(claims.access.session_id),
            since=claims.since,
            renewed=self._cookie(claims.access, since=claims.since, at=at) if is_due else None,
        )

    def close(self, who: SignedIn, *, at: datetime) -> None:
        """Ends the session, everywhere."""
        caller = who.caller
        self._order(RevokeSession(session_id=who.session_id), caller.tenant_id, caller.member_id, at=at)
        self._identity.forget()

    def _order(self, command: Command, tenant_id: UUID, member_id: UUID, *, at: datetime) -> Answer:
        kind: ActorKind = "platform_admin" if tenant_id == PLATFORM_TENANT_ID else "member"
        command_id = CommandId(uuid4(), sha256(command.model_dump_json().encode()).digest())
        actor = Actor(id=member_id, kind=kind, reach="own")
        return self._execute(Order(tenant_id, command, actor, command_id, at=at))

    def _cookie(self, claims: AccessClaims, *, since: datetime, at: datetime) -> str:
        until = min(at + IDLE, since + LONGEST)
        return self._identity.tokens.browser(claims, since=since, at=at, until=until)

    def _form_token(self, session_id: UUID) -> str:
        return hmac.new(self._key, session_id.bytes, sha256).hexdigest()
