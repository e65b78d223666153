"""How does an honest client behave? It writes down what it does, and without an answer it asks again."""

from dataclasses import dataclass
from random import Random
from time import monotonic, sleep
from uuid import UUID

from eventsourcing.persistence import OperationalError

from adapters.event_store.commands import Commands
from adapters.event_store.line import LeaderLost
from application.kernel.context import Actor, CommandId
from application.kernel.order import Answer, Order
from domain.kernel.refusals import CapacityTaken, Conflict, LimitReached, Refusal, StaleVersion, Unavailable
from tests.kit.ledger import NOON
from tests.reliability.journal import Journal
from tests.reliability.ledgers import Wish

ACTOR = Actor(id=UUID("00000000-0000-7000-8000-0000000000ee"), kind="system")
PATIENCE_S = 30.0
LONGEST_PAUSE_S = 0.02
NOT_KNOWING = (OperationalError, Unavailable, LeaderLost)


@dataclass
class Client:
    """Asks for wishes at one process of ours, until it knows what became of each."""

    commands: Commands
    journal: Journal
    random: Random
    patience_s: float = PATIENCE_S

    def ask(self, wish: Wish) -> Answer | None:
        """The answer; None when the wish was refused or, after all patience, nobody knows."""
        deadline = monotonic() + self.patience_s
        command_id = wish.id
        while monotonic() < deadline:
            self._write_down(wish, command_id)
            try:
                answer = self.commands.execute(order_of(wish, command_id))
            except NOT_KNOWING as error:
                self.journal.unknown(command_id, type(error).__name__)
                command_id = self.id_of_next_try(command_id)
            except Refusal as refusal:
                self.journal.refused(command_id, refusal.code(), replayed="replayed" in refusal.facts)
                if is_last_word(refusal):
                    return None
            else:
                self._write_down_success(command_id, answer)
                return answer
            sleep(self.random.uniform(0, LONGEST_PAUSE_S))
        return None

    def id_of_next_try(self, command_id: UUID) -> UUID:
        """The same one: that is what makes asking again harmless."""
        return command_id

    def _write_down(self, wish: Wish, command_id: UUID) -> None:
        self.journal.sent(
            command_id,
            key=str(wish.id),
            tenant_id=wish.tenant_id,
            aggregate_id=wish.ledger_id,
            operation=wish.operation,
            arguments=wish.arguments,
            expected_version=wish.expected_version,
        )

    def _write_down_success(self, command_id: UUID, answer: Answer) -> None:
        saved = answer.saved
        self.journal.ok(
            command_id,
            aggregate_id=saved.stream_id,
            version=saved.version,
            position=saved.position if saved.recorded else None,
            replayed=answer.replayed,
            changed=saved.recorded,
        )


@dataclass
class NaiveClient(Client):
    """Believes that no answer means that nothing happened."""

    def id_of_next_try(self, command_id: UUID) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


def is_last_word(refusal: Refusal) -> bool:
    """Whoever lost a race without a rule against it may ask again; the others know."""
    if isinstance(refusal, Conflict):
        return isinstance(refusal, CapacityTaken | StaleVersion) or refusal.facts.get("replayed") is True
    return not isinstance(refusal, LimitReached)


def order_of(wish: Wish, command_id: UUID) -> Order:
    """The wish as the door would make an order of it, with a key of the client's."""
    return Order(
        tenant_id=wish.tenant_id,
        command=wish.command,
        actor=ACTOR,
        id=CommandId(command_id, wish.request_hash, keyed=True),
        at=NOON,
        expected_version=wish.expected_version,
    )
