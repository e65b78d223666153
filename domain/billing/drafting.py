"""How does a month become an invoice? The same way for the preview and for the invoice itself."""

from collections.abc import Sequence

from domain.billing.calendar import period_of
from domain.billing.draft import Draft
from domain.billing.invoice import InvoiceBook
from domain.billing.invoice_line import InvoiceLine, LineKind
from domain.billing.price import PlanPrices
from domain.billing.rating import Figure, IsAdditive, lines_of, meter_lines, month_to_rate
from domain.billing.subscription import Subscription
from domain.billing.tax import tax_on

USUAL_CURRENCY = "EUR"


def draft_of(
    subscription: Subscription,
    versions: Sequence[PlanPrices],
    book: InvoiceBook,
    month: str,
    *,
    figure: Figure,
    is_additive: IsAdditive,
    late_months: Sequence[str],
    owed: Sequence[InvoiceLine] = (),
    cut: int,
) -> Draft:
    """The lines of the month, of earlier ones what has become known since, and what we owe for breaches."""
    rated = month_to_rate(subscription, versions, month)
    currency = rated.segments[0].plan.currency if rated.segments else (book.currency() or USUAL_CURRENCY)
    lines = lines_of(rated, figure, is_additive, currency)
    for late in late_months:
        if book.of(late) is not None:
            again = month_to_rate(subscription, versions, late)
            known_now = meter_lines(again, figure, is_additive, currency)
            lines += _corrections(known_now, book.billed(late))
    lines += owed
    net_minor = sum(line.amount_minor for line in lines)
    period = period_of(month, subscription.zone)
    debtor = subscription.debtor_of(period)
    tax = tax_on(net_minor, debtor)
    return Draft(
        month=month,
        period=period,
        cut=cut,
        currency=currency,
        debtor=debtor,
        lines=tuple(lines),
        net_minor=net_minor,
        tax=tax,
        total_minor=net_minor + tax.amount_minor,
    )


def _corrections(known_now: Sequence[InvoiceLine], billed: dict[str, int]) -> list[InvoiceLine]:
    """A line for each price of a billed month that would come to something else today."""
    totals: dict[str, int] = {}
    for line in known_now:
        totals[line.code] = totals.get(line.code, 0) + line.amount_minor
    last = {line.code: line for line in known_now if line.kind is LineKind.CHARGE}
    return [
        last[code].model_copy(
            update={"kind": LineKind.CORRECTION, "amount_minor": total - billed.get(code, 0)}
        )
        for code, total in totals.items()
        if total != billed.get(code, 0)
    ]
