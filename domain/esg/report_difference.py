"""Why did this number change? The difference between two cuts of a ledger, by cause, to the gram."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from heapq import merge
from itertools import groupby
from typing import Literal

from domain.esg.report_content import Amount, Said
from domain.esg.reporting_line import ReportLine
from domain.kernel.text import Code, Title

Cause = Literal["late_entry", "correction", "factor_set", "method"]
CAUSES: tuple[Cause, ...] = ("late_entry", "correction", "factor_set", "method")


class Change(Amount):
    """What one cause made of one thing that was measured; `positions` are the events to open."""

    cause: Code
    subject: Title
    line_before: Title | None
    line_after: Title | None
    positions_before: tuple[int, ...]
    positions_after: tuple[int, ...]


class CauseRow(Amount):
    """What one cause comes to."""

    cause: Code
    lines: int


class Difference(Said):
    """From one cut to another: before + the sum of the causes = after, exactly."""

    before: Amount
    after: Amount
    causes: tuple[CauseRow, ...]
    changes: tuple[Change, ...]


def difference(before: Iterable[ReportLine], after: Iterable[ReportLine]) -> Difference:
    """Compares two cuts, each by day and then by line, as the ledger reads them. A line that stands in both says
    nothing and is forgotten at once: what is kept is what differs, however many lines there are."""
    sides = _Side(), _Side()
    tagged = merge(((line, 0) for line in before), ((line, 1) for line in after), key=_place)
    for _, found in groupby(tagged, key=_place):
        several = list(found)
        for line, side in several:
            sides[side].add(line, keep=len(several) == 1)
    olds, news = sides[0].lines, sides[1].lines
    changes = [
        change
        for subject in sorted(olds.keys() | news.keys())
        for change in _changes(subject, olds.get(subject, []), news.get(subject, []))
    ]
    causes = []
    for cause in CAUSES:
        mine = [change for change in changes if change.cause == cause]
        causes.append(CauseRow(cause=cause, lines=len(mine), **_sum(mine).model_dump()))
    return Difference(
        before=sides[0].total, after=sides[1].total, causes=tuple(causes), changes=tuple(changes)
    )


class _Side:
    """One cut: its sum, and the lines that only it has, by subject."""

    def __init__(self) -> None:
        self.lines: dict[str, list[ReportLine]] = defaultdict(list)
        self._location_g = self._market_g = 0

    def add(self, line: ReportLine, *, keep: bool) -> None:
        """One line."""
        self._location_g += line.location_g
        self._market_g += line.market_g
        if keep:
            self.lines[line.subject].append(line)

    @property
    def total(self) -> Amount:
        """All lines, kept or not."""
        return Amount(location_g=self._location_g, market_g=self._market_g)


def _place(tagged: tuple[ReportLine, int]) -> tuple[date, str]:
    return tagged[0].occurred_on, tagged[0].line_id


def _sum(amounts: Iterable[Amount | ReportLine]) -> Amount:
    location = market = 0
    for each in amounts:
        location += each.location_g
        market += each.market_g
    return Amount(location_g=location, market_g=market)


def _changes(subject: str, olds: list[ReportLine], news: list[ReportLine]) -> Iterator[Change]:
    if not olds:
        yield from (_change("late_entry", subject, None, line, _sum([line])) for line in news)
        return
    if len(olds) != 1 or len(news) != 1:
        # Nothing tells which became which: the whole is one correction, to the gram all the same.
        total = _less(_sum(news), _sum(olds))
        yield _change("correction", subject, olds[0], news[0] if news else None, total, olds, news)
        return
    yield from _of_one(subject, olds[0], news[0])


def _of_one(subject: str, old: ReportLine, new: ReportLine) -> Iterator[Change]:
    """What the other factor makes of the new quantity, and the rest, which is the quantity's."""
    whole = _less(_sum([new]), _sum([old]))
    cause: Cause | None = None
    if old.method != new.method:
        cause = "method"
    elif (old.factor, old.market_factor) != (new.factor, new.market_factor):
        cause = "factor_set"
    if cause is None:
        if whole != Amount():
            yield _change("correction", subject, old, new, whole)
        return
    by_factor = whole if old.quantity == new.quantity else _by_factor(old, new)
    yield _change(cause, subject, old, new, by_factor)
    rest = _less(whole, by_factor)
    if rest != Amount():
        yield _change("correction", subject, old, new, rest)


def _by_factor(old: ReportLine, new: ReportLine) -> Amount:
    if not old.quantity or old.unit != new.unit:
        return _less(_sum([new]), _sum([old]))
    share = new.quantity / old.quantity
    return Amount(
        location_g=new.location_g - _grams(old.location_g * share),
        market_g=new.market_g - _grams(old.market_g * share),
    )


def _grams(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _less(one: Amount, other: Amount) -> Amount:
    return Amount(location_g=one.location_g - other.location_g, market_g=one.market_g - other.market_g)


def _change(
    cause: Cause,
    subject: str,
    old: ReportLine | None,
    new: ReportLine | None,
    amount: Amount,
    olds: list[ReportLine] | None = None,
    news: list[ReportLine] | None = None,
) -> Change:
    return Change(
        cause=cause,
        subject=subject,
        line_before=None if old is None else old.line_id,
        line_after=None if new is None else new.line_id,
        positions_before=_positions(olds or ([old] if old else [])),
        positions_after=_positions(news or ([new] if new else [])),
        **amount.model_dump(),
    )


def _positions(lines: Iterable[ReportLine]) -> tuple[int, ...]:
    return tuple(sorted({position for line in lines for position in line.positions}))
