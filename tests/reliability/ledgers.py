"""What can clients of the storms ask for? A few orders over the kit's ledger, and where they may quarrel."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from tests.kit.ledger import NOON, Ledger

RESOURCES = ("room", "car", "desk")
NAMES = tuple(f"name {number}" for number in range(40))
SLOT_MINUTES = 60
SLOTS = 2_000  # starting points, half a slot apart
CAPACITIES = {"slot": 1, "name": 1}


class OpenLedger(Command):
    """Opens a ledger."""

    ledger_id: UUID


class PutAmount(Command):
    """Adds an amount."""

    ledger_id: UUID
    amount: int


class TakeSlot(Command):
    """Takes a stretch of a resource nobody else may have."""

    ledger_id: UUID
    resource: str
    starts_after_minutes: int


class TakeName(Command):
    """Takes a name nobody else may have."""

    ledger_id: UUID
    name: str


class ReturnAll(Command):
    """Gives everything back."""

    ledger_id: UUID


def open_ledger(command: OpenLedger, context: Context) -> Saved:
    return context.store.add(lambda: Ledger.open(command.ledger_id, owner_id=command.ledger_id))


def put_amount(command: PutAmount, context: Context) -> Saved:
    return context.store.change(Ledger, command.ledger_id, lambda ledger: ledger.put(command.amount))


def take_slot(command: TakeSlot, context: Context) -> Saved:
    starts_at = NOON + timedelta(minutes=command.starts_after_minutes)
    return context.store.change(
        Ledger, command.ledger_id, lambda ledger: ledger.take_slot(command.resource, starts_at=starts_at)
    )


def take_name(command: TakeName, context: Context) -> Saved:
    return context.store.change(Ledger, command.ledger_id, lambda ledger: ledger.take_name(command.name))


def return_all(command: ReturnAll, context: Context) -> Saved:
    return context.store.change(Ledger, command.ledger_id, lambda ledger: ledger.return_all())


HANDLERS: Handlers = {
    OpenLedger: open_ledger,
    PutAmount: put_amount,
    TakeSlot: take_slot,
    TakeName: take_name,
    ReturnAll: return_all,
}


@dataclass(frozen=True)
class Wish:
    """One thing a client wants, however often it has to ask."""

    id: UUID
    tenant_id: UUID
    command: Command
    expected_version: int | None = None

    @cached_property
    def ledger_id(self) -> UUID:
        """The ledger it is about."""
        return UUID(str(self.arguments["ledger_id"]))

    @property
    def operation(self) -> str:
        """Its name."""
        return type(self.command).__name__

    @cached_property
    def arguments(self) -> dict[str, Any]:
        """What is asked, as JSON."""
        return self.command.model_dump(mode="json")

    @cached_property
    def request_hash(self) -> bytes:
        """What makes it the same request."""
        return sha256(f"{self.operation} {self.arguments} {self.expected_version}".encode()).digest()


@dataclass
class Wishes:
    """One writer's wishes, drawn from its own dice: the same seed wishes the same."""

    random: Random
    ledgers: dict[UUID, list[UUID]]  # of each tenant, those everybody fights about
    seen: dict[UUID, int] = field(default_factory=dict)  # versions this writer was told

    def next(self) -> Wish:
        """Something to ask for: mostly amounts, often in each other's way."""
        tenant_id = self.random.choice(sorted(self.ledgers))
        ledger_id = self.random.choice(self.ledgers[tenant_id])
        match self.random.choices(("put", "match", "slot", "name", "return", "open"), (50, 15, 15, 8, 4, 8))[
            0
        ]:
            case "match":
                # Whoever wrote in between makes this one stale.
                put = PutAmount(ledger_id=ledger_id, amount=1)
                return Wish(self.new_id(), tenant_id, put, self.seen.get(ledger_id, 1))
            case "slot":
                command: Command = TakeSlot(
                    ledger_id=ledger_id,
                    resource=self.random.choice(RESOURCES),
                    starts_after_minutes=self.random.randrange(SLOTS) * SLOT_MINUTES // 2,
                )
            case "name":
                command = TakeName(ledger_id=ledger_id, name=self.random.choice(NAMES))
            case "return":
                command = ReturnAll(ledger_id=ledger_id)
            case "open":
                command = OpenLedger(ledger_id=self.new_id())
            case _:
                command = PutAmount(ledger_id=ledger_id, amount=self.random.randint(0, 2))
        return Wish(self.new_id(), tenant_id, command)

    def new_id(self) -> UUID:
        """An id of these dice."""
        return UUID(int=self.random.getrandbits(128), version=4)
