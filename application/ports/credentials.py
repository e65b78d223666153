"""How are passwords kept and secrets made?"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class IssuedSecret:
    """A secret to show once: the whole text, the part that may be shown again, and what is stored."""

    presented: str
    prefix: str
    secret_hash: str

    def __repr__(self) -> str:
        return f"IssuedSecret(prefix={self.prefix!r})"


class Credentials(Protocol):
    """Slow hashes for passwords, derived secrets for programs."""

    def hash_password(self, password: str) -> str:
        """A salted Argon2id hash. Refuses with LimitReached when too many wait already."""
        ...

    def verify_password(self, password_hash: str | None, password: str) -> bool:
        """Does it match? Without a hash the same work is done and the answer is no."""
        ...

    def needs_rehash(self, password_hash: str) -> bool:
        """Was it hashed with weaker parameters than today's?"""
        ...

    def api_key(self, *, tenant_id: UUID, key_id: UUID, command_id: UUID) -> IssuedSecret:
        """The secret of an API key, derived from the master key: the same for the same command."""
        ...

    def invitation(self, *, tenant_id: UUID, member_id: UUID, password_generation: int) -> str:
        """What lets an invited member choose a password, derived likewise. It is bound to the
        password of that moment: choosing one makes it worthless."""
        ...
