"""How much of a budget will be taken by the end of the year, and when is it used up?"""

from datetime import date

import pytest

from projections.travel.forecast import forecast, used_up_on

NOTHING = [0] * 12


def months(*amounts: int) -> list[int]:
    return [*amounts, *([0] * (12 - len(amounts)))]


class TestSeasonalNaive:
    def test_months_to_come_take_what_they_took_a_year_before(self) -> None:
        before = [100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_100, 1_200]
        found = forecast(months(110, 190), before, months_over=2)
        assert found is not None
        assert found.method == "seasonal_naive"
        assert found.expected == 110 + 190 + sum(before[2:])
        # Both errors are 10, and ten months are to come: 1.96 x 10 x root of 10.
        assert (found.low, found.high) == (found.expected - 62, found.expected + 62)

    def test_a_month_takes_no_less_than_is_booked_in_it(self) -> None:
        found = forecast(months(100, 100, 900), [100] * 12, months_over=2)
        assert found is not None
        assert found.by_month[2:4] == [900, 100]
        assert found.expected == 2_000

    def test_has_no_interval_before_two_months_are_over(self) -> None:
        found = forecast(months(100), [100] * 12, months_over=1)
        assert found is not None
        assert (found.expected, found.low, found.high) == (1_200, None, None)


class TestRunRate:
    def test_months_to_come_take_the_mean_of_those_that_are_over(self) -> None:
        found = forecast(months(100, 200, 300, 50), NOTHING, months_over=3)
        assert found is not None
        assert (found.method, found.expected) == ("run_rate", 600 + 9 * 200)
        # The standard deviation is 100, and nine months are to come: 1.96 x 100 x 3.
        assert (found.low, found.high) == (2_400 - 588, 2_400 + 588)

    def test_never_falls_below_what_is_booked(self) -> None:
        found = forecast(months(0, 0, 3_000), NOTHING, months_over=3)
        assert found is not None
        assert found.low == 3_000

    @pytest.mark.parametrize("months_over", [0, 1])
    def test_says_nothing_before_two_months_are_over(self, months_over: int) -> None:
        assert forecast(months(100), NOTHING, months_over=months_over) is None


def test_a_year_that_is_over_is_what_it_was() -> None:
    found = forecast([100] * 12, [500] * 12, months_over=12)
    assert found is not None
    assert (found.method, found.expected, found.low) == ("actual", 1_200, None)


class TestUsedUp:
    @pytest.mark.parametrize(
        ("amount", "day"),
        [
            (0, date(2030, 1, 1)),
            (99, date(2030, 1, 31)),
            (100, date(2030, 2, 1)),
            (150, date(2030, 2, 15)),
            (1_199, date(2030, 12, 31)),
            (1_200, None),
            (5_000, None),
        ],
    )
    def test_on_the_day_more_than_the_amount_is_taken(self, amount: int, day: date | None) -> None:
        assert used_up_on(2030, amount, [100] * 12) == day
