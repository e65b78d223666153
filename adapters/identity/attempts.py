"""How often may somebody try to sign in, so that guessing is no use and nobody is locked out by it?"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from adapters.redis.rate_limits import RateLimits
from domain.kernel.refusals import LimitReached

MINUTE_S = 60


@dataclass(frozen=True)
class Attempts:
    """The attempts on one account or invitation, counted so that strangers cannot use up what its owner needs.

    A network may try a few times a minute. When very many networks have failed within a minute,
    those that failed have no second try in it. One that has not failed is never refused for the
    others' sake, so the owner with the right password comes in. `spend` takes one request from an
    allowance per minute, as the door does it, or refuses.
    """

    limits: RateLimits
    spend: Callable[[str, int], None]
    address: str
    account: str
    per_minute: int

    def refuse_too_many(self) -> None:
        """Refuses with LimitReached, before the password is looked at."""
        self.spend(f"sign-in:{self.address}", self.per_minute)
        self.spend(self._here("account"), max(1, self.per_minute // 2))
        if self.limits.is_spent(self._here("failed"), per_minute=1) and self.limits.is_spent(
            self._everywhere, per_minute=self._failing_networks
        ):
            raise LimitReached(retry_after_s=MINUTE_S)

    def note_failure(self) -> None:
        """Counts a network once a minute, however often it fails."""
        if self.limits.check(self._here("failed"), per_minute=1).allowed:
            self.limits.check(self._everywhere, per_minute=self._failing_networks)

    def _here(self, what: str) -> str:
        return f"{what}:{self.account}:{self.address}"

    @property
    def _everywhere(self) -> str:
        return f"failing-networks:{self.account}"

    @property
    def _failing_networks(self) -> int:
        return 5 * self.per_minute


def account_named(company: str, email: str) -> str:
    """The name an account is counted under."""
    return sha256(f"{company}:{email}".encode()).hexdigest()[:32]
