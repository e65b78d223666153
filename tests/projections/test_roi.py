"""What does a company gain, by inputs of its own?"""

from datetime import date
from typing import Any

import pytest

from domain.travel.roi import ReferencePrice, RoiInputs
from projections.travel.roi import FORMULA, Month, Result, calculate, in_force

MAY, JUNE = date(2030, 5, 1), date(2030, 6, 1)
ROUTE = ("flight", "CDG-JFK")
HAPPENED = {
    MAY: Month(
        trips=10, approvals=4, violations=2, paid={ROUTE: (3, 150_000), ("hotel", "Lyon"): (2, 40_000)}
    )
}
EVERYTHING: dict[str, Any] = {
    "hourly_cost_eur_cents": 6_000,
    "minutes_saved_per_trip": 30,
    "minutes_saved_per_approval": 10,
    "violations_per_100_trips_before": 50,
    "violation_cost_eur_cents": 4_000,
    "platform_cost_eur_cents_per_month": 20_000,
    "reference_prices": (ReferencePrice(cost_type="flight", route="CDG-JFK", eur_cents=60_000),),
}


def result(**changes: Any) -> Result:
    return calculate(HAPPENED, {MAY: RoiInputs(**(EVERYTHING | changes))}, [MAY])


def parts(found: Result) -> dict[str, int | None]:
    return {part.component: part.eur_cents for part in found.parts}


def test_adds_up_what_every_part_gains() -> None:
    found = result()
    assert found.formula == FORMULA
    assert parts(found) == {
        "time_saved": 10 * 3_000,
        "approval_time": 4 * 1_000,
        "violations_avoided": 10 * 2_000 - 2 * 4_000,
        "negotiated_rates": 3 * 60_000 - 150_000,
    }
    assert found.benefit_eur_cents == 30_000 + 4_000 + 12_000 + 30_000
    assert found.cost_eur_cents == 20_000
    assert str(found.roi) == "2.8000"
    assert found.segments_without_reference_price == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hourly_cost_eur_cents", 7_000),
        ("minutes_saved_per_trip", 31),
        ("minutes_saved_per_approval", 11),
        ("violations_per_100_trips_before", 51),
        ("violation_cost_eur_cents", 4_100),
        ("reference_prices", (ReferencePrice(cost_type="flight", route="CDG-JFK", eur_cents=60_001),)),
    ],
)
def test_every_input_changes_the_result(name: str, value: Any) -> None:
    assert result(**{name: value}).benefit_eur_cents != result().benefit_eur_cents
    assert name in {swing.input for swing in result().sensitivity}


def test_the_cost_changes_the_return_and_not_the_benefit() -> None:
    dearer = result(platform_cost_eur_cents_per_month=40_000)
    assert dearer.benefit_eur_cents == result().benefit_eur_cents
    assert str(dearer.roi) == "0.9000"


@pytest.mark.parametrize(
    ("component", "name", "none"),
    [
        ("time_saved", "minutes_saved_per_trip", None),
        ("approval_time", "minutes_saved_per_approval", None),
        ("violations_avoided", "violation_cost_eur_cents", None),
        ("violations_avoided", "violations_per_100_trips_before", None),
        ("negotiated_rates", "reference_prices", ()),
    ],
)
def test_a_part_without_its_inputs_is_not_calculated(component: str, name: str, none: Any) -> None:
    found = result(**{name: none})
    assert parts(found)[component] is None
    assert {part.component: part.needs for part in found.parts}[component] == [name]
    others = {each: cents for each, cents in parts(result()).items() if each != component}
    assert found.benefit_eur_cents == sum(cents for cents in others.values() if cents)


def test_without_a_cost_there_is_no_return() -> None:
    found = result(platform_cost_eur_cents_per_month=None)
    assert (found.cost_eur_cents, found.roi) == (None, None)


def test_sensitivity_moves_one_input_by_a_tenth() -> None:
    swings = {swing.input: swing for swing in result().sensitivity}
    benefit = result().benefit_eur_cents
    assert benefit is not None
    hourly = swings["hourly_cost_eur_cents"]
    assert hourly.benefit_at_minus_10_percent == benefit - 3_400
    assert hourly.benefit_at_plus_10_percent == benefit + 3_400
    prices = swings["reference_prices"]
    assert prices.benefit_at_plus_10_percent == benefit + 18_000


class TestDates:
    def test_inputs_are_in_force_until_the_next_set(self) -> None:
        first, second = RoiInputs(minutes_saved_per_trip=1), RoiInputs(minutes_saved_per_trip=2)
        months = [date(2030, month, 1) for month in (4, 5, 6, 7)]
        found = in_force({MAY: first, date(2030, 7, 1): second}, months)
        assert found == {MAY: first, JUNE: first, date(2030, 7, 1): second}

    def test_trips_before_the_first_set_are_said_and_not_counted(self) -> None:
        happened = {MAY: Month(trips=3), JUNE: Month(trips=2)}
        found = calculate(happened, {JUNE: RoiInputs(**EVERYTHING)}, [MAY, JUNE])
        assert parts(found)["time_saved"] == 2 * 3_000
        assert (found.trips, found.trips_without_inputs, found.cost_eur_cents) == (5, 3, None)
