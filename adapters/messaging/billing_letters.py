"""What does a letter about use or unpaid invoices say, in its reader's language?"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from adapters.messaging.language import Catalogue
from adapters.messaging.letters import Content
from domain.billing.dunning import (
    DunningAct,
    SubscriptionDunned,
    SubscriptionReactivated,
    SubscriptionSuspended,
)
from domain.billing.issued import Invoice
from domain.billing.meter_limits import MeterAlertRaised, MeterCapReached
from domain.billing.payments import Dispute

UsageNotice = MeterAlertRaised | MeterCapReached
Dunned = SubscriptionDunned | SubscriptionSuspended | SubscriptionReactivated


def usage_notice(words: Catalogue, event: UsageNotice, *, title: str) -> Content:
    """A meter came to an alert or to its cap."""
    month = _month(words, event.month)
    kind = "alert" if isinstance(event, MeterAlertRaised) else "cap"
    amount = event.threshold if isinstance(event, MeterAlertRaised) else event.cap
    facts = [
        (words.say("usage_notice.meter"), title),
        (words.say("usage_notice.month"), month),
        (words.say("usage_notice.counted"), words.number(_plain(event.counted))),
        (words.say(f"usage_notice.{kind}_at"), words.number(_plain(amount))),
    ]
    return Content(
        subject=words.say(f"usage_notice.subject_{kind}", meter=title, month=month),
        paragraphs=[words.say(f"usage_notice.lead_{kind}", meter=title, month=month)],
        facts=facts,
        closing=words.say(f"usage_notice.closing_{kind}"),
    )


def dunning_letter(
    words: Catalogue, event: Dunned, invoices: Sequence[Invoice], *, suspended_on: date | None
) -> Content:
    """Money is missing, or came."""
    facts = [
        (
            words.say("dunning_letter.invoice", number=one.number or one.draft.month),
            _money(words, one.balance_minor, one.draft.currency),
        )
        for one in invoices
    ]
    if isinstance(event, SubscriptionReactivated):
        name = "reactivated"
    elif isinstance(event, SubscriptionSuspended):
        name = "suspended"
    else:
        name = "first" if event.step.act is DunningAct.NOTICE and event.step.number == 1 else "again"
    paragraphs = [words.say(f"dunning_letter.lead_{name}")]
    if suspended_on is not None and name in ("first", "again"):
        paragraphs.append(words.say("dunning_letter.until", date=words.day(suspended_on)))
    return Content(
        subject=words.say(f"dunning_letter.subject_{name}"),
        paragraphs=paragraphs,
        facts=facts,
        closing=words.say("dunning_letter.closing" if facts else "dunning_letter.thanks"),
    )


def dispute_letter(words: Catalogue, company: str, invoice: Invoice, dispute: Dispute) -> Content:
    """A company's bank is to take a payment back, or has decided."""
    ended = "opened" if dispute.outcome is None else dispute.outcome.value
    number = invoice.number or invoice.draft.month
    return Content(
        subject=words.say(f"dispute_letter.subject_{ended}", number=number),
        paragraphs=[words.say(f"dispute_letter.lead_{ended}", company=company, number=number)],
        facts=[
            (words.say("dispute_letter.amount"), _money(words, dispute.amount_minor, invoice.draft.currency)),
            (words.say("dispute_letter.since"), words.day(dispute.disputed_on)),
            (words.say("dispute_letter.reason"), dispute.reason),
            (words.say("dispute_letter.reference"), dispute.reference),
        ],
        closing=words.say(f"dispute_letter.closing_{ended}"),
    )


def _month(words: Catalogue, month: str) -> str:
    year, number = month.split("-")
    return words.say("usage_notice.month_name", month=words.words["months"][int(number) - 1], year=year)


def _money(words: Catalogue, minor: int, currency: str) -> str:
    if currency == "EUR":
        return words.euros(minor)
    return f"{words.number(Decimal(minor).scaleb(-2))} {currency}"


def _plain(amount: Decimal) -> Decimal:
    return Decimal(f"{amount.normalize():f}")
