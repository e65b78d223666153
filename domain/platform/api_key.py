"""Which programs may act for a member, how far and until when?"""

from datetime import datetime, timedelta
from typing import Annotated, Self, assert_never
from uuid import UUID

from pydantic import StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.personal import Impersonal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code, Title
from domain.platform.roles import Scope, Scopes

LONGEST_LIFETIME = timedelta(days=366)

# SHA-256 of the whole key; its 160 random bits need no slow hash.
SecretHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Impersonal()]


class ApiKeyIssued(DomainEvent):
    """A program got a key that acts for a member within its scopes."""

    TOPIC = "api-key.issued.v1"

    member_id: UUID
    name: Title
    prefix: Code
    secret_hash: SecretHash
    scopes: Scopes
    expires_at: Instant


class ApiKeyRevoked(DomainEvent):
    """The key opens nothing any more."""

    TOPIC = "api-key.revoked.v1"


class ExpiryOutOfBounds(RuleBroken):
    """An API key must expire in the future, and within a year."""


class ApiKey(Aggregate):
    """A key for a program; never more than the roles of its member, cut down to its scopes."""

    CATEGORY = "api-key"

    member_id: UUID
    name: Title
    prefix: Code
    secret_hash: SecretHash
    scopes: Scopes
    expires_at: datetime
    is_revoked: bool = False

    def is_live(self, at: datetime) -> bool:
        """Does the key open anything at that moment?"""
        return not self.is_revoked and at < self.expires_at

    @classmethod
    def issue(
        cls,
        key_id: UUID,
        *,
        member_id: UUID,
        name: str,
        prefix: str,
        secret_hash: str,
        scopes: tuple[Scope, ...],
        expires_at: datetime | None,
        at: datetime,
    ) -> Self:
        """Issues a key; without a stated end it lives for a year."""
        ends_at = at + LONGEST_LIFETIME if expires_at is None else expires_at
        if not at < ends_at <= at + LONGEST_LIFETIME:
            raise ExpiryOutOfBounds
        key = cls.new(key_id)
        key.record(
            ApiKeyIssued,
            at=at,
            member_id=member_id,
            name=name,
            prefix=prefix,
            secret_hash=secret_hash,
            scopes=scopes,
            expires_at=ends_at,
        )
        return key

    def revoke(self, *, at: datetime) -> None:
        """Makes the key worthless."""
        if self.is_revoked:
            return
        self.record(ApiKeyRevoked, at=at)

    def evolve(self, event: "ApiKeyEvent") -> None:
        match event:
            case ApiKeyIssued():
                self.member_id = event.member_id
                self.name = event.name
                self.prefix = event.prefix
                self.secret_hash = event.secret_hash
                self.scopes = event.scopes
                self.expires_at = event.expires_at
            case ApiKeyRevoked():
                self.is_revoked = True
            case _:
                assert_never(event)


ApiKeyEvent = ApiKeyIssued | ApiKeyRevoked
