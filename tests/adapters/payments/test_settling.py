"""Is the collector told everything when there is much of it, or when it refuses a part? In memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from adapters.payments import settling
from adapters.payments.settling import AT_ONCE, Settling
from application.billing import collections
from application.kernel.order import Order
from application.ports.collector import CollectorRefused, HeldDocument
from domain.billing.collection import Collection, collection_id
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.subscription import subscription_id
from tests.kit.builders import TENANT
from tests.kit.memory import House
from tests.kit.papers import FRENCH, billed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURS = [NOW - timedelta(hours=number) for number in range(AT_ONCE + 200, 0, -1)]


class _Commands(House):
    """The company's streams, and whatever was noted of the collector."""

    def __init__(self) -> None:
        super().__init__(collections.HANDLERS)
        self.book = InvoiceBook.new(invoices_id(TENANT))

    def reading(self, tenant_id: UUID) -> Any:
        def find(kind: type[Any], stream_id: UUID) -> Any:
            if stream_id == subscription_id(TENANT):
                return SimpleNamespace(debtor=FRENCH)
            return self.book if stream_id == invoices_id(TENANT) else self.store.read(kind, stream_id)

        return SimpleNamespace(find=find)

    def execute(self, order: Any, **_: Any) -> Any:
        assert isinstance(order, Order)
        return super().execute(order.command, at=order.at)

    @property
    def known(self) -> Collection:
        return self.store.load(Collection, collection_id(TENANT))


class _Collector:
    """Takes every hour, and every invoice but one; a second look never differs."""

    def __init__(self, refuses: UUID | None = None) -> None:
        self.hours: dict[datetime, Decimal] = {}
        self.refuses, self.invoices = refuses, dict[UUID, HeldDocument]()

    def find_customer(self, company_id: UUID) -> str:
        return "cus_1"

    def find_invoice(self, customer: str, invoice_id: UUID) -> HeldDocument | None:
        return self.invoices.get(invoice_id)

    def create_invoice(self, customer: str, company_id: UUID, invoice_id: UUID, **_: Any) -> HeldDocument:
        if invoice_id == self.refuses:
            raise CollectorRefused("This number is taken.")
        total = 1
        self.invoices[invoice_id] = HeldDocument(f"in_{invoice_id}", True, total, {})
        return self.invoices[invoice_id]

    def meter(self, name: str, *, attempt: int) -> str:
        return name

    def push(self, customer: str, meter: str, *, hour: datetime, value: Decimal, **_: Any) -> str:
        self.hours[hour] = value
        return "told"

    def told(self, customer: str, meter: str, hour: datetime) -> Decimal | None:
        return self.hours.get(hour)


@contextmanager
def _nothing(tenant_id: UUID) -> Iterator[Any]:
    yield None


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> _Commands:
    """Seven hundred hours of one meter were reported, all of them at position 9."""
    monkeypatch.setattr(settling.usage, "cut", lambda sql: SimpleNamespace(position=9))
    monkeypatch.setattr(settling.usage, "figure", lambda *args, **more: Decimal(3))
    monkeypatch.setattr(
        settling,
        "touched_hours",
        lambda sql, *, after, until, since: [("sms", hour) for hour in HOURS] if after < until else [],
    )
    return _Commands()


def test_l27_more_hours_than_fit_in_one_round_are_all_told_in_the_next(commands: _Commands) -> None:
    collector = _Collector()
    desk = Settling(collector, commands, _nothing, lambda: NOW)  # type: ignore[arg-type]
    desk.settle(TENANT)
    assert len(collector.hours) == AT_ONCE
    assert commands.known.pushed_until == 0, "what is missing is found again"
    desk.settle(TENANT)
    assert list(collector.hours) == HOURS
    assert commands.known.pushed_until == 9


def test_l41_an_invoice_the_collector_refuses_holds_nothing_else_up(commands: _Commands) -> None:
    refused = billed(FRENCH)
    other = refused.model_copy(update={"invoice_id": UUID(int=7)})
    commands.book.invoices = {refused.invoice_id: refused, other.invoice_id: other}
    collector = _Collector(refuses=refused.invoice_id)
    desk = Settling(collector, commands, _nothing, lambda: NOW)  # type: ignore[arg-type]
    with pytest.raises(CollectorRefused):
        desk.settle(TENANT)
    assert list(collector.invoices) == [other.invoice_id]
    assert len(collector.hours) == AT_ONCE
