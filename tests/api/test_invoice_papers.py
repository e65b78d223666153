"""What does a company get to see and to keep: documents, what was paid, and what is left?"""

from datetime import date

import facturx
import pytest

from api.rest import billing_examples
from application.billing.invoices import CreditInvoice
from application.billing.papers import RecordPayment, TakePaymentBack
from domain.billing.invoice import PaymentAboveBalance, PaymentUnknown
from domain.billing.issued import CreditCause
from tests.api.test_invoices import INVOICES, Client, _numbered
from tests.kit.house import Place

BILLING = "/api/v1/billing"


@pytest.fixture(scope="module")
def client(place: Place) -> Client:
    """A company with one invoice over 178.80 EUR and a credit note, both numbered."""
    client = Client(place, "papers")
    client.start(zone="Europe/Paris")
    client.ask("PUT", f"{BILLING}/invoicing-details", billing_examples.BUYER)
    client.close("2026-01", "2026-02-01T00:30:00+00:00")
    credit = CreditInvoice(
        month="2026-01", net_minor=900, cause=CreditCause.GOODWILL, reason="=a formula, or a bad day"
    )
    client.execute(credit, "2026-02-05T00:00:00+00:00")
    _numbered(place, [client])
    return client


def test_the_documents_can_be_fetched_in_both_languages(client: Client) -> None:
    (invoice,) = client.ask("GET", INVOICES)["data"]
    document = f"{INVOICES}/{invoice['id']}/document"
    french = client.send("GET", f"{document}.pdf")
    assert french.headers["content-type"] == "application/pdf"
    assert f'filename="{invoice["number"]}-fr.pdf"' in french.headers["content-disposition"]
    _, xml = facturx.get_facturx_xml_from_pdf(french.content, check_xsd=True)
    assert xml == client.send("GET", f"{document}.xml").content
    assert "Nord" not in xml.decode()
    assert b"Subscription (Pro)" in client.send("GET", f"{document}.xml?lang=en").content
    (note,) = client.ask("GET", f"{BILLING}/credit-notes")["data"]
    assert (note["invoice_number"], note["cause"]) == (invoice["number"], "goodwill")
    credited = client.send("GET", f"{BILLING}/credit-notes/{note['credit_note_id']}/document.xml")
    assert invoice["number"].encode() in credited.content
    missing = client.send("GET", f"{BILLING}/credit-notes/{invoice['id']}/document.xml")
    assert (missing.status_code, missing.json()["code"]) == (404, "credit_note_unknown")


def test_a_document_waits_for_its_number(place: Place) -> None:
    client = Client(place)
    client.start()
    made = client.close("2026-01", "2026-02-01T00:30:00+00:00")
    early = client.send("GET", f"{INVOICES}/{made['id']}/document.pdf")
    assert (early.status_code, early.json()["code"]) == (409, "document_not_numbered")


def test_what_is_paid_is_told_and_is_never_more_than_is_left(client: Client) -> None:
    invoice = INVOICES + "/" + client.ask("GET", INVOICES)["data"][0]["id"]

    def told(on: str) -> tuple[str, int]:
        with client.at(on):
            shown = client.ask("GET", invoice)
        return shown["standing"], shown["balance_minor"]

    def pay(amount_minor: int, reference: str) -> None:
        command = RecordPayment(
            month="2026-01", amount_minor=amount_minor, received_on=date(2026, 2, 20), reference=reference
        )
        client.execute(command, "2026-02-21T00:00:00+00:00")

    assert client.ask("GET", invoice)["due_on"] == "2026-03-03"
    # The third of March ends in Paris at 23:00 UTC.
    assert told("2026-03-03T22:59:59+00:00") == ("open", 16_800)
    assert told("2026-03-03T23:00:00+00:00") == ("overdue", 16_800)
    for _ in range(2):  # the same reference counts once
        pay(6_000, "bank-1")
    assert told("2026-02-22T00:00:00+00:00") == ("partly_paid", 10_800)
    with pytest.raises(PaymentAboveBalance):
        pay(10_801, "bank-2")
    pay(10_800, "bank-2")
    assert told("2026-12-31T00:00:00+00:00") == ("paid", 0)
    returned = TakePaymentBack(month="2026-01", reference="bank-2", reason="Returned by the bank")
    client.execute(returned, "2026-03-10T00:00:00+00:00")
    assert told("2026-03-11T00:00:00+00:00") == ("overdue", 10_800)
    with pytest.raises(PaymentUnknown):
        client.execute(returned, "2026-03-10T00:00:00+00:00")


def test_l23_the_ledger_adds_up_and_runs_no_formula(client: Client) -> None:
    entries = client.ask("GET", f"{BILLING}/ledger")["data"]
    assert [entry["kind"] for entry in entries] == ["invoice", "credit_note", "payment"]
    assert entries[-1]["balance_minor"] == sum(entry["total_minor"] for entry in entries) == 10_800
    rows = client.send("GET", f"{BILLING}/ledger.csv").text.splitlines()
    assert rows[1].startswith("2026-02-01,invoice,F2026-")
    assert rows[1].endswith(",EUR,149.00,29.80,178.80,178.80")
    assert ',"\'=a formula, or a bad day",' in rows[2]
    assert rows[2].endswith(",EUR,-9.00,-1.80,-10.80,168.00")


def test_an_issued_invoice_keeps_who_it_named(client: Client) -> None:
    before = client.ask("GET", INVOICES)["data"][0]["parties"]
    changed = {**billing_examples.SELLER, "legal_name": "Escale Autre SAS"}
    admin = client.place.platform.admin
    answer = client.place.client.put(f"{BILLING}/seller", json=changed, headers=admin.headers)
    assert answer.json()["seller"]["legal_name"] == "Escale Autre SAS"
    assert client.ask("GET", f"{BILLING}/seller")["seller"]["legal_name"] == "Escale Autre SAS"
    assert client.ask("GET", INVOICES)["data"][0]["parties"] == before
    assert client.send("PUT", f"{BILLING}/seller", changed).status_code == 403
