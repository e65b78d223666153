"""How does a month become an invoice? The same way for the preview and for the invoice itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.billing.calendar import period_of
from domain.billing.draft import Draft
from domain.billing.invoice import InvoiceBook
from domain.billing.invoice_line import InvoiceLine, LineKind
from domain.billing.price import PlanPrices
from domain.billing.rating import Figure, IsAdditive, lines_of, meter_lines, month_to_rate
from domain.billing.subscription import Subscription
from domain.billing.tax import Tax, tax_on

USUAL_CURRENCY = "EUR"


class Drafts(NamedTuple):
    """A month as it would be billed, and corrections that need a document of their own.

    A correction bears the VAT of the invoice it corrects, whatever became of the debtor since. Where that is the
    VAT of the new invoice too, it is a line of it. Where it is not, the line would stand beside others under a
    buyer it was not billed to: EN 16931 lets no line outside the scope of VAT stand beside one inside (BR-O-11),
    and reverse charge needs the number the buyer had then (BR-AE-02). So the corrected month gets a document of its
    own, in the name, VAT and currency of its invoice, which it refers to (BG-3).
    """

    own: Draft
    corrections: tuple[Draft, ...]


def drafts_of(
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
) -> Drafts:
    """The lines of the month, of earlier ones what has become known since, and what we owe for breaches."""
    rated = month_to_rate(subscription, versions, month)
    currency = rated.segments[0].plan.currency if rated.segments else (book.currency() or USUAL_CURRENCY)
    known_later: list[InvoiceLine] = []
    for late in late_months:
        billed = book.of(late)
        if billed is not None:
            again = month_to_rate(subscription, versions, late)
            known_now = meter_lines(again, figure, is_additive, billed.draft.currency)
            known_later += _corrections(known_now, book.billed(late))
    known_later += owed
    period = period_of(month, subscription.zone)
    debtor = subscription.debtor_of(period)
    usual = tax_on(0, debtor)
    lines, apart = lines_of(rated, figure, is_additive, currency), dict[str, list[InvoiceLine]]()
    for line in known_later:
        before = book.of(line.month)
        alike = before is None or (before.draft.tax.is_like(usual) and before.draft.currency == currency)
        (lines if alike else apart.setdefault(line.month, [])).append(line)
    own = Draft(
        month=month,
        period=period,
        cut=cut,
        currency=currency,
        debtor=debtor,
        **_sums(lines, usual),
    )
    corrected = {name: book.of(name) for name in sorted(apart)}
    return Drafts(
        own,
        tuple(
            billed.draft.model_copy(update={"cut": cut, **_sums(apart[name], billed.draft.tax)})
            for name, billed in corrected.items()
            if billed is not None
        ),
    )


def _sums(lines: Sequence[InvoiceLine], like: Tax) -> dict[str, Any]:
    net_minor = sum(line.amount_minor for line in lines)
    tax = like.on(net_minor)
    return {
        "lines": tuple(lines),
        "net_minor": net_minor,
        "tax": tax,
        "total_minor": net_minor + tax.amount_minor,
    }


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
