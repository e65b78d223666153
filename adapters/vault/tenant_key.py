"""Which secret belongs to one tenant and one purpose?"""

import hashlib
import hmac
from uuid import UUID


class TenantKey:
    """A secret of one tenant, derived from the master key for one purpose."""

    def __init__(self, master_key: bytes, purpose: str) -> None:
        self._master_key = master_key
        self._purpose = purpose

    def __call__(self, tenant_id: UUID) -> bytes:
        return hmac.new(
            self._master_key, f"escale {self._purpose} {tenant_id}".encode(), hashlib.sha256
        ).digest()
