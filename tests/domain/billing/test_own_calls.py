"""Is a minute down for a company exactly when the published rule for its own calls says so? L24."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.billing.calendar import period_of
from domain.billing.own_calls import RULE, RULES, failed_minutes, rule_of
from domain.billing.uptime import Disruption, Health, Maintenance, uptime_of
from domain.kernel.period import Period
from tests.oracle.service_level import own_outages

MINUTE = timedelta(minutes=1)
MINUTE_US = 60_000_000
# The last minute of March in Paris, where the month ends at 22:00 UTC.
LAST = datetime(2026, 3, 31, 21, 59, tzinfo=UTC)
MARCH = period_of("2026-03", "Europe/Paris")


def down(*minutes: tuple[datetime, int, int]) -> list[Disruption]:
    """The minutes that are down of those with so many accepted and failed calls; the oracle must agree."""
    accepted = {at: Decimal(good) for at, good, _ in minutes}
    failed = {at: Decimal(bad) for at, _, bad in minutes if bad}
    found = failed_minutes(accepted, failed)
    uses = [
        (at + timedelta(seconds=second), {"meter": meter, "quantity": str(quantity)})
        for at, good, bad in minutes
        for second, meter, quantity in ((0, "api_calls", good), (59, "api_calls_failed", bad))
        if quantity
    ]
    assert [(one.start, one.start + MINUTE) for one in found] == own_outages(uses)
    return [one.disruption for one in found]


def test_l24_the_rule_is_data_with_a_version_and_none_was_taken_back() -> None:
    assert [rule.version for rule in RULES] == list(range(1, len(RULES) + 1))
    assert rule_of(1).model_dump(mode="json") == {"version": 1, "least_calls": 10, "least_failed": "1/2"}
    assert RULE is RULES[-1]


@pytest.mark.parametrize(
    ("accepted", "failed", "is_down"),
    [
        (0, 9, False),
        (0, 10, True),
        (5, 5, True),
        (6, 5, False),
        (5, 4, False),
        (500, 499, False),
        (10, 0, False),
    ],
)
def test_l24_ten_calls_and_half_of_them_failed_make_a_minute_down(
    accepted: int, failed: int, is_down: bool
) -> None:
    assert bool(down((LAST, accepted, failed))) is is_down


def test_l24_calls_of_two_minutes_make_neither_down() -> None:
    assert down((LAST - MINUTE, 0, 9), (LAST, 0, 9)) == []


def test_l24_a_months_last_minute_counts_where_the_company_lives_and_the_next_does_not() -> None:
    minutes = down((LAST, 0, 10), (LAST + MINUTE, 0, 10))
    assert len(minutes) == 2
    assert uptime_of(MARCH, (), minutes, ()).down_us == MINUTE_US
    assert uptime_of(period_of("2026-04", "Europe/Paris"), (), minutes, ()).down_us == MINUTE_US
    assert uptime_of(period_of("2026-03", "UTC"), (), minutes, ()).down_us == 2 * MINUTE_US


def test_l24_what_the_prober_saw_too_counts_once_and_announced_work_is_excused() -> None:
    begin = LAST - timedelta(days=9)
    minutes = down((begin, 0, 10), (begin + MINUTE, 5, 5), (begin + 2 * MINUTE, 0, 10))
    seen = Disruption(
        period=Period(start=begin + timedelta(seconds=90), end=begin + 4 * MINUTE), health=Health.DOWN
    )
    assert uptime_of(MARCH, (), [seen, *minutes], ()).down_us == 4 * MINUTE_US
    works = Period(start=begin + MINUTE, end=begin + 2 * MINUTE)
    announced = Maintenance(period=works, announced_at=begin - timedelta(days=6))
    assert uptime_of(MARCH, (), [seen, *minutes], [announced]).down_us == 3 * MINUTE_US
