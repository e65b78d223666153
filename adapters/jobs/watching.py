"""How long does each job take, and is it done?"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy

Observe = Callable[[str, str, float], None]


class JobClock(Middleware):
    """Times every job of this process and hands over its name, outcome and seconds."""

    def __init__(self, observe: Observe) -> None:
        self._observe = observe
        self._begun: dict[str, float] = {}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """The job begins."""
        self._begun[message.message_id] = perf_counter()

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """The job ends, one way or the other; the sweep asks again for what was not done."""
        begun = self._begun.pop(message.message_id, None)
        if begun is not None:
            outcome = "done" if exception is None else "failed"
            self._observe(message.actor_name, outcome, perf_counter() - begun)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """The job was too old to run."""
        self._begun.pop(message.message_id, None)
