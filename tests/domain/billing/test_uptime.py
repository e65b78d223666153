"""Is a month's availability what the probes say, to the second, and a breach what the schedule says? L24."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.billing.uptime import (
    Disruption,
    Health,
    Maintenance,
    Probe,
    Uptime,
    credit_percent,
    uptime_of,
)
from domain.kernel.period import Period

START = datetime(2026, 4, 1, tzinfo=UTC)
APRIL = Period(start=START, end=START + timedelta(days=30))
SECOND_US = 1_000_000


def span(start_s: float, seconds: float) -> Period:
    begin = START + timedelta(days=10, seconds=start_s)
    return Period(start=begin, end=begin + timedelta(seconds=seconds))


def down(start_s: float, seconds: float, health: Health = Health.DOWN) -> Disruption:
    return Disruption(period=span(start_s, seconds), health=health)


def of(*disruptions: Disruption, maintenance: tuple[Maintenance, ...] = ()) -> Uptime:
    return uptime_of(APRIL, (), disruptions, maintenance)


@pytest.mark.parametrize(("seconds", "percent"), [(1_296, 0), (1_296.000001, 10), (1_297, 10)])
def test_l24_the_last_second_that_keeps_the_promise_is_no_breach(seconds: float, percent: int) -> None:
    uptime = of(down(0, seconds))
    assert uptime.down_us == round(seconds * SECOND_US)
    assert credit_percent(uptime, Decimal("0.9995")) == percent


@pytest.mark.parametrize(
    ("hours", "percent"), [(7.2, 10), (7.21, 25), (36, 25), (36.01, 100), (720, 100), (0, 0)]
)
def test_l24_the_schedule_has_three_steps_and_never_gives_more_than_the_fee(
    hours: float, percent: int
) -> None:
    uptime = of(*([down(-10 * 86_400, hours * 3_600)] if hours else []))
    assert credit_percent(uptime, Decimal("0.999")) == percent


def test_l24_incidents_that_overlap_count_once_and_what_is_slow_is_told_apart() -> None:
    uptime = of(
        down(0, 600), down(300, 600), down(5_000, 60, Health.DEGRADED), down(850, 100, Health.DEGRADED)
    )
    assert uptime.down_us == 900 * SECOND_US
    assert uptime.degraded_us == (60 + 50) * SECOND_US


def test_l24_maintenance_excuses_when_it_was_announced_in_time_and_four_hours_at_most() -> None:
    in_time = span(0, 5 * 3_600)
    just = Maintenance(period=in_time, announced_at=in_time.start - timedelta(days=5))
    late = Maintenance(period=in_time, announced_at=in_time.start - timedelta(days=5, microseconds=-1))
    outage = down(-600, 5 * 3_600 + 600)
    assert of(outage, maintenance=(late,)).down_us == (5 * 3_600 + 600) * SECOND_US
    excused = of(outage, maintenance=(just,))
    assert excused.down_us == (3_600 + 600) * SECOND_US
    assert excused.excused_us == 4 * 3_600 * SECOND_US


def test_l24_a_probe_speaks_two_minutes_and_what_nobody_saw_is_told_and_not_charged() -> None:
    def probe(second: float, health: Health = Health.UP) -> Probe:
        return Probe(at=START + timedelta(seconds=second), health=health)

    hour = Period(start=START, end=START + timedelta(hours=1))
    uptime = uptime_of(
        hour, [probe(60), probe(-30), probe(120, Health.DOWN), probe(150), probe(3_000, Health.DOWN)], (), ()
    )
    # Down for the 30 seconds to the next look, and for the two minutes the last one speaks.
    assert uptime.down_us == (30 + 120) * SECOND_US
    assert uptime.unknown_us == (3_600 - 270 - 120) * SECOND_US
    assert uptime.whole_us == 3_600 * SECOND_US


def test_l24_the_share_is_never_rounded_up() -> None:
    assert str(of(down(0, 1_296)).percent) == "99.9500"
    assert str(of(down(0, 1_296.01)).percent) == "99.9499"


def test_l24_seconds_of_a_month_follow_its_clock() -> None:
    # March in Paris has an hour less: 743 hours, so a breach of 99.95 % begins after 1 337.4 seconds.
    march = Period(start=datetime(2026, 2, 28, 23, tzinfo=UTC), end=datetime(2026, 3, 31, 22, tzinfo=UTC))
    for seconds, percent in ((1_337.4, 0), (1_337.5, 10)):
        begin = march.start + timedelta(days=3)
        outage = Disruption(
            period=Period(start=begin, end=begin + timedelta(seconds=seconds)), health=Health.DOWN
        )
        assert credit_percent(uptime_of(march, (), [outage], ()), Decimal("0.9995")) == percent
