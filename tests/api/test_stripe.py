"""Does Stripe hold what we billed, to the cent, however bad the line is, and does what it says count once?"""

import hmac
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from io import StringIO
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from rich.console import Console

from adapters.bootstrap import build
from adapters.messaging.deliveries import Deliveries
from adapters.messaging.language import catalogue
from adapters.messaging.mail import MailedMessages
from adapters.messaging.messages import Message
from adapters.messaging.smtp import MailServer
from adapters.payments.charging import Charging, charging_performer
from adapters.payments.collecting import CollectionRound, rejection_performer
from adapters.payments.returning import dispute_performer, refund_performer
from adapters.payments.settling import Settling, identifier_of
from adapters.payments.stripe_account import StripeAccount
from adapters.payments.webhooks import Webhooks, WebhookSecretMissing
from api.terminal import explaining
from application.billing.dunning import AdvanceDunning, NotePaymentMissed
from application.billing.invoices import CreditInvoice
from application.ports.collector import CollectorRefused, CollectorUnavailable, OutcomeUnknown
from application.processes.collecting import Collecting
from domain.billing.collection import (
    ChargeAttempted,
    ChargeOutcome,
    Collection,
    DocumentState,
    collection_id,
)
from domain.billing.dunning import DunningAct, SubscriptionDunned
from domain.billing.invoice import invoices_id
from domain.billing.issued import CreditCause, Invoice, Standing
from domain.billing.notice import NoticeReceived
from domain.billing.payments import DisputeEnded, DisputeOutcome, InvoiceDisputed
from domain.billing.subscription import Subscription, subscription_id
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from tests.api.test_invoices import INVOICES, Client, _numbered
from tests.kit.crowd import all_at_once
from tests.kit.house import Founder, Place
from tests.kit.papers import FRENCH
from tests.kit.stripe_line import BAD_LINE, CALM, StripeLine, stripe_line
from tests.oracle import billing as oracle

SECRET = "whsec_invented"  # noqa: S105
EVENTS = "/webhooks/stripe"


@pytest.fixture(scope="module")
def line() -> Iterator[StripeLine]:
    with stripe_line(seed=20_260_101) as opened:
        yield opened


@pytest.fixture
def calm(line: StripeLine) -> StripeLine:
    line.set(rates=CALM, is_down=False, is_lagging=False, clock=None)
    return line


class Desk:
    """Our side of the line."""

    def __init__(self, place: Place, line: StripeLine) -> None:
        house = place.house
        self.place, self.line = place, line
        self.account = StripeAccount(
            "sk_test_invented", base_url=line.url, timeout_s=1.0, first_pause_s=0.001
        )
        self.settling = Settling(self.account, house.commands, house.reading, lambda: self.now)
        self.now = datetime.now(UTC)

    def settle(self, client: Client) -> None:
        self.settling.settle(client.company.id)

    def known(self, client: Client) -> Collection:
        return self.place.house.streams(client.company.id).load(Collection, collection_id(client.company.id))

    def billed(self, slug: str) -> Client:
        """A company with a numbered invoice over 164.25 and its tax, and a credit note."""
        client = Client(self.place, slug)
        client.start(add_ons={"whatsapp": 1})
        client.report((f"{slug}-a", "2026-01-31T23:59:59+01:00", 2_137))
        client.close("2026-01", "2026-02-01T00:30:00+00:00")
        credit = CreditInvoice(month="2026-01", net_minor=333, cause=CreditCause.GOODWILL, reason="A bad day")
        client.execute(credit, "2026-02-05T00:00:00+00:00")
        _numbered(self.place, [client])
        return client

    def invoice(self, client: Client) -> dict[str, Any]:
        (found,) = [
            one
            for one in self.line.things("invoice")
            if one["metadata"]["escale_company"] == str(client.company.id)
        ]
        return found


@pytest.fixture
def desk(place: Place, calm: StripeLine) -> Desk:
    return Desk(place, calm)


def test_l14_stripe_holds_our_amounts_and_a_repeat_sends_nothing(desk: Desk) -> None:
    client = desk.billed("to-the-cent")
    desk.settle(client)
    ours = client.book().of("2026-01")
    assert ours is not None
    held = desk.invoice(client)
    assert (held["total"], held["status"], held["number"]) == (ours.draft.total_minor, "open", ours.number)
    items = [one for one in desk.line.things("invoiceitem") if one["invoice"] == held["id"]]
    amounts = [line.amount_minor for line in ours.draft.lines]
    assert [one["amount"] for one in items] == [*amounts, ours.draft.tax.amount_minor]
    (note,) = [one for one in desk.line.things("credit_note") if one["invoice"] == held["id"]]
    assert note["total"] == ours.credit_notes[0].total_minor
    before = len(desk.line.state()["requests"])
    desk.settle(client)
    assert len(desk.line.state()["requests"]) == before
    states = {one.state for one in desk.known(client).documents.values()}
    assert states == {DocumentState.SENT}


def test_l14_l23_what_an_invoice_below_zero_owes_is_taken_off_the_next_and_never_asked_for(
    desk: Desk,
) -> None:
    client = Client(desk.place, "carried")
    house, company = desk.place.house, client.company.id
    client.start()
    client.report(("typo", "2026-01-10T12:00:00+01:00", 8_000))
    client.close("2026-01", "2026-02-02T00:00:00+01:00")
    client.report(("none", "2026-01-10T12:00:00+01:00", 0), corrects="typo")
    february = client.close("2026-02", "2026-03-02T00:00:00+01:00")
    # 149.00 less 300.00, and 20 % of it.
    assert (february["balance_minor"], february["carried"]) == (-18_120, [])
    shown = client.ask("GET", "/api/v1/enterprise/billing?month=2026-03")
    assert (shown["carried_minor"], shown["to_pay_minor"]) == (17_880, 0)
    march = client.close("2026-03", "2026-04-02T00:00:00+02:00")
    april = client.close("2026-04", "2026-05-02T00:00:00+02:00")
    assert [one["balance_minor"] for one in (march, april)] == [0, 17_640]
    assert [(one["month"], one["amount_minor"]) for one in april["carried"]] == [("2026-02", 240)]
    credit = CreditInvoice(month="2026-04", net_minor=14_900, cause=CreditCause.GOODWILL, reason="All of it")
    client.execute(credit, "2026-05-05T00:00:00+00:00")
    _numbered(desk.place, [client])
    desk.settle(client)
    # Stripe asks for what is left, of January and of April, and takes no more than that back.
    mine = [one for one in desk.line.things("invoice") if one["metadata"]["escale_company"] == str(company)]
    assert [(one["metadata"]["escale_month"], one["total"]) for one in mine] == [
        ("2026-01", 53_880), ("2026-04", 17_640),
    ]  # fmt: skip
    (note,) = [one for one in desk.line.things("credit_note") if one["invoice"] == mine[1]["id"]]
    assert note["total"] == 17_640
    ledger = client.ask("GET", "/api/v1/billing/ledger")["data"]
    assert sum(one["total_minor"] for one in ledger if one["kind"] == "carried") == 0
    assert [one["total_minor"] for one in ledger if one["kind"] == "carried" and one["month"] == "2026-02"] == [
        17_880, 240,
    ]  # fmt: skip
    assert list(house.billing.reconciling.company(company)) == []
    judged = oracle.Company(
        oracle.facts_of("".join(house.auditing.export(company)).splitlines()), oracle.price_lists([])
    ).invoices()
    assert [one["carried"] for one in judged.values()] == [0, 0, 17_880, 240]
    told = StringIO()
    assert explaining.explain(house, april["id"], Console(file=told, width=120))
    assert "-2.40  taken off, owed by the invoice of 2026-02" in told.getvalue()


def test_l27_a_bad_line_loses_nothing_and_doubles_nothing(desk: Desk) -> None:
    clients = [desk.billed(f"bad-line-{number}") for number in range(2)]
    # Ten times as bad as the schedule, so that few companies meet every fault.
    desk.line.set(rates={"busy": 0.2, "broken": 0.15, "lost": 0.15, "slow": 0.0})
    for client in clients:
        for _ in range(20):
            try:
                desk.settle(client)
                break
            except CollectorUnavailable:
                continue
        else:
            pytest.fail("it was never settled")
    desk.line.set(rates=CALM)
    faults = desk.line.state()["faults"]
    assert min(faults[kind] for kind in ("busy", "broken", "lost")) > 0
    for client in clients:
        ours = client.book().of("2026-01")
        assert ours is not None
        assert desk.invoice(client)["total"] == ours.draft.total_minor
        customers = [
            one
            for one in desk.line.things("customer")
            if one["metadata"]["escale_company"] == str(client.company.id)
        ]
        assert len(customers) == 1
        notes = [
            one for one in desk.line.things("credit_note") if one["invoice"] == desk.invoice(client)["id"]
        ]
        assert [note["total"] for note in notes] == [ours.credit_notes[0].total_minor]


def test_l27_while_it_is_down_the_state_is_unknown_and_afterwards_everything_is_caught_up(
    desk: Desk,
) -> None:
    client = desk.billed("down")
    customer = desk.account.create_customer(client.company.id, FRENCH, attempt=0)
    desk.line.set(is_down=True)
    rounds = CollectionRound(desk.settling, lambda: [client.company.id])
    assert rounds.go() == 1
    desk.line.set(is_down=False)
    desk.settle(client)  # finds the customer it could not note
    assert desk.known(client).customer == customer
    again = desk.billed("down-later")
    desk.settling._customer(again.company.id, subscription_of(again))
    desk.line.set(is_down=True)
    assert CollectionRound(desk.settling, lambda: [again.company.id]).go() == 1
    (state,) = {one.state for one in desk.known(again).documents.values()}
    assert state is DocumentState.UNKNOWN
    desk.line.set(is_down=False)
    assert rounds.go() == CollectionRound(desk.settling, lambda: [again.company.id]).go() == 0
    assert {one.state for one in desk.known(again).documents.values()} == {DocumentState.SENT}


def test_a_customer_whose_answer_was_lost_is_found_before_the_search_knows_them(calm: StripeLine) -> None:
    company = UUID("0198a7c0-0000-7000-8000-00000000c057")
    account = StripeAccount("sk_test_invented", base_url=calm.url, timeout_s=1.0, first_pause_s=0.001)
    calm.set(rates={**CALM, "broken": 1.0}, is_lagging=True)
    with pytest.raises(OutcomeUnknown):
        account.create_customer(company, FRENCH, attempt=0)
    calm.set(rates=CALM)
    assert account.find_customer(company) is not None


def test_l23_of_a_paid_invoice_a_part_can_be_taken_back_too(calm: StripeLine) -> None:
    company, owed = UUID("0198a7c0-0000-7000-8000-00000000c058"), 1_200
    account = StripeAccount("sk_test_invented", base_url=calm.url, timeout_s=1.0, first_pause_s=0.001)
    customer = account.create_customer(company, FRENCH, attempt=0)
    held = account.create_invoice(
        customer, company, UUID(int=58), number="F2026-900058", month="2026-01", currency="EUR",
        due_on=date(2026, 3, 1), attempt=0,
    )  # fmt: skip
    account.add_item(customer, held, "1:plan", amount_minor=owed, currency="EUR", words="Plan", attempt=0)
    account.finalise(held, attempt=0)
    for number, amount_minor in enumerate((200, 400), start=1):
        taken = account.create_credit_note(
            held.external_id, UUID(int=number), total_minor=amount_minor, memo="A bad day", attempt=0
        )
        assert taken.total_minor == amount_minor
        if number == 1:
            assert calm.tell("/_pay", invoice=held.external_id)["amount_paid"] == owed - amount_minor


@pytest.mark.parametrize("currency", ["ISK", "UGX", "KWD"])
def test_l14_what_stripe_counts_in_other_units_is_not_sent_there(calm: StripeLine, currency: str) -> None:
    account = StripeAccount("sk_test_invented", base_url=calm.url)
    with pytest.raises(CollectorRefused, match="other units"):
        account.create_invoice(
            "cus_1", UUID(int=1), UUID(int=2), number="F2026-900059", month="2026-01", currency=currency,
            due_on=date(2026, 3, 1), attempt=0,
        )  # fmt: skip


def test_an_answer_that_came_too_late_is_not_asked_for_twice(desk: Desk) -> None:
    client = Client(desk.place, "slow")
    desk.line.set(rates={**CALM, "slow": 1.0})
    account = StripeAccount("sk_test_x", base_url=desk.line.url, timeout_s=0.2, first_pause_s=0.001)
    with pytest.raises(CollectorUnavailable):
        account.create_customer(client.company.id, FRENCH, attempt=0)
    desk.line.set(rates=CALM)
    found = account.find_customer(client.company.id)
    assert found is not None
    assert account.create_customer(client.company.id, FRENCH, attempt=0) == found


def test_l33_a_job_delivered_three_times_at_once_ends_in_one_invoice(desk: Desk) -> None:
    client = desk.billed("at-once")
    all_at_once(3, lambda _: desk.settle(client))
    ours = client.book().of("2026-01")
    assert ours is not None
    assert desk.invoice(client)["total"] == ours.draft.total_minor


def test_l26_hours_are_pushed_under_names_that_never_change_and_read_back(desk: Desk) -> None:
    client = Client(desk.place, "hours")
    client.start()
    hour = desk.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    client.report(("one", hour.isoformat(), 7), ("two", (hour + timedelta(minutes=59)).isoformat(), 5))
    client.report(("old", (desk.now - timedelta(days=40)).isoformat(), 3))
    desk.settle(client)
    (pushed,) = desk.known(client).hours
    assert (pushed.value, pushed.revision, pushed.is_confirmed) == (Decimal(12), 1, True)
    assert identifier_of(client.company.id, "sms", hour, 1) in desk.line.state()["identifiers"]
    client.report(("right", hour.isoformat(), 1), corrects="one")
    desk.now += timedelta(seconds=1)
    desk.settle(client)
    (pushed,) = desk.known(client).hours
    assert (pushed.value, pushed.revision) == (Decimal(6), 2)
    (meter,) = [one for one in desk.line.things("billing.meter") if one["event_name"] == "sms"]
    assert desk.account.told(str(desk.known(client).customer), meter["id"], hour) == 6


def test_l26_what_lags_is_looked_at_again_and_what_drifted_is_told_and_pushed_anew(desk: Desk) -> None:
    client = Client(desk.place, "drifting")
    client.start()
    hour = desk.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    client.report(("one", hour.isoformat(), 7))

    def state() -> tuple[int, bool, int]:
        desk.now += timedelta(hours=1)
        desk.settle(client)
        known = desk.known(client)
        (pushed,) = known.hours
        topics = [event.TOPIC for event in streams.events_of(known.id, after=0, limit=100)]
        return pushed.revision, pushed.is_confirmed, topics.count("collection.usage-drifted.v1")

    streams = desk.place.house.streams(client.company.id)
    desk.line.set(is_lagging=True)
    assert state() == (1, False, 0)
    desk.line.set(is_lagging=False)
    assert state() == (1, True, 0)
    desk.line.set(is_lagging=True)
    client.report(("two", hour.isoformat(), 1))
    assert state() == (2, False, 0)
    name = identifier_of(client.company.id, "sms", hour, 2)
    desk.line.tell("/_reject", identifier=name, code="no_meter")
    desk.line.set(is_lagging=False)
    # The first word about the hour is what is left there; an alarm, and the hour is told anew.
    assert state() == (3, True, 1)


def test_l28_usage_that_stripe_threw_away_is_told_at_our_door(desk: Desk) -> None:
    client = Client(desk.place, "rejected")
    client.start()
    hour = desk.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    client.report(("one", hour.isoformat(), 7))
    desk.settle(client)
    name = identifier_of(client.company.id, "sms", hour, 1)
    thin = desk.line.tell("/_reject", identifier=name, code="meter_event_customer_not_found")
    with listening(desk.place):
        assert send(desk.place, thin) == 204
    house = desk.place.house
    perform = rejection_performer(desk.account, house.commands)
    (event,) = [one for one in notices(desk.place) if one.external_id == thin["id"]]
    perform(Effect(event))  # type: ignore[arg-type]
    shown = client.ask("GET", "/api/v1/enterprise/billing")
    assert shown["unbilled_at_collector"] == [
        {"identifier": name, "reason": "meter_event_customer_not_found"}
    ]


class TestDunning:
    """L27, L33: an attempt charges the card once, whatever happens in between."""

    def test_attempts_are_dated_facts_and_take_the_money_once(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = desk.billed("unpaid")
        desk.settle(client)
        house, tenant_id = desk.place.house, client.company.id
        invoice = client.book().of("2026-01")
        assert invoice is not None
        now = datetime.now(UTC)
        client.execute(NotePaymentMissed(invoice_id=invoice.invoice_id), now.isoformat())
        for days in (3, 7):
            client.execute(AdvanceDunning(), (now + timedelta(days=days, minutes=1)).isoformat())
        streams = house.streams(tenant_id)
        attempts = [
            event
            for event in streams.events_of(subscription_id(tenant_id), after=0, limit=50)
            if isinstance(event, SubscriptionDunned) and event.step.act is DunningAct.ATTEMPT
        ]
        assert [one.step.number for one in attempts] == [1, 2]
        charging = Charging(desk.account, house.commands, lambda: now)
        perform = charging_performer(charging)
        effect = EffectOf(tenant_id, attempts[0])
        perform(effect)  # type: ignore[arg-type]
        perform(effect)  # type: ignore[arg-type]
        asked = desk.line.state()["requests"].count("POST /v1/invoices/*/pay")
        facts = list(streams.events_of(collection_id(tenant_id), after=0, limit=50))
        assert [one.outcome for one in facts if isinstance(one, ChargeAttempted)] == [ChargeOutcome.DECLINED]
        assert invoice.balance_minor == client.book().invoices[invoice.invoice_id].balance_minor
        # The card is good now, the answer is lost, and the process dies before it could note anything.
        desk.line.set(is_card_good=True, rates={"busy": 0.0, "broken": 0.5, "lost": 0.3, "slow": 0.0})
        execute = house.commands.execute
        monkeypatch.setattr(house.commands, "execute", dying)
        with pytest.raises(Killed):
            charging.charge(tenant_id, attempts[1])
        monkeypatch.setattr(house.commands, "execute", execute)
        charging.charge(tenant_id, attempts[1])
        charging.charge(tenant_id, attempts[1])
        desk.line.set(rates=CALM, is_card_good=False)
        paid = client.book().invoices[invoice.invoice_id]
        assert (len(paid.payments), paid.balance_minor) == (1, 0)
        assert paid.payments[0].reference == desk.invoice(client)["id"]
        said = [one for one in desk.line.state()["events"] if one.get("type") == "invoice.paid"]
        assert [one["data"]["object"]["id"] for one in said].count(desk.invoice(client)["id"]) == 1
        assert asked == 1


@dataclass
class EffectOf:
    """An effect of an event."""

    tenant_id: UUID
    event: Any


class Killed(BaseException):
    """As by a signal."""


def dying(order: Any) -> Any:
    raise Killed


class TestWhatItSays:
    """L29: webhooks."""

    def test_l29_is_taken_from_stripe_alone_and_of_now_alone(self, place: Place) -> None:
        body = {"id": "evt_1", "object": "event", "type": "ping", "created": 1_767_225_600, "data": {}}
        with listening(place):
            assert send(place, body) == 204
            assert send(place, body, secret="whsec_other") == 400
            assert send(place, body, at=time.time() - 301) == 400
            assert send(place, body, at=time.time() + 301) == 400
            assert send(place, body, at=time.time() + 10 * 365 * 86_400) == 400
            assert place.client.post(EVENTS, content=b"{}").status_code == 400
            assert send(place, {"hello": "world"}) == send(place, ["evt"]) == 400
            assert {send(place, {**body, "created": 10**size}) for size in (18, 30)} == {400}
            took = []
            for number in range(11):
                began = time.perf_counter()
                assert send(place, {**body, "id": f"evt_quick_{number}"}) == 204
                took.append(time.perf_counter() - began)
            assert median(took) < 0.1
            # The bytes are signed, not what they say.
            text = json.dumps(body)
            spaced = text.replace(",", ", ").encode()
            signed = {"stripe-signature": header(text.encode(), SECRET, time.time())}
            assert place.client.post(EVENTS, content=spaced, headers=signed).status_code == 400
        assert place.client.post(EVENTS, content=b"{}").status_code == 404  # without a secret nobody listens
        for empty in ("", "  "):
            with pytest.raises(WebhookSecretMissing):
                Webhooks(empty)

    def test_l29_fifty_copies_in_any_order_are_one_payment(self, desk: Desk) -> None:
        client = desk.billed("fifty")
        desk.settle(client)
        held = desk.invoice(client)
        desk.line.tell("/_pay", invoice=held["id"])
        said = [
            one
            for one in desk.line.state()["events"]
            if one["object"] == "event" and one["data"]["object"]["id"] == held["id"]
        ]
        assert {one["type"] for one in said} == {"invoice.paid", "invoice.finalized"}
        # invoice.paid comes first, and everything many times over.
        copies = sorted(said, key=lambda one: one["type"], reverse=True) * 25
        Random(7).shuffle(copies)
        with listening(desk.place):
            answers = all_at_once(len(copies), lambda number: send(desk.place, copies[number]))
        assert set(answers) == {204}
        desk.place.house.jobs.processes.drain(PLATFORM_TENANT_ID)
        desk.place.house.jobs.processes.drain(PLATFORM_TENANT_ID)
        invoice = client.book().of("2026-01")
        assert invoice is not None
        (payment,) = invoice.payments
        assert payment.reference == held["id"]
        assert (invoice.balance_minor, invoice.standing(desk.now.date())) == (0, Standing.PAID)


class TestWhatDidNotCome:
    """L29: payments that fail, go back or are disputed; told signed, many times over and in any order."""

    def test_l29_a_failed_payment_counts_once_and_after_the_money_came_not_at_all(self, desk: Desk) -> None:
        client = desk.billed("failing")
        desk.settle(client)
        held = desk.invoice(client)["id"]
        for _ in range(2):
            desk.line.tell("/_fail", invoice=held)
        assert set(deliver(desk, ["invoice.payment_failed"], of=held)) == {204}
        dunning = subscription_of(client).dunning
        assert (dunning.failures, len(desk.known(client).failed_payments)) == (2, 2)
        shown = client.ask("GET", "/api/v1/enterprise/billing")["failed_payments"]
        invoice = client.book().of("2026-01")
        assert invoice is not None
        assert [one["document_id"] for one in shown] == [str(invoice.invoice_id)] * 2
        desk.line.tell("/_fail", invoice=held)
        desk.line.tell("/_pay", invoice=held)
        deliver(desk, ["invoice.paid"], of=held)
        client.place.house.jobs.processes.drain(client.company.id)
        assert subscription_of(client).dunning is None
        deliver(desk, ["invoice.payment_failed"], of=held)
        assert subscription_of(client).dunning is None
        assert len(desk.known(client).failed_payments) == 2

    def test_l29_what_went_back_or_is_disputed_is_a_dated_fact_whatever_was_told_first(
        self, desk: Desk
    ) -> None:
        client = desk.billed("disputing")
        house, tenant_id = desk.place.house, client.company.id
        desk.settle(client)
        held = desk.invoice(client)["id"]
        total = desk.line.tell("/_pay", invoice=held)["amount_paid"]
        client.execute(NotePaymentMissed(invoice_id=tenant_id), desk.now.isoformat())

        def told(*kinds: str) -> Any:
            deliver(desk, list(kinds), of=held)
            asked_for(desk, kinds)
            house.jobs.processes.drain(tenant_id)
            return client.book().of("2026-01")

        refund = desk.line.tell("/_refund", invoice=held, amount=2_000)["id"]
        bounced = desk.line.tell("/_refund", invoice=held, amount=1_000)["id"]
        desk.line.tell("/_refund_failed", refund=bounced)
        disputed = desk.line.tell("/_dispute", invoice=held, amount=5_000)["id"]
        # What was refunded is known before the payment it is a part of.
        before = told("refund.created", "refund.updated", "refund.failed", "charge.dispute.created")
        assert arrived(before) == [(refund, 2_000)]
        assert [one.reference for one in before.refunds if one.failed_at] == [bounced]
        assert (before.balance_minor, before.is_disputed) == (total, True)
        assert subscription_of(client).dunning.held_since is not None
        after = told("invoice.paid")
        assert after.balance_minor == 0
        desk.line.tell("/_decide", dispute=disputed, status="under_review")
        desk.line.tell("/_decide", dispute=disputed, status="lost")
        lost = told("charge.dispute.closed", "charge.dispute.updated", "charge.dispute.created")
        assert arrived(lost) == [(refund, 2_000), (disputed, 5_000)]
        assert [one.outcome for one in lost.disputes] == [DisputeOutcome.LOST]
        assert (lost.balance_minor, subscription_of(client).dunning.held_since) == (0, None)
        # Every door tells the same, and the books agree.
        with client.at(desk.now.isoformat()):
            shown = client.ask("GET", f"{INVOICES}/{lost.invoice_id}")
        arrived_there = [one["cause"] for one in shown["refunds"] if one["failed_at"] is None]
        assert arrived_there == ["refund", "chargeback"]
        assert [(one["reference"], one["outcome"]) for one in shown["disputes"]] == [(disputed, "lost")]
        entries = client.ask("GET", "/api/v1/billing/ledger")["data"]
        back = ("refund", "refund_failed", "chargeback")
        assert sum(one["total_minor"] for one in entries if one["kind"] in back) == 7_000
        assert entries[-1]["balance_minor"] == 0
        assert list(house.billing.reconciling.company(tenant_id)) == []
        letters = [kind for _, kind in effects_of(desk, client) if kind == "dispute_letter"]
        assert len(letters) == 2
        # The seller's people hear of it, and nobody of the company.
        subjects = letters_about_disputes(desk, client)
        assert subjects == [
            f"Un paiement de la facture {lost.number} est contesté",
            f"La contestation de la facture {lost.number} est perdue",
        ]


def test_l30_nothing_calls_stripe_inside_a_transaction(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = desk.billed("outside")
    pools = desk.place.house.pools
    asked = []
    honest = desk.account._patiently

    def watched(ask: Callable[[], Any], *, changes: bool = False) -> Any:
        stats = [pool.get_stats() for pool in (pools.commands, pools.queries)]
        asked.append(sum(one["pool_size"] - one["pool_available"] for one in stats))
        return honest(ask, changes=changes)

    monkeypatch.setattr(desk.account, "_patiently", watched)
    desk.settle(client)
    assert asked
    assert set(asked) == {0}


def test_a_house_with_a_key_collects_through_its_outbox(
    desk: Desk, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """From the number to the outbox to Stripe, by settings alone."""
    client, here = desk.billed("by-settings"), desk.place.house.settings
    settings = here.model_copy(
        update={
            "data_dir": tmp_path,
            "stripe_secret_key": SecretStr("sk_test_invented"),
            "stripe_webhook_secret": SecretStr(SECRET),
            "stripe_base_url": desk.line.url,
            "probe_url": "http://127.0.0.1:9/live",
        }
    )
    house = build(settings, database_url=database_url, redis_url=redis_url)
    try:
        assert house.billing.webhooks is not None
        assert len(house.billing.actions) == 4  # closing, dunning, collecting, probing
        while house.jobs.outbox.dispatch(client.company.id):
            pass
    finally:
        house.close()
    ours = client.book().of("2026-01")
    assert ours is not None
    assert desk.invoice(client)["total"] == ours.draft.total_minor


def test_the_stand_in_takes_nothing_the_sdk_does_not_know(desk: Desk) -> None:
    account = StripeAccount("sk_test_x", base_url=desk.line.url, first_pause_s=0.001)
    for wrong in ({"nickname": "x"}, {"address": {"planet": "Mars"}}):
        with pytest.raises(CollectorRefused, match="unknown parameter"):
            account._patiently(lambda wrong=wrong: account._client.v1.customers.create(wrong))  # type: ignore[misc]
    with pytest.raises(CollectorRefused, match="Unrecognized"):
        account._patiently(lambda: account._client.v1.coupons.list())
    assert BAD_LINE == {"busy": 0.05, "broken": 0.02, "lost": 0.02, "slow": 0.0}


# Helpers


class Effect:
    """As the outbox hands an effect to its performer."""

    def __init__(self, event: Any) -> None:
        self.event = event


def arrived(invoice: Invoice) -> list[tuple[str, int]]:
    """What went back, but for what did not reach the company."""
    return [(one.reference, one.amount_minor) for one in invoice.refunds if one.failed_at is None]


def deliver(desk: Desk, kinds: list[str], *, of: str) -> list[int]:
    """The post of the stand-in: signed by it, three copies of each, in any order; and then it is worked on."""
    paid = f"pi_{of}"
    letters = [
        one
        for one in desk.line.tell("/_letters", secret=SECRET, kinds=kinds, copies=3)
        if (said := json.loads(one["body"])["data"]["object"])["id"] == of
        or said.get("payment_intent") == paid
    ]
    with listening(desk.place):
        answers = [
            desk.place.client.post(
                EVENTS, content=one["body"], headers={"stripe-signature": one["signature"]}
            ).status_code
            for one in letters
        ]
    assert len(answers) >= 3
    desk.place.house.jobs.processes.drain(PLATFORM_TENANT_ID)
    return answers


def asked_for(desk: Desk, kinds: Sequence[str]) -> None:
    """Does what the outbox would, twice, for every notice of the kinds."""
    commands, process = desk.place.house.commands, Collecting()
    performers = {
        "look_up_refund": refund_performer(desk.account, commands),
        "look_up_dispute": dispute_performer(desk.account, commands),
    }
    for notice in notices(desk.place):
        if notice.kind in kinds and notice.kind != "invoice.paid":
            (wish,) = process.react(notice, None)  # type: ignore[arg-type]
            for _ in range(2):
                performers[wish.kind](Effect(notice))  # type: ignore[arg-type, union-attr]


def letters_about_disputes(desk: Desk, client: Client) -> list[str]:
    """The subjects of the letters to the one administrator of the platform."""
    house = desk.place.house
    mails = MailedMessages(
        MailServer.of(SecretStr("smtp://127.0.0.1:9"), "billing@example.com"), rows=house.pools.queries,
        deliveries=Deliveries(house.pools.commands), streams=house.streams, clock=house.clock, language="fr",
        signup_token=str,
    )  # fmt: skip
    Founder(house).with_password(PLATFORM_TENANT_ID, desk.place.platform.admin)  # and so has joined
    house.jobs.projections.drain(PLATFORM_TENANT_ID)
    subjects = []
    book_id = invoices_id(client.company.id)
    for event in house.streams(client.company.id).events_of(book_id, after=0, limit=50):
        if isinstance(event, InvoiceDisputed | DisputeEnded):
            message = Message(
                client.company.id, "key", "dispute_letter", event.TOPIC, book_id, event.position, event
            )
            (one,) = mails._addressed(message)
            content = one.write(catalogue("fr"))
            assert ("Référence chez Stripe", event.reference) in content.facts
            assert one.reader.address == desk.place.platform.admin.email
            subjects.append(content.subject)
    return subjects


def effects_of(desk: Desk, client: Client) -> list[tuple[UUID, str]]:
    """What the company's processes asked of the outbox."""
    with desk.place.house.pools.queries.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (client.company.id,))
        query = "select tenant_id, kind from es.outbox where tenant_id = %s"
        return connection.execute(query, (client.company.id,)).fetchall()


def notices(place: Place) -> list[Any]:
    streams = place.house.streams(PLATFORM_TENANT_ID)
    with place.house.pools.queries.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (PLATFORM_TENANT_ID,))
        rows = connection.execute(
            "select distinct originator_id from es.event where tenant_id = %s and topic = %s",
            (PLATFORM_TENANT_ID, NoticeReceived.TOPIC),
        ).fetchall()
    return [event for row in rows for event in streams.events_of(row[0], after=0, limit=1)]


def subscription_of(client: Client) -> Any:
    streams = client.place.house.streams(client.company.id)
    return streams.load(Subscription, subscription_id(client.company.id))


@contextmanager
def listening(place: Place) -> Iterator[None]:
    """The door knows the secret."""
    place.house.billing.webhooks = Webhooks(SECRET)
    try:
        yield
    finally:
        place.house.billing.webhooks = None


def header(body: bytes, secret: str, at: float) -> str:
    signed = f"{int(at)}.".encode() + body
    return f"t={int(at)},v1={hmac.new(secret.encode(), signed, sha256).hexdigest()}"


def send(place: Place, said: Any, *, secret: str = SECRET, at: float | None = None) -> int:
    body = json.dumps(said).encode()
    headers = {"stripe-signature": header(body, secret, time.time() if at is None else at)}
    return place.client.post(EVENTS, content=body, headers=headers).status_code
