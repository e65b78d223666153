"""How much of a year's budget will be taken by its end, and on which day is it used up?

Two methods, both by calendar month and both named in the answer:

* `seasonal_naive`: every month that is not over takes what the same month of the year before took. Its errors are
  the differences of the months that are over from those of the year before.
* `run_rate`: where the year before has nothing, it takes the mean of the months that are over. Its errors are their
  differences from that mean.

A month never takes less than what is booked in it already. The interval holds 95 % if the errors of the months are
independent and normal: 1.96 times their standard deviation, times the root of the number of months to come.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from math import sqrt
from statistics import mean, stdev
from typing import Literal

from pydantic import Field

from domain.kernel.value import Value

Method = Literal["seasonal_naive", "run_rate", "actual"]
MONTHS = 12
FEWEST_MONTHS = 2
TWO_SIDED_95 = 1.96


class Forecast(Value):
    """What will be taken at the end of the year: cents or grams."""

    method: Method = Field(description="`actual`: the year is over")
    expected: int
    low: int | None = Field(description="lower end of the 95 % interval; null where errors are unknown")
    high: int | None = Field(description="upper end of the 95 % interval; null where errors are unknown")
    by_month: list[int] = Field(
        description="what each month takes, January first; those that are over as they were"
    )


def forecast(booked: Sequence[int], year_before: Sequence[int], *, months_over: int) -> Forecast | None:
    """The year's end, from what is booked by month. None where there is too little to tell."""
    if months_over == MONTHS:
        return Forecast(method="actual", expected=sum(booked), low=None, high=None, by_month=list(booked))
    method: Method
    if any(year_before):
        method, usual = "seasonal_naive", [float(amount) for amount in year_before]
    elif months_over >= FEWEST_MONTHS:
        method, usual = "run_rate", [mean(booked[:months_over])] * MONTHS
    else:
        return None
    by_month = [
        booked[month] if month < months_over else max(booked[month], round(usual[month]))
        for month in range(MONTHS)
    ]
    expected = sum(by_month)
    reach = _reach(
        [booked[month] - usual[month] for month in range(months_over)], method, MONTHS - months_over
    )
    return Forecast(
        method=method,
        expected=expected,
        # What is booked is taken for good, as long as nobody cancels.
        low=None if reach is None else max(sum(booked), expected - reach),
        high=None if reach is None else expected + reach,
        by_month=by_month,
    )


def used_up_on(year: int, amount: int, by_month: Sequence[int]) -> date | None:
    """The day on which more than the amount is taken, each month spread evenly over its days; None: not this year."""
    taken = 0
    for month, takes in enumerate(by_month, start=1):
        if taken + takes > amount:
            days = monthrange(year, month)[1]
            return date(year, month, 1) + timedelta(days=(amount - taken) * days // takes)
        taken += takes
    return None


def _reach(errors: Sequence[float], method: Method, months_to_come: int) -> int | None:
    """How far the year's end may lie from what is expected."""
    if len(errors) < FEWEST_MONTHS:
        return None
    # The mean was fitted to these very months; the year before was not.
    spread = stdev(errors) if method == "run_rate" else sqrt(mean(error * error for error in errors))
    return round(TWO_SIDED_95 * spread * sqrt(months_to_come))
