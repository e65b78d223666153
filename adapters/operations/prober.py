"""Does the service answer? Looked at from outside, every minute, and every look is kept.

The route of health answers 200 while the service lives and needs neither a key nor a limit: whatever else comes is
the word of something that stands in its place, a proxy or another server, and the service is down.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from ssl import SSLContext
from threading import Thread
from time import monotonic

import httpx2
import structlog

from adapters.jobs.failures import describe
from application.billing.sla import TakeProbe
from application.kernel.command import Command
from domain.billing.uptime import Health

log = structlog.get_logger(__name__)

EVERY_S = 60.0
TIMEOUT_S = 5.0
SLOW_MS = 2_000


class Prober:
    """An action of the scheduler; a look that takes long holds nothing up."""

    def __init__(
        self,
        url: str,
        note: Callable[[Command, datetime], object],
        now: Callable[[], datetime],
        *,
        every_s: float = EVERY_S,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._url, self._note, self._now = url, note, now
        self._every_s, self._timeout_s = every_s, timeout_s
        self._next_at = 0.0
        self._looking: Thread | None = None

    def act(self, token: int) -> None:
        """Begins a look when one is due, unless the last one is still waiting for its answer."""
        if monotonic() < self._next_at or (self._looking is not None and self._looking.is_alive()):
            return
        self._next_at = monotonic() + self._every_s
        self._looking = Thread(target=self._quietly, name="prober", daemon=True)
        self._looking.start()

    def look(self) -> TakeProbe:
        """One look, kept in the log."""
        at, began = self._now(), monotonic()
        try:
            status = httpx2.get(self._url, timeout=self._timeout_s, verify=self._trusted).status_code
            answer, failed = str(status), not 200 <= status < 300
        except httpx2.HTTPError as error:
            answer, failed = type(error).__name__, True
        took_ms = int((monotonic() - began) * 1000)
        health = Health.DOWN if failed else Health.DEGRADED if took_ms > SLOW_MS else Health.UP
        probe = TakeProbe(health=health, took_ms=took_ms, answer=answer)
        self._note(probe, at)
        return probe

    @cached_property
    def _trusted(self) -> SSLContext:
        # The certificates of the machine: read at the first look, and not at each, which took longer than looking.
        return httpx2.create_ssl_context()

    def _quietly(self) -> None:
        try:
            self.look()
        except Exception as error:
            log.warning("probe_not_kept", error=describe(error))
