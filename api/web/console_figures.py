"""How much was called, and how much is left? The figures of the console."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from api.web.console_frame import Developer
from domain.billing.meter import API_CALLS, Aggregation
from domain.kernel.period import Period
from projections.billing import usage

HOURS, DAYS = 24, 30


@dataclass(frozen=True)
class Day:
    """A company's day so far: what is counted for its quota."""

    zone: str
    quota: int | None
    used: int | None
    ends_at: datetime

    @property
    def left(self) -> int | None:
        """How many requests the company may still make today."""
        return None if self.quota is None or self.used is None else max(0, self.quota - self.used)

    @property
    def share(self) -> int:
        """How much of it is used, in percent."""
        return 0 if not self.quota or self.used is None else min(100, round(100 * self.used / self.quota))


@dataclass(frozen=True)
class Bar:
    """The calls of an hour or a day."""

    start: datetime
    calls: int
    height: float  # of a hundred


@dataclass(frozen=True)
class Bars:
    """Windows without a gap, the oldest first."""

    bars: list[Bar]
    total: int
    most: int


def day_of_calls(developer: Developer) -> Day:
    """The company's day, as it is counted for its quota."""
    house = developer.house
    standing = house.standings.of(developer.tenant_id)
    zone = ZoneInfo(standing.zone)
    tomorrow = house.clock().astimezone(zone).date() + timedelta(days=1)
    return Day(
        zone=standing.zone,
        quota=standing.quota_daily,
        used=house.limits.used_today(developer.tenant_id, zone=standing.zone),
        ends_at=datetime.combine(tomorrow, datetime.min.time(), zone),
    )


def calls_by(developer: Developer, window: Literal["hour", "day"]) -> Bars:
    """The calls of the last day by hour, or of the last month by day, of the company's zone."""
    house = developer.house
    zone = ZoneInfo(house.standings.of(developer.tenant_id).zone)
    now = house.clock().astimezone(zone)
    starts = _hours(now) if window == "hour" else _days(now)
    period = Period(start=starts[0].astimezone(UTC), end=house.clock() + timedelta(hours=1))
    with house.reading(developer.tenant_id) as sql:
        found = usage.figures(
            sql,
            API_CALLS,
            Aggregation.SUM,
            period,
            window=window,
            zone=str(zone),
            at=usage.cut(sql).position,
        )
    calls = {each.start.astimezone(UTC): int(Decimal(each.value)) for each in found}
    values = [(start, calls.get(start.astimezone(UTC), 0)) for start in starts]
    most = max(value for _, value in values)
    return Bars(
        bars=[Bar(start, value, round(100 * value / most, 1) if most else 0) for start, value in values],
        total=sum(value for _, value in values),
        most=most,
    )


def _hours(now: datetime) -> list[datetime]:
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [(last - timedelta(hours=back)).astimezone(now.tzinfo) for back in reversed(range(HOURS))]


def _days(now: datetime) -> list[datetime]:
    today = now.date()
    return [
        datetime.combine(today - timedelta(days=back), datetime.min.time(), now.tzinfo)
        for back in reversed(range(DAYS))
    ]
