"""What does a company owe that left and came back? Each stay to the second, and nothing for the time between."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from domain.billing.draft import Draft
from domain.billing.drafting import drafts_of
from domain.billing.invoice import EarlierMonthOpen, InvoiceBook, NothingToBill
from domain.billing.issued import parties_of
from domain.billing.party import NO_DETAILS, SHIPPED_SELLER
from domain.billing.price import BillingModel, PlanPrices, PriceKind, ProductLine
from domain.billing.sla import fixed_fee_minor
from domain.billing.stay import StayNotOver, SubscriptionReturned
from domain.billing.subscription import SubscribedAlready, Subscription, SubscriptionStatus
from domain.billing.terms import Debtor, Terms
from domain.kernel.period import Period
from tests.domain.billing.kit import (
    DEBTOR,
    Events,
    amounts,
    at,
    bill,
    counted,
    fee,
    per_unit,
    plan,
    price,
    subscribed,
)

LEFT, BACK = "2026-01-11T00:00:00+01:00", "2026-01-21T00:00:00+01:00"
OFFER = plan("one", fee("31"))
GERMAN = Debtor(legal_name="Nord Reisen", country="DE", vat_number="DE123456788")


def returned(
    company: Subscription, offer: PlanPrices, left: str = LEFT, back: str = BACK, **more: Any
) -> Subscription:
    """Leaves at a moment, and comes back at another."""
    company.cancel(at=at(left))
    seats = more.pop("seats", 0)
    model = BillingModel.SEATS if seats else BillingModel.USAGE
    wish: dict[str, Any] = {
        "versions": [offer], "zone": None, "debtor": DEBTOR, "trial_days": 0, "exceeds": {}, "unpaid": (), **more
    }  # fmt: skip
    company.come_back(offer, Terms(plan=offer.plan, model=model, seats=seats), at=at(back), **wish)
    return company


def closed(
    company: Subscription,
    book: InvoiceBook,
    month: str,
    when: str,
    *late: str,
    versions: Sequence[PlanPrices] = (OFFER,),
    events: Events | None = None,
) -> Draft:
    """A month, billed at a moment."""
    moment = at(when)
    book.require_next(month, company, at=moment)
    drafts = drafts_of(
        company,
        versions,
        book,
        month,
        figure=counted(events or []),
        is_additive=lambda _: True,
        late_months=late,
        cut=1,
    )
    parties = parties_of(SHIPPED_SELLER, NO_DETAILS, issued_at=moment, zone=company.zone)
    book.close(drafts.own, parties, corrections=drafts.corrections, at=moment)
    return drafts.own


class TestAMonthWithTwoStays:
    def test_bills_both_parts_by_the_second_and_the_days_between_not(self) -> None:
        """L12 and L22: ten days and eleven of 31 at a euro a day; what was used between is nobody's."""
        offer = plan("one", fee("31"), price("sms", per_unit("1"), included="3.1"))
        company = returned(subscribed(offer), offer)
        events: Events = [("sms", f"2026-01-{day:02}T12:00:00+01:00", 1) for day in range(1, 32)]
        lines = bill(company, [offer], events=events)
        assert amounts(lines) == {"plan": 2_100, "sms": 2_100 - 210}
        # The same price of the same plan is one line with two periods.
        assert [[(one.start, one.end) for one in line.periods] for line in lines] == [
            [(at("2026-01-01T00:00:00+01:00"), at(LEFT)), (at(BACK), at("2026-02-01T00:00:00+01:00"))]
        ] * 2

    def test_takes_the_prices_of_the_day_of_the_return_and_no_deal_of_before(self) -> None:
        company = subscribed(OFFER)
        deal = plan("one", fee("15.5"))
        terms = Terms(plan="one", model=BillingModel.USAGE)
        company.agree(deal, terms, quote_id=None, months=None, exceeds={}, at=at("2026-01-06T00:00:00+01:00"))
        dearer = plan("one", fee("62"), since=at("2026-01-16T00:00:00+01:00"))
        returned(company, dearer, versions=[OFFER, dearer])
        # Five days at 1.00, five at the deal's 0.50, eleven at 2.00.
        assert [line.amount_minor for line in bill(company, [OFFER, dearer])] == [500, 250, 2_200]
        assert company.commitment(at(BACK)) is None

    def test_counts_distinct_people_once_in_all_stays_and_never_who_came_between(self) -> None:
        """L10 and L11."""
        offer = plan("one", price("users", per_unit("4"), included="1"))
        other = plan("two", price("users", per_unit("5")))
        company = returned(subscribed(offer), other, versions=[offer])
        events: Events = [
            ("users", f"2026-01-{day:02}T12:00:00+01:00", who)
            for day, who in ((5, 1), (6, 2), (15, 3), (25, 2), (26, 4))
        ]
        (line,) = bill(company, [offer, other], events=events)
        # 1, 2 and 4, less ten days' part of one that was included, at the last price.
        assert (line.quantity, line.amount_minor) == (3, round((3 - 10 / 31) * 500))

    def test_a_meter_that_the_new_plan_does_not_charge_stays_with_the_stay_that_did(self) -> None:
        offer, other = plan("one", price("users", per_unit("4"))), plan("two", fee("31"))
        company = returned(subscribed(offer), other, versions=[offer])
        events: Events = [("users", f"2026-01-{day:02}T12:00:00+01:00", day) for day in (5, 15, 25)]
        assert amounts(bill(company, [offer, other], events=events)) == {"plan": 1_100, "users": 400}

    def test_a_seat_counts_once_on_the_day_of_leaving_and_coming_back(self) -> None:
        """L25."""
        offer = plan("one", price("seat", per_unit("31"), PriceKind.SEAT))
        company = returned(
            subscribed(offer, seats=2),
            offer,
            "2026-01-11T09:00:00+01:00",
            "2026-01-11T15:00:00+01:00",
            seats=1,
        )
        (line,) = bill(company, [offer])
        assert line.quantity == 11 * 2 + 20 * 1

    def test_l25_seats_of_one_product_line_are_none_of_another(self) -> None:
        """Left with 100 cheap seats at nine, came back for one dear one at three: nobody had 100 dear ones."""
        cheap = plan("one", price("seat", per_unit("0.31"), PriceKind.SEAT))
        dear = plan("one", price("seat", per_unit("31"), PriceKind.SEAT)).model_copy(
            update={"line": ProductLine.WHITE_LABEL}
        )
        company = returned(
            subscribed(cheap, seats=100), dear, "2026-01-11T09:00:00+01:00", "2026-01-11T15:00:00+01:00",
            versions=[cheap], seats=1,
        )  # fmt: skip
        lines = bill(company, [cheap, dear])
        assert [(one.quantity, one.amount_minor) for one in lines] == [(11 * 100, 1_100), (21, 2_100)]

    def test_leaving_and_coming_back_at_once_changes_no_cent(self) -> None:
        offer = plan("one", fee("77.77"), price("users", per_unit("4"), included="5"))
        events: Events = [("users", f"2026-01-{day:02}T12:00:00+01:00", day) for day in range(1, 32)]
        stayed, moment = subscribed(offer), "2026-01-14T15:09:26.535897+01:00"
        left = returned(subscribed(offer), offer, moment, moment)
        assert amounts(bill(left, [offer], events=events)) == amounts(bill(stayed, [offer], events=events))


class TestTheBook:
    def test_has_an_invoice_per_month_passes_over_the_time_away_and_corrects_the_former_stay(self) -> None:
        """L6, L15, L22: left in January, back in April; what becomes known of January is billed with April."""
        offer = plan("one", fee("30"), price("sms", per_unit("1")))
        company, book = subscribed(offer), InvoiceBook.new(UUID(int=1))
        events: Events = [("sms", "2026-01-05T12:00:00+01:00", 3)]
        returned(company, offer, back="2026-04-16T00:00:00+02:00", debtor=GERMAN)
        january = closed(
            company, book, "2026-01", "2026-02-01T01:00:00+01:00", versions=[offer], events=events
        )
        assert book.next_month(company) == "2026-04"
        with pytest.raises(NothingToBill):
            book.require_next("2026-02", company, at=at("2026-05-01T09:00:00+02:00"))
        with pytest.raises(EarlierMonthOpen):
            book.require_next("2026-05", company, at=at("2026-07-01T09:00:00+02:00"))
        events.append(("sms", "2026-01-06T12:00:00+01:00", 2))
        april = closed(
            company,
            book,
            "2026-04",
            "2026-05-01T02:00:00+02:00",
            "2026-01",
            versions=[offer],
            events=events,
        )
        # Half of April, and beside it two SMS of January under January's VAT; who is billed is who was there at
        # the end of each month.
        assert [(line.month, line.amount_minor) for line in april.lines] == [
            ("2026-04", 1_500),
            ("2026-04", 0),
        ]
        (correction,) = [one.draft for one in book.invoices.values() if one.corrects is not None]
        assert (correction.debtor, correction.net_minor, correction.total_minor) == (DEBTOR, 200, 240)
        assert (january.debtor, january.tax.percent, april.debtor, april.tax.percent) == (
            DEBTOR,
            20,
            GERMAN,
            0,
        )

    def test_of_whoever_does_not_come_back_is_as_before(self) -> None:
        company, book = subscribed(OFFER), InvoiceBook.new(UUID(int=1))
        company.cancel(at=at(LEFT))
        closed(company, book, "2026-01", "2026-02-01T01:00:00+01:00")
        assert book.next_month(company) == "2026-02"


class TestTheSubscription:
    def test_begins_anew_and_keeps_what_was(self) -> None:
        company = subscribed(OFFER, trial_days=5, add_ons={})
        company.switch_feature("graphql", True, at=at("2026-01-02T00:00:00+01:00"))
        company.note_failed_payment(UUID(int=7), reason=None, at=at("2026-01-03T00:00:00+01:00"))
        returned(company, OFFER, debtor=GERMAN)
        assert company.status(at(BACK)) is SubscriptionStatus.ACTIVE
        assert (company.flags, company.dunning, company.deals, company.trial_until) == ({}, None, (), None)
        (past,) = company.past
        assert (past.debtor, past.ended_at, past.trial_until) == (
            DEBTOR,
            at(LEFT),
            at("2026-01-06T00:00:00+01:00"),
        )
        assert (company.debtor, company.started_at, company.zone) == (GERMAN, at(BACK), "Europe/Paris")
        # A fold of the events, and one that goes on from a snapshot, say the same.
        events = company.collect_events()
        again = Subscription.fold(None, events)
        assert again == Subscription.fold(None, events)
        assert again is not None
        assert Subscription.model_validate(again.model_dump()) == again
        assert [type(one) for one in events].count(SubscriptionReturned) == 1

    def test_is_not_taken_twice_and_not_before_the_end(self) -> None:
        company = subscribed(OFFER)
        company.commit_for_a_year([OFFER], at=at("2026-01-05T00:00:00+01:00"))
        with pytest.raises(StayNotOver, match="on 2027-01-05"):
            returned(company, OFFER)
        assert company.cancelled_at == at("2027-01-05T00:00:00+01:00")
        returned(company, OFFER, back="2027-01-05T00:00:00+01:00")
        company.cancelled_at = None
        with pytest.raises(SubscribedAlready):
            company.come_back(
                OFFER, company.terms, versions=[OFFER], zone=None, debtor=DEBTOR, trial_days=0, exceeds={},
                unpaid=(), at=at("2027-01-06T00:00:00+01:00"),
            )  # fmt: skip

    def test_l24_a_promise_is_that_of_the_last_stay_and_its_fee_that_of_its_product_line(self) -> None:
        suite = plan("one", fee("62")).model_copy(update={"line": ProductLine.WHITE_LABEL})
        january = Period(start=at("2026-01-01T00:00:00+01:00"), end=at("2026-02-01T00:00:00+01:00"))

        def judged(first: PlanPrices, second: PlanPrices) -> int | None:
            company, book = (
                returned(subscribed(first), second, versions=[first]),
                InvoiceBook.new(UUID(int=1)),
            )
            stays = company.promised_in(january)
            if not stays:
                return None
            closed(company, book, "2026-01", "2026-02-01T01:00:00+01:00", versions=[OFFER, suite])
            (invoice,) = book.invoices.values()
            return fixed_fee_minor(invoice, stays)

        assert judged(OFFER, OFFER) is None
        assert judged(suite, OFFER) is None
        assert judged(OFFER, suite) == 2_200
        assert judged(suite, suite) == 2_000 + 2_200


def test_gaps_are_told_from_times_before_and_after() -> None:
    company = subscribed(OFFER, "2026-02-01T00:00:00+01:00")
    returned(company, OFFER, "2026-02-10T00:00:00+01:00", "2026-04-10T00:00:00+02:00")
    company.cancel(at=at("2026-04-20T00:00:00+02:00"))

    def month(start: str, end: str) -> Period:
        return Period(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))

    before = month("2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00")
    between = month("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00")
    after = month("2026-05-01T00:00:00+02:00", "2026-06-01T00:00:00+02:00")
    assert [company.was_away(one) for one in (before, between, after)] == [False, True, False]
