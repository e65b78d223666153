"""How many requests may somebody make, in a minute and in a day?"""

from dataclasses import dataclass

from adapters.bootstrap import Allowance
from domain.kernel.refusals import LimitReached


class QuotaReached(LimitReached):
    """Your company's requests for today are used up."""


class CallsCapReached(LimitReached):
    """Your company's own cap on API calls is reached for this month; raise it, or wait for the next one."""


REFUSALS = {"day": QuotaReached, "month": CallsCapReached}


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


def refuse_beyond(allowance: Allowance) -> None:
    """Refuses with LimitReached, or one of its kinds, what is more than allowed."""
    if not allowance.allowed:
        raise REFUSALS.get(allowance.policy, LimitReached)(retry_after_s=allowance.retry_after_s)
