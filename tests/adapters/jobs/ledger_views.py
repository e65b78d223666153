"""Read models, commands and processes over the kit's test ledger; the tables are made by the fixtures."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.kernel.process import Effect, History, InTenant
from application.ports.store import Saved
from domain.kernel.event import DomainEvent
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from tests.kit.ledger import AmountAdded, Ledger, LedgerOpened

TABLES = """
create table read.test_ledger (
  tenant_id uuid not null, ledger_id uuid not null, owner text not null, total bigint not null,
  opened_at timestamptz not null, amounts jsonb not null, primary key (tenant_id, ledger_id));
create table read.test_count (
  tenant_id uuid not null, topic text collate "C" not null, events bigint not null,
  primary key (tenant_id, topic));
"""
TENANT_TABLES = ("read.test_ledger", "read.test_count")
POISON = 66


class LedgerRow(Row):
    TABLE = "test_ledger"
    KEY = ("ledger_id",)

    ledger_id: UUID
    owner: str
    total: int
    opened_at: datetime
    amounts: tuple[int, ...]


class Ledgers(Projector[LedgerRow]):
    """Every ledger with its total."""

    name = "test-ledgers"
    row = LedgerRow
    handles = (LedgerOpened, AmountAdded)

    def project(self, event: Any, rows: Rows[LedgerRow]) -> None:
        match event:
            case LedgerOpened():
                rows.put(
                    LedgerRow(
                        ledger_id=event.originator_id,
                        owner=event.owner,
                        total=0,
                        opened_at=event.occurred_at,
                        amounts=(),
                    )
                )
            case AmountAdded(amount=amount):
                row = rows[(event.originator_id,)]
                rows.change(event.originator_id, total=row.total + amount, amounts=(*row.amounts, amount))


class CountRow(Row):
    TABLE = "test_count"
    KEY = ("topic",)

    topic: str
    events: int


class Counts(Projector[CountRow]):
    """Events by topic. Chokes on one amount while `allergic`."""

    name = "test-counts"
    row = CountRow
    handles = (LedgerOpened, AmountAdded)
    allergic = False

    def keys(self, event: Any) -> Iterable[Key]:
        return ((event.TOPIC,),)

    def project(self, event: Any, rows: Rows[CountRow]) -> None:
        if self.allergic and isinstance(event, AmountAdded) and event.amount == POISON:
            raise ValueError("Camille cannot be counted")
        row = rows.get(event.TOPIC) or CountRow(topic=event.TOPIC, events=0)
        rows.put(row.model_copy(update={"events": row.events + 1}))


class PutAmount(Command):
    """Adds an amount to a ledger."""

    ledger_id: UUID
    amount: int


def put_amount(command: PutAmount, context: Context) -> Saved:
    return context.store.change(Ledger, command.ledger_id, lambda ledger: ledger.put(command.amount))


HANDLERS: Handlers = {PutAmount: put_amount}


class Bonus:
    """Whenever an even amount of 100 or more arrives, one more is added and somebody is told."""

    name: ClassVar[str] = "test-bonus"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (AmountAdded,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"
    allergic = False

    def react(self, event: AmountAdded, history: History) -> Iterable[Command | InTenant | Effect]:
        if self.allergic and event.amount == POISON:
            raise ValueError("Camille gets no bonus")
        ledger = history.find(Ledger, event.originator_id)
        assert ledger is not None
        if event.amount >= 100 and event.amount % 2 == 0:
            # The total as of the event, whatever has happened since.
            yield PutAmount(ledger_id=event.originator_id, amount=1 + ledger.total % 2)
            yield Effect("told")


class LateProcess(Bonus):
    """A process somebody added later."""

    name: ClassVar[str] = "test-late"
    starts: ClassVar[Literal["beginning", "now"]] = "now"
