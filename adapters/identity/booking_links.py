"""What does a link look like that lets its holder see, move, call off or review one visit?

A token names a purpose, a stream, the state it was made for and the moment it runs out, under an HMAC whose
key is the tenant's own: a changed token and one of another company are told from nothing at all. Reading one
writes nothing, so a link scanner uses nothing up.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from struct import Struct
from uuid import UUID

from adapters.identity.secrets import derived
from domain.kernel.refusals import Gone, NotFound

TAG_BYTES = 16
LAYOUT = Struct(">c16sIQ")
LONGEST = 120


class Purpose(Enum):
    """What a link is good for."""

    VIEW = b"v"
    MOVE = b"m"
    CANCEL = b"c"
    REVIEW = b"r"
    WAIT = b"w"
    FORM = b"f"


class LinkExpired(Gone):
    """This link has run out; ask the business for a new one."""


@dataclass(frozen=True)
class Link:
    """A genuine token. `sequence` is the state of the visit it was made for."""

    purpose: Purpose
    stream_id: UUID
    sequence: int
    expires_at: datetime


class BookingLinks:
    """Writes and reads the tokens."""

    def __init__(self, master_key: bytes) -> None:
        self._key = derived(master_key, b"booking-links:v1", 32)

    def write(self, tenant_id: UUID, link: Link) -> str:
        """The token of a link; the same link is the same token."""
        body = LAYOUT.pack(
            link.purpose.value, link.stream_id.bytes, link.sequence, int(link.expires_at.timestamp())
        )
        return urlsafe_b64encode(body + self._tag(tenant_id, body)).decode().rstrip("=")

    def read(self, tenant_id: UUID, token: str, *purposes: Purpose, at: datetime) -> Link:
        """The link behind a token. Refuses with NotFound what is changed, foreign or for another purpose, and with
        LinkExpired what has run out."""
        try:
            if len(token) > LONGEST or not token.isascii():
                raise ValueError
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            body, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
            if not hmac.compare_digest(tag, self._tag(tenant_id, body)):
                raise ValueError
            # Base64 has several spellings of the same bytes; only the one we write is genuine.
            if urlsafe_b64encode(raw).decode().rstrip("=") != token:
                raise ValueError
            purpose, stream_id, sequence, expires_s = LAYOUT.unpack(body)
            link = Link(
                Purpose(purpose), UUID(bytes=stream_id), sequence, datetime.fromtimestamp(expires_s, UTC)
            )
        except (ValueError, OverflowError, OSError):
            raise NotFound from None
        if link.purpose not in purposes:
            raise NotFound
        if at >= link.expires_at:
            raise LinkExpired
        return link

    def _tag(self, tenant_id: UUID, body: bytes) -> bytes:
        return hmac.new(self._key, tenant_id.bytes + body, sha256).digest()[:TAG_BYTES]
