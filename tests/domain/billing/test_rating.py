"""Does a month cost what its prices say, to the cent? Where the lessons L7 to L25 are about rating."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.billing.charge import Graduated, Package, Tier, Volume, cost
from domain.billing.invoice_line import LineKind
from domain.billing.price import BillingModel, PriceKind, ProductLine, in_force
from domain.billing.rounding import minor, spread, whole
from domain.billing.shipped import SHIPPED
from domain.billing.subscription import CommittedToPlan, Subscription
from tests.domain.billing.kit import (
    SHIPPED_ON,
    Events,
    amounts,
    at,
    bill,
    fee,
    moved,
    per_unit,
    plan,
    price,
    subscribed,
)

JANUARY = 31 * 86_400
TIERS = (
    Tier(up_to=Decimal(100), unit_amount=Decimal("0.10")),
    Tier(up_to=Decimal(200), unit_amount=Decimal("0.05")),
    Tier(unit_amount=Decimal("0.01")),
)


class TestCharges:
    @pytest.mark.parametrize(
        ("quantity", "graduated", "volume", "packages"),
        [
            (0, "0", "0", "0"),
            (100, "10", "10", "20"),
            (101, "10.05", "5.05", "22"),
            (200, "15", "10", "40"),
            (300, "16", "3", "60"),
        ],
    )
    def test_price_a_quantity(self, quantity: int, graduated: str, volume: str, packages: str) -> None:
        package = Package(size=Decimal(10), package_amount=Decimal(2))
        assert cost(Graduated(tiers=TIERS), Fraction(quantity)) == Fraction(graduated)
        assert cost(Volume(tiers=TIERS), Fraction(quantity)) == Fraction(volume)
        assert cost(package, Fraction(quantity)) == Fraction(packages)

    def test_tiers_rise_to_one_without_end(self) -> None:
        for tiers in (TIERS[:2], TIERS[::-1], (TIERS[0], TIERS[0], TIERS[2]), (TIERS[2], TIERS[2])):
            with pytest.raises(ValueError, match="tier"):
                Graduated(tiers=tiers)


class TestRounding:
    """L13: once per line, half away from zero, and the lines sum to the total."""

    def test_a_half_goes_away_from_zero(self) -> None:
        assert [whole(Fraction(half, 2)) for half in (-3, -1, 0, 1, 3)] == [-2, -1, 0, 1, 2]
        assert minor(55 * Fraction("0.067"), "EUR") == 369  # 3.685

    def test_l14_a_unit_price_below_a_cent_is_never_rounded_itself(self) -> None:
        assert minor(3 * Fraction("0.005"), "EUR") == 2
        assert minor(Fraction("1234.5"), "JPY") == 1_235
        assert minor(Fraction("1.2345"), "TND") == 1_235

    @given(
        st.lists(st.fractions(min_value=0, max_value=10_000, max_denominator=10_000), min_size=1, max_size=81)
    )
    @settings(max_examples=60)
    def test_nothing_is_lost_between_lines(self, parts: list[Fraction]) -> None:
        shares = spread(parts, "EUR")
        assert sum(shares) == minor(sum(parts, Fraction(0)), "EUR")
        assert all(abs(share - part * 100) < 1 for share, part in zip(shares, parts, strict=True))


class TestProration:
    """L12: exact seconds of the local month; the parts make the whole."""

    def test_of_a_month_with_a_change_of_clocks(self) -> None:
        offer = plan("one", fee("743"))  # one euro an hour: March 2026 has 743 of them in Paris
        late = subscribed(offer, "2026-03-29T00:00:00+01:00")
        assert amounts(bill(late, [offer], "2026-03")) == {"plan": (23 + 24 + 24) * 100}

    def test_of_a_leap_day(self) -> None:
        offer = plan("one", fee("29"))
        company = subscribed(offer, "2028-02-29T00:00:00+01:00")
        assert amounts(bill(company, [offer], "2028-02")) == {"plan": 100}

    @given(st.lists(st.integers(1, JANUARY - 1), unique=True, max_size=8), st.integers(1, 10**7))
    @settings(max_examples=40)
    def test_the_parts_make_the_whole(self, cuts: list[int], cents: int) -> None:
        names = [plan(f"p{number}", fee(str(Decimal(cents) / 100))) for number in range(9)]
        company = subscribed(names[0])
        for number, second in enumerate(sorted(cuts), start=1):
            begin = at("2026-01-01T00:00:00+01:00").timestamp() + second
            moved(company, names[number], f"{_instant(begin)}")
        lines = bill(company, names)
        assert len(lines) == len(cuts) + 1
        assert sum(line.amount_minor for line in lines) == cents

    def test_nothing_is_due_before_the_trial_ends_or_after_the_end(self) -> None:
        """L22: usage during a trial is free, usage after the cancellation is nobody's."""
        offer = plan("one", fee("31"), price("sms", per_unit("1")))
        company = subscribed(offer, trial_days=10)
        company.cancel(at=at("2026-01-21T00:00:00+01:00"))
        events: Events = [("sms", f"2026-01-{day:02}T12:00:00+01:00", 1) for day in range(1, 32)]
        assert amounts(bill(company, [offer], events=events)) == {"plan": 1_000, "sms": 1_000}
        assert bill(company, [offer], "2026-02") == []


class TestUsage:
    def test_l11_a_to_b_to_a_adds_up(self) -> None:
        one, two = plan("one", price("sms", per_unit("0.10"))), plan("two", price("sms", per_unit("0.20")))
        company = moved(subscribed(one), two, "2026-01-11T00:00:00+01:00")
        moved(company, one, "2026-01-21T00:00:00+01:00")
        events: Events = [("sms", f"2026-01-{day:02}T00:00:00+01:00", 3) for day in range(1, 32)]
        first, second = bill(company, [one, two], events=events)
        assert (first.plan, first.quantity, first.amount_minor) == ("one", 63, 630)
        assert (second.plan, second.quantity, second.amount_minor) == ("two", 30, 600)
        assert [period.start for period in first.periods] == [
            at("2026-01-01T00:00:00+01:00"), at("2026-01-21T00:00:00+01:00"),
        ]  # fmt: skip

    def test_l7_the_order_of_arrival_does_not_matter(self) -> None:
        offer = plan("one", price("sms", Graduated(tiers=TIERS)))
        events: Events = [("sms", f"2026-01-{day:02}T09:00:00+01:00", day) for day in range(1, 32)]
        company = subscribed(offer)
        assert bill(company, [offer], events=events) == bill(company, [offer], events=events[::-1])

    def test_l10_distinct_users_are_counted_over_the_whole_month(self) -> None:
        one, two = plan("one", price("users", per_unit("4"))), plan("two", price("users", per_unit("5")))
        company = moved(subscribed(one), two, "2026-01-16T00:00:00+01:00")
        events: Events = [("users", f"2026-01-{day:02}T12:00:00+01:00", day % 7) for day in range(1, 32)]
        (line,) = bill(company, [one, two], events=events)
        assert (line.quantity, line.amount_minor) == (7, 7 * 500)

    def test_l20_a_late_upgrade_grants_no_second_allowance(self) -> None:
        one = plan("one", price("sms", per_unit("1"), included=Decimal(310)))
        two = plan("two", price("sms", per_unit("1"), included=Decimal(620)))
        company = moved(subscribed(one), two, "2026-01-31T00:00:00+01:00")
        lines = bill(company, [one, two])
        assert [line.included for line in lines] == [300, 20]

    def test_a_change_of_seats_splits_no_allowance(self) -> None:
        offer = plan(
            "one",
            price("sms", per_unit("1"), included=Decimal(100)),
            price("seat", per_unit("9"), PriceKind.SEAT),
        )
        company = subscribed(offer, seats=2)
        company.change_seats(3, at=at("2026-01-16T00:00:00+01:00"))
        events: Events = [("sms", "2026-01-02T12:00:00+01:00", 100)]
        assert amounts(bill(company, [offer], events=events))["sms"] == 0

    def test_l19_rounding_then_cap_and_a_true_up_to_the_minimum(self) -> None:
        capped = plan("one", price("sms", per_unit("0.003"), cap=Decimal("10")))
        low = plan("low", price("sms", per_unit("0.003"), minimum=Decimal("31")))
        events: Events = [("sms", "2026-01-02T12:00:00+01:00", 3_335)]
        (line,) = bill(subscribed(capped), [capped], events=events)
        assert (line.is_capped, line.amount_minor) == (True, 1_000)  # 10.005 is 10.01, then 10.00
        half = subscribed(low, "2026-01-11T00:00:00+01:00")
        charge, missing = bill(half, [low])
        assert (charge.amount_minor, missing.kind, missing.amount_minor) == (0, LineKind.MINIMUM, 2_100)


class TestDeals:
    """Prices of one's own belong to a plan that is kept, or promised."""

    LIST, OTHER = plan("pro", fee("100")), plan("starter", fee("40"))
    LARGE = plan("large", fee("300"))
    AGREED = plan("pro", fee("70"))

    def _struck(self, months: int | None = None) -> Subscription:
        company = subscribed(self.LIST)
        company.agree(
            self.AGREED,
            company.terms,
            quote_id=None,
            months=months,
            exceeds={},
            at=at("2026-01-02T00:00:00+01:00"),
        )
        return company

    def test_l11_returning_to_a_plan_that_was_left_brings_no_old_deal_back(self) -> None:
        company = moved(self._struck(), self.OTHER, "2026-02-01T00:00:00+01:00")
        moved(company, self.LIST, "2026-03-01T00:00:00+01:00")
        versions = [self.LIST, self.OTHER]
        assert amounts(bill(company, versions, "2026-02")) == {"plan": 4_000}
        assert amounts(bill(company, versions, "2026-03")) == {"plan": 10_000}
        # What was billed before stays what it was.
        assert amounts(bill(company, versions, "2026-01")) == {"plan": 7_000 * 30 // 31 + 10_000 // 31 + 1}

    def test_while_its_term_runs_a_deal_is_found_again_and_stays(self) -> None:
        company = moved(self._struck(months=6), self.LARGE, "2026-02-01T00:00:00+01:00")
        moved(company, self.LIST, "2026-03-01T00:00:00+01:00")
        versions = [self.LIST, self.LARGE]
        assert amounts(bill(company, versions, "2026-02")) == {"plan": 30_000}
        assert amounts(bill(company, versions, "2026-03")) == {"plan": 7_000}
        assert amounts(bill(company, versions, "2026-09")) == {"plan": 7_000}

    def test_nobody_leaves_a_term_by_going_up_and_then_down(self) -> None:
        company = moved(self._struck(months=6), self.LARGE, "2026-02-01T00:00:00+01:00")
        with pytest.raises(CommittedToPlan):
            moved(company, self.OTHER, "2026-02-02T00:00:00+01:00")
        company.cancel(at=at("2026-02-03T00:00:00+01:00"))
        assert company.cancelled_at == at("2026-07-02T00:00:00+02:00")


class TestSeats:
    """L25: days of seats; added and removed on one day, a seat is charged once."""

    OFFER = plan("one", price("seat", per_unit("31"), PriceKind.SEAT, models=(BillingModel.SEATS,)))

    def test_are_charged_for_the_days_they_were_there(self) -> None:
        company = subscribed(self.OFFER, seats=2)
        company.change_seats(5, at=at("2026-01-31T18:00:00+01:00"))
        (line,) = bill(company, [self.OFFER])
        assert (line.quantity, line.amount_minor) == (30 * 2 + 5, 6_500)

    def test_added_and_removed_on_one_day_are_charged_once(self) -> None:
        company = subscribed(self.OFFER, seats=2)
        for hour, seats in ((9, 5), (10, 2), (11, 5), (12, 2)):
            company.change_seats(seats, at=at(f"2026-01-15T{hour:02}:00:00+01:00"))
        assert amounts(bill(company, [self.OFFER])) == {"seat": (30 * 2 + 5) * 100}


class TestShippedPrices:
    def test_are_those_of_the_documents(self) -> None:
        fees = {
            (one.line.value, one.plan): bill(subscribed(one), [one])[0].amount_minor
            for one in SHIPPED
            if not one.on_quote
        }
        assert fees == {
            ("white_label", "starter"): 250_000, ("white_label", "business"): 800_000,
            ("appointments", "starter"): 2_900, ("appointments", "professional"): 7_900,
            ("appointments", "enterprise"): 19_900,
            ("crm", "free"): 0, ("crm", "starter"): 4_900, ("crm", "pro"): 14_900, ("crm", "enterprise"): 50_000,
        }  # fmt: skip
        assert {one.plan for one in SHIPPED if one.on_quote} == {"enterprise_plus", "scale"}

    def test_of_document_003_give_its_example_of_overage(self) -> None:
        pro = in_force(SHIPPED, ProductLine.CRM, "pro", SHIPPED_ON)
        assert pro is not None
        events: Events = [
            ("sms", "2026-01-09T12:00:00+01:00", 2_137),
            ("emails", "2026-01-09T12:00:00+01:00", 10_420),
        ]
        found = amounts(bill(subscribed(pro), [pro], events=events))
        assert found == {"plan": 14_900, "sms": 685, "emails": 840}
        assert sum(found.values()) == 16_425

    def test_later_versions_apply_from_their_moment(self) -> None:
        old = plan("one", fee("31"))
        new = plan("one", fee("62"), since=at("2026-01-11T00:00:00+01:00"))
        assert [line.amount_minor for line in bill(subscribed(old), [old, new])] == [1_000, 4_200]

    def test_add_ons_are_prorated_like_the_plan(self) -> None:
        extra = price("whatsapp", per_unit("31"), PriceKind.ADD_ON)
        offer = plan("one", extra)
        company = subscribed(offer, add_ons={"whatsapp": 2})
        company.change_add_ons(offer, {}, at=at("2026-01-11T00:00:00+01:00"))
        assert amounts(bill(company, [offer])) == {"whatsapp": 2_000}


def _instant(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat()
