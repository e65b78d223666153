"""What does somebody get who tries to pay less than they used? Tried in memory, by the commands a client may send."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.billing import counting, dunning, meter_limits, quotes, subscriptions, usage
from application.billing.counting import Activity, Calls, CountUsage
from application.billing.dunning import AdvanceDunning
from application.billing.meter_limits import SetMeterLimit
from application.billing.metering import counted_of
from application.billing.quotes import AcceptQuote, CommitForAYear, DraftQuote, ProposeQuote
from application.billing.subscriptions import (
    CancelSubscription,
    ChangeSubscriptionPlan,
    StartSubscription,
)
from application.billing.usage import LimitUsageAge, ReleaseParkedUsage, ReportUsage
from domain.billing.calendar import period_of
from domain.billing.charge import Fixed
from domain.billing.draft import Draft
from domain.billing.fitting import CurrencyFixed, PlanNotOffered
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.issued import parties_of
from domain.billing.meter import SHIPPED_METERS
from domain.billing.meter_limits import MeterLimit
from domain.billing.metering import Months, Room
from domain.billing.parking import ParkedUsage, ParkedUseUnknown, parked_usage_id
from domain.billing.party import NO_DETAILS, SHIPPED_SELLER
from domain.billing.payments import PaymentMethod
from domain.billing.price import PlanPrices, PriceKind, ProductLine
from domain.billing.quote import Offer
from domain.billing.shipped import SHIPPED
from domain.billing.stay import MonthsBeginElsewhere, ReturnUnpaid, StayNotOver, TrialOnReturn
from domain.billing.subscription import (
    SubscribedAlready,
    Subscription,
    SubscriptionStatus,
    subscription_id,
)
from domain.billing.tax import tax_on
from domain.billing.terms import Debtor, Terms
from domain.billing.usage import ItemStatus, Known, Parking, Reason, UsageBatch, Use
from tests.domain.billing.kit import fee
from tests.kit.builders import TENANT
from tests.kit.memory import House, ports_with

START = datetime(2026, 1, 1, tzinfo=UTC)
MEMBER = UUID("00000000-0000-7000-8000-0000000000aa")
DEBTOR = Debtor(legal_name="Nord Voyages", country="FR")
PROCESS = UUID("00000000-0000-7000-8000-0000000000bb")
SEEN = f"active_users:2026-01:{MEMBER}"
DOLLARS = PlanPrices(
    line=ProductLine.CRM,
    plan="dollars",
    title="Dollars",
    currency="USD",
    effective_from=datetime(2020, 1, 1, tzinfo=UTC),
    prices=(fee("100"),),
)
DOLLARS_IN_EUROS = PlanPrices.model_validate(DOLLARS.model_dump() | {"currency": "EUR", "plan": "own"})


class _Prices:
    def versions(self) -> tuple[PlanPrices, ...]:
        return (*SHIPPED, DOLLARS)


class _Unlimited:
    def of_suite(self, plan: str) -> None: ...
    def used(self, names: object) -> dict[str, int]:
        return {}


class _Company(House):
    """A company of the CRM line in memory, on Pro since New Year."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            {
                **counting.HANDLERS,
                **dunning.HANDLERS,
                **meter_limits.HANDLERS,
                **quotes.HANDLERS,
                **subscriptions.HANDLERS,
                **usage.HANDLERS,
            }
        )
        self.ports = ports_with(totals=self.ports.totals, price_lists=_Prices(), entitlements=_Unlimited())
        self.start(at=START, **more)

    def start(self, *, at: datetime, **more: Any) -> None:
        wish: dict[str, Any] = {"line": ProductLine.CRM, "plan": "pro", "debtor": DEBTOR, **more}
        self.execute(StartSubscription(**wish), at=at)

    def billed(self, month: str, cents: int, at: datetime) -> InvoiceBook:
        """A book with an invoice of so much, as if the month had come to that."""
        book = InvoiceBook.new(invoices_id(TENANT))
        draft = Draft(
            month=month,
            period=period_of(month, "Europe/Paris"),
            cut=0,
            currency="EUR",
            debtor=DEBTOR,
            lines=(),
            net_minor=cents,
            tax=tax_on(0, DEBTOR),
            total_minor=cents,
        )
        book.close(draft, parties_of(SHIPPED_SELLER, NO_DETAILS, issued_at=at, zone="Europe/Paris"), at=at)
        (invoice_id,) = book.invoices
        book.number(invoice_id, "F2026-000017", at=at)
        self.store._save(book)
        return self.store.load(InvoiceBook, book.id)

    def report(self, *events: dict[str, Any], at: datetime = START + timedelta(days=20)) -> UsageBatch:
        saved = self.execute(ReportUsage(events=events), at=at)
        return self.store.load(UsageBatch, saved.stream_id)

    def subscription(self) -> Subscription:
        return self.store.load(Subscription, subscription_id(TENANT))

    def offered(self, prices: PlanPrices, at: datetime) -> UUID:
        offer = Offer(
            prices=prices,
            terms=Terms(plan=prices.plan, model="usage"),
            valid_until=at + timedelta(days=30),
        )
        saved = self.execute(DraftQuote(offer=offer, account_manager="Ada"), at=at)
        self.execute(ProposeQuote(quote_id=saved.stream_id), at=at)
        return saved.stream_id


@pytest.fixture
def company() -> _Company:
    return _Company()


class TestWhatTheHouseCounts:
    """The names of the house's own uses can be guessed; a client that uses them must get nowhere."""

    def test_is_not_kept_out_by_whoever_takes_its_name_first(self, company: _Company) -> None:
        squat = {"transaction_id": SEEN, "meter": "sms", "at": "2026-01-02T00:00:00Z", "quantity": 0}
        batch = company.report(squat)
        assert [(one.reason, one.field) for one in batch.uncounted] == [
            (Reason.METER_COUNTED_HERE, "transaction_id")
        ]
        saved = company.execute(
            CountUsage(
                process_id=PROCESS, number=0, calls=(), active=(Activity(member_id=MEMBER, at=START),)
            ),
            at=START,
        )
        assert [use.subject for use in company.store.load(UsageBatch, saved.stream_id).counted] == [
            str(MEMBER)
        ]

    def test_is_not_taken_back_by_a_correction_under_another_meter(self, company: _Company) -> None:
        calls, member = Calls(since=START, quantity=90_000), Activity(member_id=MEMBER, at=START)
        company.execute(CountUsage(process_id=PROCESS, number=0, calls=(calls,), active=(member,)), at=START)
        taken_back = [
            {"transaction_id": f"mine-{number}", "meter": "sms", "at": "2026-01-02T00:00:00Z", "quantity": 0}
            | {"corrects": counted}
            for number, counted in enumerate((SEEN, f"api_calls:{PROCESS.hex}:0:0"))
        ]
        batch = company.report(*taken_back)
        assert batch.counted == ()
        assert [(one.status, one.reason, one.field) for one in batch.uncounted] == [
            (ItemStatus.REJECTED, Reason.METER_COUNTED_HERE, "corrects")
        ] * 2


def test_l6_a_use_of_the_last_century_loses_no_other_of_its_batch(company: _Company) -> None:
    old = {"transaction_id": "old", "meter": "sms", "at": "1999-12-31T22:30:00Z", "quantity": 3}
    new = {"transaction_id": "new", "meter": "sms", "at": "2026-01-05T00:00:00Z", "quantity": 4}
    batch = company.report(old, new)
    assert [use.transaction_id for use in batch.counted] == ["old", "new"]
    far = {"transaction_id": "far", "meter": "sms", "at": "1900-01-01T00:00:00Z", "quantity": 3}
    assert len(company.report(far).counted) == 1


class TestUsesTooOldByTheCompanysRule:
    """L6: parked and visible, never dropped."""

    def test_l6_wait_in_full_and_fill_no_month_before_they_are_released(self, company: _Company) -> None:
        company.execute(LimitUsageAge(most_days=10), at=START)
        company.execute(SetMeterLimit(meter="sms", limit=MeterLimit(cap=Decimal(5))), at=START)
        edge = {"transaction_id": "edge", "meter": "sms", "at": "2026-01-11T00:00:00Z", "quantity": 5}
        old = {**edge, "transaction_id": "old", "at": "2026-01-10T23:59:59Z", "quantity": 4}
        batch = company.report(
            old, edge, {**old, "transaction_id": "right", "quantity": 1, "corrects": "old"}
        )
        assert [use.transaction_id for use in batch.counted] == ["edge"]
        assert [(one.transaction_id, one.status) for one in batch.uncounted] == [
            ("old", ItemStatus.PARKED),
            ("right", ItemStatus.PARKED),
        ]
        (kept, _) = company.store.load(ParkedUsage, parked_usage_id(TENANT)).waiting.values()
        assert (kept.at, kept.quantity, kept.batch_id, kept.number) == (
            datetime(2026, 1, 10, 23, 59, 59, tzinfo=UTC),
            4,
            batch.id,
            0,
        )
        with pytest.raises(ParkedUseUnknown):
            company.execute(ReleaseParkedUsage(transaction_ids=("old", "edge")), at=START)
        company.execute(ReleaseParkedUsage(transaction_ids=("old", "old")), at=START + timedelta(days=21))
        # Released under the cap's nose: it was used. What comes after finds the month full.
        assert list(company.store.load(ParkedUsage, parked_usage_id(TENANT)).waiting) == ["right"]
        company.execute(LimitUsageAge(most_days=None), at=START + timedelta(days=21))
        more = company.report({**old, "transaction_id": "more"})
        assert [one.reason for one in more.uncounted] == [Reason.CAP_REACHED]
        assert counted_of("sms", "2026-01", company.ports.totals) == 9

    def test_l6_beyond_ten_thousand_are_refused_and_can_be_sent_again(self, company: _Company) -> None:
        company.execute(LimitUsageAge(most_days=10), at=START)
        parking = Parking(START, places=1)
        uses = [Use(transaction_id=name, meter="sms", at=datetime(2025, 1, 1, tzinfo=UTC)) for name in "ab"]
        batch = UsageBatch.report(
            PROCESS,
            uses,
            known=Known({}, {}),
            meters=SHIPPED_METERS,
            room=Room(SHIPPED_METERS, {}, Months("UTC"), counted=lambda _: 0, subjects=lambda _: frozenset()),
            parking=parking,
            at=START,
        )
        assert [one.reason for one in batch.uncounted] == [Reason.TOO_OLD, Reason.PARKING_FULL]


class TestAgreements:
    def test_a_second_year_costs_what_the_first_did(self, company: _Company) -> None:
        for year in (2026, 2027, 2028):
            now = datetime(year, 2, 2, year - 2025, tzinfo=UTC)
            company.execute(CommitForAYear(), at=now)
            deal = company.subscription().commitment(now)
            assert deal is not None
            assert [one.charge for one in deal.offer.prices if one.kind is PriceKind.RECURRING] == [
                Fixed(amount=Decimal("134.1"))
            ], year

    def test_what_was_negotiated_is_not_made_cheaper_by_staying(self, company: _Company) -> None:
        own = PlanPrices.model_validate(DOLLARS.model_dump() | {"currency": "EUR", "plan": "own"})
        company.execute(AcceptQuote(quote_id=company.offered(own, START)), at=START)
        company.execute(CommitForAYear(), at=START + timedelta(days=1))
        deal = company.subscription().commitment(START + timedelta(days=2))
        assert deal is not None
        assert deal.offer.prices == own.prices

    def test_a_quote_of_another_product_line_is_no_deal(self, company: _Company) -> None:
        free = next(one for one in SHIPPED if (one.line, one.plan) == (ProductLine.APPOINTMENTS, "starter"))
        with pytest.raises(PlanNotOffered):
            company.execute(AcceptQuote(quote_id=company.offered(free, START)), at=START)

    def test_l14_a_subscription_keeps_its_currency(self, company: _Company) -> None:
        with pytest.raises(CurrencyFixed):
            company.execute(ChangeSubscriptionPlan(plan="dollars"), at=START + timedelta(days=1))
        with pytest.raises(CurrencyFixed):
            company.execute(AcceptQuote(quote_id=company.offered(DOLLARS, START)), at=START)


class TestComingBack:
    """Whoever left comes back by the same command, and gains nothing by it."""

    LATER = START + timedelta(days=40)

    def test_needs_an_end_first(self, company: _Company) -> None:
        with pytest.raises(SubscribedAlready):
            company.start(at=self.LATER)
        company.execute(CommitForAYear(), at=START)
        company.execute(CancelSubscription(), at=START)
        with pytest.raises(StayNotOver):
            company.start(at=self.LATER)

    def test_brings_no_second_trial_other_months_or_another_currency(self, company: _Company) -> None:
        company.execute(CancelSubscription(), at=START + timedelta(days=3))
        with pytest.raises(TrialOnReturn):
            company.start(at=self.LATER, trial_days=1)
        with pytest.raises(MonthsBeginElsewhere):
            company.start(at=self.LATER, zone="Asia/Tokyo")
        with pytest.raises(CurrencyFixed):
            company.start(at=self.LATER, plan="dollars")
        company.start(at=self.LATER, zone="Europe/Paris", line=ProductLine.APPOINTMENTS, plan="starter")
        assert company.subscription().line is ProductLine.APPOINTMENTS
        with pytest.raises(SubscribedAlready):
            company.start(at=self.LATER)

    def test_keeps_the_months_of_the_first_stay_if_nothing_is_said_of_them(self) -> None:
        tokyo = _Company(zone="Asia/Tokyo")
        tokyo.execute(CancelSubscription(), at=START)
        tokyo.start(at=self.LATER)
        assert (tokyo.subscription().zone, len(tokyo.subscription().past)) == ("Asia/Tokyo", 1)

    def test_waits_until_what_is_overdue_is_paid_and_names_it(self, company: _Company) -> None:
        company.execute(CancelSubscription(), at=START)
        book = company.billed("2026-01", 17_880, START + timedelta(days=31))
        company.start(at=START + timedelta(days=60))  # due in two days
        overdue = START + timedelta(days=70)
        company.execute(AdvanceDunning(), at=overdue)
        # A debt of the former stay is dunned in the new one.
        assert company.subscription().status(overdue) is SubscriptionStatus.PAST_DUE
        company.execute(CancelSubscription(), at=overdue)
        with pytest.raises(ReturnUnpaid) as refused:
            company.start(at=overdue)
        assert str(refused.value) == (
            "Overdue and to be paid before the company subscribes again: F2026-000017 (178.80 EUR)."
        )
        (invoice_id,) = book.invoices
        book.pay(
            invoice_id,
            PROCESS,
            amount_minor=17_880,
            method=PaymentMethod.BANK_TRANSFER,
            received_on=overdue.date(),
            reference=None,
            at=overdue,
        )
        company.store._save(book)
        # The dunning has not heard of it yet; the book has.
        company.start(at=overdue)
        assert company.subscription().dunning is None

    def test_the_visit_of_the_month_is_not_used_up_while_it_is_away(self, company: _Company) -> None:
        """L22: an active user is counted once a month, and only during a stay."""
        away, back = START + timedelta(days=5), START + timedelta(days=9)
        company.execute(CancelSubscription(), at=START + timedelta(days=2))
        company.execute(AcceptQuote(quote_id=company.offered(DOLLARS_IN_EUROS, away)), at=back)
        found = []
        for number, at in enumerate((away, back)):
            count = CountUsage(
                process_id=PROCESS,
                number=number,
                calls=(Calls(since=at, quantity=3),),
                active=(Activity(member_id=MEMBER, at=at),),
            )
            saved = company.execute(count, at=back)
            batch = UsageBatch.fold(None, company.store.history(saved.stream_id))  # type: ignore[arg-type]
            found.append(sorted(use.meter for use in batch.counted) if batch else [])
        assert found == [[], ["active_users", "api_calls"]]

    def test_by_a_quote_strikes_the_deal_in_the_new_stay(self, company: _Company) -> None:
        company.execute(CancelSubscription(), at=START)
        company.execute(AcceptQuote(quote_id=company.offered(DOLLARS_IN_EUROS, self.LATER)), at=self.LATER)
        found = company.subscription()
        assert (found.terms.plan, found.debtor, len(found.past), len(found.deals)) == ("own", DEBTOR, 1, 1)
        # And a company that left again is not on that deal any more.
        company.execute(CancelSubscription(), at=self.LATER)
        company.start(at=self.LATER + timedelta(days=1))
        assert company.subscription().deals == ()
