"""What does a whole journey cost and emit, on which days, and when does it start?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from domain.kernel.emissions import CarbonFigure, CarbonMissing
from domain.kernel.money import Money
from domain.kernel.personal import Impersonal
from domain.kernel.text import Code, Title
from domain.kernel.value import Value
from domain.travel.exchange import ExchangeRate, Rates, euro_cents
from domain.travel.itinerary import Segment

# Forty segments at the highest price stay far inside.
TotalCents = Annotated[int, Field(ge=0)]
Grams = Annotated[int, Field(ge=0)]


class PlannedSegment(Value):
    """A segment of a trip, with its carbon figure or the reason why there is none."""

    segment_id: UUID
    details: Segment
    carbon: CarbonFigure | None
    carbon_missing: CarbonMissing | None = None
    rate: ExchangeRate | None = None

    @property
    def eur_cents(self) -> int:
        """The price in euro cents, at the rate it was converted by."""
        return euro_cents(self.details.price, self.rate)

    @property
    def carbon_grams(self) -> int:
        """Whole grams; 0 where the figure is missing."""
        return self.carbon.grams if self.carbon else 0


@dataclass(frozen=True)
class Departure:
    """When the journey starts, and by whose clock."""

    at: datetime
    time_zone: str


class DaySpend(Value):
    """What one local day of the traveller costs."""

    day: date
    eur_cents: TotalCents


class YearCarbon(Value):
    """What a journey emits in one calendar year."""

    year: int
    grams: Grams


class JourneyTotals(Value):
    """Cost and carbon of a journey as they were when it was submitted or booked.

    Its days are derived, not given: a local day may lie just outside the years a client may name.
    """

    departs_at: datetime
    starts_on: date
    ends_on: date
    spend_eur_cents: TotalCents
    spend_by_day: tuple[DaySpend, ...]
    carbon_kg: Decimal
    carbon_by_year: tuple[YearCarbon, ...]
    segments: int
    segments_without_carbon: int


# `journey` is what belongs to no single segment, or to none that is known any more.
CostType = Literal["flight", "hotel", "ground", "journey"]


class MonthShare(Value):
    """What one line costs and emits in one month of the traveller's calendar."""

    month: date
    eur_cents: TotalCents
    grams: Grams


class JourneyLine(Value):
    """What one segment costs and emits, for whoever adds journeys up later: supplier, route, rate."""

    segment_id: UUID
    cost_type: CostType
    mode: Code
    route: Annotated[str, StringConstraints(max_length=401), Impersonal()] | None
    supplier: Title | None
    price: Money
    rate: ExchangeRate | None
    shares: tuple[MonthShare, ...]


def departure_of(segments: Sequence[PlannedSegment]) -> Departure | None:
    """The first start among the segments; None for an empty journey."""
    if not segments:
        return None
    first = min((segment.details for segment in segments), key=lambda details: details.starts_at)
    return Departure(at=first.starts_at, time_zone=first.time_zone)


def span_in_days(segments: Sequence[PlannedSegment]) -> int:
    """From the first start to the last end."""
    starts = min(segment.details.starts_at for segment in segments)
    ends = max(segment.details.ends_at for segment in segments)
    return (ends - starts).days


def totals_of(segments: Sequence[PlannedSegment]) -> JourneyTotals:
    """Everything a budget or a report will ask for. The journey has at least one segment."""
    spend: Counter[date] = Counter()
    carbon: Counter[int] = Counter()
    for segment in segments:
        days = segment.details.days
        for day, cents in zip(days, shares(segment.eur_cents, len(days)), strict=True):
            spend[day] += cents
        for day, grams in zip(days, shares(segment.carbon_grams, len(days)), strict=True):
            carbon[day.year] += grams
    return JourneyTotals(
        departs_at=min(segment.details.starts_at for segment in segments),
        starts_on=min(spend),
        ends_on=max(spend),
        spend_eur_cents=spend.total(),
        spend_by_day=tuple(DaySpend(day=day, eur_cents=spend[day]) for day in sorted(spend)),
        carbon_kg=Decimal(carbon.total()).scaleb(-3),
        carbon_by_year=tuple(YearCarbon(year=year, grams=carbon[year]) for year in sorted(carbon)),
        segments=len(segments),
        segments_without_carbon=sum(segment.carbon is None for segment in segments),
    )


def spend_by_year(journey: JourneyTotals) -> Mapping[int, int]:
    """Euro cents by calendar year of the travel days."""
    cents = Counter[int]()
    for spend in journey.spend_by_day:
        cents[spend.day.year] += spend.eur_cents
    return cents


def lines_of(segments: Sequence[PlannedSegment]) -> tuple[JourneyLine, ...]:
    """One line per segment, its cost and carbon shared over the months of its days."""
    return tuple(_line(segment) for segment in segments)


def at_rates(segments: Sequence[PlannedSegment], rates: Rates) -> tuple[PlannedSegment, ...]:
    """The same segments, converted by these rates."""
    return tuple(
        segment.model_copy(update={"rate": rates[segment.details.price.currency]})
        if segment.details.price.currency in rates
        else segment
        for segment in segments
    )


def _line(segment: PlannedSegment) -> JourneyLine:
    details = segment.details
    cents, grams = Counter[date](), Counter[date]()
    for day, share in zip(details.days, shares(segment.eur_cents, len(details.days)), strict=True):
        cents[day.replace(day=1)] += share
    for day, share in zip(details.days, shares(segment.carbon_grams, len(details.days)), strict=True):
        grams[day.replace(day=1)] += share
    return JourneyLine(
        segment_id=segment.segment_id,
        cost_type=details.kind,
        mode=details.mode,
        route=details.route,
        supplier=details.supplier,
        price=details.price,
        rate=segment.rate,
        shares=tuple(
            MonthShare(month=month, eur_cents=cents[month], grams=grams[month]) for month in sorted(cents)
        ),
    )


def shares(amount: int, parts: int) -> list[int]:
    """`amount` in whole units over `parts`, the remainder on the first ones; the sum is exact."""
    share, remainder = divmod(amount, parts)
    return [share + (part < remainder) for part in range(parts)]
