"""How does a client carry a place in a list, without learning anything from it or forging it?"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

from adapters.identity.secrets import derived
from domain.kernel.refusals import Malformed

TAG_BYTES = 16
LONGEST = 1_024


class CursorInvalid(Malformed):
    """The cursor does not belong to this list; start again without one."""


class HistoryReplaced(Malformed):
    """A restore replaced the history this cursor was taken from; start again without one."""


class Cursors:
    """Opaque, signed places in lists; each is bound to its tenant, its list, its filters and their history."""

    def __init__(self, master_key: bytes, epoch_of: Callable[[UUID], int] = lambda tenant_id: 1) -> None:
        self._key = derived(master_key, b"cursors", 32)
        self._epoch_of = epoch_of

    def write(self, tenant_id: UUID, listing: str, after: tuple[Any, ...]) -> str:
        """The cursor of the page that follows `after`; `listing` names the list and its filters."""
        place = json.dumps([self._epoch_of(tenant_id), *(str(value) for value in after)]).encode()
        return urlsafe_b64encode(self._tag(tenant_id, listing, place) + place).decode().rstrip("=")

    def read(self, tenant_id: UUID, listing: str, cursor: str) -> tuple[str, ...]:
        """The values a page starts after. Refuses CursorInvalid for any other list or tenant, and
        HistoryReplaced for a place in a history that a restore has cut off."""
        try:
            if len(cursor) > LONGEST or not cursor.isascii():
                raise ValueError
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            tag, place = raw[:TAG_BYTES], raw[TAG_BYTES:]
            if not hmac.compare_digest(tag, self._tag(tenant_id, listing, place)):
                raise ValueError
            epoch, *after = json.loads(place)
        except (ValueError, TypeError):
            raise CursorInvalid(pointer="/cursor") from None
        if epoch != self._epoch_of(tenant_id):
            raise HistoryReplaced(pointer="/cursor")
        return tuple(str(value) for value in after)

    def _tag(self, tenant_id: UUID, listing: str, place: bytes) -> bytes:
        return hmac.new(self._key, tenant_id.bytes + listing.encode() + b"\0" + place, sha256).digest()[
            :TAG_BYTES
        ]
