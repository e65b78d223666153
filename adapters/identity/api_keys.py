"""What does an API key look like, so that scanners find it and typos cost nothing?"""

import re
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID
from zlib import crc32

from adapters.identity.secrets import derived
from application.ports.credentials import IssuedSecret
from domain.kernel.refusals import Unauthenticated

# Published for secret scanning: the tenant's id, the key's id, 160 secret bits, a checksum.
API_KEY_PATTERN = r"\besk_[0-9A-Za-z]{71}_[0-9A-Za-z]{6}\b"

PREFIX = "esk_"
SECRET_BYTES = 20
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_UUID_DIGITS, _SECRET_DIGITS, _CHECK_DIGITS = 22, 27, 6  # base62 digits that hold 16, 20 and 4 bytes
_SHAPE = re.compile(
    rf"{PREFIX}([0-9A-Za-z]{{{_UUID_DIGITS}}})([0-9A-Za-z]{{{_UUID_DIGITS}}})([0-9A-Za-z]{{{_SECRET_DIGITS}}})"
    rf"_([0-9A-Za-z]{{{_CHECK_DIGITS}}})"
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
    prefix = f"{PREFIX}{_encoded(tenant_id.bytes, _UUID_DIGITS)}{_encoded(key_id.bytes, _UUID_DIGITS)}"
    body = prefix + _encoded(secret, _SECRET_DIGITS)
    presented = f"{body}_{_checksum(body)}"
    return IssuedSecret(presented=presented, prefix=prefix, secret_hash=_hashed(presented))


def parse_api_key(presented: str) -> ParsedKey:
    """Reads a key. A wrong checksum is refused here, before anything is asked of the database."""
    shape = _SHAPE.fullmatch(presented) if presented.isascii() else None
    if shape is None or shape[4] != _checksum(presented[: -_CHECK_DIGITS - 1]):
        raise ApiKeyInvalid
    try:
        tenant_id, key_id = (UUID(bytes=_decoded(shape[part], 16)) for part in (1, 2))
        _decoded(shape[3], SECRET_BYTES)
    except OverflowError:
        raise ApiKeyInvalid from None
    return ParsedKey(tenant_id=tenant_id, key_id=key_id, secret_hash=_hashed(presented))


def _hashed(presented: str) -> str:
    return sha256(presented.encode("ascii")).hexdigest()


def _checksum(body: str) -> str:
    return _encoded(crc32(body.encode("ascii")).to_bytes(4, "big"), _CHECK_DIGITS)


def _encoded(raw: bytes, digits: int) -> str:
    number, text = int.from_bytes(raw, "big"), ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return text


def _decoded(text: str, size: int) -> bytes:
    number = 0
    for character in text:
        number = number * 62 + _DIGITS.index(character)
    return number.to_bytes(size, "big")
