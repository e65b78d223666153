"""Do invoices equal an independent reading of the exported log, to the cent?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from application.billing.invoices import CloseMonth
from application.billing.prices import PublishPrices
from application.billing.subscriptions import (
    CancelSubscription,
    ChangeAddOns,
    ChangeSeats,
    ChangeSubscriptionPlan,
    StartSubscription,
)
from application.billing.usage import DefineMeter, ReportUsage
from application.kernel.command import Command
from application.kernel.context import CommandId
from application.kernel.order import Order
from domain.billing import rating
from domain.billing.charge import Graduated, Package, Tier, Volume
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.meter import Aggregation
from domain.billing.price import BillingModel, Price, PriceKind, ProductLine
from domain.billing.terms import Debtor
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from tests.kit.house import SYSTEM, Founder, Place, opened_place
from tests.oracle import billing as oracle

BY_HAND = Path(oracle.__file__).with_name("billing_by_hand.txt")
SEED = 20_260_101
MONTHS = ("2026-01", "2026-02", "2026-03")
CLOSED_AT = ("2026-02-01T09:00:00+01:00", "2026-03-01T09:00:00+01:00", "2026-04-01T09:00:00+02:00")
BEGIN = datetime(2025, 12, 31, 23, tzinfo=UTC)
FRENCH = Debtor(legal_name="Nord Voyages", country="FR", vat_number="FR40303265045")
GERMAN = Debtor(legal_name="Nord Reisen", country="DE", vat_number="DE123456788")


class TestTheOracle:
    """It agrees with invoices worked out by hand, which it can only do from the facts they tell."""

    @pytest.mark.parametrize("name", re.findall(r"^[0-9]+\. (\w+)\.", BY_HAND.read_text(), re.MULTILINE))
    def test_agrees_with_the_arithmetic(self, name: str) -> None:
        text = BY_HAND.read_text()
        story = re.split(r"^[0-9]+\. ", text[text.index(f"{name}.") :], maxsplit=1, flags=re.MULTILINE)[0]
        expected = {
            (month, code): int(cents)
            for month, code, cents in re.findall(r"^= ([0-9-]{7}) (\w+) (\d+)$", story, re.MULTILINE)
        }
        ((net, tax, total),) = re.findall(r"^= net (\d+) tax (\d+) total (\d+)$", story, re.MULTILINE)
        company = oracle.Company(STORIES[name](), oracle.price_lists([]))
        found = list(company.invoices().values())[-1]
        assert found["sums"] == expected
        assert (found["net"], found["tax"], found["total"]) == (int(net), int(tax), int(total))


@dataclass
class Ledger:
    """A log written by hand, for stories the product has no part in."""

    facts: list[dict[str, Any]] = field(default_factory=list)

    def add(self, topic: str, at: str, **facts: Any) -> "Ledger":
        place = len(self.facts) + 1
        self.facts.append({"position": place, "topic": topic, "at": datetime.fromisoformat(at), **facts})
        return self

    def start(
        self, line: str, plan: str, at: str, *, trial_until: str | None = None, **more: Any
    ) -> "Ledger":
        terms = {"plan": plan, "model": "usage", "seats": 0, "add_ons": {}, **more.pop("terms", {})}
        debtor = {"country": "FR", "vat_number": None, **more}
        return self.add(
            "subscription.started.v1", at, line=line, zone="Europe/Paris", terms=terms,
            trial_until=trial_until, debtor=debtor,
        )  # fmt: skip

    def change(self, topic: str, at: str, **terms: Any) -> "Ledger":
        told = {"model": "usage", "seats": 0, "add_ons": {}, **terms}
        return self.add(f"subscription.{topic}.v1", at, terms=told)

    def use(self, meter: str, at: str, quantity: int) -> "Ledger":
        name = f"t{len(self.facts)}"
        used = {"transaction_id": name, "meter": meter, "at": at, "quantity": str(quantity)}
        return self.add("usage.reported.v1", at, counted=[{**used, "subject": None, "corrects": None}])

    def close(self, month: str) -> list[dict[str, Any]]:
        draft = {"month": month, "cut": len(self.facts)}
        return self.add("invoices.finalised.v1", "2026-05-01T00:00:00+00:00", draft=draft).facts


def _late_usage() -> list[dict[str, Any]]:
    ledger = Ledger().start("crm", "pro", "2026-01-01T00:00:00+01:00")
    ledger.use("sms", "2026-01-10T12:00:00+01:00", 2_100).close("2026-01")
    return ledger.use("sms", "2026-01-20T12:00:00+01:00", 40).close("2026-02")


STORIES = {
    "pro_with_overage": lambda: (
        Ledger().start("crm", "pro", "2026-01-01T00:00:00+01:00")
        .use("sms", "2026-01-05T12:00:00+01:00", 2_137).use("emails", "2026-01-31T23:59:59+01:00", 10_420)
        .close("2026-01")
    ),
    "upgrade": lambda: (
        Ledger().start("crm", "starter", "2026-01-01T00:00:00+01:00")
        .use("sms", "2026-01-10T12:00:00+01:00", 400)
        .change("plan-changed", "2026-01-16T00:00:00+01:00", plan="pro").close("2026-01")
    ),
    "seats_in_germany": lambda: (
        Ledger().start(
            "white_label", "starter", "2026-01-01T00:00:00+01:00",
            terms={"model": "seats", "seats": 10}, country="DE", vat_number="DE123456788",
        )
        .change("seats-changed", "2026-01-20T12:00:00+01:00", plan="starter", model="seats", seats=12)
        .close("2026-01")
    ),
    "clock_change": lambda: (
        Ledger().start("crm", "starter", "2026-03-29T00:00:00+01:00")
        .use("sms", "2026-03-30T12:00:00+02:00", 100).close("2026-03")
    ),
    "trial_and_end": lambda: (
        Ledger().start("crm", "pro", "2026-02-01T00:00:00+01:00", trial_until="2026-02-11T00:00:00+01:00")
        .add("subscription.cancelled.v1", "2026-02-21T00:00:00+01:00").close("2026-02")
    ),
    "late_usage": _late_usage,
}  # fmt: skip


@dataclass
class Customer:
    """A company that lives through three months."""

    place: Place
    tenant_id: Any

    def do(self, command: Command, at: str | datetime, tenant_id: Any = None) -> None:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        order_id = CommandId(uuid4(), sha256(repr(command).encode()).digest())
        order = Order(tenant_id or self.tenant_id, command, SYSTEM, order_id, at=moment.astimezone(UTC))
        self.place.house.execute(order)

    def close(self, month: str, at: str) -> None:
        self.place.house.jobs.projections.drain(self.tenant_id)
        self.do(CloseMonth(month=month), at)

    def told(self) -> list[dict[str, Any]]:
        """The log, as it leaves the house for whoever may export it."""
        return oracle.facts_of("".join(self.place.house.auditing.export(self.tenant_id)).splitlines())

    def issued(self) -> dict[str, dict[str, Any]]:
        """The product's own invoices, in the oracle's shape."""
        book = self.place.house.streams(self.tenant_id).load(InvoiceBook, invoices_id(self.tenant_id))
        found = {}
        for invoice in book.invoices.values():
            draft, sums = invoice.draft, {}
            for line in draft.lines:
                sums[line.month, line.code] = sums.get((line.month, line.code), 0) + line.amount_minor
            tax, total = draft.tax.amount_minor, draft.total_minor
            found[draft.month] = {"sums": sums, "net": draft.net_minor, "tax": tax, "total": total}
        return found


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


@pytest.fixture(scope="module")
def versions(place: Place) -> list[dict[str, Any]]:
    """The price lists, after the platform published a plan of every way of charging, and changed it."""
    platform = Customer(place, PLATFORM_TENANT_ID)
    for since, cents in (("2026-01-01T00:00:00+01:00", "0.013"), ("2026-02-12T00:00:00+01:00", "0.017")):
        tiers = (
            Tier(up_to=Decimal(200), unit_amount=Decimal("0.031")),
            Tier(unit_amount=Decimal(cents)),
        )
        plan = PublishPrices(
            line=ProductLine.CRM, plan="all_ways", title="All ways",
            effective_from=datetime.fromisoformat(since),
            prices=(
                _metered("sms", Graduated(tiers=tiers), included=Decimal(50), minimum=Decimal("7.77")),
                _metered("emails", Volume(tiers=tiers), cap=Decimal("9.99")),
                _metered("pages", Package(size=Decimal(30), package_amount=Decimal("0.55"))),
                _metered("people", Volume(tiers=tiers), included=Decimal(3)),
            ),
        )  # fmt: skip
        platform.do(plan, "2025-12-01T00:00:00+00:00")
    told = platform.told()
    return oracle.price_lists(told)


def _metered(code: str, charge: Any, **more: Any) -> Price:
    return Price(code=code, title=code, kind=PriceKind.METER, meter=code, charge=charge, **more)


def _newcomer(place: Place, slug: str) -> Customer:
    return Customer(place, Founder(place.house).company(slug).id)


def _live(customer: Customer, plan: str, random: Random, *, model: str = "usage") -> None:
    """Three months of one company: reports with repeats, latecomers and corrections, and a change of mind."""
    line = ProductLine.WHITE_LABEL if model == "seats" else ProductLine.CRM
    customer.do(
        StartSubscription(
            line=line, plan=plan, model=BillingModel(model), seats=7 if model == "seats" else 0,
            debtor=random.choice((FRENCH, GERMAN)), trial_days=random.choice((0, 0, 9)),
        ),
        BEGIN + timedelta(seconds=random.randrange(5 * 86_400)),
    )  # fmt: skip
    for code, aggregation in (("pages", Aggregation.SUM), ("people", Aggregation.UNIQUE)):
        customer.do(DefineMeter(code=code, title=code, aggregation=aggregation), "2026-01-01T00:00:00+00:00")
    sent: list[dict[str, Any]] = []
    for number, (month, closed_at) in enumerate(zip(MONTHS, CLOSED_AT, strict=True)):
        batch = [_use(random, len(sent) + place, months=number + 1) for place in range(60)]
        batch += random.choices(batch, k=3)  # repeats
        batch += [
            {**_use(random, f"{number}-{place}", months=number + 1), "meter": one["meter"],
             "at": one["at"], "corrects": one["transaction_id"]}
            for place, one in enumerate(random.sample(sent, k=min(len(sent), 3)))
        ]  # fmt: skip
        sent += batch[:60]
        random.shuffle(batch)
        customer.do(ReportUsage(events=tuple(batch)), CLOSED_AT[-1])
        _change_mind(customer, number, model, random)
        customer.close(month, closed_at)


def _use(random: Random, name: object, *, months: int) -> dict[str, Any]:
    """Anywhere from the beginning to the end of the month: what is of an earlier one comes late."""
    at = BEGIN + timedelta(seconds=random.randrange(86_400 * 29 * months))
    quantity = str(Decimal(random.randrange(0, 400_000)) / 1_000)
    return {
        "transaction_id": f"use-{name}", "meter": random.choice(("sms", "emails", "pages", "people")),
        "at": at.isoformat(), "quantity": quantity, "subject": f"person-{random.randrange(9)}",
    }  # fmt: skip


def _change_mind(customer: Customer, number: int, model: str, random: Random) -> None:
    at = datetime.fromisoformat(f"{MONTHS[number]}-15T00:00:00+00:00") + timedelta(
        seconds=random.randrange(10 * 86_400)
    )
    if model == "seats":
        customer.do(ChangeSeats(seats=random.randrange(1, 40)), at)
        customer.do(ChangeSeats(seats=random.randrange(1, 40)), at + timedelta(hours=3))
    elif number == 0:
        customer.do(ChangeSubscriptionPlan(plan=random.choice(("starter", "pro", "all_ways"))), at)
    elif number == 1:
        customer.do(ChangeSubscriptionPlan(plan="pro"), at)
        customer.do(ChangeAddOns(add_ons={"whatsapp": 2, "storage_100_gb": 1}), at + timedelta(days=1))
    else:
        customer.do(CancelSubscription(), at)


LIVES = [
    ("all_ways", "usage"),
    ("all_ways", "usage"),
    ("pro", "usage"),
    ("starter", "seats"),
    ("starter", "usage"),
]


@pytest.mark.parametrize(("plan", "model"), LIVES)
def test_l1_three_months_without_a_cent_of_error(
    place: Place, versions: list[dict[str, Any]], plan: str, model: str, request: pytest.FixtureRequest
) -> None:
    life = sha256(request.node.name.encode()).hexdigest()[:8]
    customer = _newcomer(place, f"life-{life}")
    _live(customer, plan, Random(f"{SEED}-{life}"), model=model)
    judged = oracle.Company(customer.told(), versions).invoices()
    assert list(judged) == list(MONTHS)
    assert judged == customer.issued()
    if model == "usage":
        assert any(month != name for name, one in judged.items() for month, _ in one["sums"]), (
            "nothing came late"
        )


def test_a_fault_of_one_cent_turns_the_oracle_red(
    place: Place, versions: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = rating.spread

    def generous(parts: Any, currency: str) -> list[int]:
        first, *others = honest(parts, currency) or [0]
        return [first + 1, *others][: len(parts)]

    monkeypatch.setattr(rating, "spread", generous)
    customer = _newcomer(place, "one-cent")
    start = StartSubscription(line=ProductLine.CRM, plan="pro", debtor=FRENCH)
    customer.do(start, BEGIN)
    customer.close(MONTHS[0], CLOSED_AT[0])
    judged = oracle.Company(customer.told(), versions).invoices()
    assert judged[MONTHS[0]]["net"] == 14_900
    assert judged != customer.issued()
