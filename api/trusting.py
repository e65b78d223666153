"""Which documents does a company answer? Read from its own stream, remembered for three seconds."""

from collections import OrderedDict
from threading import Lock
from time import monotonic
from uuid import UUID

from adapters.bootstrap import Caller, House
from domain.developer.trusted_documents import TrustedDocuments, trusted_documents_id

# As long as everything else that is known of a company at its doors.
CACHE_S = 3.0
CACHE_SIZE = 1_000


class Trust:
    """The lists of the companies that asked lately."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[UUID, tuple[float, TrustedDocuments | None]] = OrderedDict()

    def of(self, house: House, caller: Caller) -> TrustedDocuments | None:
        """The company's list, if it ever had one."""
        tenant_id = caller.tenant_id
        with self._lock:
            known = self._known.get(tenant_id)
        if known is not None and known[0] > monotonic():
            return known[1]
        found = house.streams(tenant_id).find(TrustedDocuments, trusted_documents_id(tenant_id))
        with self._lock:
            self._known[tenant_id] = (monotonic() + CACHE_S, found)
            while len(self._known) > CACHE_SIZE:
                self._known.popitem(last=False)
        return found
