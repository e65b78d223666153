"""What does a month cost? The one function behind preview, estimate and invoice."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product

from domain.billing.calendar import days_of, period_of, share
from domain.billing.charge import cost
from domain.billing.invoice_line import InvoiceLine, LineKind
from domain.billing.price import BillingModel, PlanPrices, Price, PriceKind
from domain.billing.rounding import exactly, minor, spread
from domain.billing.stay import Stay
from domain.billing.subscription import Subscription
from domain.billing.terms import Terms
from domain.kernel.period import Period

# What a meter came to in stretches of time, all of them together.
Figure = Callable[[str, Sequence[Period]], Decimal]
# Do the figures of its parts add up to the figure of the whole?
IsAdditive = Callable[[str], bool]
SHOWN = Decimal("0.000001")


@dataclass(frozen=True)
class Segment:
    """A stretch of a month in which terms and prices stay the same."""

    period: Period
    terms: Terms
    plan: PlanPrices


@dataclass(frozen=True)
class Month:
    """A month to be rated: the whole of it, and the stretches that are paid for, stay by stay."""

    name: str
    whole: Period
    days: Sequence[Period]
    stays: Sequence[Sequence[Segment]]

    @property
    def segments(self) -> list[Segment]:
        """The stretches of every stay, in the order of time."""
        return [segment for stay in self.stays for segment in stay]

    def share(self, periods: Iterable[Period]) -> Fraction:
        """Which part of the month the periods are together."""
        return sum((share(one, self.whole) for one in periods), Fraction(0))


@dataclass(frozen=True)
class _Priced:
    """A price with the stretches in which it was in force, as one line will show it."""

    plan: PlanPrices
    price: Price
    units: int
    periods: tuple[Period, ...]


def month_to_rate(subscription: Subscription, versions: Sequence[PlanPrices], name: str) -> Month:
    """Cuts a month where terms or prices change; before, between and after the paid times there is nothing.

    A month in which a company left and came back is one month with two stays: each is paid by its part of the
    month, and the same price of the same plan is one line however often it began.
    """
    whole = period_of(name, subscription.zone)
    paid = [_segments(stay, versions, whole) for stay in subscription.stays]
    return Month(
        name=name,
        whole=whole,
        days=days_of(whole, subscription.zone),
        stays=[segments for segments in paid if segments],
    )


def lines_of(month: Month, figure: Figure, is_additive: IsAdditive, currency: str) -> list[InvoiceLine]:
    """Every line of the month, in the order of the plans' price lists."""
    return [
        *_prorated(month, PriceKind.RECURRING, currency),
        *_seat_lines(month, currency),
        *_prorated(month, PriceKind.ADD_ON, currency),
        *meter_lines(month, figure, is_additive, currency),
    ]


def meter_lines(month: Month, figure: Figure, is_additive: IsAdditive, currency: str) -> list[InvoiceLine]:
    """The lines that depend on usage: these alone may come out differently later."""
    lines = []
    for (_, code), group in _by_code(_priced(month, PriceKind.METER)).items():
        meter = group[0].price.meter or code
        if not is_additive(meter):
            # A count of distinct people is no sum of its parts: the whole, at the last price.
            everything = _all_stays_of(group, month)
            included = sum((_included(month, one) for one in group), Fraction(0))
            group = [_Priced(group[-1].plan, group[-1].price, 1, everything)]
            used = [exactly(figure(meter, _merged(everything)))]
            frees = [included]
        else:
            used = [exactly(figure(meter, one.periods)) for one in group]
            frees = [_included(month, one) for one in group]
        billable = [max(Fraction(0), one - free) for one, free in zip(used, frees, strict=True)]
        exact = [cost(one.price.charge, units) for one, units in zip(group, billable, strict=True)]
        amounts = spread(exact, currency)
        for one, units, free, amount in zip(group, used, frees, amounts, strict=True):
            lines += _bounded(month, one, units, free, amount, currency)
    return lines


def _segments(stay: Stay, versions: Sequence[PlanPrices], whole: Period) -> list[Segment]:
    paid = stay.paid_part(whole)
    if paid is None:
        return []
    changes = [one.since for one in stay.timeline]
    changes += [one.since for one in stay.deals]
    changes += [one.effective_from for one in versions]
    instants = sorted({paid.start, paid.end, *(at for at in changes if paid.start < at < paid.end)})
    return [
        _segment(stay, versions, Period(start=start, end=end))
        for start, end in zip(instants, instants[1:], strict=False)
    ]


def _segment(stay: Stay, versions: Sequence[PlanPrices], period: Period) -> Segment:
    terms = [one.terms for one in stay.timeline if one.since <= period.start][-1]
    plan = stay.offer_at(versions, period.start, terms.plan)
    if plan is None:
        raise LookupError(f"the plan {terms.plan} was sold and has no price")
    return Segment(period, terms, plan)


def _priced(month: Month, kind: PriceKind) -> list[_Priced]:
    """The prices of a kind in the order they came up; the same price again is the same line."""
    found: dict[tuple[str, str, str, int], _Priced] = {}
    for segment in month.segments:
        for price in segment.plan.charged(segment.terms.model):
            units = segment.terms.add_ons.get(price.code, 0) if kind is PriceKind.ADD_ON else 1
            if price.kind is not kind or units == 0:
                continue
            key = (segment.plan.line, segment.plan.plan, price.model_dump_json(), units)
            before = found[key].periods if key in found else ()
            found[key] = _Priced(segment.plan, price, units, _joined(before, segment.period))
    return list(found.values())


def _joined(periods: tuple[Period, ...], following: Period) -> tuple[Period, ...]:
    if periods and periods[-1].end == following.start:
        return (*periods[:-1], Period(start=periods[-1].start, end=following.end))
    return (*periods, following)


def _by_code(priced: Iterable[_Priced]) -> dict[tuple[str, str], list[_Priced]]:
    """What product lines charge under the same code is not the same thing."""
    groups: dict[tuple[str, str], list[_Priced]] = {}
    for one in priced:
        groups.setdefault((one.plan.line, one.price.code), []).append(one)
    return groups


def _prorated(month: Month, kind: PriceKind, currency: str) -> list[InvoiceLine]:
    lines = []
    for group in _by_code(_priced(month, kind)).values():
        exact = [cost(one.price.charge, Fraction(one.units)) * month.share(one.periods) for one in group]
        for one, amount in zip(group, spread(exact, currency), strict=True):
            lines += _bounded(month, one, Fraction(one.units), Fraction(0), amount, currency)
    return lines


def _seat_lines(month: Month, currency: str) -> list[InvoiceLine]:
    """A seat counts once for every local day on which it was there, however short; in every product line anew."""
    lines: dict[str, tuple[_Priced, int, Fraction]] = {}
    with_seats = [one for one in month.segments if one.terms.model is BillingModel.SEATS]
    for day, of_line in product(month.days, dict.fromkeys(one.plan.line for one in with_seats)):
        there = [
            one
            for one in with_seats
            if one.plan.line is of_line and one.period.start < day.end and day.start < one.period.end
        ]
        if not there:
            continue
        seats, last = max(one.terms.seats for one in there), there[-1]
        for price in last.plan.charged(BillingModel.SEATS):
            if price.kind is not PriceKind.SEAT:
                continue
            key = f"{of_line}:{last.plan.plan}:{price.model_dump_json()}"
            before = lines.get(key, (_Priced(last.plan, price, 1, ()), 0, Fraction(0)))
            periods = _joined(before[0].periods, day)
            per_day = cost(price.charge, Fraction(seats)) / len(month.days)
            lines[key] = (_Priced(last.plan, price, 1, periods), before[1] + seats, before[2] + per_day)
    amounts = spread([exact for _, _, exact in lines.values()], currency)
    return [
        line
        for (one, seat_days, _), amount in zip(lines.values(), amounts, strict=True)
        for line in _bounded(month, one, Fraction(seat_days), Fraction(0), amount, currency)
    ]


def _included(month: Month, one: _Priced) -> Fraction:
    """An allowance counts for the part of the month its price is in force, so that two never add up to more."""
    return exactly(one.price.included) * month.share(one.periods)


def _bounded(
    month: Month, one: _Priced, quantity: Fraction, included: Fraction, amount: int, currency: str
) -> list[InvoiceLine]:
    """Rounded first, then capped; what is missing to the minimum is a line of its own."""
    part = month.share(one.periods)
    cap = None if one.price.cap is None else minor(exactly(one.price.cap) * part, currency)
    least = 0 if one.price.minimum is None else minor(exactly(one.price.minimum) * part, currency)
    is_capped = cap is not None and amount > cap
    charged = cap if cap is not None and is_capped else amount
    line = InvoiceLine(
        kind=LineKind.CHARGE,
        month=month.name,
        plan=one.plan.plan,
        code=one.price.code,
        title=one.price.title,
        price=one.price,
        periods=one.periods,
        quantity=_shown(quantity),
        included=_shown(included),
        is_capped=is_capped,
        amount_minor=charged,
    )
    if charged >= least:
        return [line]
    missing = line.model_copy(
        update={
            "kind": LineKind.MINIMUM,
            "quantity": Decimal(1),
            "included": Decimal(0),
            "amount_minor": least - charged,
        }
    )
    return [line, missing]


def _all_stays_of(group: Sequence[_Priced], month: Month) -> tuple[Period, ...]:
    """Every stretch of the stays in which something is charged: nobody counts who came while the company was away,
    and whoever came in two stays counts once."""
    charged = [period for one in group for period in one.periods]
    return tuple(
        segment.period
        for stay in month.stays
        if any(one.start < stay[-1].period.end and stay[0].period.start < one.end for one in charged)
        for segment in stay
    )


def _merged(periods: Sequence[Period]) -> tuple[Period, ...]:
    merged: tuple[Period, ...] = ()
    for period in periods:
        merged = _joined(merged, period)
    return merged


def _shown(value: Fraction) -> Decimal:
    """At most six digits after the point, for people; amounts are computed from the fraction."""
    with localcontext(prec=60):
        shown = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(SHOWN)
        return Decimal(f"{shown:f}".rstrip("0").rstrip("."))
