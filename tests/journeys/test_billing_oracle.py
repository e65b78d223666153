"""Is the oracle right? It agrees with thirteen invoices worked out by hand, and with nothing else of the house."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.billing.terms import Debtor
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
            for month, code, cents in re.findall(r"^= ([0-9-]{7}) (\w+) (-?\d+)$", story, re.MULTILINE)
        }
        ((net, tax, total),) = re.findall(r"^= net (\d+) tax (\d+) total (\d+)$", story, re.MULTILINE)
        platform = BREACH if name == "breach" else []
        company = oracle.Company(STORIES[name](), oracle.price_lists([]), platform)
        found = list(company.invoices().values())[-1]
        assert found["sums"] == expected
        assert (found["net"], found["tax"], found["total"]) == (int(net), int(tax), int(total))

    def test_l6_bills_what_was_parked_from_its_release_on_and_not_before(self) -> None:
        ledger = Ledger().start("crm", "pro", "2026-01-01T00:00:00+01:00")
        ledger.use("sms", "2026-01-10T12:00:00+01:00", 2_010, "old")
        use = ledger.facts.pop()["counted"]
        ledger.add("usage-parking.parked.v1", "2026-03-02T00:00:00+00:00", parked=use)
        ledger.close("2026-01")
        ledger.add("usage-parking.released.v1", "2026-02-02T00:00:00+00:00", counted=use).close("2026-02")
        january, february = oracle.Company(ledger.facts, oracle.price_lists([])).invoices().values()
        assert january["sums"]["2026-01", "sms"] == 0
        assert february["sums"]["2026-01", "sms"] == 50

    def test_l24_what_was_given_by_hand_for_a_breach_is_not_given_twice(self) -> None:
        facts = _breach()
        by_hand = {"position": 4, "topic": "invoices.credited.v1", "at": facts[-1]["at"], "cause": "sla"}
        facts.insert(-1, {**by_hand, "invoice_id": "2026-01", "net_minor": 50_000})
        _, february = oracle.Company(facts, oracle.price_lists([]), BREACH).invoices().values()
        assert february["sums"]["2026-01", "plan"] == -150_000


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

    def come_back(self, line: str, plan: str, at: str) -> "Ledger":
        terms = {"plan": plan, "model": "usage", "seats": 0, "add_ons": {}}
        debtor = {"country": "FR", "vat_number": None}
        return self.add("subscription.returned.v1", at, line=line, terms=terms, debtor=debtor)

    def change(self, topic: str, at: str, **terms: Any) -> "Ledger":
        told = {"model": "usage", "seats": 0, "add_ons": {}, **terms}
        return self.add(f"subscription.{topic}.v1", at, terms=told)

    def use(
        self, meter: str, at: str, quantity: int, name: str = "", corrects: str | None = None
    ) -> "Ledger":
        name = name or f"t{len(self.facts)}"
        used = {"transaction_id": name, "meter": meter, "at": at, "quantity": str(quantity)}
        return self.add("usage.reported.v1", at, counted=[{**used, "subject": None, "corrects": corrects}])

    def close(self, month: str) -> list[dict[str, Any]]:
        draft = {"month": month, "cut": len(self.facts)}
        at = "2026-05-01T00:00:00+00:00"
        return self.add("invoices.finalised.v1", at, draft=draft, invoice_id=month).facts


def _late_usage() -> list[dict[str, Any]]:
    ledger = Ledger().start("crm", "pro", "2026-01-01T00:00:00+01:00")
    ledger.use("sms", "2026-01-10T12:00:00+01:00", 2_100).close("2026-01")
    return ledger.use("sms", "2026-01-20T12:00:00+01:00", 40).close("2026-02")


def _breach() -> list[dict[str, Any]]:
    ledger = Ledger().add("tenant.opened.v1", "2025-12-01T00:00:00+00:00", sla_level="0.999")
    ledger.start("white_label", "business", "2026-01-01T00:00:00+01:00").close("2026-01")
    assessed = {"probed_until": 3}
    ledger.add("sla.month-assessed.v1", "2026-02-02T00:00:00+00:00", month="2026-01", assessed=assessed)
    return ledger.close("2026-02")


BREACH = (
    Ledger()
    .add(
        "disruptions.maintenance-announced.v1", "2026-01-10T00:00:00+00:00",
        period={"start": "2026-01-20T20:00:00+00:00", "end": "2026-01-20T20:30:00+00:00"},
    )
    .add(
        "disruptions.incident-declared.v1", "2026-01-20T13:00:00+00:00", incident_id="i", health="down",
        since="2026-01-20T12:00:00+00:00",
    )
    .add(
        "disruptions.incident-ended.v1", "2026-01-20T21:00:00+00:00", incident_id="i",
        until="2026-01-20T20:30:00+00:00",
    )
).facts  # fmt: skip


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
    "downgrade": lambda: (
        Ledger().start("crm", "pro", "2026-02-01T00:00:00+01:00")
        .change("plan-changed", "2026-02-15T00:00:00+01:00", plan="starter")
        .use("sms", "2026-02-20T12:00:00+01:00", 900).close("2026-02")
    ),
    "add_ons_in_belgium": lambda: (
        Ledger().start("crm", "starter", "2026-01-01T00:00:00+01:00", country="BE")
        .change(
            "add-ons-changed", "2026-01-11T00:00:00+01:00", plan="starter",
            add_ons={"whatsapp": 2, "storage_100_gb": 1},
        )
        .close("2026-01")
    ),
    "outside_the_union": lambda: (
        Ledger().start("crm", "enterprise", "2026-01-16T12:00:00+01:00", country="US").close("2026-01")
    ),
    "corrected_use": lambda: (
        Ledger().start("crm", "pro", "2026-01-01T00:00:00+01:00")
        .use("sms", "2026-01-10T12:00:00+01:00", 2_300, "a")
        .use("sms", "2026-01-12T12:00:00+01:00", 2_100, "b", corrects="a")
        .use("sms", "2026-01-13T12:00:00+01:00", 50, "c")
        .use("sms", "2026-01-13T12:00:00+01:00", 0, "d", corrects="c").close("2026-01")
    ),
    "there_and_back": lambda: (
        Ledger().start("crm", "starter", "2026-01-01T00:00:00+01:00")
        .use("sms", "2026-01-05T12:00:00+01:00", 400)
        .change("plan-changed", "2026-01-11T00:00:00+01:00", plan="pro")
        .use("sms", "2026-01-15T12:00:00+01:00", 700)
        .change("plan-changed", "2026-01-21T00:00:00+01:00", plan="starter")
        .use("sms", "2026-01-25T12:00:00+01:00", 100).close("2026-01")
    ),
    "breach": _breach,
    "left_and_back": lambda: (
        Ledger().start("crm", "pro", "2026-01-01T00:00:00+01:00")
        .use("sms", "2026-01-05T12:00:00+01:00", 700)
        .add("subscription.cancelled.v1", "2026-01-11T00:00:00+01:00")
        .use("sms", "2026-01-15T12:00:00+01:00", 100)
        .come_back("crm", "starter", "2026-01-21T00:00:00+01:00")
        .use("sms", "2026-01-25T12:00:00+01:00", 300).close("2026-01")
    ),
}  # fmt: skip
