"""Does any life a company can live come to what the independent oracle makes of its log? In memory, by chance."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.billing.calendar import period_of
from domain.billing.drafting import drafts_of
from domain.billing.invoice import GRACE, InvoiceBook
from domain.billing.issued import parties_of
from domain.billing.meter import SHIPPED_METERS, is_additive
from domain.billing.party import NO_DETAILS, SHIPPED_SELLER
from domain.billing.price import BillingModel, PlanPrices, PriceKind, ProductLine, in_force
from domain.billing.shipped import SHIPPED
from domain.billing.subscription import Subscription
from domain.billing.terms import Terms
from domain.kernel.aggregate import Aggregate
from domain.kernel.period import Period
from domain.kernel.refusals import Refusal
from tests.domain.billing.kit import DEBTOR, TENANT, at, fee, per_unit, plan, price
from tests.kit.papers import AMERICAN, GERMAN
from tests.oracle import billing as oracle

ZONE = "Europe/Paris"
BEGIN = datetime(2025, 12, 31, 23, tzinfo=UTC)
# Four months and a day in each of which a month is billed, the clocks changed in the third.
CLOSINGS = [period_of(month, ZONE).end + GRACE for month in ("2026-01", "2026-02", "2026-03", "2026-04")]
LENGTH_S = (CLOSINGS[-1] - BEGIN) // timedelta(seconds=1) - 3_600
# A plan that charges for people from the second one on, and more from the middle of February.
PEOPLE = tuple(
    plan("people", fee("31"), price("active_users", per_unit(each), included=Decimal(1)), since=at(since))
    for each, since in (("4", "2020-01-01T00:00:00+01:00"), ("5", "2026-02-14T00:00:00+01:00"))
)
VERSIONS = (*SHIPPED, *PEOPLE)
PUBLISHED = [{"topic": "prices.published.v1", "plan_prices": one.model_dump(mode="json")} for one in PEOPLE]
# The plans of people come up oftener than others: what is no sum of its parts is what goes wrong first.
PLANS = [(one.line, one.plan) for one in (*VERSIONS, *PEOPLE) if not one.on_quote]
METERS = ("sms", "emails", "api_calls", "active_users")
ADD_ONS: list[dict[str, int]] = [{}, {"whatsapp": 2}, {"whatsapp": 1, "trade_module": 3}]


class Life:
    """Takes plans, changes its mind, leaves and comes back, at moments and to plans drawn by chance; and is billed."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.company, self.book = Subscription.new(TENANT), InvoiceBook.new(UUID(int=1))
        self.facts: list[dict[str, Any]] = []
        self.uses: list[dict[str, Any]] = []
        # With which month each document was billed.
        self.billed_with: dict[UUID, str] = {}
        moments = [
            BEGIN + timedelta(seconds=chance.randrange(LENGTH_S)) for _ in range(chance.randrange(2, 14))
        ]
        # Some things happen in the same instant, and some between the end of a month and its invoice.
        moments += chance.sample(moments, chance.randrange(2))
        moments += [
            one - timedelta(minutes=chance.randrange(60)) for one in CLOSINGS if chance.random() < 0.2
        ]
        for now in sorted([*moments, *CLOSINGS]):
            if now in CLOSINGS:
                self._report(now)
                self._close(now)
            else:
                try:
                    self._act(now)
                except Refusal:
                    continue
                self._log(self.company)

    def _log(self, changed: Aggregate) -> None:
        for one in changed.collect_events():
            told = one.model_dump(mode="json")
            self._tell(one.TOPIC, one.occurred_at, **told)

    def _tell(self, topic: str, at: datetime, **told: Any) -> None:
        self.facts.append({**told, "position": len(self.facts) + 1, "topic": topic, "at": at})

    def _act(self, at: datetime) -> None:
        company, debtor = self.company, self.chance.choice((DEBTOR, GERMAN, AMERICAN))
        if not company.version:
            terms, offer = self._wanted(at)
            company.start(
                offer, terms, zone=ZONE, debtor=debtor, trial_days=self.chance.choice((0, 0, 9)), exceeds={}, at=at
            )  # fmt: skip
            return
        if company.cancelled_at is not None and company.cancelled_at <= at:
            terms, offer = self._wanted(at)
            company.come_back(
                offer, terms, versions=VERSIONS, zone=None, debtor=debtor, trial_days=0, exceeds={}, unpaid=(), at=at
            )  # fmt: skip
            return
        match self.chance.randrange(7):
            case 0 | 1:
                company.cancel(at=at)
            case 2:
                terms, offer = self._wanted(at, company.line)
                company.change_plan(offer, model=terms.model, seats=terms.seats, exceeds={}, at=at)
            case 3 if company.terms.model is BillingModel.SEATS:
                company.change_seats(self.chance.randrange(1, 30), at=at)
            case 4:
                company.change_add_ons(company.offer_at(VERSIONS, at), self.chance.choice(ADD_ONS), at=at)
            case 5:
                company.change_debtor(debtor, at=at)
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
        offer = in_force(VERSIONS, chosen, plan, at)
        assert offer is not None
        by_seats = any(one.kind is PriceKind.SEAT for one in offer.prices) and self.chance.random() < 0.5
        if by_seats:
            return Terms(plan=plan, model=BillingModel.SEATS, seats=self.chance.randrange(1, 30)), offer
        return Terms(plan=plan, model=BillingModel.USAGE), offer

    def _report(self, now: datetime) -> None:
        """Uses of any time before; those of months that were billed are late."""
        uses = [self._use(number, now) for number in range(12)]
        self.uses += uses
        self._tell("usage.reported.v1", now, counted=uses)

    def _use(self, number: int, now: datetime) -> dict[str, Any]:
        meter = self.chance.choice(METERS)
        at = BEGIN + timedelta(seconds=self.chance.randrange((now - BEGIN) // timedelta(seconds=1)))
        return {
            "transaction_id": f"{now:%m}-{number}", "meter": meter, "corrects": None, "at": at.isoformat(),
            "quantity": "1" if meter == "active_users" else str(self.chance.randrange(0, 900_000)),
            "subject": f"person-{self.chance.randrange(4)}",
        }  # fmt: skip

    def _close(self, now: datetime) -> None:
        """What the scheduler does: every month that is over, but for those after the company has left."""
        company, book = self.company, self.book
        while company.version and now >= period_of(month := book.next_month(company), ZONE).end + GRACE:
            whole = period_of(month, ZONE)
            billed = sorted({one.draft.month for one in book.invoices.values()})
            if company.last_in(whole) is None and self.chance.random() < 0.5:
                return  # nobody asks; whoever closes it all the same gets what became known late
            book.require_next(month, company, at=now)
            drafts = drafts_of(
                company, VERSIONS, book, month, figure=self.figure, late_months=billed, cut=len(self.facts),
                is_additive=lambda meter: is_additive(SHIPPED_METERS, meter),
            )  # fmt: skip
            parties = parties_of(SHIPPED_SELLER, NO_DETAILS, issued_at=now, zone=ZONE)
            book.close(drafts.own, parties, corrections=drafts.corrections, at=now)
            self.billed_with |= {each: month for each in book.invoices if each not in self.billed_with}
            self._log(book)

    def figure(self, meter: str, periods: Sequence[Period]) -> Decimal:
        """What the uses reported until now come to."""
        there = [
            use
            for use in self.uses
            if use["meter"] == meter
            and any(period.contains(datetime.fromisoformat(use["at"])) for period in periods)
        ]
        if is_additive(SHIPPED_METERS, meter):
            return sum((Decimal(use["quantity"]) for use in there), Decimal(0))
        return Decimal(len({use["subject"] for use in there}))

    def documents(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What was billed, in the oracle's words."""
        found = {}
        for one in self.book.invoices.values():
            draft, sums = one.draft, dict[tuple[str, str], int]()
            for line in draft.lines:
                sums[line.month, line.code] = sums.get((line.month, line.code), 0) + line.amount_minor
            found[self.billed_with[one.invoice_id], draft.month] = {
                "sums": sums, "net": draft.net_minor, "tax": draft.tax.amount_minor, "total": draft.total_minor,
                "carried": max(0, one.carried_minor),
            }  # fmt: skip
        return found


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_l1_l6_l12_every_invoice_of_any_life_agrees_with_the_oracle(seed: int) -> None:
    life = Life(Random(seed))
    assert life.documents() == oracle.Company(life.facts, oracle.price_lists(PUBLISHED)).documents(), seed
