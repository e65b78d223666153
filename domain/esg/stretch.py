"""How is a stretch of days shared over its months? By days, and nothing is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

SMALLEST = Decimal("0.000001")


@dataclass(frozen=True)
class MonthPart:
    """What falls into one month: from which day on, how many days, and how much of the quantity."""

    first_day: date
    days: int
    quantity: Decimal


def by_month(start: date, end: date, quantity: Decimal) -> Iterator[MonthPart]:
    """The parts of `start <= day < end`; the last one takes what rounding leaves."""
    whole, left = (end - start).days, quantity
    day = start
    while day < end:
        following = min(_next_month(day), end)
        days = (following - day).days
        part = left if following == end else (quantity * days / whole).quantize(SMALLEST, rounding=ROUND_DOWN)
        yield MonthPart(day, days, part)
        left -= part
        day = following


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
