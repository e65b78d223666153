"""How far is what a journey cost from what it was booked for?"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from domain.kernel.value import Value
from domain.travel.journey import CostType, JourneyLine

ExpenseCategory = Literal["flight", "hotel", "ground", "meals", "fees", "other"]
# What was booked without its segments being listed is a `journey`.
LineCategory = CostType | ExpenseCategory
Share = Annotated[Decimal, Field(max_digits=20)]


class Spent(Value):
    """What was spent on one segment, or on one category beside the segments."""

    category: ExpenseCategory
    segment_id: UUID | None
    eur_cents: int


class ReconciledLine(Value):
    """Estimate and actual of one segment, or of a category beside the segments.

    `difference_percent` is null where nothing was estimated; `is_missing`: estimated, and nothing reported.
    """

    segment_id: UUID | None
    category: LineCategory
    estimate_eur_cents: int
    reported_eur_cents: int
    difference_eur_cents: int
    difference_percent: Share | None
    is_missing: bool


class Reconciliation(Value):
    """A journey's estimate beside what was reported, in all and line by line; never added together."""

    estimate_eur_cents: int
    reported_eur_cents: int
    difference_eur_cents: int
    difference_percent: Share | None
    lines: tuple[ReconciledLine, ...]
    missing: int

    @classmethod
    def of(cls, estimate: Sequence[JourneyLine], spent: Sequence[Spent]) -> Self:
        """Sets what was spent beside the booking: by segment where one was named, else by category."""
        lines = tuple(_lines(estimate, spent))
        booked = sum(line.estimate_eur_cents for line in lines)
        reported = sum(line.reported_eur_cents for line in lines)
        return cls(
            estimate_eur_cents=booked,
            reported_eur_cents=reported,
            difference_eur_cents=reported - booked,
            difference_percent=_percent(reported - booked, booked),
            lines=lines,
            missing=sum(line.is_missing for line in lines),
        )


def _lines(estimate: Sequence[JourneyLine], spent: Sequence[Spent]) -> Iterator[ReconciledLine]:
    booked = {line.segment_id for line in estimate}
    for line in estimate:
        own = [one.eur_cents for one in spent if one.segment_id == line.segment_id]
        cents = sum(share.eur_cents for share in line.shares)
        yield _line(line.segment_id, line.cost_type, cents, sum(own), is_missing=not own)
    beside = [one for one in spent if one.segment_id not in booked]
    for category in sorted({one.category for one in beside}):
        cents = sum(one.eur_cents for one in beside if one.category == category)
        yield _line(None, category, 0, cents, is_missing=False)


def _line(
    segment_id: UUID | None, category: LineCategory, estimate: int, reported: int, *, is_missing: bool
) -> ReconciledLine:
    return ReconciledLine(
        segment_id=segment_id,
        category=category,
        estimate_eur_cents=estimate,
        reported_eur_cents=reported,
        difference_eur_cents=reported - estimate,
        difference_percent=_percent(reported - estimate, estimate),
        is_missing=is_missing,
    )


def _percent(difference: int, estimate: int) -> Decimal | None:
    """Of the estimate, to a tenth, half to even."""
    if estimate == 0:
        return None
    return (Decimal(100 * difference) / estimate).quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
