"""How does a client carry a place in a list, without learning anything from it or forging it?"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any
from uuid import UUID

from adapters.identity.secrets import derived
from domain.kernel.refusals import Malformed

TAG_BYTES = 16
LONGEST = 1_024


class CursorInvalid(Malformed):
    """The cursor does not belong to this list; start again without one."""


class Cursors:
    """Opaque, signed places in lists; each is bound to its tenant, its list and its filters."""

    def __init__(self, master_key: bytes) -> None:
        self._key = derived(master_key, b"cursors", 32)

    def write(self, tenant_id: UUID, listing: str, after: tuple[Any, ...]) -> str:
        """The cursor of the page that follows `after`; `listing` names the list and its filters."""
        place = json.dumps([str(value) for value in after]).encode()
        return urlsafe_b64encode(self._tag(tenant_id, listing, place) + place).decode().rstrip("=")

    def read(self, tenant_id: UUID, listing: str, cursor: str) -> tuple[str, ...]:
        """The values a page starts after. Refuses CursorInvalid for any other list or tenant."""
        try:
            if len(cursor) > LONGEST or not cursor.isascii():
                raise ValueError
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            tag, place = raw[:TAG_BYTES], raw[TAG_BYTES:]
            if not hmac.compare_digest(tag, self._tag(tenant_id, listing, place)):
                raise ValueError
            return tuple(str(value) for value in json.loads(place))
        except (ValueError, TypeError):
            raise CursorInvalid(pointer="/cursor") from None

    def _tag(self, tenant_id: UUID, listing: str, place: bytes) -> bytes:
        return hmac.new(self._key, tenant_id.bytes + listing.encode() + b"\0" + place, sha256).digest()[
            :TAG_BYTES
        ]
