"""By which figures do companies compare how they travel, and how coarsely are these told?"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from statistics import quantiles
from typing import Annotated

from pydantic import Field

from domain.kernel.value import Value

Count = Annotated[int, Field(ge=0, le=10**15)]
Weight = Annotated[int, Field(ge=1, le=10**15)]
Figure = Annotated[Decimal, Field(ge=-(10**12), le=10**15, max_digits=24, decimal_places=6)]
HeadCount = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


class PeerMetric(StrEnum):
    """What is compared, by quarter of travel."""

    SPEND_PER_EMPLOYEE = "spend_per_employee"
    CARBON_PER_TRIP = "carbon_per_trip"
    COMPLIANT_SHARE = "compliant_share"
    ADVANCE_DAYS = "advance_days"
    PREMIUM_SHARE = "premium_share"


UNITS = {
    PeerMetric.SPEND_PER_EMPLOYEE: "EUR",
    PeerMetric.CARBON_PER_TRIP: "kg",
    PeerMetric.COMPLIANT_SHARE: "%",
    PeerMetric.ADVANCE_DAYS: "days",
    PeerMetric.PREMIUM_SHARE: "%",
}
# Quartiles are told in whole steps of this size, so that no company's own figure can be read off them.
STEPS = {
    PeerMetric.SPEND_PER_EMPLOYEE: Decimal(50),
    PeerMetric.CARBON_PER_TRIP: Decimal(50),
    PeerMetric.COMPLIANT_SHARE: Decimal(5),
    PeerMetric.ADVANCE_DAYS: Decimal(2),
    PeerMetric.PREMIUM_SHARE: Decimal(5),
}


class QuarterFigures(Value):
    """What a company's journeys of one quarter add up to."""

    trips: Count
    spend_eur_cents: Count
    trips_with_carbon: Count
    carbon_g: Count
    judged_trips: Count
    compliant_trips: Count
    advance_days: int
    flights: Count
    premium_flights: Count


class PeerMeasure(Value):
    """One metric of one company: its figure, and how much of the whole the company stands for."""

    metric: PeerMetric
    figure: Figure
    weight: Weight


class Quartiles(Value):
    """Where a quarter, half and three quarters of the companies lie, in coarse steps."""

    lower: Figure
    median: Figure
    upper: Figure


def measures_of(figures: QuarterFigures, head_count: int) -> tuple[PeerMeasure, ...]:
    """The metrics the quarter has something to say about; the weight is what the figure is a share of,
    and for the spend the spend itself."""
    return tuple(
        PeerMeasure(metric=metric, figure=_micro(figure), weight=weight)
        for metric, figure, weight in _measures(figures, head_count)
        if weight
    )


def quartiles_of(metric: PeerMetric, figures: Sequence[Decimal]) -> Quartiles:
    """Quartiles by linear interpolation between the ranked figures, the ends included (type 7 of Hyndman
    and Fan), then rounded half to even to the metric's step."""
    lower, median, upper = (_coarse(metric, one) for one in quantiles(figures, n=4, method="inclusive"))
    return Quartiles(lower=lower, median=median, upper=upper)


def _measures(figures: QuarterFigures, head_count: int) -> Iterator[tuple[PeerMetric, Decimal, int]]:
    spend = figures.spend_eur_cents
    yield PeerMetric.SPEND_PER_EMPLOYEE, Decimal(spend).scaleb(-2) / head_count, spend
    carbon, with_carbon = Decimal(figures.carbon_g).scaleb(-3), figures.trips_with_carbon
    yield PeerMetric.CARBON_PER_TRIP, carbon / max(with_carbon, 1), with_carbon
    judged, compliant = figures.judged_trips, Decimal(100 * figures.compliant_trips)
    yield PeerMetric.COMPLIANT_SHARE, compliant / max(judged, 1), judged
    yield PeerMetric.ADVANCE_DAYS, Decimal(figures.advance_days) / max(figures.trips, 1), figures.trips
    flights, premium = figures.flights, Decimal(100 * figures.premium_flights)
    yield PeerMetric.PREMIUM_SHARE, premium / max(flights, 1), flights


def _micro(figure: Decimal) -> Decimal:
    return figure.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN)


def _coarse(metric: PeerMetric, figure: Decimal) -> Decimal:
    step = STEPS[metric]
    return (figure / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step
