"""What must be known before an outside address is accepted, and with which secret is it spoken to?"""

from typing import Protocol
from uuid import UUID

from domain.kernel.refusals import Malformed


class AddressNotAccepted(Malformed):
    """Nothing is sent to this address: it must be a public https address on a usual port."""

    NAMES_NOBODY = True


class Webhooks(Protocol):
    """The ground of webhooks in this installation."""

    def accepted(self, url: str, *, allows_http: bool) -> str:
        """The address in its one spelling. Refuses with AddressNotAccepted; names are looked up at sending."""
        ...

    def knows(self, event_type: str) -> bool:
        """Is there such an event?"""
        ...

    def secret(self, tenant_id: UUID, endpoint_id: UUID, generation: int) -> str:
        """`whsec_` and 32 bytes, derived from the master key: unique, and kept nowhere."""
        ...
