"""How long did the service answer? From probes, incidents and maintenance, to the microsecond."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from fractions import Fraction

from pydantic import BaseModel, ConfigDict

from domain.kernel.period import Period
from domain.kernel.value import Value

# A probe speaks for the time until the next one, for so long at most; beyond, nobody knows.
SPEAKS_FOR = timedelta(minutes=2)
ANNOUNCED_BEFORE = timedelta(days=5)
MOST_MAINTENANCE = timedelta(hours=4)
# Below so much of the month, so many percent of its fee; the worst that is met counts.
TIERS: tuple[tuple[Fraction, int], ...] = (
    (Fraction(95, 100), 100),
    (Fraction(99, 100), 25),
    (Fraction(1), 10),
)
MICROSECOND = timedelta(microseconds=1)


class Health(StrEnum):
    """What a probe found, or an incident says. Slow is not gone: only `down` counts against us."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


class Probe(BaseModel):
    """One look at the service from outside."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    health: Health


class Disruption(BaseModel):
    """A time people say the service was not as it should be."""

    model_config = ConfigDict(frozen=True)

    period: Period
    health: Health


class Maintenance(BaseModel):
    """A time announced beforehand."""

    model_config = ConfigDict(frozen=True)

    period: Period
    announced_at: datetime

    @property
    def is_in_time(self) -> bool:
        """Was it announced early enough to be no outage?"""
        return self.announced_at <= self.period.start - ANNOUNCED_BEFORE


class Uptime(Value):
    """A period taken apart. What nobody knows and what was slow is told, and counts as up."""

    whole_us: int
    down_us: int
    degraded_us: int
    unknown_us: int
    excused_us: int

    @property
    def share(self) -> Fraction:
        """The part of the time in which it answered."""
        return 1 - Fraction(self.down_us, self.whole_us)

    @property
    def percent(self) -> Decimal:
        """The same for people, never rounded up."""
        exact = Decimal(self.share.numerator) * 100 / Decimal(self.share.denominator)
        return exact.quantize(Decimal("0.0001"), ROUND_FLOOR)


def uptime_of(
    period: Period,
    probes: Iterable[Probe],
    disruptions: Iterable[Disruption],
    maintenance: Iterable[Maintenance],
) -> Uptime:
    """The period, second by second: what was down and not excused, what was slow, what nobody saw."""
    known, down, degraded = [], [], []
    looked = sorted(probes, key=lambda probe: probe.at)
    for number, probe in enumerate(looked):
        until = probe.at + SPEAKS_FOR
        if number + 1 < len(looked):
            until = min(until, looked[number + 1].at)
        if until > probe.at:
            span = Period(start=probe.at, end=until)
            known.append(span)
            if probe.health is Health.DOWN:
                down.append(span)
            elif probe.health is Health.DEGRADED:
                degraded.append(span)
    for one in disruptions:
        (down if one.health is Health.DOWN else degraded).append(one.period)
        known.append(one.period)
    excused = _excused(period, maintenance)
    gone = without(merged(down, period), excused)
    slow = without(without(merged(degraded, period), gone), excused)
    return Uptime(
        whole_us=_length([period]),
        down_us=_length(gone),
        degraded_us=_length(slow),
        unknown_us=_length(without([period], merged(known, period))),
        excused_us=_length(excused),
    )


def credit_percent(uptime: Uptime, promised: Decimal) -> int:
    """How many percent of the month's fee a breach gives back; exactly what was promised is none."""
    if uptime.share >= Fraction(promised):
        return 0
    return next(percent for below, percent in TIERS if uptime.share < below)


def merged(spans: Iterable[Period], within: Period) -> list[Period]:
    """The spans inside a period, none touching another."""
    found: list[Period] = []
    for span in sorted(spans, key=lambda one: one.start):
        start, end = max(span.start, within.start), min(span.end, within.end)
        if start >= end:
            continue
        if found and start <= found[-1].end:
            found[-1] = Period(start=found[-1].start, end=max(found[-1].end, end))
        else:
            found.append(Period(start=start, end=end))
    return found


def without(spans: Sequence[Period], holes: Sequence[Period]) -> list[Period]:
    """The spans less the holes; both are merged."""
    left = list(spans)
    for hole in holes:
        left = [
            Period(start=start, end=end)
            for span in left
            for start, end in (
                (span.start, min(span.end, hole.start)),
                (max(span.start, hole.end), span.end),
            )
            if start < end
        ]
    return left


def _excused(period: Period, maintenance: Iterable[Maintenance]) -> list[Period]:
    """Maintenance that was announced in time, the first four hours of it."""
    left, found = MOST_MAINTENANCE, []
    for span in merged([one.period for one in maintenance if one.is_in_time], period):
        end = min(span.end, span.start + left)
        if span.start < end:
            found.append(Period(start=span.start, end=end))
            left -= end - span.start
    return found


def _length(spans: Iterable[Period]) -> int:
    return sum((span.end - span.start) // MICROSECOND for span in spans)
