"""Is a month billed once, as previewed, with a number that leaves no gap, and corrected only forwards?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import facturx
import psycopg
import pytest

from adapters.billing.dunning import DunningClerk
from api.rest import billing_examples
from application.billing.invoices import CloseMonth, CreditInvoice
from application.billing.papers import RecordPayment, TakePaymentBack
from application.billing.subscriptions import ChangeDebtor, StartSubscription
from application.kernel.command import Command
from application.kernel.context import CommandId
from application.kernel.order import Answer, Order
from domain.billing.invoice import (
    CreditAboveInvoice,
    InvoiceBook,
    PaymentAboveBalance,
    PaymentUnknown,
    invoices_id,
)
from domain.billing.issued import CreditCause
from domain.billing.numbering import NumberSeries, series_id
from domain.billing.price import ProductLine
from domain.billing.subscription import Subscription, subscription_id
from domain.billing.terms import Debtor
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from tests.kit.crowd import all_at_once
from tests.kit.house import SYSTEM, Company, Founder, Place
from tests.oracle import billing as oracle
from tests.reliability.log import read_tenant
from tests.reliability.oracle import claims_of_events

BILLING, INVOICES = "/api/v1/enterprise/billing", "/api/v1/billing/invoices"
NUMBERS = count(1)
PAPERS = "/api/v1/billing"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Client:
    """A company whose time is the test's."""

    def __init__(self, place: Place, slug: str = "") -> None:
        self.place = place
        self.company: Company = Founder(place.house).company(slug or f"client-{next(NUMBERS)}")

    @contextmanager
    def at(self, text: str) -> Iterator[None]:
        """The doors' clock, standing still."""
        clock, moment = self.place.house.clock, instant(text)
        self.place.house.clock = lambda: moment
        try:
            yield
        finally:
            self.place.house.clock = clock

    def send(self, method: str, path: str, body: Any = None) -> Any:
        return self.place.client.request(method, path, json=body, headers=self.company.owner.key_headers)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def execute(self, command: Command, at: str) -> Answer:
        """As the house itself, at a moment."""
        order_id = CommandId(uuid4(), sha256(repr(command).encode()).digest())
        return self.place.house.execute(
            Order(self.company.id, command, SYSTEM, order_id, at=instant(at), source="system")
        )

    def start(self, plan: str = "pro", at: str = "2026-01-01T00:00:00+01:00", **more: Any) -> None:
        debtor = Debtor(**{**billing_examples.DEBTOR, **more.pop("debtor", {})})
        command = StartSubscription(line=ProductLine.CRM, plan=plan, debtor=debtor, **more)
        self.execute(command, at)

    def report(self, *uses: tuple[str, str, int], meter: str = "sms", **more: Any) -> None:
        events = [
            {"transaction_id": name, "meter": meter, "at": at, "quantity": quantity, **more}
            for name, at, quantity in uses
        ]
        answer = self.ask("POST", "/api/v1/usage/events", {"events": events})
        assert answer["accepted"] == len(events), answer
        self.place.house.jobs.projections.drain(self.company.id)

    def preview(self, month: str) -> Any:
        return self.ask("GET", f"{BILLING}?month={month}")["invoice"]

    def close(self, month: str, at: str) -> Any:
        with self.at(at):
            return self.ask("POST", INVOICES, {"month": month})

    def book(self) -> InvoiceBook:
        return self.place.house.streams(self.company.id).load(InvoiceBook, invoices_id(self.company.id))


@pytest.fixture
def client(place: Place) -> Client:
    return Client(place)


def amounts(draft: Any) -> list[tuple[str, str, str, int]]:
    return [(line["month"], line["kind"], line["code"], line["amount_minor"]) for line in draft["lines"]]


class TestAMonth:
    def test_l17_l18_is_billed_as_previewed_and_the_preview_writes_nothing(self, client: Client) -> None:
        client.start(add_ons={"whatsapp": 1})
        client.report(("a", "2026-01-31T23:59:59+01:00", 2_137))
        client.report(("b", "2026-01-09T12:00:00+01:00", 10_420), meter="emails")
        before = client.place.house.streams(client.company.id).head()
        preview = client.preview("2026-01")
        assert client.place.house.streams(client.company.id).head() == before
        issued = client.close("2026-01", "2026-02-01T01:00:00+01:00")
        assert issued["invoice"] == preview
        assert amounts(preview) == [
            ("2026-01", "charge", "plan", 14_900),
            ("2026-01", "charge", "whatsapp", 3_000),
            ("2026-01", "charge", "emails", 840),
            ("2026-01", "charge", "sms", 685),
        ]
        assert (preview["net_minor"], preview["tax"]["amount_minor"]) == (19_425, 3_885)
        assert preview["total_minor"] == 23_310
        listed = client.ask("GET", INVOICES)["data"]
        assert [one["id"] for one in listed] == [issued["id"]]
        assert client.ask("GET", f"{INVOICES}/{issued['id']}")["invoice"] == preview

    @pytest.mark.parametrize(
        ("debtor", "category", "tax"),
        [
            ({"country": "FR"}, "standard", 2_980),
            ({"country": "DE", "vat_number": "DE123456788"}, "reverse_charge", 0),
            ({"country": "DE", "vat_number": "FR40303265045"}, "standard", 2_980),
            ({"country": "DE", "vat_number": None}, "standard", 2_980),
            ({"country": "CH", "vat_number": None}, "outside_scope", 0),
        ],
    )
    def test_bears_the_tax_of_its_debtor(
        self, client: Client, debtor: dict[str, Any], category: str, tax: int
    ) -> None:
        client.start(debtor=debtor)
        found = client.preview("2026-01")["tax"]
        assert (found["category"], found["amount_minor"]) == (category, tax)

    def test_l15_is_billed_once_by_twenty_at_once_around_midnight(self, client: Client) -> None:
        client.start()
        with client.at("2026-01-31T23:30:00+00:00"):  # half past midnight in Paris, and still in grace
            refused = client.send("POST", INVOICES, {"month": "2026-01"})
        assert (refused.status_code, refused.json()["code"]) == (409, "month_not_over")
        with client.at("2026-02-01T00:30:00+00:00"):
            answers = all_at_once(20, lambda _: client.ask("POST", INVOICES, {"month": "2026-01"}))
        assert len({one["id"] for one in answers}) == 1  # type: ignore[index]
        again = client.close("2026-01", "2026-02-03T09:00:00+01:00")
        assert again["issued_at"] == "2026-02-01T00:30:00Z"
        assert client.place.recorded(client.company, "invoices.finalised") == 1

    def test_waits_for_the_one_before(self, client: Client) -> None:
        client.start()
        with client.at("2026-04-01T09:00:00+02:00"):
            refused = client.send("POST", INVOICES, {"month": "2026-02"})
        assert (refused.status_code, refused.json()["code"]) == (409, "earlier_month_open")

    def test_l22_ends_with_the_subscription(self, client: Client) -> None:
        client.start("starter")
        with client.at("2026-01-11T00:00:00+01:00"):
            client.ask("POST", "/api/v1/billing/subscription/cancel")
        client.report(
            ("before", "2026-01-10T12:00:00+01:00", 600), ("after", "2026-01-12T12:00:00+01:00", 600)
        )
        final = client.close("2026-01", "2026-02-02T00:00:00+01:00")["invoice"]
        # Ten of 31 days of 49.00, and 600 SMS less ten days' part of 500, at 0.05.
        assert amounts(final)[0] == ("2026-01", "charge", "plan", 1_581)
        assert amounts(final)[2] == ("2026-01", "charge", "sms", 2_194)
        assert amounts(client.close("2026-02", "2026-03-02T00:00:00+01:00")["invoice"]) == []

    def test_l12_l17_l22_bills_both_stays_of_a_month_and_what_comes_late_of_the_former(
        self, client: Client
    ) -> None:
        """The thirteenth invoice by hand: left on the 11th of January and back on the 21st; then away until March."""
        own = "/api/v1/billing/subscription"
        client.start()
        starter = {"line": "crm", "plan": "starter", "debtor": billing_examples.DEBTOR}
        with client.at("2026-01-11T00:00:00+01:00"):
            client.ask("POST", f"{own}/cancel")
        client.report(
            ("a", "2026-01-05T12:00:00+01:00", 700), ("b", "2026-01-15T12:00:00+01:00", 100),
            ("c", "2026-01-25T12:00:00+01:00", 300),
        )  # fmt: skip
        with client.at("2026-01-21T00:00:00+01:00"):
            client.ask("POST", own, starter)
        with client.at("2026-02-01T00:00:00+01:00"):
            client.ask("POST", f"{own}/cancel")
        preview = client.preview("2026-01")
        issued = client.close("2026-01", "2026-02-01T01:00:00+01:00")["invoice"]
        assert issued == preview
        assert (issued["net_minor"], issued["tax"]["amount_minor"]) == (7_432, 1_486)
        with client.at("2026-03-01T00:30:00+01:00"):
            german = {"legal_name": "Nord Reisen", "country": "DE", "vat_number": "DE123456788"}
            client.ask("POST", own, {**starter, "zone": "Europe/Paris", "debtor": german})
        client.report(("late", "2026-01-06T12:00:00+01:00", 31))
        with client.at("2026-04-01T09:00:00+02:00"):
            refused = client.send("POST", INVOICES, {"month": "2026-02"})
        assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_bill")
        march = client.close("2026-03", "2026-04-01T02:00:00+02:00")["invoice"]
        assert not [kind for _, kind, _, _ in amounts(march) if kind == "correction"]
        assert (march["debtor"], march["tax"]["amount_minor"]) == (german, 0)
        note = CreditInvoice(month="2026-01", net_minor=432, cause=CreditCause.GOODWILL, reason="A bad day")
        client.execute(note, "2026-04-02T00:00:00+02:00")
        house, tenant_id = client.place.house, client.company.id
        assert list(house.billing.reconciling.company(tenant_id)) == []
        book = client.book()
        january = book.of("2026-01")
        # Of the former stay, to whom it was and at the tax it was: 31 SMS more, at 0.05.
        (correction,) = (one for one in book.invoices.values() if one.corrects == january.invoice_id)
        assert amounts(correction.draft.model_dump()) == [("2026-01", "correction", "sms", 155)]
        assert correction.draft.total_minor == 186
        assert january.draft.debtor == correction.draft.debtor == Debtor(**billing_examples.DEBTOR)
        assert [one.total_minor for one in january.credit_notes] == [518]
        for invoice in book.invoices.values():
            explained = list(house.billing.explaining.lines(tenant_id, invoice))
            assert all(one.adds_up for one in explained if one.line.kind == "charge"), invoice.draft.month
        (fee,) = (
            one
            for one in house.billing.explaining.lines(tenant_id, book.of("2026-03"))
            if one.line.code == "plan"
        )
        assert [cause.what for cause in fee.causes] == ["subscription.returned.v1"]
        told = oracle.facts_of("".join(house.auditing.export(tenant_id)).splitlines())
        judged = oracle.Company(told, oracle.price_lists([])).documents()
        assert sorted(one["net"] for one in judged.values()) == sorted(
            one.draft.net_minor for one in book.invoices.values()
        )


class TestLateUsage:
    def test_l6_in_time_is_in_its_month_and_later_a_correction_on_the_next(self, client: Client) -> None:
        client.start()
        client.report(("a", "2026-01-10T12:00:00+01:00", 2_100))
        first = client.close("2026-01", "2026-02-01T01:00:00+01:00")
        client.report(("late", "2026-01-20T12:00:00+01:00", 40), ("new", "2026-02-02T12:00:00+01:00", 5))
        client.report(("right", "2026-01-10T12:00:00+01:00", 2_050), corrects="a")
        second = client.close("2026-02", "2026-03-01T01:00:00+01:00")
        # January: 2 050 + 40 instead of 2 100, so 4.50 instead of 5.00.
        assert ("2026-01", "correction", "sms", -50) in amounts(second["invoice"])
        assert client.ask("GET", f"{INVOICES}/{first['id']}")["invoice"] == first["invoice"]
        third = client.close("2026-03", "2026-04-01T01:00:00+02:00")
        assert all(kind == "charge" for _, kind, _, _ in amounts(third["invoice"]))

    def test_l6_under_another_vat_it_has_a_document_of_its_own(self, client: Client) -> None:
        house, company = client.place.house, client.company.id
        client.start()
        client.report(("a", "2026-01-10T12:00:00+01:00", 2_000))
        first = client.close("2026-01", "2026-02-01T01:00:00+01:00")
        moved = Debtor(legal_name="North Travel Inc.", country="US")
        client.execute(ChangeDebtor(**dict(moved)), "2026-02-10T12:00:00+01:00")
        client.report(("late", "2026-01-20T12:00:00+01:00", 40))
        told = client.ask("GET", f"{BILLING}?month=2026-02")["corrections"]
        second = client.close("2026-02", "2026-03-01T01:00:00+01:00")
        assert (second["invoice"]["debtor"]["country"], second["invoice"]["tax"]["amount_minor"]) == ("US", 0)
        assert all(kind == "charge" for _, kind, _, _ in amounts(second["invoice"]))
        _numbered(client.place, [client])
        beside = [one for one in client.ask("GET", INVOICES)["data"] if one["corrects"] is not None]
        assert [one["invoice"] for one in beside] == told
        (correction,) = beside
        assert (correction["corrects"], correction["invoice"]["debtor"]["country"]) == (first["id"], "FR")
        assert (correction["invoice"]["net_minor"], correction["invoice"]["total_minor"]) == (200, 240)
        number = client.book().invoices[UUID(first["id"])].number
        paper = client.send("GET", f"{INVOICES}/{correction['id']}/document.xml").text
        assert f"<ram:IssuerAssignedID>{number}</ram:IssuerAssignedID>" in paper
        # It is owed, explained and reconciled like any other, and the oracle says the same.
        assert client.ask("GET", f"{PAPERS}/ledger")["data"][-1]["balance_minor"] == 17_880 + 14_900 + 240
        (line,) = house.billing.explaining.lines(company, client.book().invoices[UUID(correction["id"])])
        assert line.adds_up
        assert list(house.billing.reconciling.company(company)) == []
        facts = oracle.facts_of("".join(house.auditing.export(company)).splitlines())
        judged = oracle.Company(facts, oracle.price_lists([])).invoices()
        assert judged["2026-02"]["total"] == second["invoice"]["total_minor"]
        assert judged["2026-02"]["corrections"]["2026-01"]["total"] == 240
        # It is paid by its number, since its month has another invoice.
        paid = RecordPayment(
            month="2026-01", number=correction["number"], amount_minor=240, received_on=date(2026, 3, 9),
            reference="bank-9",
        )  # fmt: skip
        client.execute(paid, "2026-03-10T00:00:00+00:00")
        assert client.book().invoices[UUID(correction["id"])].balance_minor == 0

    def test_l6_older_than_thirty_five_days_is_still_billed(self, client: Client) -> None:
        client.start()
        for month, at in (("2026-01", "2026-02-02"), ("2026-02", "2026-03-02"), ("2026-03", "2026-04-02")):
            client.close(month, f"{at}T00:00:00+00:00")
        client.report(("ancient", "2026-01-02T12:00:00+01:00", 2_010))
        april = client.close("2026-04", "2026-05-02T00:00:00+00:00")
        assert ("2026-01", "correction", "sms", 50) in amounts(april["invoice"])

    def test_l6_too_old_by_the_companys_rule_is_parked_and_billed_once_released(
        self, client: Client, database_url: str
    ) -> None:
        client.start()
        usage = "/api/v1/usage"
        assert client.ask("PUT", f"{usage}/age-limit", {"most_days": 20})["most_days"] == 20
        for month, at in (("2026-01", "2026-02-02"), ("2026-02", "2026-03-02")):
            client.close(month, f"{at}T00:00:00+00:00")
        old = {"transaction_id": "old", "meter": "sms", "at": "2026-01-02T12:00:00+01:00", "quantity": 2_010}
        new = {**old, "transaction_id": "new", "at": "2026-03-02T12:00:00+01:00", "quantity": 1}
        with client.at("2026-03-03T00:00:00+00:00"):
            told = client.ask("POST", f"{usage}/events", {"events": [old, new]})
            assert [(one["status"], one["reason"]) for one in told["outcomes"]] == [
                ("parked", "too_old"),
                ("accepted", None),
            ]
            # Its id is taken for ever.
            again = client.ask("POST", f"{usage}/events", {"events": [old, {**old, "quantity": 3}]})
            assert [one["status"] for one in again["outcomes"]] == ["duplicate", "conflict"]
        (waiting,) = client.ask("GET", f"{usage}/parked")["data"]
        assert (waiting["transaction_id"], waiting["batch_id"]) == ("old", told["id"])
        client.place.house.jobs.projections.drain(client.company.id)
        march = client.close("2026-03", "2026-04-02T00:00:00+00:00")
        assert all(kind == "charge" for _, kind, _, _ in amounts(march["invoice"]))
        with client.at("2026-04-03T00:00:00+00:00"):
            gone = client.ask("POST", f"{usage}/parked/release", {"transaction_ids": ["old"]})
        assert (gone["released"], gone["waiting"]) == (1, 0)
        assert client.ask("GET", f"{usage}/parked")["data"] == []
        client.place.house.jobs.projections.drain(client.company.id)
        april = client.close("2026-04", "2026-05-02T00:00:00+00:00")
        assert ("2026-01", "correction", "sms", 50) in amounts(april["invoice"])
        twice = client.send("POST", f"{usage}/parked/release", {"transaction_ids": ["old"]})
        assert (twice.status_code, twice.json()["code"]) == (404, "parked_use_unknown")
        with psycopg.connect(database_url) as connection:
            log = read_tenant(connection, client.company.id)
        assert list(claims_of_events(log)) == []

    def test_that_is_not_read_yet_holds_the_invoice_up(self, client: Client) -> None:
        now = datetime.now(UTC)
        month = now.astimezone(ZoneInfo("Europe/Paris")).strftime("%Y-%m")
        client.start(at=now.isoformat())
        used = {"transaction_id": "x", "meter": "sms", "at": now.isoformat(), "quantity": 1}
        client.ask("POST", "/api/v1/usage/events", {"events": [used]})
        with client.at("2090-01-01T00:00:00+00:00"):
            early = client.send("POST", INVOICES, {"month": month})
            assert (early.status_code, early.json()["code"]) == (504, "position_not_reached")
            client.place.house.jobs.projections.drain(client.company.id)
            sms = client.ask("POST", INVOICES, {"month": month})["invoice"]["lines"][-1]
        assert (sms["code"], sms["quantity"]) == ("sms", "1")


class TestNumbers:
    def test_l16_have_no_gap_when_many_close_at_once(self, place: Place) -> None:
        clients = [Client(place) for _ in range(12)]
        for one in clients:
            one.start()
        all_at_once(len(clients), lambda number: clients[number].execute(
            CloseMonth(month="2026-01"), "2026-02-02T00:00:00+01:00"
        ))  # fmt: skip
        _numbered(place, clients)
        given = sorted(str(invoice.number) for one in clients for invoice in one.book().invoices.values())
        last = (
            place.house.streams(PLATFORM_TENANT_ID)
            .load(NumberSeries, series_id(PLATFORM_TENANT_ID, "invoice", 2026))
            .last
        )
        assert len(set(given)) == len(clients)
        assert given == [f"F2026-{number:06}" for number in range(last - len(clients) + 1, last + 1)]
        _numbered(place, clients)  # and a repeat changes nothing
        assert sorted(str(i.number) for one in clients for i in one.book().invoices.values()) == given


class TestCreditNotes:
    def test_l23_never_exceed_the_invoice_and_tax_is_in_proportion(self, client: Client) -> None:
        client.start()
        client.close("2026-01", "2026-02-02T00:00:00+01:00")

        def credit(net_minor: int) -> None:
            command = CreditInvoice(
                month="2026-01", net_minor=net_minor, cause=CreditCause.GOODWILL, reason="A bad day"
            )
            client.execute(command, "2026-02-03T00:00:00+01:00")

        for part in (33, 33, 14_834):
            credit(part)
        with pytest.raises(CreditAboveInvoice):
            credit(1)
        (invoice,) = client.book().invoices.values()
        assert [note.tax_minor for note in invoice.credit_notes] == [7, 6, 2_967]
        assert sum(note.tax_minor for note in invoice.credit_notes) == invoice.draft.tax.amount_minor
        assert invoice.balance_minor == 0
        _numbered(client.place, [client])
        numbers = [note.number for note in client.book().of("2026-01").credit_notes]  # type: ignore[union-attr]
        assert len(set(numbers)) == 3
        assert all(str(number).startswith("A2026-") for number in numbers)

    def test_at_once_never_exceed_it_either(self, client: Client) -> None:
        client.start()
        client.close("2026-01", "2026-02-02T00:00:00+01:00")
        command = CreditInvoice(
            month="2026-01", net_minor=5_000, cause=CreditCause.SLA, reason="Two breaches"
        )
        answers = all_at_once(6, lambda _: client.execute(command, "2026-02-03T00:00:00+01:00"))
        assert sum(isinstance(one, Answer) for one in answers) == 2
        assert client.book().of("2026-01").balance_minor == 17_880 - 2 * 6_000  # type: ignore[union-attr]


def _numbered(place: Place, clients: list[Client]) -> None:
    """Lets the process run there and back."""
    tenants = [one.company.id for one in clients]
    for tenant_id in (*tenants, PLATFORM_TENANT_ID, PLATFORM_TENANT_ID):
        place.house.jobs.processes.drain(tenant_id)


# What is sent to a company, and what was paid


@pytest.fixture(scope="module")
def issued(place: Place) -> Client:
    """A company with one invoice over 178.80 EUR and a credit note, both numbered."""
    client = Client(place, "papers")
    client.start(zone="Europe/Paris")
    client.ask("PUT", f"{PAPERS}/invoicing-details", billing_examples.BUYER)
    client.close("2026-01", "2026-02-01T00:30:00+00:00")
    credit = CreditInvoice(
        month="2026-01", net_minor=900, cause=CreditCause.GOODWILL, reason="=a formula, or a bad day"
    )
    client.execute(credit, "2026-02-05T00:00:00+00:00")
    _numbered(place, [client])
    return client


def test_the_documents_can_be_fetched_in_both_languages(issued: Client) -> None:
    (invoice,) = issued.ask("GET", INVOICES)["data"]
    document = f"{INVOICES}/{invoice['id']}/document"
    french = issued.send("GET", f"{document}.pdf")
    assert french.headers["content-type"] == "application/pdf"
    assert f'filename="{invoice["number"]}-fr.pdf"' in french.headers["content-disposition"]
    _, xml = facturx.get_facturx_xml_from_pdf(french.content, check_xsd=True)
    assert xml == issued.send("GET", f"{document}.xml").content
    assert "Nord" not in xml.decode()
    assert b"Subscription (Pro)" in issued.send("GET", f"{document}.xml?lang=en").content
    (note,) = issued.ask("GET", f"{PAPERS}/credit-notes")["data"]
    assert (note["invoice_number"], note["cause"]) == (invoice["number"], "goodwill")
    credited = issued.send("GET", f"{PAPERS}/credit-notes/{note['credit_note_id']}/document.xml")
    assert invoice["number"].encode() in credited.content
    missing = issued.send("GET", f"{PAPERS}/credit-notes/{invoice['id']}/document.xml")
    assert (missing.status_code, missing.json()["code"]) == (404, "credit_note_unknown")


def test_a_document_waits_for_its_number(place: Place) -> None:
    client = Client(place)
    client.start()
    made = client.close("2026-01", "2026-02-01T00:30:00+00:00")
    early = client.send("GET", f"{INVOICES}/{made['id']}/document.pdf")
    assert (early.status_code, early.json()["code"]) == (409, "document_not_numbered")


def test_what_is_paid_is_told_and_is_never_more_than_is_left(issued: Client) -> None:
    invoice = INVOICES + "/" + issued.ask("GET", INVOICES)["data"][0]["id"]

    def told(on: str) -> tuple[str, int]:
        with issued.at(on):
            shown = issued.ask("GET", invoice)
        return shown["standing"], shown["balance_minor"]

    def pay(amount_minor: int, reference: str) -> None:
        command = RecordPayment(
            month="2026-01", amount_minor=amount_minor, received_on=date(2026, 2, 20), reference=reference
        )
        issued.execute(command, "2026-02-21T00:00:00+00:00")

    assert issued.ask("GET", invoice)["due_on"] == "2026-03-03"
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
    issued.execute(returned, "2026-03-10T00:00:00+00:00")
    assert told("2026-03-11T00:00:00+00:00") == ("overdue", 10_800)
    with pytest.raises(PaymentUnknown):
        issued.execute(returned, "2026-03-10T00:00:00+00:00")


def test_l23_the_ledger_adds_up_and_runs_no_formula(issued: Client) -> None:
    entries = issued.ask("GET", f"{PAPERS}/ledger")["data"]
    kinds = ["invoice", "credit_note", "payment", "payment", "payment_returned"]
    assert [entry["kind"] for entry in entries] == kinds
    # What went back is told twice, when it came and when it went, and adds up to nothing.
    assert [(entry["on"], entry["total_minor"], entry["about"]) for entry in entries[3:]] == [
        ("2026-02-20", -10_800, "bank-2"),
        ("2026-03-10", 10_800, "Returned by the bank"),
    ]
    assert entries[-1]["balance_minor"] == sum(entry["total_minor"] for entry in entries) == 10_800
    rows = issued.send("GET", f"{PAPERS}/ledger.csv").text.splitlines()
    assert rows[1].startswith("2026-02-01,invoice,F2026-")
    assert rows[1].endswith(",EUR,149.00,29.80,178.80,178.80")
    assert ',"\'=a formula, or a bad day",' in rows[2]
    assert rows[2].endswith(",EUR,-9.00,-1.80,-10.80,168.00")


def test_an_issued_invoice_keeps_who_it_named(issued: Client) -> None:
    before = issued.ask("GET", INVOICES)["data"][0]["parties"]
    changed = {**billing_examples.SELLER, "legal_name": "Escale Autre SAS"}
    admin = issued.place.platform.admin
    answer = issued.place.client.put(f"{PAPERS}/seller", json=changed, headers=admin.headers)
    assert answer.json()["seller"]["legal_name"] == "Escale Autre SAS"
    assert issued.ask("GET", f"{PAPERS}/seller")["seller"]["legal_name"] == "Escale Autre SAS"
    assert issued.ask("GET", INVOICES)["data"][0]["parties"] == before
    assert issued.send("PUT", f"{PAPERS}/seller", changed).status_code == 403


class TestOverdue:
    def test_an_invoice_nobody_pays_leads_to_suspension_and_its_payment_back(self, client: Client) -> None:
        """Issued -> overdue -> past due -> suspended -> paid -> active, by the scheduler's clock and the process."""
        house, company = client.place.house, client.company.id
        client.start()
        issued = client.close("2026-01", "2026-02-01T01:30:00+01:00")
        due_on = datetime.fromisoformat(issued["due_on"]).replace(tzinfo=UTC)

        def dunned_on(days: float) -> Any:
            now = due_on + timedelta(days=days)
            DunningClerk(list, house.commands, lambda: now).dun(company)
            return house.streams(company).load(Subscription, subscription_id(company)).dunning

        assert dunned_on(0.5) is None
        begun = dunned_on(2)
        assert (list(begun.unpaid), begun.suspended_at) == ([UUID(issued["id"])], None)
        assert dunned_on(24).suspended_at is not None
        paid = RecordPayment(
            month="2026-01",
            amount_minor=issued["balance_minor"],
            received_on=due_on.date(),
            reference="bank-1",
        )
        Founder(house).execute(company, paid)
        house.jobs.processes.drain(company)
        assert house.streams(company).load(Subscription, subscription_id(company)).dunning is None
        assert dunned_on(60) is None
