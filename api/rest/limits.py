"""How many requests may somebody make, in a minute and in a day?"""

from dataclasses import dataclass
from threading import Lock
from time import monotonic
from uuid import UUID

from adapters.bootstrap import Allowance, House
from domain.kernel.refusals import LimitReached
from domain.platform.tenant import Tenant

QUOTA_CACHE_S = 60.0


class QuotaReached(LimitReached):
    """Your company's requests for today are used up."""


@dataclass(frozen=True)
class Limits:
    """Requests per minute: of a signed-in person, of a key, of a network address that proves nothing; and at the
    public doors, of an address that changes something, and of all strangers together at one company's."""

    person: int = 1_200
    key: int = 6_000
    stranger: int = 240
    sign_in: int = 20
    guest_writes: int = 30
    guests: int = 1_200
    form_least_s: float = 2.0  # nobody reads and fills a form faster


class Quotas:
    """The daily quota of each tenant, looked up once a minute."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = Lock()
        self._known: dict[UUID, tuple[float, int | None]] = {}

    def of(self, tenant_id: UUID) -> int | None:
        """Calls per day; None is unlimited."""
        known = self._known.get(tenant_id)
        if known is not None and known[0] > monotonic():
            return known[1]
        tenant = self._house.streams(tenant_id).find(Tenant, tenant_id)
        quota = tenant.api_quota_daily if tenant is not None else None
        with self._lock:
            self._known[tenant_id] = (monotonic() + QUOTA_CACHE_S, quota)
        return quota


def refuse_beyond(allowance: Allowance) -> None:
    """Refuses with LimitReached or QuotaReached what is more than allowed."""
    if not allowance.allowed:
        kind = QuotaReached if allowance.policy == "day" else LimitReached
        raise kind(retry_after_s=allowance.retry_after_s)
