"""Is what went back owed by nobody, in whatever order it is told, and does the ledger agree?"""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from domain.billing.dunning import DunningAct, SubscriptionSuspended
from domain.billing.invoice import InvoiceBook
from domain.billing.issued import CreditCause
from domain.billing.ledger import entries_of
from domain.billing.payments import DisputeOutcome, PaymentMethod, RefundCause
from tests.domain.billing.kit import closed, fee, plan, subscribed

AT = datetime(2026, 2, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TOTAL, DISPUTED = 17_880, 10_000


def billed() -> InvoiceBook:
    """January at 149.00 and its tax."""
    offer = plan("pro", fee("149"))
    company = subscribed(offer)
    return closed(company, [offer], InvoiceBook.new(company.id), "2026-01")


def tell(book: InvoiceBook, *told: str) -> InvoiceBook:
    """Lets it happen, in this order."""
    (invoice_id,) = book.invoices
    for number, name in enumerate(told):
        at = AT + number * DAY
        kind, _, amount = name.partition(":")
        if kind == "pay":
            book.pay(
                invoice_id, invoice_id, amount_minor=int(amount), method=PaymentMethod.CARD,
                received_on=at.date(), reference="in_1", at=at,
            )  # fmt: skip
        elif kind == "refund":
            book.refund(
                invoice_id, f"re_{amount}", cause=RefundCause.REFUND, amount_minor=int(amount),
                refunded_on=at.date(), at=at,
            )  # fmt: skip
        elif kind == "refund_fails":
            book.fail_refund(invoice_id, f"re_{amount}", at=at)
        elif kind == "credit":
            book.credit(
                invoice_id, book.id, net_minor=int(amount), cause=CreditCause.GOODWILL, reason="A bad day",
                at=at,
            )  # fmt: skip
        else:
            outcome = None if kind == "dispute" else DisputeOutcome(kind)
            book.dispute(
                invoice_id, "du_1", amount_minor=DISPUTED, reason="fraudulent", disputed_on=date(2026, 2, 9),
                outcome=outcome, at=at,
            )  # fmt: skip
    return book


def balances(book: InvoiceBook) -> tuple[int, int]:
    """What is left by the invoice, and by the ledger."""
    (invoice,) = book.invoices.values()
    return invoice.balance_minor, [one.balance_minor for one in entries_of(book, "Europe/Paris")][-1]


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (("pay:17880", "refund:17880"), 0),
        (("pay:17880", "refund:5000", "refund:5000"), 0),  # the same one, twice
        (("pay:17880", "refund:5000", "refund:6000"), 0),
        (("pay:17880", "credit:5000"), -6_000),
        (("pay:17880", "credit:5000", "refund:6000"), 0),
        (("pay:17880", "credit:5000", "refund:7000"), 0),
        (("pay:17880", "refund:6000", "credit:5000"), 0),
        (("pay:17880", "refund:6000", "refund_fails:6000"), 0),
        (("pay:17880", "refund:6000", "credit:5000", "refund_fails:6000"), -6_000),
        (("refund_fails:6000", "pay:17880"), 0),  # nobody knew of it
        (("pay:10000", "refund:5000"), 7_880),
        (("pay:10000", "refund:6000", "credit:5000"), 7_880),
        (("credit:5000", "pay:11880", "refund:3000"), 0),
        (("pay:17880", "refund:99999"), 0),  # the rest of it was for something else
        (("pay:17880", "dispute"), 0),
        (("pay:17880", "dispute", "won", "dispute"), 0),
        (("pay:17880", "lost", "dispute", "lost"), 0),
        (("pay:17880", "lost", "won"), 0),  # on appeal
        # What failed had used the credit note up; the next one needs it, and no waiver.
        (("pay:17880", "credit:5000", "refund:6000", "refund:4000", "refund_fails:6000"), -2_000),
    ],
)
def test_what_went_back_is_owed_by_nobody_and_the_ledger_agrees(told: tuple[str, ...], left: int) -> None:
    book = tell(billed(), *told)
    assert balances(book) == (left, left)


def test_l29_the_order_of_the_notices_changes_nothing() -> None:
    for told in permutations(("pay:17880", "refund:5000", "lost")):
        book = tell(billed(), *told)
        assert balances(book) == (0, 0)
        (invoice,) = book.invoices.values()
        assert sorted((one.reference, one.amount_minor) for one in invoice.refunds) == [
            ("du_1", DISPUTED),
            ("re_5000", 5_000),
        ]


def test_l29_it_makes_no_difference_when_a_refund_is_known_to_have_failed() -> None:
    """Nobody is owed more than the credit notes that were not paid out, whichever refund came first."""
    others = ("credit:5000", "refund:6000", "refund:4000", "lost")
    for told in (each for several in (2, 3, 4) for each in permutations(others, several)):
        if "refund:6000" in told:
            (invoice,) = (book := tell(billed(), "pay:17880", *told, "refund_fails:6000")).invoices.values()
            owed = min(0, invoice.refunded_minor - invoice.credited_minor)
            assert balances(book) == (owed, owed), told


@pytest.mark.parametrize(
    ("told", "gone"),
    [
        # The next attempt was told of before the failure of the first.
        (("pay:17880", "refund:17880", "refund:17000", "refund_fails:17880"), {"re_17000": 17_000}),
        (("pay:17880", "lost", "won", "lost"), {"du_1": DISPUTED}),
    ],
)
def test_l29_what_is_gone_in_the_end_is_told(told: tuple[str, ...], gone: dict[str, int]) -> None:
    book = tell(billed(), *told)
    (invoice,) = book.invoices.values()
    assert {one.reference: one.amount_minor for one in invoice.refunds if one.failed_at is None} == gone
    assert balances(book) == (0, 0)


def test_what_went_back_is_dated_in_the_ledger_with_what_is_waived() -> None:
    book = tell(billed(), "pay:17880", "refund:6000", "credit:2500", "refund_fails:6000")
    told = [(one.kind, one.total_minor, one.about) for one in entries_of(book, "Europe/Paris")]
    assert told == [
        ("invoice", TOTAL, None),
        ("payment", -TOTAL, "in_1"),
        ("refund", 6_000, "re_6000"),
        ("waiver", -6_000, None),
        ("credit_note", -3_000, "A bad day"),
        ("waiver", 3_000, None),
        ("refund_failed", -6_000, "re_6000"),
        ("waiver", 3_000, None),
    ]


class TestADispute:
    """While a bank decides, no step is taken; afterwards as many days are left as before."""

    def test_holds_the_dunning_up_and_gives_its_days_back(self) -> None:
        offer = plan("pro", fee("149"))
        company = subscribed(offer)
        company.note_failed_payment(company.id, reason="overdue", at=AT)
        company.dun(at=AT + 8 * DAY)
        assert company.dunning is not None
        taken = company.dunning.taken
        for _ in range(2):
            company.hold_dunning(True, at=AT + 9 * DAY)
        company.dun(at=AT + 60 * DAY)
        assert (company.dunning.taken, company.dunning.due(AT + 60 * DAY)) == (taken, ())
        for _ in range(2):
            company.hold_dunning(False, at=AT + 69 * DAY)
        company.dun(at=AT + 69 * DAY)
        assert company.dunning.taken == taken
        # Attempt and notice were due on day 14, the suspension on day 21; sixty days were lost meanwhile.
        assert [(step.act, (step.due_at - AT).days) for step in company.dunning.ahead] == [
            (DunningAct.ATTEMPT, 74), (DunningAct.NOTICE, 74), (DunningAct.SUSPENSION, 81),
        ]  # fmt: skip
        company.dun(at=AT + 81 * DAY)
        last: Any = company.collect_events()[-1]
        assert isinstance(last, SubscriptionSuspended)
        company.note_payment(company.id, at=AT + 82 * DAY)
        assert company.dunning is None
        company.hold_dunning(True, at=AT + 83 * DAY)
        assert company.dunning is None
