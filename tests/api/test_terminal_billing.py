"""An operator bills a month at the terminal, and takes a part back."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import typer
from rich.console import Console

from api.terminal import billing, explaining
from domain.billing import rating
from domain.billing.invoice import CreditAboveInvoice, InvoiceUnknown, MonthNotOver
from domain.billing.issued import CreditCause
from domain.billing.sla import SlaCreditGiven
from tests.api.test_invoices import Client
from tests.kit.house import Place


def test_bills_a_month_and_takes_a_part_back(place: Place) -> None:
    client, shown = Client(place, "terminal"), StringIO()
    console = Console(file=shown, width=120)
    client.start(add_ons={"whatsapp": 1})
    with client.at("2026-02-02T00:00:00+01:00"):
        for _ in range(2):
            billing.close(place.house, client.company.id, "2026-01", console)
        with pytest.raises(MonthNotOver):
            billing.close(place.house, client.company.id, "2026-02", console)
    text = shown.getvalue()
    assert "149.00  Plan, charge: 1" in text
    assert "214.80  EUR in all, 2026-01" in text
    assert place.recorded(client.company, "invoices.finalised") == 1
    for _ in range(2):  # the second time by somebody who did not see the first one's answer
        billing.credit(
            place.house, client.company.id, "2026-01", 1_000, CreditCause.GOODWILL, "A bad day", console
        )
    assert place.recorded(client.company, "invoices.credited") == 1
    assert "12.00 EUR taken back, 2.00 of it tax; 202.80 are left of the invoice." in shown.getvalue()
    above = ((CreditCause.GOODWILL, CreditAboveInvoice), (CreditCause.SLA, SlaCreditGiven))
    for cause, refusal in above:
        with pytest.raises(refusal):
            billing.credit(place.house, client.company.id, "2026-01", 99_999, cause, "Too much", console)


def test_asks_for_a_month_and_a_reason() -> None:
    assert billing.named_month("2030-05") == "2030-05"
    assert billing.short_reason("A bad day") == "A bad day"
    for text in ("May", "2030-13", "2030-5"):
        with pytest.raises(typer.BadParameter):
            billing.named_month(text)
    for text in ("", " ", "x" * 201, "two\nlines"):
        with pytest.raises(typer.BadParameter):
            billing.short_reason(text)


def test_explains_each_line_down_to_its_events_and_makes_every_invoice_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, shown = Client(place, "explained"), StringIO()
    console = Console(file=shown, width=200)
    client.start(add_ons={"whatsapp": 1})
    client.report(("first", "2026-01-10T12:00:00+01:00", 2_100))
    client.close("2026-01", "2026-02-01T01:00:00+01:00")
    client.report(("late", "2026-01-20T12:00:00+01:00", 40), ("new", "2026-02-02T12:00:00+01:00", 5))
    client.report(("right", "2026-01-10T12:00:00+01:00", 2_050), corrects="first")
    billing.preview(place.house, client.company.id, None, console)
    assert "-0.50  SMS of 2026-01, correction: 2090 (2000 included)" in shown.getvalue()
    second = client.close("2026-02", "2026-03-01T01:00:00+01:00")
    assert explaining.explain(place.house, second["id"], console)
    text = shown.getvalue()
    assert "subscription.started.v1" in text
    assert "2050  right instead of first" in text
    assert "= 2090 from 2 uses" in text
    assert explaining.reconcile(place.house, console, tenant_id=client.company.id)
    monkeypatch.setattr(rating, "spread", lambda parts, currency: [1 for _ in parts])
    assert not explaining.reconcile(place.house, console, tenant_id=client.company.id)
    assert "instead of" in shown.getvalue()
    with pytest.raises(InvoiceUnknown):
        explaining.explain(place.house, "F1999-000001", console)


def test_notes_a_bank_transfer(place: Place) -> None:
    client, shown = Client(place, "transfer"), StringIO()
    client.start()
    client.close("2026-01", "2026-02-01T01:00:00+01:00")
    billing.pay(
        place.house,
        client.company.id,
        "2026-01",
        5_000,
        date(2026, 2, 3),
        "bank-7",
        None,
        Console(file=shown),
    )
    assert "50.00 EUR received; 128.80 are left of the invoice." in shown.getvalue()


def test_says_what_was_down_and_announces_what_will_be(place: Place) -> None:
    shown = StringIO()
    console = Console(file=shown, width=120)
    client = Client(place, "served")
    client.start()
    now = datetime.now(UTC).replace(microsecond=0)
    first = now.replace(day=1, hour=0, minute=0, second=0) - timedelta(hours=1)
    billing.incident(
        place.house,
        (now - timedelta(minutes=50)).replace(tzinfo=None),
        now.replace(tzinfo=None),
        "A disk",
        console,
    )
    judged = client.ask("GET", "/api/v1/billing/sla")["data"][0]["down_s"]
    began = (now - timedelta(hours=2)).replace(tzinfo=None)
    for wrong in (timedelta(hours=-1), timedelta(days=400)):
        with pytest.raises(typer.BadParameter):
            billing.incident(place.house, began, began + wrong, "A slip of the hand", console)
    assert client.ask("GET", "/api/v1/billing/sla")["data"][0]["down_s"] == judged
    for days, said in ((6, "Announced in time."), (1, "Announced too late to be no outage.")):
        start = (now + timedelta(days=days)).replace(tzinfo=None)
        billing.maintenance(place.house, start, start + timedelta(hours=1), "A new disk", console)
        assert said in shown.getvalue()
    (month,) = client.ask("GET", "/api/v1/billing/sla")["data"]
    expected = min(timedelta(minutes=50), now - first)
    assert (month["is_final"], float(month["down_s"])) == (False, expected.total_seconds())
