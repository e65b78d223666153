"""What does an API key look like, so that scanners find it and typos cost nothing?"""

import re
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from adapters.identity.base62 import CHECK_DIGITS, SECRET_DIGITS, UUID_DIGITS, checksum, decoded, encoded
from adapters.identity.secrets import derived
from application.ports.credentials import IssuedSecret
from domain.kernel.refusals import Unauthenticated

# Published for secret scanning: the tenant's id, the key's id, 160 secret bits, a checksum.
API_KEY_PATTERN = r"\besk_[0-9A-Za-z]{71}_[0-9A-Za-z]{6}\b"

PREFIX = "esk_"
SECRET_BYTES = 20
_SHAPE = re.compile(
    rf"{PREFIX}([0-9A-Za-z]{{{UUID_DIGITS}}})([0-9A-Za-z]{{{UUID_DIGITS}}})([0-9A-Za-z]{{{SECRET_DIGITS}}})"
    rf"_([0-9A-Za-z]{{{CHECK_DIGITS}}})"
)


class ApiKeyInvalid(Unauthenticated):
    """This API key is not valid."""


@dataclass(frozen=True)
class ParsedKey:
    """What a well-formed key says about itself; whether it is genuine the stored hash decides."""

    tenant_id: UUID
    key_id: UUID
    secret_hash: str


def derive_api_key(master_key: bytes, *, tenant_id: UUID, key_id: UUID, command_id: UUID) -> IssuedSecret:
    """The key a command issues: the same for the same command, so no body needs to be stored."""
    purpose = b"api-key:v1:" + tenant_id.bytes + key_id.bytes + command_id.bytes
    secret = derived(master_key, purpose, SECRET_BYTES)
    prefix = f"{PREFIX}{encoded(tenant_id.bytes, UUID_DIGITS)}{encoded(key_id.bytes, UUID_DIGITS)}"
    body = prefix + encoded(secret, SECRET_DIGITS)
    presented = f"{body}_{checksum(body)}"
    return IssuedSecret(presented=presented, prefix=prefix, secret_hash=_hashed(presented))


def parse_api_key(presented: str) -> ParsedKey:
    """Reads a key. A wrong checksum is refused here, before anything is asked of the database."""
    shape = _SHAPE.fullmatch(presented) if presented.isascii() else None
    if shape is None or shape[4] != checksum(presented[: -CHECK_DIGITS - 1]):
        raise ApiKeyInvalid
    try:
        tenant_id, key_id = (UUID(bytes=decoded(shape[part], 16)) for part in (1, 2))
        decoded(shape[3], SECRET_BYTES)
    except OverflowError:
        raise ApiKeyInvalid from None
    return ParsedKey(tenant_id=tenant_id, key_id=key_id, secret_hash=_hashed(presented))


def _hashed(presented: str) -> str:
    return sha256(presented.encode("ascii")).hexdigest()
