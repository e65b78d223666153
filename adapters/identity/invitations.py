"""What does an invitation look like, and whose is it?"""

import re
from dataclasses import dataclass
from uuid import UUID

from adapters.identity.base62 import CHECK_DIGITS, SECRET_DIGITS, UUID_DIGITS, checksum, decoded, encoded
from adapters.identity.secrets import derived
from application.ports.credentials import Credentials
from domain.kernel.refusals import Unauthenticated
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

PREFIX = "esi_"
SECRET_BYTES = 20
_SHAPE = re.compile(
    rf"{PREFIX}([0-9A-Za-z]{{{UUID_DIGITS}}})([0-9A-Za-z]{{{UUID_DIGITS}}})[0-9A-Za-z]{{{SECRET_DIGITS}}}"
    rf"_([0-9A-Za-z]{{{CHECK_DIGITS}}})"
)


class InvitationInvalid(Unauthenticated):
    """This invitation is not valid: it was used, has expired or was never issued. Ask for a new one."""


@dataclass(frozen=True)
class ParsedInvitation:
    """Whom a well-formed token names; whether it is genuine only a second derivation shows."""

    tenant_id: UUID
    member_id: UUID


def derive_invitation(
    master_key: bytes, *, tenant_id: UUID, member_id: UUID, password_generation: int
) -> str:
    """The token of an invitation: the same as long as the member has chosen no other password."""
    purpose = b"invitation:v1:" + tenant_id.bytes + member_id.bytes + password_generation.to_bytes(8, "big")
    secret = derived(master_key, purpose, SECRET_BYTES)
    named = encoded(tenant_id.bytes, UUID_DIGITS) + encoded(member_id.bytes, UUID_DIGITS)
    body = f"{PREFIX}{named}{encoded(secret, SECRET_DIGITS)}"
    return f"{body}_{checksum(body)}"


def signup_token(credentials: Credentials, signup_id: UUID) -> str:
    """What confirms a sign-up: in the form of an invitation into the platform, for a sign-up instead of a member."""
    return credentials.invitation(tenant_id=PLATFORM_TENANT_ID, member_id=signup_id, password_generation=0)


def parse_invitation(presented: str) -> ParsedInvitation:
    """Reads a token. A wrong checksum is refused here, before anything is asked of the database."""
    shape = _SHAPE.fullmatch(presented) if presented.isascii() else None
    if shape is None or shape[3] != checksum(presented[: -CHECK_DIGITS - 1]):
        raise InvitationInvalid
    try:
        tenant_id, member_id = (UUID(bytes=decoded(shape[part], 16)) for part in (1, 2))
    except OverflowError:
        raise InvitationInvalid from None
    return ParsedInvitation(tenant_id=tenant_id, member_id=member_id)
