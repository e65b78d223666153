"""How often may something that ended by itself be started again before it is beyond help?"""

from collections import deque
from collections.abc import Callable
from time import monotonic

WINDOW_S = 60.0


class Restarts:
    """At most `limit` restarts within any `within_s`; who asks for more is told to give up."""

    def __init__(
        self, limit: int, *, within_s: float = WINDOW_S, clock: Callable[[], float] = monotonic
    ) -> None:
        self._limit = limit
        self._within_s = within_s
        self._clock = clock
        self._spent: deque[float] = deque()

    def take(self) -> bool:
        """Is there one left? Then it is used up."""
        now = self._clock()
        while self._spent and now - self._spent[0] >= self._within_s:
            self._spent.popleft()
        if len(self._spent) >= self._limit:
            return False
        self._spent.append(now)
        return True
