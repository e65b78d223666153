"""The credentials port over Argon2id and one master key."""

from uuid import UUID

from adapters.identity.api_keys import derive_api_key
from adapters.identity.invitations import derive_invitation
from adapters.identity.passwords import Passwords
from adapters.identity.secrets import derived
from application.ports.credentials import IssuedSecret


class DerivedCredentials:
    """Hashes passwords; derives secrets instead of storing them."""

    def __init__(self, master_key: bytes, *, passwords: Passwords | None = None) -> None:
        derived(master_key, b"length-check", 16)  # a short key is refused at the start, not at the first use
        self._master_key = master_key
        self._passwords = passwords or Passwords()

    def hash_password(self, password: str) -> str:
        return self._passwords.hash(password)

    def verify_password(self, password_hash: str | None, password: str) -> bool:
        return self._passwords.verify(password_hash, password)

    def needs_rehash(self, password_hash: str) -> bool:
        return self._passwords.needs_rehash(password_hash)

    def api_key(self, *, tenant_id: UUID, key_id: UUID, command_id: UUID) -> IssuedSecret:
        return derive_api_key(self._master_key, tenant_id=tenant_id, key_id=key_id, command_id=command_id)

    def invitation(self, *, tenant_id: UUID, member_id: UUID, password_generation: int) -> str:
        return derive_invitation(
            self._master_key,
            tenant_id=tenant_id,
            member_id=member_id,
            password_generation=password_generation,
        )

    def __repr__(self) -> str:
        return "DerivedCredentials()"
