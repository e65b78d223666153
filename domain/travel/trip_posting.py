"""Which lines does a booked journey enter into the carbon ledger? A segment's figure, month by month."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.kernel.emissions import EmissionLine, EmissionPart
from domain.kernel.ledger import LedgerEntry, Posting
from domain.travel.journey import PlannedSegment, shares

# The lines of each segment, in the scope and category where they belong.
SegmentLines = Mapping[UUID, Sequence[EmissionLine]]


def posting_of(number: int, segments: Sequence[PlannedSegment], lines: SegmentLines) -> Posting:
    """The lines of all segments; a stay over two months is a line in each."""
    entries = (
        entry
        for segment in segments
        for line in lines.get(segment.segment_id, ())
        for entry in _entries(segment, line)
    )
    return Posting(number=number, entries=tuple(entries))


def carbon_by_year(posting: Posting) -> Mapping[int, int]:
    """Grams by calendar year, as a budget counts them: without what lies upstream."""
    grams = Counter[int]()
    for entry in posting.entries:
        if entry.line.part is not EmissionPart.UPSTREAM:
            grams[entry.occurred_on.year] += int(entry.line.kg * 1000)
    return grams


def _entries(segment: PlannedSegment, line: EmissionLine) -> Iterator[LedgerEntry]:
    details = segment.details
    days = details.days
    grams, first, nights = Counter[date](), dict[date, date](), Counter[date]()
    for day, share in zip(days, shares(int(line.kg * 1000), len(days)), strict=True):
        month = day.replace(day=1)
        grams[month] += share
        nights[month] += 1
        first.setdefault(month, day)
    for month, day in first.items():
        yield LedgerEntry(
            occurred_on=day,
            mode=details.mode,
            line=line if len(first) == 1 else _part(line, nights[month], len(days), grams[month]),
            is_estimate=True,
            route=details.route,
            segment_id=segment.segment_id,
        )


def _part(line: EmissionLine, nights: int, of: int, grams: int) -> EmissionLine:
    """A stay's figure is the nights' figure: as many of them as fall into the month."""
    return line.model_copy(update={"quantity": line.quantity * nights / of, "kg": Decimal(grams).scaleb(-3)})
