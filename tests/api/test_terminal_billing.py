"""An operator bills a month at the terminal, and takes a part back."""

from io import StringIO

import pytest
import typer
from rich.console import Console

from api.terminal import billing
from domain.billing.invoice import CreditAboveInvoice, MonthNotOver
from domain.billing.issued import CreditCause
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
    billing.credit(
        place.house, client.company.id, "2026-01", 1_000, CreditCause.GOODWILL, "A bad day", console
    )
    assert "12.00 EUR taken back, 2.00 of it tax; 202.80 are left of the invoice." in shown.getvalue()
    with pytest.raises(CreditAboveInvoice):
        billing.credit(
            place.house, client.company.id, "2026-01", 99_999, CreditCause.SLA, "Too much", console
        )


def test_asks_for_a_month_and_a_reason() -> None:
    assert billing.named_month("2030-05") == "2030-05"
    assert billing.short_reason("A bad day") == "A bad day"
    for text in ("May", "2030-13", "2030-5"):
        with pytest.raises(typer.BadParameter):
            billing.named_month(text)
    for text in ("", " ", "x" * 201, "two\nlines"):
        with pytest.raises(typer.BadParameter):
            billing.short_reason(text)
