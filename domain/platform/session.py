"""Until when is someone signed in, and how is a stolen refresh token noticed?"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.refusals import Unauthenticated

ACCESS_LIFETIME = timedelta(minutes=15)
SESSION_LIFETIME = timedelta(days=30)


class RevocationReason(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    REVOKED_BY_ADMIN = "revoked_by_admin"
    REFRESH_TOKEN_REUSE = "refresh_token_reuse"  # noqa: S105 -- a reason, no secret
    MEMBER_DEACTIVATED = "member_deactivated"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105


class SessionOpened(DomainEvent):
    """A member signed in."""

    TOPIC = "session.opened.v1"

    member_id: UUID
    password_generation: int
    expires_at: Instant


class SessionRefreshed(DomainEvent):
    """The refresh token was exchanged for the next one."""

    TOPIC = "session.refreshed.v1"

    generation: int


class SessionRevoked(DomainEvent):
    """The session ended; none of its tokens is worth anything any more."""

    TOPIC = "session.revoked.v1"

    reason: RevocationReason


class SessionEnded(Unauthenticated):
    """This session has ended; sign in again."""


class RefreshTokenReused(Unauthenticated):
    """This refresh token was used before, so the session was ended for safety; sign in again."""


class Session(Aggregate):
    """One sign-in, with a chain of refresh tokens of which only the newest is good."""

    CATEGORY = "session"

    member_id: UUID
    password_generation: int = 0
    generation: int = 1
    expires_at: datetime
    revoked_because: RevocationReason | None = None

    @property
    def is_revoked(self) -> bool:
        """Did it end before its time?"""
        return self.revoked_because is not None

    def is_live(self, at: datetime) -> bool:
        """Is the member still signed in?"""
        return not self.is_revoked and at < self.expires_at

    @classmethod
    def open(cls, session_id: UUID, *, member_id: UUID, password_generation: int, at: datetime) -> Self:
        """Signs a member in, once the door has verified the credentials."""
        session = cls.new(session_id)
        session.record(
            SessionOpened,
            at=at,
            member_id=member_id,
            password_generation=password_generation,
            expires_at=at + SESSION_LIFETIME,
        )
        return session

    def refresh(
        self, *, generation: int, member_is_active: bool, password_generation: int, at: datetime
    ) -> None:
        """Moves on to the next refresh token, or revokes the session and records why.

        The revocation is a fact to be saved, so it is not a refusal here: whoever saved it
        asks `refuse_if_revoked` afterwards.
        """
        if not self.is_live(at):
            raise SessionEnded
        if generation != self.generation:
            self.revoke(RevocationReason.REFRESH_TOKEN_REUSE, at=at)
        elif not member_is_active:
            self.revoke(RevocationReason.MEMBER_DEACTIVATED, at=at)
        elif password_generation != self.password_generation:
            self.revoke(RevocationReason.PASSWORD_CHANGED, at=at)
        else:
            self.record(SessionRefreshed, at=at, generation=self.generation + 1)

    def revoke(self, reason: RevocationReason, *, at: datetime) -> None:
        """Ends the session."""
        if self.is_revoked:
            return
        self.record(SessionRevoked, at=at, reason=reason)

    def refuse_if_revoked(self) -> None:
        """Says no to whoever presented a token of a revoked session."""
        if self.revoked_because is RevocationReason.REFRESH_TOKEN_REUSE:
            raise RefreshTokenReused
        if self.is_revoked:
            raise SessionEnded

    def evolve(self, event: "SessionEvent") -> None:
        match event:
            case SessionOpened():
                self.member_id = event.member_id
                self.password_generation = event.password_generation
                self.expires_at = event.expires_at
            case SessionRefreshed():
                self.generation = event.generation
            case SessionRevoked():
                self.revoked_because = event.reason
            case _:
                assert_never(event)


SessionEvent = SessionOpened | SessionRefreshed | SessionRevoked
