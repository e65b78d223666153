"""Does any life a company can live come to what the independent oracle makes of its events? In memory, by chance."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.billing.meter import SHIPPED_METERS, is_additive
from domain.billing.price import BillingModel, PlanPrices, PriceKind, ProductLine, in_force
from domain.billing.rating import lines_of, month_to_rate
from domain.billing.shipped import SHIPPED
from domain.billing.subscription import Subscription
from domain.billing.terms import Terms
from domain.kernel.period import Period
from domain.kernel.refusals import Refusal
from tests.domain.billing.kit import DEBTOR, TENANT, amounts, fee, per_unit, price
from tests.oracle import billing as oracle

BEGIN = datetime(2025, 12, 31, 23, tzinfo=UTC)
QUARTER_S = 90 * 86_400
MONTHS = ("2026-01", "2026-02", "2026-03")
PLANS = [(one.line, one.plan) for one in SHIPPED if not one.on_quote]
METERS = ("sms", "emails", "api_calls", "active_users")
ADD_ONS: list[dict[str, int]] = [{}, {"whatsapp": 2}, {"whatsapp": 1, "trade_module": 3}]


class Life:
    """Takes plans, changes its mind, leaves and comes back, at moments and to plans drawn by chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.company = Subscription.new(TENANT)
        moments = sorted(chance.sample(range(QUARTER_S), chance.randrange(2, 14)))
        # Some things happen in the same instant.
        for at in (
            BEGIN + timedelta(seconds=one) for one in moments for _ in range(chance.choice((1, 1, 2)))
        ):
            try:
                self._act(at)
            except Refusal:
                continue
        self.uses = [self._use(number) for number in range(40)] if self.company.version else []

    def _act(self, at: datetime) -> None:
        company = self.company
        if not company.version:
            terms, offer = self._wanted(at)
            company.start(
                offer, terms, zone="Europe/Paris", debtor=DEBTOR, trial_days=self.chance.choice((0, 0, 9)),
                exceeds={}, at=at,
            )  # fmt: skip
            return
        if company.cancelled_at is not None and company.cancelled_at <= at:
            terms, offer = self._wanted(at)
            company.come_back(
                offer, terms, versions=SHIPPED, zone=None, debtor=DEBTOR, trial_days=0, exceeds={}, unpaid=(), at=at
            )  # fmt: skip
            return
        match self.chance.randrange(6):
            case 0 | 1:
                company.cancel(at=at)
            case 2:
                terms, offer = self._wanted(at, company.line)
                company.change_plan(offer, model=terms.model, seats=terms.seats, exceeds={}, at=at)
            case 3 if company.terms.model is BillingModel.SEATS:
                company.change_seats(self.chance.randrange(1, 30), at=at)
            case 4:
                company.change_add_ons(company.offer_at(SHIPPED, at), self.chance.choice(ADD_ONS), at=at)
            case _:
                sms = price("sms", per_unit("0.0417"), included=Decimal(33))
                offer = PlanPrices(
                    line=company.line, plan=company.terms.plan, title="Own", effective_from=at,
                    prices=(fee("77.77"), sms),
                )  # fmt: skip
                terms = Terms(plan=offer.plan, model=BillingModel.USAGE)
                months = self.chance.choice((None, None, 1))
                company.agree(offer, terms, quote_id=None, months=months, exceeds={}, at=at)

    def _wanted(self, at: datetime, line: ProductLine | None = None) -> tuple[Terms, PlanPrices]:
        chosen, plan = self.chance.choice([one for one in PLANS if line in (None, one[0])])
        offer = in_force(SHIPPED, chosen, plan, at)
        assert offer is not None
        by_seats = any(one.kind is PriceKind.SEAT for one in offer.prices) and self.chance.random() < 0.5
        if by_seats:
            return Terms(plan=plan, model=BillingModel.SEATS, seats=self.chance.randrange(1, 30)), offer
        return Terms(plan=plan, model=BillingModel.USAGE), offer

    def _use(self, number: int) -> dict[str, Any]:
        meter = self.chance.choice(METERS)
        return {
            "transaction_id": f"t{number}", "meter": meter, "corrects": None,
            "at": (BEGIN + timedelta(seconds=self.chance.randrange(QUARTER_S))).isoformat(),
            "quantity": "1" if meter == "active_users" else str(self.chance.randrange(0, 900_000)),
            "subject": f"person-{self.chance.randrange(4)}",
        }  # fmt: skip

    def told(self) -> list[dict[str, Any]]:
        """The log, as the oracle reads it."""
        events = self.company.collect_events()
        facts = [
            {"position": place, "topic": one.TOPIC, "at": one.occurred_at, **one.model_dump(mode="json")}
            for place, one in enumerate(events, start=1)
        ]
        used = {"position": len(facts) + 1, "topic": "usage.reported.v1", "at": BEGIN, "counted": self.uses}
        return [*facts, used]

    def figure(self, meter: str, periods: Sequence[Period]) -> Decimal:
        """What the uses come to."""
        there = [
            use
            for use in self.uses
            if use["meter"] == meter
            and any(period.contains(datetime.fromisoformat(use["at"])) for period in periods)
        ]
        if is_additive(SHIPPED_METERS, meter):
            return sum((Decimal(use["quantity"]) for use in there), Decimal(0))
        return Decimal(len({use["subject"] for use in there}))


@given(st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_l1_l12_every_month_of_any_life_agrees_with_the_oracle(seed: int) -> None:
    life = Life(Random(seed))
    facts = life.told()
    if not life.company.version:
        return
    judge = oracle.Company(facts, oracle.price_lists([]))
    for month in MONTHS:
        rated = month_to_rate(life.company, SHIPPED, month)
        lines = lines_of(rated, life.figure, lambda meter: is_additive(SHIPPED_METERS, meter), "EUR")
        assert amounts(lines) == judge.month(month, len(facts)), (seed, month)
