"""Is a month made good once, by the published schedule, whoever gives it back?"""

from decimal import Decimal
from uuid import UUID

import pytest

from domain.billing.invoice import InvoiceBook
from domain.billing.invoice_line import LineKind
from domain.billing.issued import CreditCause
from domain.billing.sla import Sla, SlaCreditGiven
from domain.billing.uptime import Uptime
from tests.domain.billing.kit import at, closed, fee, plan, subscribed

OFFER = plan("business", fee("8000"))
LATER = at("2026-02-03T00:00:00+01:00")
HOUR = 3_600_000_000
# Eight of 744 hours: below 99 %, a quarter of 8 000 euros.
BREACH = Uptime(whole_us=744 * HOUR, down_us=8 * HOUR, degraded_us=0, unknown_us=0, excused_us=0)
OWED = 200_000


class Months:
    """January billed; February to come."""

    def __init__(self) -> None:
        self.company = subscribed(OFFER)
        self.book = closed(self.company, [OFFER], InvoiceBook.new(UUID(int=1)), "2026-01")
        self.sla = Sla.new(UUID(int=2))

    def judge(self) -> None:
        (january,) = [one for one in self.book.invoices.values() if one.draft.month == "2026-01"]
        stays = self.company.stays
        self.sla.assess(january, BREACH, stays, promised=Decimal("0.999"), probed_until=1, own=None, at=LATER)

    def by_hand(self, net_minor: int, cause: CreditCause = CreditCause.SLA) -> None:
        january = self.book.of("2026-01")
        assert january is not None
        if cause is CreditCause.SLA:
            self.sla.require_owed(january, net_minor, self.book.invoices.values())
        note_id = UUID(int=len(january.credit_notes) + 10)
        self.book.credit(
            january.invoice_id, note_id, net_minor=net_minor, cause=cause, reason="A breach", at=LATER
        )

    def given(self) -> list[int]:
        """What February gives back of January by itself."""
        owed = self.sla.owed(self.book.invoices.values())
        closed(self.company, [OFFER], self.book, "2026-02", owed=owed)
        february = self.book.of("2026-02")
        assert february is not None
        assert self.sla.owed(self.book.invoices.values()) == []
        return [line.amount_minor for line in february.draft.lines if line.kind is LineKind.SLA_CREDIT]


@pytest.mark.parametrize(
    ("by_hand", "by_itself"),
    [([], [-OWED]), ([50_000], [-150_000]), ([120_000, 80_000], [])],
)
def test_l24_what_was_given_by_hand_counts_towards_the_schedule(
    by_hand: list[int], by_itself: list[int]
) -> None:
    months = Months()
    for net_minor in by_hand:
        months.by_hand(net_minor)
    months.judge()
    assert months.given() == by_itself


def test_l24_by_hand_nothing_is_given_twice_and_nothing_beyond_the_schedule() -> None:
    months = Months()
    with pytest.raises(SlaCreditGiven):
        months.by_hand(800_001)  # more than the month's whole fee
    months.judge()
    with pytest.raises(SlaCreditGiven):
        months.by_hand(OWED + 1)
    assert months.given() == [-OWED]
    with pytest.raises(SlaCreditGiven):
        months.by_hand(1)
    months.by_hand(1, CreditCause.GOODWILL)


def test_l24_a_breach_that_was_not_judged_yet_can_be_made_good_up_to_the_fee() -> None:
    months = Months()
    months.by_hand(800_000)
    months.judge()
    assert months.given() == []
