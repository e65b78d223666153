"""Which consumers stand still, and what becomes of an operator's decision about one?"""

from datetime import datetime

from psycopg_pool import ConnectionPool

from adapters.administrators import order_of_operator
from adapters.event_store.commands import Commands
from adapters.jobs.checkpoints import Checkpoints
from adapters.jobs.performers import carry_out
from adapters.postgres.standing import PausedUnit, paused_units
from application.kernel.command import Command
from application.kernel.order import Answer, Order
from domain.platform.platform_tenant import PLATFORM_TENANT_ID


class Interventions:
    """Decisions about paused consumers: recorded first, then carried out."""

    def __init__(self, commands: Commands, checkpoints: Checkpoints, dispatcher: ConnectionPool) -> None:
        self._commands = commands
        self._checkpoints = checkpoints
        self._dispatcher = dispatcher

    def paused(self) -> list[PausedUnit]:
        """Every consumer that stands still at an event, the longest waiting first."""
        return paused_units(self._dispatcher)

    def decide(self, order: Order) -> Answer:
        """Records the decision and carries it out at once.

        Should this process die in between, the process `resumption` carries it out.
        """
        answer = self._commands.execute(order)
        saved = answer.saved
        streams = self._commands.reading(order.tenant_id)
        for decision in streams.events_of(saved.stream_id, after=saved.version - 1, limit=1):
            carry_out(self._checkpoints, decision)
        return answer

    def decide_as_operator(self, command: Command, at: datetime) -> Answer:
        """The same, on the authority of whoever holds the master key."""
        self._commands.open_head(PLATFORM_TENANT_ID)
        return self.decide(order_of_operator(command, at))
