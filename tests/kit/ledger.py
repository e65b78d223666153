"""A small aggregate of the tests' own: enough to show what the store promises, and nothing of the product."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, PersonalKey, Release
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Personal
from domain.kernel.refusals import RuleBroken

NOON = datetime(2030, 5, 2, 12, tzinfo=UTC)


class LedgerOpened(DomainEvent):
    """Someone opened a ledger."""

    TOPIC = "test-ledger.opened.v1"
    owner_id: UUID
    owner: Annotated[str, Personal(subject="owner_id")]


class AmountAdded(DomainEvent):
    """An amount came in."""

    TOPIC = "test-ledger.amount-added.v1"
    amount: int


class SlotTaken(DomainEvent):
    """A stretch of a resource was taken."""

    TOPIC = "test-ledger.slot-taken.v1"
    resources: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    units: int = 1
    capacity: int = 1
    expires_at: datetime | None = None


class BudgetSpent(DomainEvent):
    """An amount of a shared budget was spent."""

    TOPIC = "test-ledger.budget-spent.v1"
    budget: str
    units: int
    capacity: int


class NameTaken(DomainEvent):
    """A unique name was taken."""

    TOPIC = "test-ledger.name-taken.v1"
    name: str
    personal: bool = False


class AllReturned(DomainEvent):
    """Everything taken was given back."""

    TOPIC = "test-ledger.all-returned.v1"


LedgerEvent = LedgerOpened | AmountAdded | SlotTaken | BudgetSpent | NameTaken | AllReturned
EVENTS: tuple[type[DomainEvent], ...] = (
    LedgerOpened,
    AmountAdded,
    SlotTaken,
    BudgetSpent,
    NameTaken,
    AllReturned,
)


class LedgerFull(RuleBroken):
    """The ledger takes no more than a thousand."""


class Ledger(Aggregate):
    """Amounts, and what they hold."""

    CATEGORY = "test-ledger"

    owner_id: UUID
    owner: Annotated[str, Personal(subject="owner_id")] = ""
    total: int = 0
    held: list[tuple[str, str]] = []

    @classmethod
    def open(cls, ledger_id: UUID, *, owner_id: UUID, owner: str = "Camille", at: datetime = NOON) -> Self:
        ledger = cls.new(ledger_id)
        ledger.record(LedgerOpened, at=at, owner_id=owner_id, owner=owner)
        return ledger

    def put(self, amount: int, *, at: datetime = NOON) -> None:
        if self.total + amount > 1_000:
            raise LedgerFull()
        if amount:
            self.record(AmountAdded, at=at, amount=amount)

    def take_slot(self, *resources: str, starts_at: datetime = NOON, minutes: int = 60, **facts: Any) -> None:
        ends_at = starts_at + timedelta(minutes=minutes)
        self.record(SlotTaken, at=NOON, resources=resources, starts_at=starts_at, ends_at=ends_at, **facts)

    def spend(self, budget: str, units: int, capacity: int) -> None:
        self.record(BudgetSpent, at=NOON, budget=budget, units=units, capacity=capacity)

    def take_name(self, name: str, *, personal: bool = False) -> None:
        self.record(NameTaken, at=NOON, name=name, personal=personal)

    def return_all(self) -> None:
        if self.held:
            self.record(AllReturned, at=NOON)

    def evolve(self, event: LedgerEvent) -> None:
        match event:
            case LedgerOpened(owner_id=owner_id, owner=owner):
                self.owner_id, self.owner = owner_id, owner
                self.held = []
            case AmountAdded(amount=amount):
                self.total += amount
            case SlotTaken(resources=resources):
                self.held += [("slot", resource) for resource in resources]
            case BudgetSpent(budget=budget):
                self.held.append(("budget", budget))
            case NameTaken(name=name):
                self.held.append(("name", name))
            case AllReturned():
                self.held = []
            case _:
                assert_never(event)

    def claims(self, event: LedgerEvent) -> Claims:
        match event:
            case SlotTaken():
                return Claims(
                    taken=tuple(
                        Claim(
                            "slot",
                            resource,
                            self.id,
                            units=event.units,
                            capacity=event.capacity,
                            starts_at=event.starts_at,
                            ends_at=event.ends_at,
                            expires_at=event.expires_at,
                        )
                        for resource in event.resources
                    )
                )
            case BudgetSpent(budget=budget, units=units, capacity=capacity):
                return Claims(
                    taken=(Claim("budget", budget, self.id, units=units, capacity=capacity, shape="amount"),)
                )
            case NameTaken(name=name, personal=personal):
                return Claims(taken=(Claim("name", PersonalKey(name) if personal else name, self.id),))
            case AllReturned():
                return Claims(released=tuple(Release(kind, key, self.id) for kind, key in self.held))
            case _:
                return NO_CLAIMS
