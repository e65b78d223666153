"""Who fetches the reference rates? The scheduler asks every few hours; a thread does it, so that nothing waits."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Thread
from time import monotonic
from uuid import UUID, uuid4, uuid5

import structlog

from adapters.rates.ecb import DayOfRates, RatesNotFetched, RatesNotUnderstood, fetch_rates
from adapters.rates.shipped import SOURCE
from application.kernel.context import Actor, CommandId
from application.kernel.order import Answer, Order
from application.travel.exchange_rates import PublishRates
from domain.kernel.refusals import Refusal
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

EVERY_S = 3 * 3_600.0
AGAIN_AFTER_S = 600.0
# Never changed: whoever published rates by itself signs with it.
PUBLISHER = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000002"), "rate-publishing"), kind="system")

log = structlog.get_logger(__name__)


class RatePublishing:
    """An action of the scheduler: keeps the recorded rates as new as the file at `url`."""

    def __init__(
        self,
        url: str,
        execute: Callable[[Order], Answer],
        now: Callable[[], datetime],
        *,
        fetch: Callable[[str], Sequence[DayOfRates]] = fetch_rates,
        every_s: float = EVERY_S,
    ) -> None:
        self._url = url
        self._execute = execute
        self._now = now
        self._fetch = fetch
        self._every_s = every_s
        self._look_at = 0.0
        self._running: Thread | None = None

    def act(self, token: int) -> None:
        """Starts to fetch when it is time, unless it is being done; publishing twice is calm, so no fence."""
        if monotonic() < self._look_at or (self._running is not None and self._running.is_alive()):
            return
        self._look_at = monotonic() + self._every_s
        self._running = Thread(target=self._quietly, name="rate-publishing", daemon=True)
        self._running.start()

    def wait(self, timeout_s: float) -> bool:
        """Waits for the fetch that is under way; is none left?"""
        if self._running is not None:
            self._running.join(timeout_s)
        return self._running is None or not self._running.is_alive()

    def publish(self) -> int:
        """Fetches and records; how many days were new or corrected."""
        days = self._fetch(self._url)
        tomorrow = self._now().date() + timedelta(days=1)
        if days[-1].published_on > tomorrow:
            raise RatesNotUnderstood(f"the rates of {days[-1].published_on} are of a day to come")
        return sum(self._record(day) for day in days)

    def _record(self, day: DayOfRates) -> bool:
        command = PublishRates(published_on=day.published_on, rates=dict(day.rates), source=SOURCE)
        order = Order(
            tenant_id=PLATFORM_TENANT_ID,
            command=command,
            actor=PUBLISHER,
            id=CommandId(uuid4(), sha256(command.model_dump_json().encode()).digest()),
            at=self._now(),
            source="system",
        )
        return self._execute(order).saved.recorded

    def _quietly(self) -> None:
        try:
            recorded = self.publish()
        except (RatesNotFetched, RatesNotUnderstood, Refusal) as error:
            self._look_at = monotonic() + min(AGAIN_AFTER_S, self._every_s)
            log.error("rates_not_published", reason=str(error), kind=type(error).__name__)
        else:
            log.info("rates_published", days=recorded)
